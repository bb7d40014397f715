"""Held-out scores: equal to fits that really leave the group out, and silent where nothing can be said."""

from __future__ import annotations

import numpy as np
import pytest

from edge_transfer.heads import normalised
from edge_transfer.heads.leave_group_out import RIDGE, held_out_scores


def left_out(features: np.ndarray, labels: np.ndarray, groups: np.ndarray, n_classes: int) -> np.ndarray:
    """The same by a fit for each group."""
    counts = np.bincount(labels, minlength=n_classes)
    weight = 1 / counts[labels].astype(np.float64)
    rows = features - features.mean(0)
    rows = np.concatenate([rows / np.sqrt((rows**2).sum(1).mean()), np.ones((len(rows), 1))], 1)
    targets = np.eye(n_classes)[labels]
    scores = np.zeros_like(targets)
    for group in np.unique(groups):
        kept = groups != group
        weighted = rows[kept] * weight[kept, None]
        inner = weighted.T @ rows[kept] + RIDGE * n_classes / len(labels) * np.eye(rows.shape[1])
        scores[~kept] = rows[~kept] @ np.linalg.solve(inner, weighted.T @ targets[kept])
    return scores


@pytest.mark.parametrize(("samples", "width", "groups"), [(60, 8, 12), (40, 90, 10), (90, 5, 3)])
def test_it_equals_a_fit_without_the_group(samples: int, width: int, groups: int) -> None:
    rng = np.random.default_rng(samples)
    labels = rng.integers(0, 3, samples)
    features = normalised(rng.normal(size=(samples, width)).astype(np.float32) + labels[:, None])
    group = np.arange(samples) % groups
    found = held_out_scores(features, labels, group, 3)
    assert np.abs(found - left_out(features, labels, group, 3)).max() < 1e-4


def test_a_class_in_one_group_cannot_be_held_out() -> None:
    rng = np.random.default_rng(0)
    labels = np.array([0] * 6 + [1] * 6)
    features = normalised(rng.normal(size=(12, 4)).astype(np.float32) + labels[:, None])
    found = held_out_scores(features, labels, np.array([0, 0, 1, 1, 2, 2, *[3] * 6]), 2)
    assert np.isnan(found[6:]).all()
    assert np.isfinite(found[:6]).all()
