"""A steadier answer for a picture that moves: the mean of the last probabilities."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .decision import Decision
from .errors import EngineError


def mean_probabilities(recent: Sequence[Sequence[float]], count: int) -> NDArray[np.float64]:
    """The mean (C,) of the last `count` rows of `recent`, oldest first, each (C,) probabilities of the same classes.

    With fewer rows than `count` it is the mean of those there are. Raises EngineError for a count below 1, for no row
    at all, and for rows of different lengths.
    """
    if count < 1:
        raise EngineError(f"an answer is made of at least one frame, got {count}")
    last = recent[-count:]
    if not last or len({len(row) for row in last}) > 1:
        raise EngineError(f"the mean needs rows of the same classes, got rows of {[len(row) for row in last]}")
    return np.asarray(np.mean(np.asarray(last, np.float64), axis=0))


def decide_probabilities(
    probabilities: NDArray[np.float64], classes: Sequence[str], threshold: float, top: int = 5
) -> Decision:
    """The answer to probabilities (C,), `unknown` below `threshold` (0 to 1). Raises EngineError for another shape."""
    if probabilities.shape != (len(classes),):
        raise EngineError(f"{len(classes)} classes need {len(classes)} probabilities, got {probabilities.shape}")
    order = np.argsort(-probabilities, kind="stable")[:top]
    ranked = tuple((classes[k], float(probabilities[k])) for k in order)
    label, probability = ranked[0]
    return Decision(label, probability, probability < threshold, ranked)
