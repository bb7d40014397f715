"""Toolbar of the Evaluate page: run and split."""

from __future__ import annotations

from PySide6.QtCore import QDateTime, QLocale, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QWidget

from gui.jobs.task import Task
from gui.pages.evaluate.worker_calls import EvaluationView, RunRow
from gui.widgets.controls import ElidedComboBox, text_label
from gui.widgets.retranslating import RetranslationMixin

_SPLITS = ("test", "val", "validation", "train")
_STEPS = 1000


class EvaluateBar(RetranslationMixin, QWidget):
    """Two choices, the progress of the measurement, and the report."""

    chosen = Signal(str, str)
    """Run and split."""
    again_wanted = Signal()
    report_wanted = Signal()

    def __init__(self, task: Task, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._task = task
        self._runs: tuple[RunRow, ...] = ()
        self._counts: dict[str, int] = {}
        self._run_label, self._split_label = text_label("muted", self), text_label("muted", self)
        self.runs, self.splits = ElidedComboBox(self), ElidedComboBox(self)
        self.runs.setMinimumContentsLength(12)
        self.splits.setMinimumContentsLength(12)
        for split in _SPLITS:
            self.splits.addItem("", split)
        self._progress = QProgressBar(self)
        self._progress.setTextVisible(False)
        self._progress.setMaximumWidth(140)
        self._left = text_label("muted", self)
        self._cancel, self._again, self.report = QPushButton(self), QPushButton(self), QPushButton(self)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self._run_label)
        layout.addWidget(self.runs, 3)
        layout.addWidget(self._split_label)
        layout.addWidget(self.splits, 3)
        layout.addSpacing(8)
        for widget in (self._left, self._progress, self._cancel, self._again, self.report):
            layout.addWidget(widget)
        self.runs.activated.connect(self._on_chosen)
        self.splits.activated.connect(self._on_chosen)
        self._cancel.clicked.connect(task.cancel)
        self._again.clicked.connect(self.again_wanted)
        self.report.clicked.connect(self.report_wanted)
        task.progressed.connect(lambda _: self._show_progress())
        task.changed.connect(self._show_progress)
        self.retranslate()

    @property
    def run(self) -> str:
        return str(self.runs.currentData() or "")

    @property
    def split(self) -> str:
        return str(self.splits.currentData())

    def show_survey(self, survey: EvaluationView) -> None:
        self._runs, self._counts = tuple(reversed(survey.runs)), survey.counts
        self.runs.clear()
        for row in self._runs:
            self.runs.addItem("", row.id)
        self.runs.setCurrentIndex(max(0, self.runs.findData(survey.run)))
        self.splits.setCurrentIndex(max(0, self.splits.findData(survey.split)))
        self.report.setEnabled(survey.measured is not None)
        self.retranslate()

    def choose_split(self, split: str) -> None:
        """Choose a split, as the user does."""
        self.splits.setCurrentIndex(self.splits.findData(split))
        self._on_chosen()

    def _on_chosen(self) -> None:
        if self.run:
            self.chosen.emit(self.run, self.split)

    def _show_progress(self) -> None:
        running = self._task.running
        for widget in (self._progress, self._cancel, self._left):
            widget.setVisible(running)
        self._again.setVisible(not running)
        self._progress.setRange(0, _STEPS if self._task.share else 0)
        self._progress.setValue(round(self._task.share * _STEPS))
        left = self._task.seconds_left
        shown = left is not None and left > 2
        self._left.setText(self.tr("about %n second(s) left", "", max(1, round(left or 0))) if shown else "")

    def retranslate(self) -> None:
        self._run_label.setText(self.tr("Run"))
        self._split_label.setText(self.tr("Pictures"))
        self.runs.setAccessibleName(self.tr("Run"))
        self.splits.setAccessibleName(self.tr("Pictures it is measured on"))
        self._cancel.setText(self.tr("Cancel"))
        self._again.setText(self.tr("Measure again"))
        self.report.setText(self.tr("Open the report"))
        self._progress.setAccessibleName(self.tr("Progress of the measurement"))
        words = {
            "test": self.tr("Test: held-out recordings"),
            "val": self.tr("Validation"),
            "validation": self.tr("Held-out folds"),
            "train": self.tr("Training: learned from"),
        }
        for place, split in enumerate(_SPLITS):
            count = self._counts.get(split, 0)
            self.splits.setItemText(place, f"{words[split]} ({count})")
            empty = "" if count else self.tr("There is no picture yet")
            self.splits.setItemData(place, empty, Qt.ItemDataRole.ToolTipRole)
        for place, row in enumerate(self._runs):
            self.runs.setItemText(place, self._say(row))
        self._show_progress()

    def _say(self, row: RunRow) -> str:
        if not row.backbone:
            return self.tr("{id} (damaged)").format(id=row.id)
        when = QDateTime.fromString(row.created, Qt.DateFormat.ISODate).toLocalTime()
        text = QLocale().toString(when, QLocale.FormatType.ShortFormat)
        return f"{text} · {row.strategy} · {row.backbone} · " + self.tr("%n picture(s)", "", row.images)
