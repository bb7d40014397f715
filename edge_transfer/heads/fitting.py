"""Fit a head on embeddings: logistic regression, linear and RBF support vector machines, a small network, prototypes.

Every kind sees L2-normalised embeddings, centred and scaled by one number; both fold into the head's first matrix.
`fitting` holds the solvers to one BLAS thread.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from edge_transfer.errors import TrainingError
from edge_transfer.heads.kinds import KINDS
from edge_transfer.heads.layers import Floats, Head, Integers, Layer, LayeredHead, LinearHead, normalised
from edge_transfer.heads.svm import kernel_machine, linear_svm


def principal_axes(features: Floats, most: int) -> Floats:
    """The directions (P, D) of largest variance of centred features (N, D), at most `most` of them.

    Where there are many more, they are found by a randomised range finder with a fixed seed (Halko et al., Finding
    Structure with Randomness, 2011).
    """
    number = min(most, *features.shape)
    if min(features.shape) <= 2 * most:
        axes = np.linalg.svd(features, full_matrices=False)[2][:number]
    else:
        from sklearn.utils.extmath import randomized_svd

        axes = randomized_svd(features, number, n_iter=2, power_iteration_normalizer="QR", random_state=0)[2]
    # One sign of the two that an axis may have, so that no library's choice shows.
    largest = np.abs(axes).argmax(1)
    return np.asarray(axes * np.sign(axes[np.arange(number), largest])[:, None], np.float32)


HIDDEN_UNITS = 64
"""Of the small neural network."""

INPUTS = 128
"""Principal components that the network and the RBF kernel see, at the most. On TrashNet the kernel loses little by
it (held-out log loss 0.336 with 128 and 0.329 with all 1,280) and is a sixth of the size."""

_IMBALANCE = 10
_SMALLEST_LOGIT = -20.0
MARGIN_SCALE = np.float32(3)
"""Scores of machines that want plus and minus one, times this, are about as sure as they are right: what suits them
lay between 1.3 and 3.6 on two data sets. The temperature corrects it where there is enough to fit one."""

_PROTOTYPES_SURENESS = 12.8
"""A cosine times this, divided by the mean squared distance of a class to its mean, is about as sure as it is right."""

_MOST_SURENESS = 100.0
"""Of classes that are all but points. Larger logits mean no more, and float32 keeps fewer of their digits than an
exported model has to agree on."""


@dataclass(frozen=True)
class FitData:
    """What a head is fitted on."""

    features: Floats
    """(N, D), normalised, centred and scaled."""
    mean: Floats
    """(D,), of the normalised embeddings."""
    scale: float
    """Of the centred ones."""
    labels: Integers
    """(N,), positions in `present`."""
    present: Integers
    """Classes that have rows, ascending."""
    weights: Floats | None
    """(N,), of the rows; None for all alike."""

    @property
    def targets(self) -> Floats:
        """(N, present classes): 1 for the class of the row, 0 for the others."""
        return np.eye(len(self.present), dtype=np.float32)[self.labels]


Fit = Callable[[float], Head]
"""A strength to a head. Called with several, each fit starts from the one before, which saves most of the steps."""


def fit_head(
    kind: str, embedding: Floats, labels: Integers, n_classes: int, strength: float, *, balanced: bool = False
) -> Head:
    """Fit one head of a kind of `kinds.KINDS`; the same rows in the same order give the same numbers.

    From embeddings (N, D) and labels (N,). Classes are 0 … n_classes-1; one without samples gets a logit no other
    falls below. `strength` is the inverse of the regularisation. Raises TrainingError when fewer than two classes have
    samples, or for an unknown kind.
    """
    with fitting():
        return prepare_fit(kind, embedding, labels, n_classes, balanced=balanced)(strength)


def fit_linear(
    kind: str, embedding: Floats, labels: Integers, n_classes: int, strength: float, *, balanced: bool = False
) -> LinearHead:
    """As `fit_head`, for a kind that gives one matrix. Raises TrainingError for another one."""
    head = fit_head(kind, embedding, labels, n_classes, strength, balanced=balanced)
    if not isinstance(head, LinearHead):
        raise TrainingError(f"the head {kind!r} is not linear")
    return head


def prepare_fit(
    kind: str, embedding: Floats, labels: Integers, n_classes: int, *, coarse: bool = False, balanced: bool = False
) -> Fit:
    """Prepare the rows once, to fit them at several strengths. `coarse` fits rank strengths; they are not kept."""
    if kind not in KINDS:
        raise TrainingError(f"unknown head {kind!r}: use one of {', '.join(KINDS)}")
    features = normalised(embedding)
    mean = features.mean(0)
    features -= mean
    scale = float(np.sqrt(np.vdot(features, features) / features.size)) or 1.0
    features /= np.float32(scale)
    present, positions = np.unique(labels, return_inverse=True)
    if len(present) < 2:
        raise TrainingError("a head needs images of at least two classes")
    weights = None
    if balanced:
        weights = class_weights(np.bincount(positions))[positions]
    rows = FitData(features, mean, scale, positions.astype(np.int64), present, weights)
    return KINDS[kind].fitter(rows, n_classes, coarse)


def are_unbalanced(counts: Integers) -> bool:
    """Whether a class with this many images (C,) drowns another one: it has more than ten times as many."""
    return bool(counts.max() > _IMBALANCE * max(1, counts.min()))


def class_weights(counts: Integers) -> Floats:
    """What an image of each class weighs (C,) where every class weighs the same, from the images of each (C,)."""
    return np.asarray(counts.sum() / len(counts) / np.maximum(1, counts), np.float32)


def logistic(rows: FitData, n_classes: int, coarse: bool) -> Fit:
    """Multinomial logistic regression."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(warm_start=True, max_iter=500)

    def fit(strength: float) -> Head:
        # A weak pull towards zero leaves small slopes, which the same tolerance would call the end.
        tolerance = 3e-3 * min(1.0, (0.01 / strength) ** 0.5) if coarse else 1e-4
        model.set_params(C=strength, tol=tolerance)
        model.fit(rows.features, rows.labels, rows.weights)
        weight, bias = np.array(model.coef_, np.float32), np.array(model.intercept_, np.float32)
        return _linear(rows, *_both(weight, bias), n_classes)

    return fit


def svm(rows: FitData, n_classes: int, coarse: bool) -> Fit:
    """Linear support vector machine, one class against the others."""
    solve = linear_svm(rows.features, rows.targets, rows.weights, 3e-3 if coarse else 3e-4)

    def fit(strength: float) -> Head:
        weight, bias = solve(strength)
        return _linear(rows, weight * MARGIN_SCALE, bias * MARGIN_SCALE, n_classes)

    return fit


def rbf(rows: FitData, n_classes: int, coarse: bool) -> Fit:
    """Support vector machine with a Gaussian kernel, on principal components scaled to length 1."""
    axes = principal_axes(rows.features, INPUTS)
    points = normalised(np.asarray(rows.features @ axes.T, np.float32))
    solve = kernel_machine(points, rows.targets, rows.weights)

    def fit(strength: float) -> Head:
        expansion = solve(strength)
        outer, offset = expansion.weight * MARGIN_SCALE, expansion.bias * MARGIN_SCALE
        weight, bias = _for_all(rows.present, outer, offset, np.ones(1, np.float32), n_classes)
        inner = Layer("affine", expansion.inner_weight, expansion.inner_bias)
        first = _first(rows, axes, np.zeros(len(axes), np.float32))
        layers = (first, Layer("normalise"), inner, Layer("exp"), Layer("affine", weight, bias))
        return LayeredHead((Layer("normalise"), *layers))

    return fit


def mlp(rows: FitData, n_classes: int, coarse: bool) -> Fit:
    """Small neural network: one layer of rectified units on principal components."""
    from sklearn.neural_network import MLPClassifier

    axes = principal_axes(rows.features, INPUTS)
    inputs = np.asarray(rows.features @ axes.T, np.float32)
    spread = np.float32(np.sqrt((inputs**2).mean()) or 1.0)

    def fit(strength: float) -> Head:
        # From its own random start at each strength: a fit that goes on from another one is another network.
        model = MLPClassifier(
            (HIDDEN_UNITS,), solver="lbfgs", alpha=1 / strength, max_iter=60 if coarse else 200, random_state=0
        )
        model.fit(inputs / spread, rows.labels, rows.weights)
        inner, weight = (np.ascontiguousarray(matrix.T, np.float32) for matrix in model.coefs_)
        inner_bias, bias = (np.asarray(offset, np.float32) for offset in model.intercepts_)
        first = _first(rows, np.asarray(inner @ axes / spread, np.float32), inner_bias)
        assert first.weight is not None
        assert first.bias is not None
        largest = np.maximum(0, np.linalg.norm(first.weight, axis=1) + first.bias).astype(np.float32)
        weight, bias = _for_all(rows.present, *_both(weight, bias), largest, n_classes)
        return LayeredHead((Layer("normalise"), first, Layer("relu"), Layer("affine", weight, bias)))

    return fit


def prototypes(rows: FitData, n_classes: int, coarse: bool) -> Fit:
    """Cosine of the embedding and the mean of each class, as a linear head without offsets; it has no strength.

    As in Snell et al., Prototypical Networks for Few-shot Learning, 2017, with the cosine for the distance.
    """
    own = np.stack([rows.features[rows.labels == k].mean(0) for k in range(len(rows.present))])
    within = float(((rows.features - own[rows.labels]) ** 2).sum(1).mean()) * rows.scale**2
    # The tighter the classes, the surer the answer; the temperature corrects it where there is enough to fit one.
    sureness = min(_PROTOTYPES_SURENESS / max(within, 1e-9), _MOST_SURENESS)
    weight = normalised(np.asarray(own * rows.scale + rows.mean, np.float32)) * np.float32(sureness)
    lowest = -float(np.linalg.norm(weight, axis=1).max())
    bias = np.zeros(len(weight), np.float32)
    head = LinearHead(*_spread(rows.present, weight, bias, lowest, n_classes))
    return lambda strength: head


LINEAR_KINDS = tuple(kind.name for kind in KINDS.values() if kind.linear)


def _both(weight: Floats, bias: Floats) -> tuple[Floats, Floats]:
    """Two classes come as one row, the second against the first; here as two opposite ones."""
    if len(weight) > 1:
        return weight, bias
    half = np.float32(0.5)
    return np.concatenate([-weight, weight]) * half, np.concatenate([-bias, bias]) * half


def _first(rows: FitData, weight: Floats, bias: Floats) -> Layer:
    """An affine layer on the features of `rows` as one on the normalised embedding."""
    outer = np.asarray(weight / rows.scale, np.float32)
    return Layer("affine", outer, np.asarray(bias - outer @ rows.mean, np.float32))


def _linear(rows: FitData, weight: Floats, bias: Floats, n_classes: int) -> LinearHead:
    first = _first(rows, weight, bias)
    assert first.weight is not None
    assert first.bias is not None
    # The normalised embedding has length 1, so no logit falls below this.
    lowest = float((first.bias - np.linalg.norm(first.weight, axis=1)).min())
    return LinearHead(*_spread(rows.present, first.weight, first.bias, lowest, n_classes))


def _for_all(present: Integers, weight: Floats, bias: Floats, largest: Floats, n_classes: int) -> tuple[Floats, Floats]:
    """The last layer for all classes, on units that lie between 0 and `largest`."""
    lowest = float((bias + (np.minimum(weight, 0) * largest).sum(1)).min())
    return _spread(present, weight, bias, lowest, n_classes)


def _spread(present: Integers, weight: Floats, bias: Floats, lowest: float, n_classes: int) -> tuple[Floats, Floats]:
    """Rows of the classes that are present among those of all; an absent class gets a logit no other falls below."""
    full_weight = np.zeros((n_classes, weight.shape[1]), np.float32)
    full_bias = np.full(n_classes, min(_SMALLEST_LOGIT, lowest), np.float32)
    full_weight[present], full_bias[present] = weight, bias
    return full_weight, full_bias


@contextmanager
def fitting() -> Iterator[None]:
    """One BLAS thread, and no warning of an early stop. Both hold for the whole process, so not inside the threads.

    On two cores, two BLAS threads fight with the folds' threads and take ten times as long. The solvers stop early at
    the highest strengths only, and the folds judge the result.
    """
    from sklearn.exceptions import ConvergenceWarning
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1, "blas"), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        yield
