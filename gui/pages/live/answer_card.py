"""Prediction of one bundle: class, bar per class, latency and threshold slider."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPushButton, QToolButton, QVBoxLayout, QWidget

from gui.pages.live.answer_widgets import MarkedSlider, ProbabilityBars, Verdict
from gui.pages.live.bundle_predictions import BundleStatus
from gui.pages.live.worker_calls import BundleAnswer
from gui.widgets.controls import CONTROL_PX, Card, ElidedComboBox, plain, set_property, text_label
from gui.widgets.retranslating import RetranslationMixin
from gui.wording.bundles import engine_words, number
from gui.wording.core_messages import core_words
from gui.wording.locale import percent

if TYPE_CHECKING:
    from export.runtime.inference.decision import Decision

WINDOW = 120
"""Answers that latency and rate are taken over."""
_FOLDER = "folder…"


class AnswerCard(RetranslationMixin, Card):
    """Which bundle, and its answer. The sliders change what is shown here and nothing else."""

    bundle_wanted = Signal(object)
    """The folder of a bundle; None for none."""
    folder_wanted = Signal()
    """A bundle is to be chosen from a folder outside the project."""

    def __init__(self, letter: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._letter = letter
        self._status = BundleStatus("off")
        self._bundles: list[Path] = []
        self._outside: Path | None = None
        self._recent: deque[tuple[float, ...]] = deque(maxlen=WINDOW)
        self._costs: deque[float] = deque(maxlen=WINDOW)
        self._times: deque[float] = deque(maxlen=WINDOW)
        self.decision: Decision | None = None
        """What is shown now: smoothed, and against the slider's threshold."""
        self._label = text_label("heading", self)
        self.choice = ElidedComboBox(self)
        self.choice.setMinimumHeight(CONTROL_PX)
        self.choice.activated.connect(self._on_chosen)
        self._label.setBuddy(self.choice)
        self._sentence = text_label("muted", self, wrap=True)
        self.again = QPushButton(self)
        self.again.clicked.connect(lambda: self.bundle_wanted.emit(self._status.path))
        self.verdict = Verdict(self)
        self.bars = ProbabilityBars(self)
        self.drift = text_label("chip", self, wrap=True)
        """Shown while the picture is unlike what was learned."""
        set_property(self.drift, "bad", True)
        self.drift.hide()
        self._latency = text_label("muted", self, wrap=True)
        self._threshold_label = text_label(parent=self)
        self.threshold = MarkedSlider(self)
        self.threshold.setRange(0, 100)
        self.threshold.valueChanged.connect(self._on_threshold)
        self.own = QToolButton(self)
        self.own.setObjectName("flat")
        self.own.setText("↺")
        self.own.clicked.connect(lambda: self.threshold.setValue(self.threshold.mark or 0))
        self._lay_out()
        self._show_status()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self._label)
        head.addWidget(self.choice, 1)
        problem = QHBoxLayout()
        problem.addWidget(self._sentence, 1)
        problem.addWidget(self.again)
        slider = QGridLayout()
        slider.setHorizontalSpacing(6)
        slider.setVerticalSpacing(0)
        slider.addWidget(self._threshold_label, 0, 0, 1, 2)
        slider.addWidget(self.threshold, 1, 0)
        slider.addWidget(self.own, 1, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 12, 12, 12)
        layout.setSpacing(8)
        layout.addLayout(head)
        layout.addLayout(problem)
        layout.addWidget(self.verdict)
        layout.addWidget(self.drift)
        layout.addWidget(self.bars)
        layout.addWidget(self._latency)
        layout.addLayout(slider)
        layout.addStretch(1)

    @property
    def status(self) -> BundleStatus:
        return self._status

    @property
    def sentence(self) -> str:
        """Why there is no answer; empty where there is one."""
        return self._sentence.text()

    @property
    def latency(self) -> str:
        return self._latency.text()

    @property
    def answers_a_second(self) -> float:
        """Answers a second over the window; 0 before the second one."""
        span = self._times[-1] - self._times[0] if self._times else 0.0
        old = self._times and time.monotonic() - self._times[-1] > 2
        return 0.0 if old or span <= 0 else (len(self._times) - 1) / span

    def show_bundles(self, bundles: Sequence[Path]) -> None:
        """The bundles of the project to choose from."""
        self._bundles = list(bundles)
        self._fill()

    def show_status(self, status: BundleStatus) -> None:
        """Where the bundle stands; another one begins with an empty window and its own threshold."""
        if status == self._status:
            return
        if status.opened != self._status.opened or status.stage != "ready":
            self.forget()
        if status.opened is not None and status.opened != self._status.opened:
            own = round(100 * status.opened.threshold)
            self.threshold.set_mark(own)
            self.threshold.setValue(own)
            self.bars.show_classes(status.opened.classes)
        self._status = status
        if status.path is not None and status.path not in self._bundles:
            self._outside = status.path
        self.retranslate()

    def forget(self) -> None:
        """Another source: what was answered before says nothing any more."""
        for each in (self._recent, self._costs, self._times):
            each.clear()
        self.drift.hide()
        self.show_decision(1)

    def add(self, answer: BundleAnswer, at: float) -> None:
        """An answer, and when it came (`time.monotonic`)."""
        self._recent.append(answer.probabilities)
        self._costs.append(answer.total_ms)
        self._times.append(at)
        self.drift.setVisible(answer.drifting)

    def show_decision(self, smoothing: int) -> None:
        """Show the mean of the last `smoothing` answers; nothing where there is none."""
        opened = self._status.opened
        if opened is None or not self._recent:
            self.decision = None
            self.bars.show_probabilities(None)
        else:
            from export.runtime.inference.decision import decide_probabilities, mean_probabilities

            mean = mean_probabilities(list(self._recent)[-smoothing:], smoothing)
            self.decision = decide_probabilities(mean, opened.classes, self._shown_threshold(opened.threshold))
            self.bars.show_probabilities([float(value) for value in mean])
        self.verdict.show_decision(self.decision)

    def show_rates(self) -> None:
        """Bring latency and rate up to date; a few times a second is enough."""
        if not self._costs:
            self._latency.setText("")
            return
        import numpy as np

        p50, p95 = np.percentile(np.array(self._costs), [50, 95])
        text = self.tr("p50 {p50} ms · p95 {p95} ms · {rate} answers a second")
        self._latency.setText(
            text.format(p50=number(p50, 1), p95=number(p95, 1), rate=number(self.answers_a_second, 0))
        )

    def _shown_threshold(self, own: float) -> float:
        # At the mark it is the bundle's own to the last digit.
        return own if self.threshold.value() == self.threshold.mark else self.threshold.value() / 100

    def _on_threshold(self) -> None:
        self._show_status()

    def _on_chosen(self, index: int) -> None:
        data = self.choice.itemData(index)
        self._fill()
        if data == _FOLDER:
            self.folder_wanted.emit()
        elif data != self._status.path:
            self.bundle_wanted.emit(data)

    def _fill(self) -> None:
        with QSignalBlocker(self.choice):
            self.choice.clear()
            self.choice.addItem(self.tr("no bundle"), None)
            paths = [*self._bundles]
            if self._outside is not None and self._outside not in paths:
                paths.append(self._outside)
            for path in paths:
                self.choice.addItem(path.name, path)
                self.choice.setItemData(self.choice.count() - 1, str(path), Qt.ItemDataRole.ToolTipRole)
            self.choice.insertSeparator(self.choice.count())
            self.choice.addItem(self.tr("a bundle from a folder…"), _FOLDER)
            row = 1 + paths.index(self._status.path) if self._status.path in paths else 0
            self.choice.setCurrentIndex(row)

    def retranslate(self) -> None:
        self._fill()
        self._show_status()

    def _show_status(self) -> None:
        status = self._status
        self._label.setText(self._letter)
        self.choice.setAccessibleName(self.tr("Bundle {letter}").format(letter=self._letter))
        self.choice.setToolTip(plain(str(status.path)) if status.path is not None else "")
        words = {
            "off": self.tr("Choose a bundle: it is run here exactly as on the box."),
            "opening": self.tr("Checking and opening the bundle…"),
            "failed": core_words(status.message),
        }
        opened = status.opened
        ready = engine_words(opened.engine, opened.precision) if opened is not None else ""
        self._sentence.setText(words.get(status.stage, ready))
        self.drift.setText(self.tr("The picture has moved away from what was learned: light, camera or subject."))
        self.drift.setAccessibleName(self.drift.text())
        self.again.setText(self.tr("Open again"))
        self.again.setVisible(status.stage == "failed")
        shows = status.stage == "ready"
        for widget in (self.verdict, self.bars, self._latency, self._threshold_label, self.threshold, self.own):
            widget.setVisible(shows)
        text = self.tr("Unknown below {value} (the bundle's own: {own})")
        self._threshold_label.setText(
            text.format(
                value=percent(self.threshold.value() / 100, 0), own=percent((self.threshold.mark or 0) / 100, 0)
            )
        )
        self._threshold_label.setWordWrap(True)
        self.threshold.setAccessibleName(self.tr("Threshold below which the answer is unknown"))
        self.threshold.setToolTip(self.tr("Changes only what is shown here; the bundle stays as it is"))
        self.own.setAccessibleName(self.tr("Back to the bundle's own threshold"))
        self.own.setToolTip(self.own.accessibleName())
