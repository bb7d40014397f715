"""The runs of a project in a table, with the buttons that use one, take its settings over, or delete some."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter

from PySide6.QtCore import (
    QDateTime,
    QItemSelectionModel,
    QLocale,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QHeaderView, QPushButton, QSplitter, QTableView, QVBoxLayout, QWidget

from gui.pages.train.recipe_words import title_of, value_words
from gui.pages.train.runs.comparison import RunComparison
from gui.pages.train.runs.records import RunRecord, RunRecords
from gui.widgets.column_model import Column, ColumnModel, bold_where, plain_table, tooltip
from gui.widgets.controls import text_label
from gui.widgets.retranslating import RetranslationMixin
from gui.wording.runs import percent, reason_words, source_words

_WIDEST_PX = 260


class RunTable(RetranslationMixin, QTableView):
    """Newest first. Several can be selected; Delete asks to delete, Return to use one."""

    chosen = Signal()
    """Other runs are selected."""
    delete_wanted = Signal()
    use_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = ColumnModel(self._columns(), self, roles=tooltip(_tip))
        self.setModel(self._model)
        self.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QTableView.SelectionMode.ExtendedSelection)
        self.setWordWrap(False)
        self.setHorizontalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        header = plain_table(self, 30)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setMaximumSectionSize(_WIDEST_PX)
        header.setStretchLastSection(True)
        self.selectionModel().selectionChanged.connect(self.chosen)
        self.retranslate()

    @property
    def selected(self) -> list[RunRecord]:
        """The selected runs, newest first."""
        rows = sorted(index.row() for index in self.selectionModel().selectedRows())
        return [self._model.rows[row] for row in rows]

    def _columns(self) -> list[Column[RunRecord]]:
        return [
            Column(lambda: self.tr("Trained"), self._when, roles=bold_where(attrgetter("in_use"))),
            Column(lambda: self.tr("Right, held out"), self._share),
            Column(lambda: self.tr("Measured"), lambda record: source_words(record.source)),
            Column(
                lambda: title_of("strategy"), lambda record: value_words("strategy", record.strategy).partition(":")[0]
            ),
            Column(lambda: title_of("head"), lambda record: value_words("head", record.run.head)),
            Column(lambda: self.tr("Images"), lambda record: QLocale().toString(record.run.samples), right=True),
            Column(lambda: title_of("backbone"), lambda record: record.run.backbone().title),
            Column(
                lambda: self.tr("Seconds"), lambda record: QLocale().toString(record.run.seconds, "f", 1), right=True
            ),
            Column(lambda: self.tr("Notes"), lambda record: " ".join(record.run.notes)),
        ]

    def _when(self, record: RunRecord) -> str:
        when = QDateTime.fromString(record.run.created, Qt.DateFormat.ISODate).toLocalTime()
        shown = QLocale().toString(when, QLocale.FormatType.ShortFormat)
        return self.tr("{when} · in use").format(when=shown) if record.in_use else shown

    def _share(self, record: RunRecord) -> str:
        top1 = percent(record.top1)
        return self.tr("{share} ⚠ optimistic").format(share=top1) if record.reasons else top1

    def show_records(self, records: Sequence[RunRecord]) -> None:
        """Show these runs; those that were selected stay so."""
        ids = {record.run.id for record in self.selected}
        self._model.show(records)
        self.select_runs(ids)

    def select_runs(self, ids: set[str]) -> None:
        """Select the runs with these ids and no other."""
        model, flags = self.selectionModel(), QItemSelectionModel.SelectionFlag
        model.clearSelection()
        for row, record in enumerate(self._model.rows):
            if record.run.id in ids:
                model.select(self._model.index(row, 0), flags.Select | flags.Rows)
        self.chosen.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  (Qt's name)
        if event.key() == Qt.Key.Key_Delete:
            self.delete_wanted.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.use_wanted.emit()
        else:
            super().keyPressEvent(event)

    def retranslate(self) -> None:
        self.setAccessibleName(self.tr("Runs"))
        self.setAccessibleDescription(self.tr("Select two or more to compare them; Delete deletes, Return uses one"))
        self._model.show(self._model.rows)


class RunList(RetranslationMixin, QWidget):
    """Shows a `RunRecords`; asks for what the user wants."""

    use_wanted = Signal(str)
    delete_wanted = Signal(list)
    """Ids of the runs to delete."""
    settings_wanted = Signal(str)
    """The settings of this run are wanted for the next training."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._book = RunRecords()
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

    def show_book(self, book: RunRecords) -> None:
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


def _tip(record: RunRecord) -> str:
    reasons = [reason_words(reason) for reason in record.reasons]
    return " · ".join([record.run.id, *reasons, *record.run.notes])
