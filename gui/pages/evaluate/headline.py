"""The result in one line: the share of right answers, its 95 % interval as a bar, and how honest the number is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from gui.widgets import theme
from gui.widgets.controls import Card, set_property, text_label
from gui.widgets.retranslating import RetranslationMixin
from gui.wording.locale import percent

if TYPE_CHECKING:
    from edge_transfer.evaluation.evaluate import Evaluation

_BAR_PX = 12


class IntervalBar(RetranslationMixin, QWidget):
    """The share as a mark, its 95 % interval as a bar, and a dashed line for what guessing reaches."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._share, self._low, self._high, self._baseline = 0.0, 0.0, 1.0, 0.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.retranslate()

    def sizeHint(self) -> QSize:  # noqa: N802  (Qt's name)
        return QSize(320, _BAR_PX + 3 * self.fontMetrics().height() + 14)

    def show_share(self, share: float, interval: tuple[float, float], baseline: float) -> None:
        self._share, (self._low, self._high), self._baseline = share, interval, baseline
        self.retranslate()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802  (Qt's name)
        colours = theme.colours()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        line, metrics = painter.fontMetrics().height(), painter.fontMetrics()
        margin = metrics.horizontalAdvance(percent(1.0, 0)) / 2 + 2
        track = QRectF(margin, line + 5, self.width() - 2 * margin, _BAR_PX)

        def x(share: float) -> float:
            return track.left() + share * track.width()

        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.accent_soft))
        painter.drawRoundedRect(track, _BAR_PX / 2, _BAR_PX / 2)
        painter.setBrush(QColor(colours.accent))
        width = max(4.0, x(self._high) - x(self._low))
        painter.drawRoundedRect(QRectF(x(self._low), track.top(), width, _BAR_PX), _BAR_PX / 2, _BAR_PX / 2)
        painter.setPen(QPen(QColor(colours.card), 1.5))
        painter.setBrush(QColor(colours.text))
        painter.drawRoundedRect(QRectF(x(self._share) - 3, track.top() - 3, 6, _BAR_PX + 6), 3, 3)
        painter.setPen(QPen(QColor(colours.text), 1.5, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(x(self._baseline), track.top() - 5), QPointF(x(self._baseline), track.bottom() + 5))
        painter.setPen(QColor(colours.muted))
        for share in (0.0, 0.25, 0.5, 0.75, 1.0):
            place = QRectF(x(share) - 40, track.bottom() + 5, 80, line)
            painter.drawText(place, int(Qt.AlignmentFlag.AlignHCenter), percent(share, 0))
        painter.setPen(QColor(colours.text))
        ends = f"{percent(self._low)} – {percent(self._high)}"
        wide = metrics.horizontalAdvance(ends)
        left = min(max(track.left(), (x(self._low) + x(self._high) - wide) / 2), self.width() - wide - 1.0)
        painter.drawText(QPointF(left, metrics.ascent()), ends)
        painter.setPen(QColor(colours.muted))
        text = self.tr("┆ most frequent class: {share}").format(share=percent(self._baseline))
        painter.drawText(QPointF(track.left(), track.bottom() + 5 + line + metrics.ascent()), text)

    def retranslate(self) -> None:
        self.setAccessibleName(
            self.tr("{share} right; 95 % interval {low} to {high}; the most frequent class alone {baseline}").format(
                share=percent(self._share),
                low=percent(self._low),
                high=percent(self._high),
                baseline=percent(self._baseline),
            )
        )
        self.update()


_FEW = 100


class EvaluateHeadline(RetranslationMixin, Card):
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
