"""Support vector machines: compared with scikit-learn and with kernel ridge, whole and by shared centres."""

from __future__ import annotations

import numpy as np
import pytest

from edge_transfer.heads import normalised
from edge_transfer.heads.svm import kernel_machine, linear_svm
from tests.edge_transfer.heads.test_fitting import clouds, unit


@pytest.mark.parametrize("classes", [2, 4])
def test_the_linear_machine_is_the_one_of_scikit_learn(classes: int) -> None:
    from sklearn.svm import LinearSVC

    vectors, labels = clouds([40, 30, 25, 35][:classes])
    features, targets = unit(vectors), np.eye(classes, dtype=np.float32)[labels]
    weight, bias = linear_svm(features, targets, None, 1e-6)(0.02)
    for k in range(classes):
        # Its offset is pulled towards zero as well, the less the larger the feature that stands for it.
        reference = LinearSVC(C=0.02, dual=False, tol=1e-8, max_iter=10_000, intercept_scaling=100)
        reference.fit(features, labels == k)
        assert features @ weight[k] + bias[k] == pytest.approx(reference.decision_function(features), abs=5e-3)


def test_rows_can_weigh_more_in_the_linear_machine() -> None:
    from sklearn.svm import LinearSVC

    vectors, labels = clouds([60, 20])
    features, targets = unit(vectors), np.eye(2, dtype=np.float32)[labels]
    weights = np.where(labels == 1, 5, 1).astype(np.float32)
    weight, bias = linear_svm(features, targets, weights, 1e-6)(0.02)
    reference = LinearSVC(C=0.02, dual=False, tol=1e-8, max_iter=10_000, intercept_scaling=100)
    reference.fit(features, labels == 1, weights)
    assert features @ weight[1] + bias[1] == pytest.approx(reference.decision_function(features), abs=5e-3)


@pytest.mark.parametrize("weighted", [False, True])
def test_the_kernel_machine_is_kernel_ridge_with_an_offset(weighted: bool) -> None:
    from sklearn.kernel_ridge import KernelRidge

    vectors, labels = clouds([40, 30, 25])
    points, targets = normalised(unit(vectors)), np.eye(3, dtype=np.float32)[labels]
    weights = np.where(labels == 1, 4, 1).astype(np.float32) if weighted else None
    found = kernel_machine(points, targets, weights)(3.0)
    gamma = 1 / points.var(0).sum()
    scores = np.exp(points @ found.inner_weight.T + found.inner_bias) @ found.weight.T + found.bias
    for k in range(3):
        reference = KernelRidge(alpha=1 / 3, kernel="rbf", gamma=gamma)
        reference.fit(points, 2 * targets[:, k] - 1 - found.bias[k], weights)
        assert scores[:, k] - found.bias[k] == pytest.approx(reference.predict(points), abs=1e-3)
    # What makes the offset the best one.
    assert found.weight.sum(1) == pytest.approx(np.zeros(3), abs=1e-3)


def test_many_points_share_centres(monkeypatch: pytest.MonkeyPatch) -> None:
    from edge_transfer.heads import svm as kernel

    vectors, labels = clouds([80, 80, 80])
    points, targets = normalised(unit(vectors)), np.eye(3, dtype=np.float32)[labels]
    whole = kernel_machine(points, targets, None)(3.0)
    monkeypatch.setattr(kernel, "MOST_CENTRES", 150)
    part = kernel_machine(points, targets, None)(3.0)
    assert part.weight.shape == (3, 150)
    scores = [np.exp(points @ e.inner_weight.T + e.inner_bias) @ e.weight.T + e.bias for e in (whole, part)]
    assert (scores[0].argmax(1) == scores[1].argmax(1)).mean() > 0.95
    assert np.corrcoef(scores[0].ravel(), scores[1].ravel())[0, 1] > 0.97


def test_with_all_points_as_centres_both_ways_of_solving_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    from edge_transfer.heads import svm as kernel

    vectors, labels = clouds([30, 30])
    points, targets = normalised(unit(vectors)), np.eye(2, dtype=np.float32)[labels]
    whole = kernel_machine(points, targets, None)(1.0)
    monkeypatch.setattr(kernel, "MOST_CENTRES", 59)
    part = kernel_machine(points, targets, None)(1.0)
    scores = [np.exp(points @ e.inner_weight.T + e.inner_bias) @ e.weight.T + e.bias for e in (whole, part)]
    assert scores[0] == pytest.approx(scores[1], abs=0.05)
