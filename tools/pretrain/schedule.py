"""Learning rate and input side over a run that may be told to finish at any time.

Warm-up, then a constant rate, then a decay to zero over a share of the steps already done ("warmup-stable-decay").
Nothing depends on the clock on the wall: a paused process loses nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from .student import Norms


@dataclass(frozen=True)
class Schedule:
    """The plan of a run; all counts are steps."""

    block_steps: int
    """Steps of the block-wise phase; its rate falls to a tenth along a cosine."""
    decay_share: float
    """The final decay lasts this share of the end-to-end steps done before it."""
    block_rate: float
    rate: float
    sides: tuple[int, ...]
    """Input side of the block-wise phase, of the end-to-end phase, and of the first and second half of the decay."""
    warm_up: int = 50

    def decay_steps(self, decay_start: int) -> int:
        """Length of the decay that begins at step `decay_start`."""
        return max(1, math.ceil(self.decay_share * (decay_start - self.block_steps)))

    def last_step(self, decay_start: int | None) -> int | None:
        """The step after the last one, or None while the end is open."""
        return None if decay_start is None else decay_start + self.decay_steps(decay_start)

    def learning_rate(self, step: int, decay_start: int | None) -> float:
        """The rate at `step`."""
        if step < self.block_steps:
            fall = 0.55 + 0.45 * math.cos(math.pi * step / self.block_steps)
            return self.block_rate * fall * min(1.0, (step + 1) / self.warm_up)
        rate = self.rate * min(1.0, (step - self.block_steps + 1) / self.warm_up)
        if decay_start is None or step < decay_start:
            return rate
        rate *= max(0.0, 1.0 - (step - decay_start + 0.5) / self.decay_steps(decay_start))
        return rate / 2 if self.norms(step, decay_start) == "folded" else rate

    def norms(self, step: int, decay_start: int | None) -> Norms:
        """How the student's norms run at `step`: on batch statistics from the second phase until half of the decay."""
        return "batch" if step >= self.block_steps and self.decayed(step, decay_start) < 0.5 else "folded"

    def decayed(self, step: int, decay_start: int | None) -> float:
        """How much of the decay lies behind `step`, 0 to 1."""
        if decay_start is None or step < decay_start:
            return 0.0
        return (step - decay_start) / self.decay_steps(decay_start)

    def side(self, step: int, decay_start: int | None) -> int:
        """The input side at `step`, in pixels."""
        if step < self.block_steps:
            return self.sides[0]
        done = self.decayed(step, decay_start)
        return self.sides[1] if done == 0 else self.sides[2] if done < 0.5 else self.sides[3]


@dataclass(frozen=True)
class SecondLeg(Schedule):
    """Another leg from a checkpoint: one decay over `steps` from its first step on, over batch statistics again.

    `sides[1:]` are the input sides of the first quarter, until 0.7 of the steps, and until the end.
    """

    steps: int = 2000

    def decay_steps(self, decay_start: int) -> int:
        """Length of the leg."""
        return self.steps

    def learning_rate(self, step: int, decay_start: int | None) -> float:
        """The rate at `step`."""
        begun = 1.0 if decay_start is None else min(1.0, (step - decay_start + 1) / self.warm_up)
        rate = self.rate * begun * (1 - self.decayed(step, decay_start))
        return rate / 2 if self.norms(step, decay_start) == "folded" else rate

    def norms(self, step: int, decay_start: int | None) -> Norms:
        """How the student's norms run at `step`: before the leg they were folded."""
        begun = decay_start is not None and step >= decay_start
        return "batch" if begun and self.decayed(step, decay_start) < 0.55 else "folded"

    def side(self, step: int, decay_start: int | None) -> int:
        """The input side at `step`, in pixels."""
        done = self.decayed(step, decay_start)
        return self.sides[1] if done < 0.25 else self.sides[2] if done < 0.7 else self.sides[3]
