"""Counters of a watch, and their Prometheus text format."""

from __future__ import annotations

import math
import threading
import time
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..bundle.predictor import Watched
from ..sources.frame import SourceState
from .outbox import Outbox

_RECENT = 512


@dataclass(frozen=True)
class RingSize:
    """How full the ring of kept frames is."""

    frames: int
    bytes: int
    written: int
    """Since the watch began."""
    failed: int
    """Frames that the disk refused."""


class Counters:
    """Counted by the watch, read by whoever asks; any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._started = time.time()
        self._frames = self._left_out = self._dropped = self._reconnects = 0
        self._answers: Counter[str] = Counter()
        self._unknown = 0
        self._recent_ms: deque[float] = deque(maxlen=_RECENT)
        self._state = "connecting"
        self._was_lost = False
        self._drift: tuple[float | None, float, bool] | None = None

    def take(self, watched: Watched, label: str, unknown: bool) -> None:
        """Count a frame and the answer that was given for it."""
        with self._lock:
            self._frames += 1
            self._left_out += watched.left_out
            self._dropped += watched.dropped
            self._recent_ms.append(watched.prediction.total_ms)
            self._answers[label] += not unknown
            self._unknown += unknown
            self._state = "live"

    def take_state(self, state: SourceState) -> None:
        """Count a state of the source."""
        with self._lock:
            if state.state == "lost":
                self._was_lost = True
            elif state.state == "live" and self._was_lost:
                self._was_lost = False
                self._reconnects += 1
            self._state = state.state

    def set_drift(self, score: float | None, threshold: float, drifting: bool) -> None:
        """Keep where drift stands; the score is None while too few frames have come for one."""
        with self._lock:
            self._drift = (score, threshold, drifting)

    def text(self, outboxes: Sequence[Outbox[Any]], ring: RingSize | None = None) -> str:
        """Everything, in Prometheus' text format 0.0.4."""
        with self._lock:
            answers, recent = dict(self._answers), list(self._recent_ms)
            text = _Text()
            text.add("frames_total", "counter", "Frames classified.", self._frames)
            text.add("frames_left_out_total", "counter", "Frames above the wanted rate.", self._left_out)
            text.add("frames_dropped_total", "counter", "Frames lost or damaged before the watch.", self._dropped)
            text.add("reconnects_total", "counter", "Connections to the source made anew.", self._reconnects)
            text.add("source_live", "gauge", "1 while frames come.", int(self._state == "live"))
            text.add("started_seconds", "gauge", "When the watch began, seconds since 1970.", self._started)
            text.add("unknown_total", "counter", "Answers below the threshold.", self._unknown)
            labelled = [({"class": name}, count) for name, count in sorted(answers.items())]
            text.rows("answers_total", "counter", "Answers by class.", labelled)
            if recent:
                quantiles = np.percentile(recent, [50, 95]) / 1e3
                rows = [({"quantile": name}, value) for name, value in zip(("0.5", "0.95"), quantiles)]
                help_text = f"From frame to answer, over the last {_RECENT} frames."
                text.rows("answer_seconds", "gauge", help_text, rows)
            if self._drift is not None:
                score, threshold, drifting = self._drift
                if score is not None:
                    text.add("drift_score", "gauge", "Distance of the last frames from the training images.", score)
                text.add("drift_threshold", "gauge", "The score above which they have drifted.", threshold)
                text.add("drift", "gauge", "1 while they have drifted.", int(drifting))
        for name, value, words in (
            ("queue_length", "queued", "Messages that wait for an output."),
            ("queue_delivered_total", "delivered", "Messages an output has taken."),
            ("queue_dropped_total", "dropped", "Messages an output has lost."),
        ):
            rows = [({"output": box.sink.name}, getattr(box, value)) for box in outboxes]
            text.rows(name, "gauge" if name == "queue_length" else "counter", words, rows)
        if ring is not None:
            text.add("ring_frames", "gauge", "Frames in the ring.", ring.frames)
            text.add("ring_bytes", "gauge", "Size of the ring.", ring.bytes)
            text.add("ring_written_total", "counter", "Frames put into the ring.", ring.written)
            text.add("ring_failed_total", "counter", "Frames the disk refused.", ring.failed)
        return text.text()


class _Text:
    def __init__(self) -> None:
        self._lines: list[str] = []

    def add(self, name: str, kind: str, words: str, value: float) -> None:
        self.rows(name, kind, words, [({}, value)])

    def rows(self, name: str, kind: str, words: str, rows: Sequence[tuple[dict[str, str], float]]) -> None:
        if not rows:
            return
        name = f"edge_transfer_{name}"
        self._lines += [f"# HELP {name} {words}", f"# TYPE {name} {kind}"]
        for labels, value in rows:
            shown = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
            self._lines.append(f"{name}{{{shown}}} {_number(value)}" if shown else f"{name} {_number(value)}")

    def text(self) -> str:
        return "\n".join(self._lines) + "\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    value = float(value)
    if math.isnan(value):
        return "NaN"
    return str(int(value)) if value.is_integer() else repr(value)
