"""Tables as data: rows of any kind, and columns that say what a row shows in each of Qt's roles."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QHeaderView, QTableView

from gui.widgets.controls import plain

Row = TypeVar("Row")
Index = QModelIndex | QPersistentModelIndex
_NO_INDEX = QModelIndex()
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)


@dataclass(frozen=True)
class Column(Generic[Row]):
    """One column of a table. Texts are functions, so that they follow the language."""

    title: Callable[[], str]
    text: Callable[[Row], str]
    tip: Callable[[], str] | None = None
    """Tooltip of the title."""
    right: bool = False
    """Whether the cells are aligned to the right."""
    roles: Mapping[int, Callable[[Row], Any]] = field(default_factory=dict)
    """Values in further roles: sort key, tooltip, font, decoration, …"""


class ColumnModel(QAbstractTableModel, Generic[Row]):
    """Rows shown in columns; a role that its column does not know is looked up in `roles`."""

    def __init__(
        self,
        columns: Sequence[Column[Row]],
        parent: QObject,
        *,
        roles: Mapping[int, Callable[[Row], Any]] | None = None,
        right_titles: bool = False,
    ) -> None:
        """`right_titles`: whether the titles are aligned as their cells are."""
        super().__init__(parent)
        self.columns = list(columns)
        self.rows: list[Row] = []
        self._roles, self._right_titles = roles or {}, right_titles

    def rowCount(self, parent: Index = _NO_INDEX) -> int:  # noqa: N802  (Qt's name)
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = _NO_INDEX) -> int:  # noqa: N802  (Qt's name)
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        column = self.columns[index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if column.right else None
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.text(row)
        value = column.roles.get(role) or self._roles.get(role)
        return value(row) if value is not None else None

    def headerData(  # noqa: N802  (Qt's name)
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        column = self.columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.title()
        if role == Qt.ItemDataRole.ToolTipRole:
            return column.tip() if column.tip is not None else None
        if role == Qt.ItemDataRole.TextAlignmentRole and self._right_titles and column.right:
            return _RIGHT
        return None

    def show(self, rows: Sequence[Row], columns: Sequence[Column[Row]] | None = None) -> None:
        """Show these rows, in these columns where they are given."""
        self.beginResetModel()
        self.rows = list(rows)
        if columns is not None:
            self.columns = list(columns)
        self.endResetModel()


def bold_where(wanted: Callable[[Row], bool]) -> Mapping[int, Callable[[Row], Any]]:
    """The font role of rows, bold where `wanted` holds."""

    def font(row: Row) -> QFont | None:
        if not wanted(row):
            return None
        bold = QFont()
        bold.setBold(True)
        return bold

    return {Qt.ItemDataRole.FontRole: font}


def tooltip(text: Callable[[Row], str]) -> Mapping[int, Callable[[Row], Any]]:
    """A text as the tooltip of cells."""
    return {Qt.ItemDataRole.ToolTipRole: lambda row: plain(text(row))}


def hints(text: Callable[[Row], str]) -> Mapping[int, Callable[[Row], Any]]:
    """A text as the tooltip and the accessible text of cells."""
    return {**tooltip(text), Qt.ItemDataRole.AccessibleTextRole: text}


def plain_table(table: QTableView, row_px: int) -> QHeaderView:
    """Give a table rows of this height, titles to the left, and neither a grid nor numbers; returns its titles' header.

    Tab leaves the table instead of going through its cells.
    """
    table.setShowGrid(False)
    table.setTabKeyNavigation(False)
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(row_px)
    header = table.horizontalHeader()
    header.setHighlightSections(False)
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    return header
