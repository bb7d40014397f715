"""Table of a project's capture sessions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QDateTime,
    QLocale,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHeaderView, QTableView, QWidget

from gui.widgets.column_model import Column, ColumnModel, plain_table
from gui.widgets.retranslating import RetranslationMixin

if TYPE_CHECKING:
    from edge_transfer.dataset.records import SessionRow

_Row = tuple["SessionRow", str]
"""A session and the names of its classes."""


class SessionsTable(RetranslationMixin, QTableView):
    """Newest first. Delete asks to move the selected recording to the trash."""

    trash_wanted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        columns: list[Column[_Row]] = [
            Column(lambda: self.tr("Recorded"), lambda row: _when(row[0])),
            Column(lambda: self.tr("Class"), lambda row: row[1]),
            Column(lambda: self.tr("Images"), lambda row: str(row[0].samples), right=True),
            Column(lambda: self.tr("Used to"), lambda row: self._use(row[0])),
        ]
        tip = Qt.ItemDataRole.ToolTipRole
        self._model = ColumnModel(
            columns, self, roles={tip: lambda row: f"{row[0].id} · {row[0].source}".replace("<", "‹")}
        )
        self.setModel(self._model)
        self.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        header = plain_table(self, 30)
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

    def _use(self, session: SessionRow) -> str:
        if session.unlabelled:
            return self.tr("%n to label", "", session.unlabelled)
        return {"train": self.tr("learn"), "val": self.tr("validate"), "test": self.tr("test")}[session.split]

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


def _when(session: SessionRow) -> str:
    when = QDateTime.fromString(session.started, Qt.DateFormat.ISODate).toLocalTime()
    return QLocale().toString(when, QLocale.FormatType.ShortFormat)
