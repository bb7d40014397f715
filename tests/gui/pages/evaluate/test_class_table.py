"""The table of the classes."""

from __future__ import annotations

from gui.pages.evaluate.class_table import ClassesTable
from tests.gui.pages.evaluate.conftest import measured


def test_classes_are_sorted_by_what_is_clicked() -> None:
    table = ClassesTable()
    table.show_evaluation(measured().evaluation)
    assert table.names() == ["<b>screw", "nut"], "the lowest recall first"
    table.sortByColumn(3, table.horizontalHeader().sortIndicatorOrder())
    assert table.names() == ["nut", "<b>screw"], "by precision"
    shown = {str(table.model().index(row, 0).data()): table.model().index(row, 5).data() for row in range(2)}
    assert shown == {"nut": "–", "<b>screw": "nut (2)"}
    table.deleteLater()
