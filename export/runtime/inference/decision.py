"""From raw logits to an answer: temperature, probability, mean over frames, and `unknown` below the threshold."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import EngineError

UNKNOWN = "unknown"


@dataclass(frozen=True)
class Confidence:
    """How far to trust a model: two numbers fitted on validation data, kept outside the graph."""

    temperature: float = 1.0
    """Divides the logits; above 1 it lowers the confidence. 0.001 to 1000."""
    threshold: float = 0.0
    """An answer whose probability lies below it is `unknown`. 0 to 1."""

    def __post_init__(self) -> None:
        if not (0.001 <= self.temperature <= 1000 and 0 <= self.threshold <= 1):
            raise ValueError(f"the temperature must be 0.001 to 1000 and the threshold 0 to 1, got {self}")


@dataclass(frozen=True)
class Decision:
    """The answer for one picture."""

    label: str
    """The likeliest class, also where the answer is unknown."""
    probability: float
    unknown: bool
    top: tuple[tuple[str, float], ...]
    """Classes and probabilities, likeliest first."""


def softmax(logits: NDArray[np.float32], temperature: float = 1.0) -> NDArray[np.float64]:
    """Probabilities (..., C) of logits (..., C) divided by the temperature."""
    scaled = np.asarray(logits, np.float64) / temperature
    scaled -= scaled.max(axis=-1, keepdims=True)
    exponentials = np.exp(scaled)
    return np.asarray(exponentials / exponentials.sum(axis=-1, keepdims=True))


def decide(logits: NDArray[np.float32], classes: Sequence[str], confidence: Confidence, top: int = 5) -> Decision:
    """The answer to logits (C,). Raises EngineError when they are not C finite numbers."""
    if logits.shape != (len(classes),):
        raise EngineError(f"{len(classes)} classes need {len(classes)} logits, got shape {logits.shape}")
    # Plain numbers: a dozen calls of numpy on six of them take 0.2 ms where a network has just emptied the caches.
    scores = logits.tolist()
    if not all(map(math.isfinite, scores)):
        raise EngineError("the network answered with numbers that are not finite; the model or its input is damaged")
    highest = max(scores)
    exponentials = [math.exp((score - highest) / confidence.temperature) for score in scores]
    total = sum(exponentials)
    order = sorted(range(len(scores)), key=lambda k: -exponentials[k])[:top]
    ranked = tuple((classes[k], exponentials[k] / total) for k in order)
    label, probability = ranked[0]
    return Decision(label, probability, probability < confidence.threshold, ranked)


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
