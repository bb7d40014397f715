"""Transferability of embeddings without training on them: LogME and leave-session-out accuracy.

Pure numpy. From features (N, D), labels (N,) of 0 … C-1 and groups (N,) that are held out together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_transfer.dataset.splits import single_sample_folds
from edge_transfer.heads import normalised
from edge_transfer.heads.leave_group_out import held_out_scores

NEIGHBOURS = 5
_GRID = 41

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Suitability:
    """What embeddings promise."""

    logme: float
    """Mean log evidence of a label under Bayesian linear regression; higher is better, only the order means much."""
    right: Flags
    """(N,): a linear probe that had not seen the sample's group gave the right class; False where not `known`."""
    known: Flags
    """(N,): the sample could be held out: others of its class remained."""
    neighbours_right: Flags
    """(N,), of the five nearest neighbours from other groups."""

    @property
    def top1(self) -> float:
        """Of the linear probe, 0 to 1; NaN where nothing could be held out."""
        return _mean(self.right, self.known)

    @property
    def neighbours_top1(self) -> float:
        return _mean(self.neighbours_right, self.known)


def _mean(values: Flags, known: Flags) -> float:
    return float(values[known].mean()) if known.any() else float("nan")


def suitability(vectors: Floats, labels: Integers, groups: Integers, n_classes: int) -> Suitability:
    """Judge embeddings (N, D) of at least two classes."""
    features = normalised(vectors)
    right, known = _held_out(features, labels, groups, n_classes)
    near = nearest_classes(features, labels, groups, n_classes)
    return Suitability(logme(features, labels, n_classes), right, known, near == labels)


def right_split_by_frame(vectors: Floats, labels: Integers, n_classes: int) -> Flags:
    """(N,): where the probe of `suitability` is right when single samples, not groups, are held out, in five parts.

    That is what a random split promises. Frames of one recording resemble each other, so it promises too much: what
    it promises above `Suitability.top1` is leakage.
    """
    return _held_out(normalised(vectors), labels, single_sample_folds(labels), n_classes)[0]


def _held_out(features: Floats, labels: Integers, groups: Integers, n_classes: int) -> tuple[Flags, Flags]:
    """Where the probe is right without a sample's group, and where it could be asked, each (N,)."""
    scores = held_out_scores(features, labels, groups, n_classes)
    known = ~np.isnan(scores[:, 0])
    right = np.zeros(len(labels), bool)
    right[known] = scores[known].argmax(1) == labels[known]
    return right, known


def logme(features: Floats, labels: Integers, n_classes: int) -> float:
    """Mean over classes and samples of the log evidence of one-against-rest labels (You et al., LogME, ICML 2021).

    The labels of each class are 1 or 0 and follow a Bayesian linear regression on the features (N, D), with the
    precisions of its weights and of its noise that make them likeliest. Classes without samples are left out.
    """
    n, d = features.shape
    rows = np.asarray(features, np.float64)
    # The squared singular values and the labels' parts along them, from the smaller of the two systems.
    if n <= d:
        squares, left = np.linalg.eigh(rows @ rows.T)
    else:
        squares, right = np.linalg.eigh(rows.T @ rows)
        left = rows @ right / np.sqrt(np.maximum(squares, 1e-12))
    kept = squares > max(float(squares.max()), 1e-12) * 1e-10
    squares, left = squares[kept], left[:, kept]
    found = []
    for k in range(n_classes):
        y = (labels == k).astype(np.float64)
        if 0 < y.sum() < n:
            along = (left.T @ y) ** 2
            found.append(highest_evidence(squares, along, max(float(y @ y - along.sum()), 0.0), n) / n)
    return float(np.mean(found)) if found else float("nan")


def highest_evidence(squares: Doubles, along: Doubles, outside: float, n: int) -> float:
    """The highest log density that labels y (N,) can have with covariance (I + F Fᵀ / r) / b, over all r and b.

    From F's squared singular values, the squared parts of y along its left singular vectors, and what of |y|² lies
    outside of them. For a ratio r the best b follows; r is looked for on a grid that narrows three times.
    """
    low, high = np.log(squares.mean()) - 20, np.log(squares.mean()) + 20
    best = -np.inf
    for _ in range(4):
        exponents = np.linspace(low, high, _GRID)
        variance = 1 + squares[None] / np.exp(exponents)[:, None]
        quadratic = np.maximum((along / variance).sum(1) + outside, 1e-12 * n)
        densities = -0.5 * (n * (np.log(2 * np.pi * quadratic / n) + 1) + np.log(variance).sum(1))
        at, step = exponents[int(densities.argmax())], exponents[1] - exponents[0]
        best, low, high = max(best, float(densities.max())), at - step, at + step
    return best


def nearest_classes(features: Floats, labels: Integers, groups: Integers, n_classes: int) -> Integers:
    """The class (N,) that most of the five nearest neighbours from other groups have; -1 where there are none.

    By cosine, from features (N, D) of length 1; a draw goes to the class whose neighbours are nearer.
    """
    answers = np.full(len(labels), -1, np.int64)
    block = 1024
    for start in range(0, len(labels), block):
        part = slice(start, start + block)
        alike = features[part] @ features.T
        alike[groups[part, None] == groups[None]] = -np.inf
        count = min(NEIGHBOURS, len(labels))
        nearest = np.argpartition(-alike, count - 1, axis=1)[:, :count]
        strength = np.take_along_axis(alike, nearest, 1)
        votes = np.zeros((len(alike), n_classes))
        for column in range(count):
            usable = np.isfinite(strength[:, column])
            rows = np.flatnonzero(usable)
            # A vote counts one, and a thousandth of the likeness decides a draw.
            votes[rows, labels[nearest[usable, column]]] += 1 + strength[usable, column] / 1000
        some = votes.max(1) > 0
        answers[part][some] = votes[some].argmax(1)
    return answers


def difference(first: Flags, second: Flags, groups: Integers) -> tuple[float, float]:
    """How much more often `first` is right than `second` on the same samples (N,), and its standard error.

    Both as shares. Samples of one group stand and fall together: the error is that of the groups' sums (a
    cluster-robust error), so a hundred frames of one recording count about as one.
    """
    gain = first.astype(np.float64) - second.astype(np.float64)
    n = len(gain)
    if not n:
        return float("nan"), float("nan")
    mean = float(gain.mean())
    _, numbers = np.unique(groups, return_inverse=True)
    sums = np.bincount(numbers, weights=gain - mean)
    clusters = len(sums)
    correction = clusters / (clusters - 1) if clusters > 1 else 1.0
    return mean, float(np.sqrt(correction * (sums**2).sum()) / n)
