"""The accuracy and latency gate: ship a quantised model only if it is no slower and loses almost nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_transfer.errors import DatasetError

DEFAULT_ALLOWED_LOSS = 0.5
"""Points of top-1 (0 to 100) that INT8 may lose on held-out samples."""
CLASS_LOSS = 2.0
"""Points of recall that a class may lose: one sample at least, since a class of n samples moves in steps of 100 / n,
and at least what the whole may lose."""


@dataclass(frozen=True)
class Loss:
    """What a quantised model loses on held-out samples against the same classifier in FP32."""

    n: int
    points: float
    """Top-1 in FP32 less top-1 now, in points; below 0 where it gained."""
    worst_class: str
    """The class that loses most of its allowance."""
    worst_class_points: float
    worst_class_allowed: float
    """CLASS_LOSS, or the points of one sample or those allowed for the whole where that is more."""


def measure_loss(
    before: NDArray[np.float32],
    after: NDArray[np.float32],
    labels: NDArray[np.int64],
    classes: Sequence[str],
    allowed_points: float = DEFAULT_ALLOWED_LOSS,
) -> Loss:
    """Compare logits (N, C) in FP32 and quantised on the same held-out labels (N,). Raises DatasetError for none."""
    if not len(labels):
        raise DatasetError("no sample was held out, so nothing can judge a quantised model")
    right, still = before.argmax(1) == labels, after.argmax(1) == labels
    worst = (-np.inf, "", 0.0, CLASS_LOSS)
    for position, name in enumerate(classes):
        of_class = labels == position
        if n := int(of_class.sum()):
            lost = float(right[of_class].sum() - still[of_class].sum()) * 100 / n
            allowed = max(CLASS_LOSS, allowed_points, 100 / n)
            worst = max(worst, (lost / allowed, name, lost, allowed))
    return Loss(len(labels), float(right.mean() - still.mean()) * 100, *worst[1:])


def accuracy_problem(loss: Loss, allowed_points: float) -> str:
    """Why a model's accuracy keeps it out, or an empty text."""
    # A sum of samples is exact, its points are not: 1 of 200 is 0.5 points and must not fail by the last bit.
    if loss.points > allowed_points + 1e-9:
        return f"loses {loss.points:.2f} points on {loss.n} held-out samples, allowed are {allowed_points:g}"
    if loss.worst_class_points > loss.worst_class_allowed + 1e-9:
        return (
            f"{loss.worst_class} loses {loss.worst_class_points:.2f} points on held-out samples, "
            f"allowed are {loss.worst_class_allowed:.2f}"
        )
    return ""


def speed_problem(p50_ms: float, full_p50_ms: float, where: str) -> str:
    """Why a model's speed keeps it out, or an empty text: it must be no slower than FP32 of the same engine."""
    if p50_ms <= full_p50_ms:
        return ""
    return f"slower than FP32 ({p50_ms:.2f} against {full_p50_ms:.2f} ms) on {where}"


def class_losses(
    before: NDArray[np.float32], after: NDArray[np.float32], labels: NDArray[np.int64], n_classes: int
) -> float:
    """Points (0 to 100) that the worst class loses, at least 0."""
    losses = [0.0]
    for position in range(n_classes):
        of_class = labels == position
        if of_class.any():
            right, still = before[of_class].argmax(1) == position, after[of_class].argmax(1) == position
            losses.append(float(right.mean() - still.mean()) * 100)
    return max(losses)
