"""All runs of a project: the table, what can be done with the selected ones, and their comparison."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSplitter, QVBoxLayout, QWidget

from gui.run_comparison import RunComparison
from gui.run_records import RunBook
from gui.run_table import RunTable
from gui.widgets import text_label


class RunList(QWidget):
    """Shows a `RunBook`; asks for what the user wants."""

    use_wanted = Signal(str)
    delete_wanted = Signal(list)
    """Ids of the runs to delete."""
    settings_wanted = Signal(str)
    """The settings of this run are wanted for the next training."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._book = RunBook()
        self._why_not = ""
        self._hint = text_label("muted", self, wrap=True)
        self._damaged = text_label("chip", self, wrap=True)
        self._damaged.setProperty("bad", True)
        self.table = RunTable(self)
        self.use, self.settings, self.delete = QPushButton(self), QPushButton(self), QPushButton(self)
        self._comparison_heading = text_label("heading", self)
        self.comparison = RunComparison(self)
        self.table.chosen.connect(self._on_chosen)
        self.table.use_wanted.connect(self._on_use)
        self.table.delete_wanted.connect(self._on_delete)
        self.use.clicked.connect(self._on_use)
        self.delete.clicked.connect(self._on_delete)
        self.settings.clicked.connect(self._on_settings)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        for button in (self.use, self.settings, self.delete):
            buttons.addWidget(button)
        buttons.addStretch(1)
        lower = self._lower = QWidget(self)
        column = QVBoxLayout(lower)
        column.setContentsMargins(0, 8, 0, 0)
        column.addWidget(self._comparison_heading)
        column.addWidget(self.comparison, 1)
        splitter = QSplitter(Qt.Orientation.Vertical, self)
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(self.table)
        splitter.addWidget(lower)
        splitter.setSizes([240, 320])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 12, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self._hint)
        layout.addWidget(self._damaged)
        layout.addWidget(splitter, 1)
        layout.addLayout(buttons)
        self.retranslate()

    def show_book(self, book: RunBook) -> None:
        """Show these runs; the selection stays where it can."""
        self._book = book
        self.table.show_records(book.records)
        self.retranslate()

    def set_why_not(self, why: str) -> None:
        """Why nothing can be changed; empty where it can."""
        self._why_not = why
        self._on_chosen()

    def _on_chosen(self) -> None:
        selected = self.table.selected
        self.comparison.show_records(selected)
        self._lower.setVisible(len(selected) > 1)
        one = len(selected) == 1
        self.use.setEnabled(one and not selected[0].in_use and not self._why_not)
        self.settings.setEnabled(one)
        self.delete.setEnabled(bool(selected) and not self._why_not)
        for button in (self.use, self.delete):
            button.setToolTip(self._why_not)

    def _on_use(self) -> None:
        if self.use.isEnabled():
            self.use_wanted.emit(self.table.selected[0].run.id)

    def _on_settings(self) -> None:
        self.settings_wanted.emit(self.table.selected[0].run.id)

    def _on_delete(self) -> None:
        if self.delete.isEnabled():
            self.delete_wanted.emit([record.run.id for record in self.table.selected])

    def retranslate(self) -> None:
        if self._book.records:
            text = self.tr("Select two or more runs to see them side by side. Evaluate and Export take the run in use.")
        else:
            text = self.tr("Every training makes a run, and every run is listed here.")
        self._hint.setText(text)
        self._damaged.setText("\n".join(self._book.damaged))
        self._damaged.setVisible(bool(self._book.damaged))
        self.use.setText(self.tr("Use this run"))
        self.settings.setText(self.tr("Train with its settings"))
        self.delete.setText(self.tr("Delete…"))
        self._comparison_heading.setText(self.tr("Side by side"))
        self._on_chosen()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802  (Qt's name)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
