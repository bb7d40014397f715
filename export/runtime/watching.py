"""Classify what a source shows, frame by frame."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Generator
from dataclasses import dataclass
from typing import Optional

from .predictor import Prediction, Predictor
from .source import Frame, FrameSource, SourceState


@dataclass(frozen=True)
class Watched:
    """One frame of a source and its answer."""

    frame: Frame
    prediction: Prediction
    per_second: float
    """Frames a second over the last 30 frames; 0 before the second one."""
    left_out: int = 0
    """Frames since the last classified one that came too soon after it (`every_s`)."""
    dropped: int = 0
    """Frames since the last one that the source lost, or dropped because nobody took them in time."""


def watch(
    predictor: Predictor, source: FrameSource, *, every_s: float = 0.0
) -> Generator[Watched | SourceState, None, int]:
    """Classify the frames of a source until it ends; returns how many.

    `every_s` leaves out frames that follow the last classified one by less (in the source's own time). The source's
    states (stalled, lost, ended …) are passed on.
    """
    recent: deque[float] = deque(maxlen=30)
    last_s = float("-inf")
    count = left_out = dropped = 0
    next_index: Optional[int] = None
    events = source.events()
    try:
        for event in events:
            if isinstance(event, SourceState):
                yield event
                continue
            dropped += 0 if next_index is None else max(0, event.index - next_index)
            next_index = event.index + 1
            if 0 <= event.time_s - last_s < every_s:
                left_out += 1
                continue
            last_s = event.time_s
            prediction = predictor.predict(event.image)
            recent.append(time.perf_counter())
            span = recent[-1] - recent[0]
            count += 1
            yield Watched(event, prediction, (len(recent) - 1) / span if span > 0 else 0.0, left_out, dropped)
            left_out = dropped = 0
    finally:
        events.close()
    return count
