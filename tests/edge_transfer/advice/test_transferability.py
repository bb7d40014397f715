"""Scores of embeddings: the evidence against its definition, rankings where the truth is known, honest errors."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.stats import kendalltau, multivariate_normal

from edge_transfer.advice.transferability import difference, logme, nearest_classes, right_split_by_frame, suitability
from edge_transfer.heads import normalised


def clouds(noise: float, n: int = 120, d: int = 16, classes: int = 3, seed: int = 0) -> tuple[NDArray, NDArray]:
    """Classes around means on the sphere; the more noise, the less they can be told apart."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % classes
    means = rng.normal(size=(classes, d))
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    return (means[labels] + noise * rng.normal(size=(n, d))).astype(np.float32), labels


@pytest.mark.parametrize(("n", "d"), [(40, 7), (12, 30)])
def test_logme_is_the_highest_evidence_of_the_regression(n: int, d: int) -> None:
    rng = np.random.default_rng(n)
    features = rng.normal(size=(n, d)).astype(np.float32)
    labels = (features[:, 0] + 0.3 * rng.normal(size=n) > 0).astype(np.int64)
    gram = features.astype(np.float64) @ features.T.astype(np.float64)
    expected = []
    for k in (0, 1):
        y = (labels == k).astype(float)

        def cost(logs: NDArray, y: NDArray = y) -> float:
            covariance = np.eye(n) / np.exp(logs[1]) + gram / np.exp(logs[0])
            return -float(multivariate_normal(np.zeros(n), covariance).logpdf(y))

        found = minimize(cost, [0.0, 0.0], method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-10})
        expected.append(-found.fun / n)
    assert logme(features, labels, 2) == pytest.approx(np.mean(expected), abs=1e-5)


def test_the_order_of_embeddings_is_that_of_their_noise() -> None:
    noises = [0.05, 0.15, 0.3, 0.6, 1.2, 4.0]
    # Each alone in its group: nothing but the noise decides.
    scored = [suitability(*clouds(noise), np.arange(120), 3) for noise in noises]
    for score in ("logme", "top1", "neighbours_top1"):
        assert kendalltau([-noise for noise in noises], [getattr(each, score) for each in scored])[0] > 0.9, score
    assert scored[0].top1 == 1.0
    assert scored[-1].top1 < 0.6


def test_neighbours_come_from_other_groups_only() -> None:
    features = normalised(np.array([[1, 0], [1, 0.01], [0, 1], [0.01, 1], [0.9, 0.4]], np.float32))
    labels = np.array([0, 0, 1, 1, 0])
    alone = nearest_classes(features, labels, np.arange(5), 2)
    assert alone.tolist()[:2] == [0, 0]
    # All of class 0 in one group: its members find class 1 only.
    together = nearest_classes(features, labels, np.array([0, 0, 1, 2, 0]), 2)
    assert together.tolist() == [1, 1, 0, 0, 1]
    assert nearest_classes(features, labels, np.zeros(5, int), 2).tolist() == [-1] * 5


def test_nothing_is_claimed_where_nothing_can_be_held_out() -> None:
    features, labels = clouds(0.1, n=6)
    scored = suitability(features, labels, labels, 3)  # a group is all of its class
    assert not scored.known.any()
    assert np.isnan(scored.top1)


def test_frames_of_a_session_count_as_one() -> None:
    rng = np.random.default_rng(0)
    first = rng.random(400) < 0.9
    second = rng.random(400) < 0.7
    mean, alone = difference(first, second, np.arange(400))
    gain = first.astype(float) - second
    assert mean == pytest.approx(gain.mean())
    assert alone == pytest.approx(gain.std(ddof=1) / 20)
    # The same 20 frames again in each session: the error is that of 20 samples, not of 400.
    repeated = np.repeat(gain[:20], 20)
    _, clustered = difference(repeated > 0, repeated < 0, np.repeat(np.arange(20), 20))
    assert clustered == pytest.approx(gain[:20].std(ddof=1) / np.sqrt(20))


def test_what_a_split_by_frame_promises_above_whole_sessions_is_leakage() -> None:
    """Sessions of one class lie apart as classes do: only who has seen a session knows its frames."""
    rng = np.random.default_rng(0)
    sessions = np.repeat(np.arange(24), 10)
    labels = sessions % 3
    places = rng.normal(size=(24, 32))
    frames = (places[sessions] + 0.1 * rng.normal(size=(240, 32))).astype(np.float32)
    assert right_split_by_frame(frames, labels, 3).mean() > 0.95
    assert suitability(frames, labels, sessions, 3).top1 < 0.6
    # Single pictures leak nothing.
    features, labels = clouds(0.5)
    alone = suitability(features, labels, np.arange(len(labels)), 3)
    assert right_split_by_frame(features, labels, 3).mean() == pytest.approx(alone.top1, abs=0.04)
    # The only sample of its class cannot be held out.
    assert not right_split_by_frame(features[:4], np.array([0, 0, 0, 1]), 2)[3]
