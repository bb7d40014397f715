from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from gui.pages.evaluate.confusion_matrix import ConfusionView

COUNTS = [[5, 0, 2], [3, 7, 0], [0, 0, 0]]


@pytest.fixture
def view() -> Iterator[ConfusionView]:
    made = ConfusionView()
    made.resize(500, 400)
    made.show()
    made.show_counts(["nut", "<b>screw", "empty"], COUNTS)
    yield made
    made.close()
    made.deleteLater()


def test_the_largest_confusion_is_chosen_and_said(view: ConfusionView) -> None:
    assert view.cell == (1, 0)
    assert view.accessibleDescription() == "<b>screw, answered as nut: 3 of 10 (30.0%)"
    assert [[view.model().index(r, c).data() for c in range(3)] for r in range(2)] == [["5", "", "2"], ["3", "7", ""]]
    assert "&lt;b&gt;" in view.model().index(1, 0).data(Qt.ItemDataRole.ToolTipRole)


def test_arrow_keys_go_from_cell_to_cell_and_return_opens(view: ConfusionView) -> None:
    chosen: list[tuple[int, int]] = []
    opened: list[tuple[int, int]] = []
    view.cell_chosen.connect(lambda row, column: chosen.append((row, column)))
    view.cell_opened.connect(lambda row, column: opened.append((row, column)))
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Return):
        QTest.keyClick(view, key)
    assert chosen == [(1, 1), (2, 1)]
    assert opened == [(2, 1)]
    assert view.accessibleDescription() == "empty, answered as <b>screw: 0 of 0 (–)"


def test_the_chosen_cell_stays_while_the_classes_do(view: ConfusionView) -> None:
    view.choose(0, 2)
    view.show_counts(["nut", "<b>screw", "empty"], [[5, 0, 2], [9, 7, 0], [0, 0, 0]])
    assert view.cell == (0, 2)
    view.show_counts(["a", "b"], [[3, 0], [0, 3]])
    assert view.cell == (0, 0), "nothing is confused"


def test_twenty_classes_fit_or_scroll(view: ConfusionView) -> None:
    names = [f"a long class name {k}" for k in range(20)]
    view.show_counts(names, [[9 * (k == j) for j in range(20)] for k in range(20)])
    view.resize(900, 800)
    assert view.rowHeight(0) >= 22
    assert view.columnWidth(0) >= 22
    view.choose(19, 19)
    assert view.visualRect(view.currentIndex()).intersects(view.viewport().rect())
    image = view.grab().toImage()
    place = view.visualRect(view.currentIndex()).topLeft() + view.viewport().pos()
    blue = image.pixelColor(place.x() + 4, place.y() + 4)
    assert blue.blue() > blue.red() + 50, "the diagonal is painted in the accent's hue"
