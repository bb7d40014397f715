"""Session list beside the gallery: move whole sessions between training and test, or filter by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from gui.widgets.controls import text_label
from gui.widgets.retranslating import RetranslationMixin
from gui.widgets.sessions_table import SessionsTable

if TYPE_CHECKING:
    from edge_transfer.dataset.reader import CatalogCounts


class ReviewSessions(RetranslationMixin, QWidget):
    """Asks for changes; it makes none itself."""

    split_wanted = Signal(int, str)
    """A session and the split it shall go to."""
    trash_wanted = Signal(int)
    shown = Signal(int)
    """The session whose images alone are wanted in the gallery."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tally: CatalogCounts | None = None
        self._why_not = ""
        self.table = SessionsTable(self)
        self._hint = text_label("muted", self, wrap=True)
        self.learn, self.test, self.alone = (QPushButton(self) for _ in range(3))
        self.learn.clicked.connect(lambda: self._ask("train"))
        self.test.clicked.connect(lambda: self._ask("test"))
        self.alone.clicked.connect(self._show)
        self.table.doubleClicked.connect(self._show)
        self.table.trash_wanted.connect(self._trash)
        self.table.model().modelReset.connect(self._set_enabled)
        self.table.selectionModel().selectionChanged.connect(self._set_enabled)
        buttons = QHBoxLayout()
        buttons.setSpacing(6)
        for button in (self.learn, self.test, self.alone):
            buttons.addWidget(button, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 8, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self._hint)
        layout.addWidget(self.table, 1)
        layout.addLayout(buttons)
        self.retranslate()

    def show_tally(self, tally: CatalogCounts | None) -> None:
        """Show these sessions; the selected one stays selected."""
        if tally is not None and self._tally is not None and tally == self._tally:
            return
        selected, self._tally = self.table.selected, tally
        names = tally.names_in() if tally is not None else {}
        sessions = tally.sessions if tally is not None else ()
        self.table.show_sessions([(session, ", ".join(names[session.id])) for session in sessions])
        numbers = [session.id for session in reversed(sessions)]
        if selected in numbers:
            self.table.selectRow(numbers.index(selected))
        self._set_enabled()

    def set_why_not(self, why: str) -> None:
        """Why nothing can be changed; empty where it can."""
        self._why_not = why
        self._set_enabled()

    def _split(self) -> str:
        sessions = self._tally.sessions if self._tally is not None else ()
        return next((row.split for row in sessions if row.id == self.table.selected), "")

    def _set_enabled(self) -> None:
        split = self._split()
        self.learn.setEnabled(bool(split) and split != "train" and not self._why_not)
        self.test.setEnabled(bool(split) and split != "test" and not self._why_not)
        self.alone.setEnabled(bool(split))
        self.retranslate()

    def _ask(self, split: str) -> None:
        if self.table.selected is not None:
            self.split_wanted.emit(self.table.selected, split)

    def _show(self) -> None:
        if self.table.selected is not None:
            self.shown.emit(self.table.selected)

    def _trash(self, session_id: int) -> None:
        if not self._why_not:
            self.trash_wanted.emit(session_id)

    def retranslate(self) -> None:
        self._hint.setText(self.tr("A recording is learned from or tested with as a whole: so the test stays honest."))
        self.learn.setText(self.tr("To learn"))
        self.test.setText(self.tr("To test"))
        self.alone.setText(self.tr("Show"))
        self.learn.setToolTip(self._why_not or self.tr("Learn from the selected recording"))
        self.test.setToolTip(self._why_not or self.tr("Hold the selected recording out to test"))
        self.alone.setToolTip(self.tr("Show the images of the selected recording alone"))
        for button in (self.learn, self.test, self.alone):
            button.setAccessibleName(button.toolTip())
