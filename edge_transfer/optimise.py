"""Numerical work below the heads: squared-hinge machines in the primal, and principal axes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from edge_transfer.layers import Floats

_MOST_STEPS = 400

Solve = Callable[[float], tuple[Floats, Floats]]
"""A strength C to weights (K, D) and offsets (K,)."""


def linear_svm(features: Floats, targets: Floats, weights: Floats | None, tolerance: float) -> Solve:
    """Support vector machines with squared hinge loss, one class against the others, all of them at once.

    For features (N, D), targets (N, K) of zeros and ones and weights (N,) of the rows, each machine minimises
    ½ |w|² + C Σ weight · max(0, 1 − y (w x + b))² in the primal (Chapelle, Training a Support Vector Machine in the
    Primal, 2007) by L-BFGS, until no slope of the mean loss exceeds `tolerance`. It starts where it stopped for the
    strength before.
    """
    from scipy.optimize import minimize

    rows, width = features.shape
    number = targets.shape[1]
    signs = 2 * targets - 1
    share = np.full((rows, 1), 1 / rows, np.float32) if weights is None else weights[:, None] / np.float32(rows)
    state = np.zeros((number, width + 1))

    def loss(values: NDArray[np.float64], pull: float) -> tuple[float, NDArray[np.float64]]:
        both = values.reshape(number, width + 1)
        scores = features @ both[:, :width].T.astype(np.float32)
        scores += both[:, width].astype(np.float32)
        short = np.maximum(1 - signs * scores, 0)
        weighted = short * share
        slopes = np.empty_like(both)
        slopes[:, :width] = (-2 * signs * weighted).T @ features
        slopes[:, :width] += pull * both[:, :width]
        slopes[:, width] = (-2 * signs * weighted).sum(0)
        penalty = 0.5 * pull * float((both[:, :width] ** 2).sum())
        return float((short * weighted).sum(dtype=np.float64)) + penalty, slopes.ravel()

    def solve(strength: float) -> tuple[Floats, Floats]:
        nonlocal state
        options = {"gtol": tolerance, "ftol": 0.0, "maxiter": _MOST_STEPS, "maxls": 30}
        found = minimize(loss, state.ravel(), (1 / (strength * rows),), "L-BFGS-B", jac=True, options=options)
        state = np.asarray(found.x).reshape(number, width + 1)
        return state[:, :width].astype(np.float32), state[:, width].astype(np.float32)

    return solve


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
