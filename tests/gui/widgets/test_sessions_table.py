"""The table of recordings: newest first, in words, and Delete asks for the trash."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from edge_transfer.dataset.records import SessionRow
from gui.widgets.sessions_table import SessionsTable
from gui.wording import locale

ROWS = [
    (SessionRow(1, "recording", "demo://<b>", "train", "2026-01-01T10:00:00Z", 12), "nut"),
    (SessionRow(4, "recording", "0", "test", "2026-01-02T10:00:00Z", 7), "nut, bolt"),
    (SessionRow(9, "collection", "ring", "train", "2026-01-03T10:00:00Z", 5, unlabelled=3), "bolt"),
]


@pytest.fixture
def table(qapp: QApplication) -> Iterator[SessionsTable]:
    made = SessionsTable()
    made.show_sessions(ROWS)
    yield made
    made.deleteLater()


def column(table: SessionsTable, number: int) -> list[str]:
    model = table.model()
    return [str(model.data(model.index(row, number))) for row in range(model.rowCount())]


def test_the_newest_comes_first_with_what_it_is_used_to(table: SessionsTable) -> None:
    assert column(table, 1) == ["bolt", "nut, bolt", "nut"]
    assert column(table, 2) == ["5", "7", "12"]
    assert column(table, 3) == ["3 to label", "test", "learn"]
    locale.choose("es")
    assert column(table, 3)[1] == "probar"


def test_a_source_is_no_markup_in_the_tooltip(table: SessionsTable) -> None:
    model = table.model()
    assert model.data(model.index(2, 0), Qt.ItemDataRole.ToolTipRole) == "1 · demo://‹b>"


def test_delete_asks_for_the_selected_recording_only(table: SessionsTable) -> None:
    asked: list[int] = []
    table.trash_wanted.connect(asked.append)
    assert table.selected is None
    QTest.keyClick(table, Qt.Key.Key_Delete)
    table.selectRow(1)
    assert table.selected == 4
    QTest.keyClick(table, Qt.Key.Key_Delete)
    assert asked == [4]
