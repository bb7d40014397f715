"""The result in one line: how many are right, how sure that is, and how honest."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from gui.evaluate_interval import IntervalBar
from gui.numbers import percent
from gui.widgets import Card, set_property, text_label

if TYPE_CHECKING:
    from edge_transfer.evaluation.evaluate import Evaluation

_FEW = 100


class EvaluateHeadline(Card):
    """Big top-1 with its interval, and plain words on what it is worth."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._evaluation: Evaluation | None = None
        self._number = text_label("", self)
        font = self._number.font()
        font.setPixelSize(42)
        font.setWeight(font.Weight.DemiBold)
        self._number.setFont(font)
        self._right = text_label("muted", self)
        self._bar = IntervalBar(self)
        self._chip = text_label("chip", self)
        self._words = text_label("", self, wrap=True)
        numbers = QVBoxLayout()
        numbers.setSpacing(0)
        numbers.addWidget(self._number)
        numbers.addWidget(self._right)
        numbers.addStretch(1)
        middle = QVBoxLayout()
        middle.addWidget(self._bar)
        middle.addStretch(1)
        words = QVBoxLayout()
        words.setSpacing(6)
        words.addWidget(self._chip, 0, Qt.AlignmentFlag.AlignLeft)
        words.addWidget(self._words)
        words.addStretch(1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(18, 10, 18, 10)
        layout.setSpacing(24)
        layout.addLayout(numbers)
        layout.addLayout(middle, 4)
        layout.addLayout(words, 5)

    @property
    def words(self) -> str:
        """How honest the number is, in plain sentences."""
        return self._words.text()

    @property
    def number(self) -> str:
        return self._number.text()

    def show_evaluation(self, evaluation: Evaluation) -> None:
        self._evaluation = evaluation
        self._bar.show_share(evaluation.top1, evaluation.top1_interval, evaluation.baseline)
        self.retranslate()

    def retranslate(self) -> None:
        evaluation = self._evaluation
        if evaluation is None:
            return
        right = sum(row[k] for k, row in enumerate(evaluation.confusion))
        self._number.setText(percent(evaluation.top1))
        self._number.setAccessibleName(self.tr("Right: {share}").format(share=percent(evaluation.top1)))
        self._right.setText(self.tr("{right} of %n picture(s) right", "", evaluation.n).format(right=right))
        self._chip.setText(self.tr("▲ Optimistic") if evaluation.optimistic else self.tr("✓ An honest number"))
        set_property(self._chip, "bad", evaluation.optimistic)
        self._words.setText(" ".join(self._sentences(evaluation)))

    def _sentences(self, evaluation: Evaluation) -> list[str]:
        if evaluation.optimistic:
            reasons = "; ".join(self.reason(text) for text in evaluation.optimistic_reasons)
            sentences = [self.tr("Expect less in use: {reasons}.").format(reasons=reasons)]
        else:
            sentences = [self.tr("Nothing was learned from these pictures and nothing was chosen on them.")]
        if evaluation.recorded and len(evaluation.sessions) == 1:
            sentences.append(self.tr("All come from a single recording: another day may be different."))
        elif evaluation.recorded:
            sentences.append(self.tr("Frames of one recording resemble each other: the true interval is wider."))
        if evaluation.n < _FEW:
            low, high = evaluation.top1_interval
            text = self.tr("Few pictures: the truth may lie anywhere from {low} to {high}.")
            sentences.append(text.format(low=percent(low, 0), high=percent(high, 0)))
        if evaluation.top1_interval[0] <= evaluation.baseline:
            sentences.append(self.tr("Not clearly better than always saying the most frequent class."))
        if evaluation.missing_classes:
            names = ", ".join(evaluation.missing_classes[:6])
            sentences.append(self.tr("Nothing is known about {names}: no picture was tested.").format(names=names))
        return sentences

    def reason(self, text: str) -> str:
        """A reason of the evaluation in the window's language."""
        for pattern, words in (
            (r"the model learned from these very pictures", self.tr("the model learned from these very pictures")),
            (r"the model was chosen on these pictures", self.tr("the model was chosen on these pictures")),
            (
                r"the images came without capture sessions and were split at random",
                self.tr("the images came without capture sessions and were split at random"),
            ),
            (
                r"the model learned from (\d+) of these (\d+) pictures: train again",
                self.tr("the model learned from {0} of these {1} pictures: train again"),
            ),
            (
                r"all training frames of (.*) come from one capture session: .*",
                self.tr("all training frames of {0} come from one recording: record a second one in other light"),
            ),
        ):
            found = re.fullmatch(pattern, text, re.DOTALL)
            if found:
                return words.format(*found.groups())
        return text

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802  (Qt's name)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
