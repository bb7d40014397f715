"""Tables from columns and rows: what a cell answers in each role, and texts that follow the language."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QObject, Qt
from PySide6.QtWidgets import QApplication

from gui.widgets.column_model import Column, ColumnModel, bold_where, hints

RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
SORT = int(Qt.ItemDataRole.UserRole)


def model(parent: QObject) -> ColumnModel[tuple[str, int]]:
    titles = iter(("Number", "Zahl"))
    columns: list[Column[tuple[str, int]]] = [
        Column(lambda: "Name", lambda row: row[0]),
        Column(lambda: next(titles), lambda row: str(row[1]), lambda: "How many", True, {SORT: lambda row: row[1]}),
    ]
    made = ColumnModel(
        columns, parent, roles={**hints(lambda row: f"<{row[0]}>"), **bold_where(lambda row: row[1] > 1)}
    )
    made.show([("nut", 1), ("bolt", 2)])
    return made


def test_cells_answer_in_every_role(qapp: QApplication) -> None:
    parent = QObject()
    made = model(parent)
    assert (made.rowCount(), made.columnCount()) == (2, 2)
    assert made.rowCount(made.index(0, 0)) == 0
    assert [made.data(made.index(row, 1)) for row in (0, 1)] == ["1", "2"]
    assert made.data(made.index(1, 1), SORT) == 2
    assert made.data(made.index(1, 0), SORT) is None
    assert made.data(made.index(0, 1), Qt.ItemDataRole.TextAlignmentRole) == RIGHT
    assert made.data(made.index(0, 0), Qt.ItemDataRole.TextAlignmentRole) is None
    assert made.data(made.index(0, 0), Qt.ItemDataRole.FontRole) is None
    assert made.data(made.index(1, 0), Qt.ItemDataRole.FontRole).bold()
    assert made.data(made.index(1, 0), Qt.ItemDataRole.AccessibleTextRole) == "<bolt>"
    assert "<bolt>" not in made.data(made.index(1, 0), Qt.ItemDataRole.ToolTipRole)


def test_titles_are_asked_anew_each_time(qapp: QApplication) -> None:
    parent = QObject()
    made = model(parent)
    assert [made.headerData(1, Qt.Orientation.Horizontal) for _ in range(2)] == ["Number", "Zahl"]
    assert made.headerData(1, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole) == "How many"
    assert made.headerData(0, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole) is None
    assert made.headerData(0, Qt.Orientation.Vertical) is None
    assert made.headerData(1, Qt.Orientation.Horizontal, Qt.ItemDataRole.TextAlignmentRole) is None


def test_other_rows_and_columns_are_a_reset(qapp: QApplication) -> None:
    parent = QObject()
    made = model(parent)
    resets: list[int] = []
    made.modelReset.connect(lambda: resets.append(made.rowCount(QModelIndex())))
    made.show([("washer", 3)])
    made.show([("washer", 3)], [Column(lambda: "Only", lambda row: row[0].upper())])
    assert resets == [1, 1]
    assert made.columnCount() == 1
    assert made.data(made.index(0, 0)) == "WASHER"
