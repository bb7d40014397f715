"""The recordings of a project: when, of what, how many images, to learn from or to test."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QDateTime,
    QLocale,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHeaderView, QTableView, QWidget

from gui.widgets.retranslating import RetranslationMixin

if TYPE_CHECKING:
    from edge_transfer.dataset.records import SessionRow

_Index = QModelIndex | QPersistentModelIndex
_NO_INDEX = QModelIndex()


class _Model(QAbstractTableModel):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.rows: list[tuple[SessionRow, str]] = []

    def rowCount(self, parent: _Index = _NO_INDEX) -> int:  # noqa: N802  (Qt's name)
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: _Index = _NO_INDEX) -> int:  # noqa: N802  (Qt's name)
        return 0 if parent.isValid() else 4

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        session, classes = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            when = QDateTime.fromString(session.started, Qt.DateFormat.ISODate).toLocalTime()
            splits = {"train": self.tr("learn"), "val": self.tr("validate"), "test": self.tr("test")}
            texts = (
                QLocale().toString(when, QLocale.FormatType.ShortFormat),
                classes,
                str(session.samples),
                self.tr("%n to label", "", session.unlabelled) if session.unlabelled else splits[session.split],
            )
            return texts[index.column()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{session.id} · {session.source}".replace("<", "‹")
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() == 2:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None

    def headerData(  # noqa: N802  (Qt's name)
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return (self.tr("Recorded"), self.tr("Class"), self.tr("Images"), self.tr("Used to"))[section]
        return None

    def show(self, rows: Sequence[tuple[SessionRow, str]]) -> None:
        self.beginResetModel()
        self.rows = list(rows)
        self.endResetModel()


class SessionsTable(RetranslationMixin, QTableView):
    """Newest first. Delete asks to move the selected recording to the trash."""

    trash_wanted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = _Model(self)
        self.setModel(self._model)
        self.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(30)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.retranslate()

    @property
    def selected(self) -> int | None:
        """The id of the selected recording."""
        rows = self.selectionModel().selectedRows()
        return self._model.rows[rows[0].row()][0].id if rows else None

    def show_sessions(self, rows: Sequence[tuple[SessionRow, str]]) -> None:
        """Sessions and the names of their classes, oldest first."""
        self._model.show(list(reversed(rows)))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  (Qt's name)
        selected = self.selected
        if event.key() == Qt.Key.Key_Delete and selected is not None:
            self.trash_wanted.emit(selected)
            return
        super().keyPressEvent(event)

    def retranslate(self) -> None:
        self.setAccessibleName(self.tr("Recordings"))
        self.setToolTip(self.tr("Delete moves the selected recording to the trash; Ctrl+Z brings it back"))
        self.viewport().update()
        self.horizontalHeader().viewport().update()
