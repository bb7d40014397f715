"""Debounce predictions over several frames and emit an event when a class begins or ends."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Optional

import numpy as np
from numpy.typing import NDArray

from ..errors import EngineError
from .decision import Decision, decide_probabilities, mean_probabilities


@dataclass(frozen=True)
class TrackerSettings:
    """When a class begins and when it ends: two thresholds, and how many frames in a row must agree."""

    enter: float
    """Probability from which the likeliest class may begin. 0 to 1."""
    leave: float
    """A class that has begun stays while its probability is at least this, and no other reaches `enter` and is
    likelier. 0 to `enter`."""
    frames: int = 3
    """Frames in a row after which a class begins, or is gone. At least 1."""

    def __post_init__(self) -> None:
        if not (0 <= self.leave <= self.enter <= 1 and self.frames >= 1):
            raise EngineError(
                f"a class begins at {self.enter:g}, ends below {self.leave:g} and is held for {self.frames} frames: "
                "these must be 0 to 1, no more than the former, and at least 1"
            )


@dataclass(frozen=True)
class StateChange:
    """A class has begun, or has ended."""

    event: str
    """`began` or `ended`."""
    label: str
    probability: float
    """Of this class, in the frame that decided; 0 where no frame did (the source was lost, the watch stopped)."""
    index: int
    """The frame that decided."""
    time_s: float
    """Its time in the source."""
    since_s: float
    """Time in the source of the first frame of the class."""
    duration_s: float
    """From there to the first frame without it; 0 for `began`."""
    reason: str = ""
    """Why it ended where no frame decided."""


class ClassTracker:
    """Takes the probabilities of frame after frame; gives the mean answer, and says when a class begins or ends.

    At any time at most one class holds. A frame speaks for the class that holds, for another one, or for none (see
    `TrackerSettings`). A class ends after `hold.frames` frames in a row that do not speak for it, whatever they speak
    for, and begins after as many in a row that all speak for it; both may fall on one frame.
    """

    def __init__(self, classes: Sequence[str], threshold: float, hold: TrackerSettings, smooth: int = 1) -> None:
        if smooth < 1:
            raise EngineError(f"an answer is made of at least one frame, got {smooth}")
        self.current: Optional[str] = None
        """The class that holds."""
        self._classes = tuple(classes)
        self._threshold = threshold
        self._hold = hold
        self._recent: deque[list[float]] = deque(maxlen=smooth)
        self._since_s = 0.0
        self._gone, self._gone_since_s = 0, 0.0
        self._pending: Optional[str] = None
        self._agreed, self._pending_since_s = 0, 0.0
        self._last = (0, 0.0)

    def take(
        self, index: int, time_s: float, probabilities: NDArray[np.float64]
    ) -> tuple[Decision, tuple[StateChange, ...]]:
        """The answer from the mean of the last probabilities (C,), and what it changed. Raises EngineError."""
        self._recent.append(probabilities.tolist())
        mean = mean_probabilities(list(self._recent), len(self._recent))
        self._last = (index, time_s)
        spoken = self._spoken(mean)
        self._count(spoken, time_s)
        changes: list[StateChange] = []
        if self.current is not None and self._gone >= self._hold.frames:
            changes.append(self._end(float(mean[self._classes.index(self.current)])))
        if self._pending is not None and self._agreed >= self._hold.frames:
            self.current, self._since_s = self._pending, self._pending_since_s
            probability = float(mean[self._classes.index(self.current)])
            changes.append(StateChange("began", self.current, probability, index, time_s, self._since_s, 0.0))
            self._pending, self._agreed, self._gone = None, 0, 0
        return decide_probabilities(mean, self._classes, self._threshold), tuple(changes)

    def interrupt(self, reason: str) -> tuple[StateChange, ...]:
        """No frame follows for now: the class that holds ends, and what was counted is forgotten."""
        self._recent.clear()
        self._pending, self._agreed = None, 0
        if self.current is None:
            return ()
        if not self._gone:
            self._gone_since_s = self._last[1]
        return (self._end(0.0, reason),)

    def _spoken(self, mean: NDArray[np.float64]) -> Optional[str]:
        """The class that a frame speaks for."""
        best = int(mean.argmax())
        strongest = self._classes[best] if mean[best] >= self._hold.enter else None
        if self.current is not None and strongest != self.current:
            held = float(mean[self._classes.index(self.current)])
            if held >= self._hold.leave and (strongest is None or held >= mean[best]):
                return self.current
        return strongest

    def _count(self, spoken: Optional[str], time_s: float) -> None:
        if spoken == self.current:
            self._gone, self._pending, self._agreed = 0, None, 0
            return
        if not self._gone:
            self._gone_since_s = time_s
        self._gone += 1
        if spoken is None or spoken != self._pending:
            self._pending, self._agreed, self._pending_since_s = spoken, 0, time_s
        self._agreed += 1

    def _end(self, probability: float, reason: str = "") -> StateChange:
        assert self.current is not None
        index, time_s = self._last
        duration_s = max(0.0, self._gone_since_s - self._since_s)
        ended = StateChange("ended", self.current, probability, index, time_s, self._since_s, duration_s, reason)
        self.current, self._gone = None, 0
        return ended
