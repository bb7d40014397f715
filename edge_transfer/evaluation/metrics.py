"""Classification metrics: pure functions of probabilities (N, C) and class indices (N,), N at least 1."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class ClassScore:
    """How well one class is recognised; None where a share of nothing would have to be given."""

    precision: float | None
    """Of the answers that name this class, the share that is right; None when no answer names it."""
    recall: float | None
    """Of the samples of this class, the share that is recognised; None when there is no sample."""
    f1: float | None
    """Harmonic mean of both, 0 when no sample is recognised; None when there is no sample."""
    support: int
    """Number of samples of this class."""


@dataclass(frozen=True)
class ReliabilityBin:
    """The answers whose probability lies above `lower` and at most at `upper`; only bins with answers exist."""

    lower: float
    upper: float
    count: int
    confidence: float
    """Mean probability of the answers."""
    accuracy: float
    """Share of the answers that is right."""


@dataclass(frozen=True)
class CoveragePoint:
    """What a threshold does: answers less probable than it are withheld as unknown."""

    threshold: float
    coverage: float
    """Share of the samples that get an answer."""
    accuracy: float
    """Share of those answers that is right."""


def top1(probabilities: NDArray[np.float64], labels: NDArray[np.int64]) -> float:
    """Share of samples whose likeliest class is the true one."""
    return float((probabilities.argmax(1) == labels).mean())


def confusion(probabilities: NDArray[np.float64], labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Counts (C, C): row is the true class, column the likeliest one."""
    classes = probabilities.shape[1]
    pairs = labels * classes + probabilities.argmax(1)
    return np.bincount(pairs, minlength=classes * classes).reshape(classes, classes).astype(np.int64)


def per_class(probabilities: NDArray[np.float64], labels: NDArray[np.int64]) -> list[ClassScore]:
    """Precision, recall, F1 and number of samples of each class."""
    counts = confusion(probabilities, labels)
    scores = []
    for right, answers, samples in zip(counts.diagonal(), counts.sum(0), counts.sum(1), strict=True):
        scores.append(
            ClassScore(
                precision=float(right / answers) if answers else None,
                recall=float(right / samples) if samples else None,
                f1=float(2 * right / (answers + samples)) if samples else None,
                support=int(samples),
            )
        )
    return scores


def macro_f1(probabilities: NDArray[np.float64], labels: NDArray[np.int64]) -> float:
    """Mean F1 of the classes that have samples: each class counts the same, however rare it is."""
    return float(np.mean([score.f1 for score in per_class(probabilities, labels) if score.f1 is not None]))


def nll(probabilities: NDArray[np.float64], labels: NDArray[np.int64]) -> float:
    """Mean negative natural logarithm of the probability of the true class, at most 708."""
    true = probabilities[np.arange(len(labels)), labels]
    return abs(float(np.log(np.maximum(true, np.finfo(np.float64).tiny)).mean()))


def brier(probabilities: NDArray[np.float64], labels: NDArray[np.int64]) -> float:
    """Mean squared distance to the right answer, summed over the classes, 0 to 2 (Brier, 1950)."""
    truth = np.eye(probabilities.shape[1])[labels]
    return float(((probabilities - truth) ** 2).sum(1).mean())


def reliability_bins(
    probabilities: NDArray[np.float64], labels: NDArray[np.int64], bins: int = 15
) -> list[ReliabilityBin]:
    """Stated against true accuracy of the likeliest class, in bins of equal width (Guo et al., 2017)."""
    stated, right = probabilities.max(1), probabilities.argmax(1) == labels
    # A bin holds its upper edge; the small number keeps 0.2 × 15 from landing above 3.
    place = np.clip(np.ceil(stated * bins - 1e-9).astype(int) - 1, 0, bins - 1)
    return [
        ReliabilityBin(
            k / bins, (k + 1) / bins, int(inside.sum()), float(stated[inside].mean()), float(right[inside].mean())
        )
        for k in range(bins)
        if (inside := place == k).any()
    ]


def ece(probabilities: NDArray[np.float64], labels: NDArray[np.int64], bins: int = 15) -> float:
    """Expected calibration error, 0 to 1: how far stated and true accuracy lie apart (Guo et al., 2017)."""
    gaps = [b.count * abs(b.accuracy - b.confidence) for b in reliability_bins(probabilities, labels, bins)]
    return math.fsum(gaps) / len(labels)


def coverage_curve(
    probabilities: NDArray[np.float64], labels: NDArray[np.int64], points: int = 200
) -> list[CoveragePoint]:
    """Accuracy against coverage for every threshold that makes a difference, strictest first, thinned to `points`.

    Selective classification (El-Yaniv and Wiener, 2010). The last point answers every sample.
    """
    stated, right = probabilities.max(1), probabilities.argmax(1) == labels
    order = np.argsort(-stated, kind="stable")
    stated, hits = stated[order], np.cumsum(right[order])
    last_of_equals = np.append(np.flatnonzero(np.diff(stated)), len(stated) - 1)
    if len(last_of_equals) > points:
        last_of_equals = last_of_equals[np.linspace(0, len(last_of_equals) - 1, points).round().astype(int)]
    return [
        CoveragePoint(float(stated[k]), float((k + 1) / len(stated)), float(hits[k] / (k + 1))) for k in last_of_equals
    ]


def majority_share(labels: NDArray[np.int64]) -> float:
    """Accuracy of always answering the most frequent class: what any classifier must beat."""
    return float(np.bincount(labels).max() / len(labels))


def wilson_interval(successes: int, n: int, z: float = 1.959964) -> tuple[float, float]:
    """Interval of a share of independent trials, 95 % with the default `z` (Wilson, 1927); (0, 1) for no trial."""
    if n == 0:
        return 0.0, 1.0
    share, spread = successes / n, z * z / n
    centre = (share + spread / 2) / (1 + spread)
    half = z / (1 + spread) * math.sqrt(share * (1 - share) / n + spread / (4 * n))
    # At the ends the formula gives the share itself, but for rounding.
    return 0.0 if successes == 0 else centre - half, 1.0 if successes == n else centre + half
