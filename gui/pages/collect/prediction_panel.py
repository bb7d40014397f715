"""Predictions of the live classifier: one bar per class, and what it was trained on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from gui.pages.collect.live_classifier import Answer, Status
from gui.widgets.controls import Card, ElidedLabel, text_label
from gui.widgets.retranslating import RetranslationMixin
from gui.wording.core_messages import core_words
from gui.wording.locale import percent

if TYPE_CHECKING:
    from edge_transfer.curation.live_learner import Learned

_STEPS = 1000
_MOST_ROWS = 6


class PredictionPanel(RetranslationMixin, Card):
    """Shows a `Status` and an `Answer`; asks for another try where weights are missing."""

    retry_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._status = Status("off")
        self._answer: Answer | None = None
        self._shown: tuple[tuple[str, float], ...] | None = None
        self._heading = text_label("heading", self)
        self._winner = ElidedLabel(parent=self)
        self._winner.setObjectName("title")
        self._sentence = text_label("muted", self, wrap=True)
        self._retry = QPushButton(self)
        self._retry.clicked.connect(self.retry_wanted)
        self._rows: list[tuple[ElidedLabel, QProgressBar, QLabel]] = []
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnStretch(1, 1)
        self._grid.setColumnMinimumWidth(0, 104)
        foot = QHBoxLayout()
        foot.addWidget(self._sentence, 1)
        foot.addWidget(self._retry)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.setSpacing(8)
        layout.addWidget(self._heading)
        layout.addWidget(self._winner)
        layout.addLayout(self._grid)
        layout.addLayout(foot)
        self.retranslate()

    @property
    def winner(self) -> str:
        """The class with the highest bar; empty while there is no answer."""
        return self._shown[0][0] if self._shown else ""

    @property
    def sentence(self) -> str:
        return self._sentence.text()

    def show_status(self, status: Status) -> None:
        if status != self._status:
            self._status = status
            self.retranslate()

    def show_answer(self, answer: Answer | None) -> None:
        if answer is self._answer:
            return
        self._answer = answer
        if answer is None:
            self._shown = None
        else:
            pairs = zip(answer.learned.classes, answer.probabilities, strict=True)
            self._shown = tuple(sorted(pairs, key=lambda pair: -pair[1]))
        self._show_rows()

    def _show_rows(self) -> None:
        # In the order of the classes: bars that change places cannot be read. Without an answer the rows stay, empty:
        # the record buttons below must not move under the mouse.
        answer = self._answer
        learned = answer.learned if answer is not None else self._status.learned
        classes = learned.classes[:_MOST_ROWS] if learned is not None else ()
        while len(self._rows) < len(classes):
            self._add_row()
        for row, (label, bar, share) in enumerate(self._rows):
            for widget in (label, bar, share):
                widget.setVisible(row < len(classes))
            if row < len(classes):
                probability = answer.probabilities[row] if answer is not None else 0.0
                label.setText(classes[row])
                bar.setValue(round(probability * _STEPS))
                bar.setAccessibleName(classes[row])
                share.setText(percent(probability if answer is not None else None, 0))
        self._winner.setVisible(bool(classes))
        self._winner.setText(self._shown[0][0] if self._shown else "–")

    def _add_row(self) -> None:
        row = len(self._rows)
        label, bar, share = ElidedLabel(parent=self), QProgressBar(self), text_label(parent=self)
        bar.setRange(0, _STEPS)
        bar.setTextVisible(False)
        share.setFixedWidth(share.fontMetrics().horizontalAdvance("100\u00a0%") + 4)
        share.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        for column, widget in enumerate((label, bar, share)):
            self._grid.addWidget(widget, row, column)
        self._rows.append((label, bar, share))

    def retranslate(self) -> None:
        self._heading.setText(self.tr("What the model sees"))
        self._retry.setText(self.tr("Try again"))
        self._retry.setVisible(self._status.stage in ("no weights", "failed"))
        self._sentence.setText(self._say())
        self._show_rows()

    def _say(self) -> str:
        status = self._status
        if status.stage == "no weights":
            folder, name = status.message.split("\n")
            return self.tr(
                "Live prediction needs pretrained weights: put {name}.safetensors or {name}.pth into {folder}, "
                "or run “edge-transfer train --download” once."
            ).format(name=name, folder=folder)
        if status.stage == "ready" and status.learned is not None:
            return self._say_learned(status.learned)
        sentences = {
            "prepare": self.tr("Preparing the network; the first time this takes up to a minute."),
            "embed": self.tr("Learning: looking at the images, {progress}").format(progress=status.message),
            "fit": self.tr("Learning…"),
            "failed": core_words(status.message),
        }
        return sentences.get(status.stage) or self.tr("Record two classes, and the model starts to answer here.")

    def _say_learned(self, learned: Learned) -> str:
        text = self.tr("Learned from %n image(s).", "", learned.images)
        if learned.held_out:
            right = self.tr("{right} of {held_out} held-out images are right.")
            return f"{text} {right.format(right=learned.held_out_right, held_out=learned.held_out)}"
        again = self.tr("A second recording of each class is held out and shows how good it is.")
        return f"{text} {again}"
