"""Rejection threshold: a slider with immediate feedback, and a button that saves it to the run."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSlider, QVBoxLayout, QWidget

from gui.pages.evaluate.share_plots import CoverageView
from gui.pages.evaluate.worker_calls import Measured
from gui.widgets.controls import Card, text_label
from gui.widgets.retranslating import RetranslationMixin
from gui.wording.locale import decimal, percent

_STEPS = 1000
_CHOOSABLE = ("val", "validation")


class CoveragePanel(RetranslationMixin, Card):
    """Wishes a threshold to be kept, or another split to be shown."""

    threshold_wanted = Signal(object)
    """A number 0 to 1; None for the fitted one."""
    folds_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._measured: Measured | None = None
        self._right = np.zeros(0, bool)
        self._why_not = ""
        self._heading = text_label("heading", self)
        self.view = CoverageView(self)
        self._label = text_label("", self)
        self.slider = QSlider(Qt.Orientation.Horizontal, self)
        self.slider.setRange(0, _STEPS)
        self.slider.setPageStep(50)
        self._numbers = text_label("", self, wrap=True)
        self._note = text_label("muted", self, wrap=True)
        self.use, self.back, self.folds = QPushButton(self), QPushButton(self), QPushButton(self)
        self.use.setObjectName("primary")
        line = QHBoxLayout()
        line.addWidget(self._label)
        line.addWidget(self.slider, 1)
        buttons = QHBoxLayout()
        for button in (self.use, self.back, self.folds):
            buttons.addWidget(button)
        buttons.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.setSpacing(8)
        layout.addWidget(self._heading)
        layout.addWidget(self.view, 1)
        layout.addLayout(line)
        layout.addWidget(self._numbers)
        layout.addWidget(self._note)
        layout.addLayout(buttons)
        self.slider.valueChanged.connect(lambda _: self._show_numbers())
        self.use.clicked.connect(lambda: self.threshold_wanted.emit(self.threshold))
        self.back.clicked.connect(lambda: self.threshold_wanted.emit(None))
        self.folds.clicked.connect(self.folds_wanted)
        self.retranslate()

    @property
    def threshold(self) -> float:
        """Where the slider stands; the run's own threshold exactly, where it was not moved."""
        if self._measured is not None:
            own = self._measured.evaluation.threshold
            if self.slider.value() == _step(own):
                return own
        return self.slider.value() / _STEPS

    @property
    def numbers(self) -> str:
        """What the threshold does, in words."""
        return self._numbers.text()

    def show_measured(self, measured: Measured, why_not: str) -> None:
        """`why_not` says why nothing may be kept; empty where it may."""
        self._measured, self._why_not = measured, why_not
        self._right = measured.answers == measured.labels
        self.view.show_curve(measured.evaluation.coverage_curve, measured.evaluation.n)
        self.slider.setValue(_step(measured.evaluation.threshold))
        self.retranslate()

    def _show_numbers(self) -> None:
        measured = self._measured
        if measured is None:
            return
        known = measured.stated >= np.float32(self.threshold)
        given, right = int(known.sum()), int(self._right[known].sum())
        accuracy = right / given if given else None
        self.view.show_point(given / len(known), accuracy)
        self._label.setText(self.tr("Threshold {value}").format(value=decimal(self.threshold)))
        text = self.tr("{coverage} answered, {accuracy} of those right · %n unknown(s)", "", len(known) - given)
        wrong = self.tr("%n wrong answer(s) given", "", given - right)
        self._numbers.setText(
            text.format(coverage=percent(given / len(known)), accuracy=percent(accuracy)) + f" · {wrong}"
        )
        self.slider.setAccessibleDescription(self._numbers.text())
        choosable = measured.evaluation.split in _CHOOSABLE
        changed = self.slider.value() != _step(measured.evaluation.threshold)
        self.use.setVisible(choosable)
        self.use.setEnabled(changed and not self._why_not)
        self.use.setToolTip(self._why_not)
        own = abs(measured.evaluation.threshold - measured.fitted_threshold) > 1e-9
        self.back.setVisible(choosable and own)
        self.back.setEnabled(not self._why_not)
        self.back.setToolTip(self._why_not)
        self.folds.setVisible(not choosable)

    def retranslate(self) -> None:
        self._heading.setText(self.tr("What a threshold buys"))
        self.slider.setAccessibleName(self.tr("Threshold"))
        self.slider.setToolTip(self.tr("Answers less probable than this are “unknown” on the box"))
        self.use.setText(self.tr("Use this threshold"))
        self.folds.setText(self.tr("Show the held-out folds"))
        self.back.setText(self.tr("Back to the fitted threshold"))
        if self._measured is not None:
            fitted = decimal(self._measured.fitted_threshold)
            self.back.setText(self.tr("Back to the fitted {value}").format(value=fitted))
            if self._measured.evaluation.split in _CHOOSABLE:
                note = self.tr(
                    "The training fitted {value}. A bundle keeps the threshold it was exported with: export again."
                ).format(value=fitted)
            else:
                note = self.tr(
                    "A threshold is chosen on the held-out folds: chosen on these pictures, they would prove nothing "
                    "any more. Here the slider only shows what it does."
                )
            self._note.setText(note)
        self._show_numbers()


def _step(threshold: float) -> int:
    return round(threshold * _STEPS)
