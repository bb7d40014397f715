"""Progress of an export: stage, bar, time left and cancel button."""

from __future__ import annotations

import json
import time

from PySide6.QtCore import QSettings, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from gui.widgets.controls import Card, text_label
from gui.widgets.retranslating import RetranslationMixin
from gui.wording.bundles import stage_words, time_words

_TICK_MS = 500
_SECONDS = "export/seconds"


class StageClock:
    """Knows how long each stage took the last time, and so how long the rest may take."""

    def __init__(self) -> None:
        self._before = _load()
        self._now: dict[str, float] = {}
        self._stage = ""
        self._began = 0.0
        self._share = 0.0

    def enter(self, stage: str, done: int, total: int) -> None:
        """An event of the export."""
        if stage != self._stage:
            self._leave()
            self._stage, self._began = stage, time.monotonic()
        self._share = done / total if total else 0.0

    def left_s(self) -> float | None:
        """Seconds left; None where nothing is known."""
        elapsed = time.monotonic() - self._began
        here = (
            elapsed * (1 - self._share) / self._share if self._share else self._before.get(self._stage, 0.0) - elapsed
        )
        later = [seconds for stage, seconds in self._before.items() if stage not in self._now and stage != self._stage]
        if not self._before and not self._share:
            return None
        return max(0.0, here) + sum(later)

    def finish(self) -> None:
        """The export is whole: keep how long its stages took."""
        self._leave()
        QSettings().setValue(_SECONDS, json.dumps(self._now))

    def _leave(self) -> None:
        if self._stage:
            self._now[self._stage] = time.monotonic() - self._began


def _load() -> dict[str, float]:
    try:
        values = json.loads(str(QSettings().value(_SECONDS, "{}")))
        return {str(stage): min(3600.0, max(0.0, float(seconds))) for stage, seconds in values.items()}
    except (ValueError, TypeError, AttributeError):
        return {}  # settings that are bad never stop anything


class ExportProgressCard(RetranslationMixin, Card):
    """Visible while an export runs."""

    cancel_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._clock = StageClock()
        self._stage, self._done, self._total = "prepare", 0, 0
        self._cancelling = False
        self._heading = text_label("heading", self, wrap=True)
        self._bar = QProgressBar(self)
        self._bar.setTextVisible(False)
        self._left = text_label("muted", self)
        self.cancel_button = QPushButton(self)
        self.cancel_button.clicked.connect(self.cancel)
        self._ticker = QTimer(self)
        self._ticker.setInterval(_TICK_MS)
        self._ticker.timeout.connect(self.retranslate)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self._left, 1)
        foot.addWidget(self.cancel_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.setSpacing(8)
        layout.addWidget(self._heading)
        layout.addWidget(self._bar)
        layout.addLayout(foot)
        self.retranslate()
        self.hide()

    @property
    def text(self) -> str:
        """The stage in words."""
        return self._heading.text()

    def begin(self) -> None:
        """An export has started."""
        self._clock = StageClock()
        self._cancelling = False
        self.show_step("prepare", 0, 0)
        self._ticker.start()
        self.show()

    def show_step(self, stage: str, done: int, total: int) -> None:
        """Where it stands; a total of 0 where that is not known."""
        self._stage, self._done, self._total = stage, done, total
        self._clock.enter(stage, done, total)
        self.retranslate()

    def end(self, *, whole: bool) -> None:
        """It is over; `whole` says that nothing stopped it."""
        if whole:
            self._clock.finish()
        self._ticker.stop()
        self.hide()

    def cancel(self) -> None:
        """Ask for the end of the export."""
        self._cancelling = True
        self.retranslate()
        self.cancel_wanted.emit()

    def retranslate(self) -> None:
        words = self.tr("Cancelling…") if self._cancelling else f"{stage_words(self._stage)}…"
        self._heading.setText(words)
        known = self._total > 1
        self._bar.setRange(0, self._total if known else 0)
        self._bar.setValue(self._done if known else 0)
        self._bar.setAccessibleName(words)
        left = self._clock.left_s() if self._ticker.isActive() else None
        about = self.tr("about {time} left").format(time=time_words(left)) if left else ""
        self._left.setText("" if self._cancelling else about)
        self.cancel_button.setText(self.tr("Cancel"))
        self.cancel_button.setToolTip(self.tr("Stop the export; nothing half-written stays"))
        self.cancel_button.setEnabled(not self._cancelling)
