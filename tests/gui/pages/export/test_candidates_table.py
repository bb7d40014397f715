"""The table of what an export tried: its cells, the chosen row, and the column of the box."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from gui.pages.export.candidates_table import BOX, CandidatesTable
from tests.gui.pages.export.conftest import candidate

ROWS = [
    candidate("openvino", "fp32", 3.0, 0.875, chosen=True),
    candidate("onnxruntime", "int8", 0.0, None, shipped=False, bytes=0, reason="it <failed>"),
]


@pytest.fixture
def table(qapp: QApplication) -> Iterator[CandidatesTable]:
    made = CandidatesTable()
    yield made
    made.deleteLater()


def test_what_was_not_measured_is_a_dash(table: CandidatesTable) -> None:
    table.show_candidates(ROWS, {})
    chosen, failed = table.texts()
    assert chosen == ["★ OpenVINO FP32", "2.7 MB", "87.5%", "98.5%", "3.00 ms", "6.00 ms", "–", "Chosen"]
    assert failed == ["ONNX Runtime INT8", *["–"] * 6, "Left out"]
    assert table.isColumnHidden(BOX)


def test_what_the_box_has_measured_has_a_column(table: CandidatesTable) -> None:
    table.show_candidates(ROWS, {("openvino", "fp32"): 41.5})
    assert not table.isColumnHidden(BOX)
    assert [row[BOX] for row in table.texts()] == ["41.50 ms", "–"]


def test_the_chosen_row_is_bold_and_numbers_stand_to_the_right(table: CandidatesTable) -> None:
    table.show_candidates(ROWS, {})
    model = table.model()
    assert model.data(model.index(0, 0), Qt.ItemDataRole.FontRole).bold()
    assert model.data(model.index(1, 0), Qt.ItemDataRole.FontRole) is None
    right = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    aligned = [model.data(model.index(0, c), Qt.ItemDataRole.TextAlignmentRole) for c in range(model.columnCount())]
    assert aligned == [None, *[right] * (model.columnCount() - 2), None]
    assert "<failed>" not in model.data(model.index(1, 0), Qt.ItemDataRole.ToolTipRole)


def test_it_is_as_high_as_its_rows(table: CandidatesTable) -> None:
    table.resize(2000, 100)
    table.show_candidates(ROWS[:1], {})
    one = table.height()
    table.show_candidates([*ROWS, *ROWS], {})
    assert table.height() - one == 3 * table.verticalHeader().defaultSectionSize()
