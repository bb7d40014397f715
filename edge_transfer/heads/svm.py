"""Linear SVM solver, and an SVM with a Gaussian (RBF) kernel expressed as layers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_transfer.heads.layers import Floats

MOST_CENTRES = 3000
"""With more points, a random part of them are the centres: the kernel matrix grows with the square."""

LARGEST_STRENGTH = 1e4
"""Beyond it single precision cannot solve the system, and nothing changes any more."""


@dataclass(frozen=True)
class Expansion:
    """Scores as `weight` @ exp(`inner_weight` @ z + `inner_bias`) + `bias`, for points z of length 1."""

    inner_weight: Floats
    """(M, P)."""
    inner_bias: Floats
    """(M,)."""
    weight: Floats
    """(K, M)."""
    bias: Floats
    """(K,)."""


def kernel_machine(points: Floats, targets: Floats, weights: Floats | None) -> Callable[[float], Expansion]:
    """Least-squares support vector machines with the kernel exp(−γ |z − c|²), one class against the others.

    For points (N, P) of length 1, targets (N, K) of zeros and ones and weights (N,) of the points, each machine
    minimises ½ |w|² + ½ C Σ weight · (y − f(z))² with y = ±1, which one linear system solves for all classes
    (Suykens and Vandewalle, Least Squares Support Vector Machine Classifiers, 1999). γ is one over the total variance
    of the points, the rule that scikit-learn calls `scale`. Above 3,000 points the machine is the linear one on the
    kernel's features at 3,000 random ones (Williams and Seeger, Using the Nyström Method to Speed Up Kernel Machines,
    2001).
    """
    gamma = np.float32(1 / max(float(points.var(0).sum()), 1e-6))
    wanted = 2 * targets - 1
    trust = np.ones(len(points), np.float32) if weights is None else weights
    if len(points) <= MOST_CENTRES:
        centres, solve = points, _all_points(_kernel(points, points, gamma), wanted, trust)
    else:
        centres = points[np.sort(np.random.default_rng(0).permutation(len(points))[:MOST_CENTRES])]
        solve = _some_points(_kernel(centres, centres, gamma), _kernel(points, centres, gamma), wanted, trust)
    inner_weight = np.asarray(2 * gamma * centres, np.float32)
    inner_bias = np.full(len(centres), -2 * gamma, np.float32)

    def expand(strength: float) -> Expansion:
        weight, bias = solve(min(strength, LARGEST_STRENGTH))
        return Expansion(inner_weight, inner_bias, np.asarray(weight, np.float32), np.asarray(bias, np.float32))

    return expand


def _kernel(one: Floats, other: Floats, gamma: np.float32) -> Floats:
    # Both have length 1, so that |z − c|² is 2 − 2 z c.
    return np.asarray(np.exp(2 * gamma * (one @ other.T - 1)), np.float32)


def _all_points(kernel: Floats, wanted: Floats, trust: Floats) -> Callable[[float], tuple[Floats, Floats]]:
    from scipy.linalg import cho_factor, cho_solve

    right = np.concatenate([wanted, np.ones((len(wanted), 1), np.float32)], 1)

    def solve(strength: float) -> tuple[Floats, Floats]:
        system = kernel.copy()
        system[np.diag_indices_from(system)] += 1 / (strength * trust)
        factor = cho_factor(system, lower=True, overwrite_a=True, check_finite=False)
        solved = cho_solve(factor, right, check_finite=False)
        # The offset is what makes the coefficients of each machine sum to zero.
        bias = solved[:, :-1].sum(0) / solved[:, -1].sum()
        return (solved[:, :-1] - solved[:, -1:] * bias).T, bias

    return solve


def _some_points(
    inner: Floats, kernel: Floats, wanted: Floats, trust: Floats
) -> Callable[[float], tuple[Floats, Floats]]:
    from scipy.linalg import cho_factor, cho_solve, cholesky, solve_triangular

    inner[np.diag_indices_from(inner)] += 1e-3
    factor = cholesky(inner, lower=True, overwrite_a=True, check_finite=False)
    features = solve_triangular(factor, kernel.T, lower=True, check_finite=False).T
    share = (trust / trust.sum())[:, None]
    mean, target = (features * share).sum(0), (wanted * share).sum(0)
    features -= mean
    gram = features.T @ (features * trust[:, None])
    right = features.T @ ((wanted - target) * trust[:, None])

    def solve(strength: float) -> tuple[Floats, Floats]:
        system = gram.copy()
        system[np.diag_indices_from(system)] += 1 / strength
        weight = cho_solve(cho_factor(system, lower=True, overwrite_a=True, check_finite=False), right)
        outer = solve_triangular(factor, weight, lower=True, trans="T", check_finite=False)
        return outer.T, target - mean @ weight

    return solve


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
