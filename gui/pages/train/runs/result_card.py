"""Result of a training: accuracy, the samples behind it, why it may be optimistic, next steps."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from gui.pages.train.recipe_words import value_words
from gui.pages.train.runs.records import RunRecord
from gui.widgets.controls import Card, ElidedLabel, set_property, text_label
from gui.widgets.retranslating import RetranslationMixin
from gui.wording.core_messages import core_words
from gui.wording.runs import percent, reason_words, source_words

_MOST_REASONS = 4


class RunResult(RetranslationMixin, Card):
    """Shows one run."""

    evaluate_wanted = Signal()
    export_wanted = Signal()
    use_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._record: RunRecord | None = None
        self._just_trained = False
        self._why_not = ""
        self._used = ""
        self._heading = text_label("heading", self)
        self._number = text_label("title", self)
        self._source = text_label(parent=self, wrap=True)
        self._optimistic = text_label("chip", self, wrap=True)
        set_property(self._optimistic, "bad", True)
        self._made = ElidedLabel(parent=self)
        self._made.setObjectName("muted")
        self._notes = text_label("muted", self, wrap=True)
        self._next = text_label("muted", self, wrap=True)
        self.before_replacing = QVBoxLayout()
        """Room for what to know before this model replaces the one in use."""
        self.evaluate, self.export, self.use = QPushButton(self), QPushButton(self), QPushButton(self)
        self.evaluate.clicked.connect(self.evaluate_wanted)
        self.export.clicked.connect(self.export_wanted)
        self.use.clicked.connect(self._on_use)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        for button in (self.use, self.evaluate, self.export):
            buttons.addWidget(button)
        buttons.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 14)
        layout.setSpacing(6)
        for widget in (self._heading, self._number, self._source, self._optimistic, self._made, self._notes):
            layout.addWidget(widget)
        layout.addLayout(self.before_replacing)
        layout.addWidget(self._next)
        layout.addLayout(buttons)
        self.retranslate()

    def show_record(self, record: RunRecord | None, used: str, *, just_trained: bool) -> None:
        """Show a run, or with None that there is none; `used` is the id of the run in use."""
        self._record, self._used, self._just_trained = record, used, just_trained
        self.retranslate()

    def set_why_not(self, why: str) -> None:
        """Why another run cannot be chosen; empty where it can."""
        self._why_not = why
        self.use.setEnabled(not why)
        self.use.setToolTip(why)

    @property
    def text(self) -> str:
        """All that the card says."""
        labels = (self._heading, self._number, self._source, self._optimistic, self._made, self._notes, self._next)
        return "\n".join(label.text() for label in labels if not label.isHidden())

    def _on_use(self) -> None:
        if self._record is not None:
            self.use_wanted.emit(self._record.run.id)

    def _show(self, record: RunRecord) -> None:
        run = record.run
        heading = self.tr("Trained") if self._just_trained else self.tr("The model in use")
        self._heading.setText(heading)
        self._number.setText(self.tr("{share} right").format(share=percent(record.top1)))
        images = self.tr("%n image(s) it had not learned from", "", int(run.validation["n"]))
        self._source.setText(f"{images}: {source_words(record.source)}")
        reasons = [reason_words(reason) for reason in record.reasons]
        text = self.tr("⚠ Optimistic: {reasons}.").format(reasons="; ".join(reasons))
        self._optimistic.setText(text)
        self._optimistic.setVisible(bool(reasons))
        images = self.tr("%n image(s)", "", run.samples)
        self._made.setText(f"{value_words('head', run.head)} · {run.backbone().title} · {images} · {run.id}")
        notes = [*record.run.notes[:_MOST_REASONS], *(["…"] if len(run.notes) > _MOST_REASONS else [])]
        self._notes.setText("\n".join(f"• {core_words(note, capital=False)}" for note in notes))
        self._notes.setVisible(bool(notes))
        lost = () if record.forgetting is None else record.forgetting.lost
        if not record.in_use and lost:
            names = ", ".join(each.name for each in lost)
            text = self.tr("It has forgotten something ({names}), so the older run {run} stays in use.")
            text = text.format(names=names, run=self._used)
        elif not record.in_use:
            text = self.tr("The older run {run} stays in use, as you have chosen it.").format(run=self._used)
        elif "test" in record.evaluations:
            share = percent(record.evaluations["test"].top1)
            text = self.tr("On the test recordings, which nothing was chosen on: {share} right.").format(share=share)
        else:
            text = self.tr("This number chose the settings. Evaluate asks the recordings that are kept aside.")
        self._next.setText(text)

    def retranslate(self) -> None:
        record = self._record
        for label in (self._number, self._source, self._made, self.evaluate, self.export):
            label.setVisible(record is not None)
        self.use.setVisible(record is not None and not record.in_use)
        self._next.setVisible(True)
        self.use.setText(self.tr("Use this run"))
        self.evaluate.setText(self.tr("Evaluate…"))
        self.export.setText(self.tr("Export…"))
        self.evaluate.setToolTip(self.tr("Measure it on the recordings that are kept aside"))
        self.export.setToolTip(self.tr("Make the bundle that runs on the box"))
        if record is not None:
            self._show(record)
            return
        self._optimistic.hide()
        self._notes.hide()
        self._heading.setText(self.tr("No model yet"))
        self._next.setText(
            self.tr(
                "After the training stands here how many images it gets right that it has not seen, and how far that "
                "number can be trusted."
            )
        )
