"""The measures, against arithmetic done by hand."""

from __future__ import annotations

import math
from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_transfer.evaluation import metrics
from edge_transfer.evaluation.metrics import ClassScore, CoveragePoint

# Five samples of three classes. Answers: 0, 0, 1, 1, 0. Right: yes, yes, yes, no, no. Class 2 is never answered.
PROBABILITIES = np.array([[0.9, 0.1, 0.0], [0.6, 0.2, 0.2], [0.2, 0.8, 0.0], [0.1, 0.6, 0.3], [0.5, 0.25, 0.25]])
LABELS = np.array([0, 0, 1, 0, 2])


def test_top1() -> None:
    assert metrics.top1(PROBABILITIES, LABELS) == pytest.approx(3 / 5)


def test_confusion_has_the_truth_in_rows() -> None:
    assert metrics.confusion(PROBABILITIES, LABELS).tolist() == [[2, 1, 0], [0, 1, 0], [1, 0, 0]]


def test_per_class() -> None:
    first, second, third = metrics.per_class(PROBABILITIES, LABELS)
    assert astuple(first) == pytest.approx((2 / 3, 2 / 3, 2 / 3, 3))
    assert astuple(second) == pytest.approx((1 / 2, 1, 2 / 3, 1))
    assert third == ClassScore(None, 0.0, 0.0, 1)


def test_a_class_without_samples_has_no_score_and_does_not_count() -> None:
    without = metrics.per_class(PROBABILITIES[:4], LABELS[:4])[2]
    assert without == ClassScore(None, None, None, 0)
    # class 0: precision 1, recall 2/3; class 1: precision 1/2, recall 1
    assert metrics.macro_f1(PROBABILITIES[:4], LABELS[:4]) == pytest.approx((0.8 + 2 / 3) / 2)


def test_macro_f1() -> None:
    assert metrics.macro_f1(PROBABILITIES, LABELS) == pytest.approx((2 / 3 + 2 / 3 + 0) / 3)


def test_nll() -> None:
    wanted = -(math.log(0.9) + math.log(0.6) + math.log(0.8) + math.log(0.1) + math.log(0.25)) / 5
    assert metrics.nll(PROBABILITIES, LABELS) == pytest.approx(wanted)
    assert metrics.nll(np.array([[1.0, 0.0]]), np.array([1])) == pytest.approx(708.4, abs=0.1)


def test_brier() -> None:
    # (0.01 + 0.01) + (0.16 + 0.04 + 0.04) + (0.04 + 0.04) + (0.81 + 0.36 + 0.09) + (0.25 + 0.0625 + 0.5625)
    assert metrics.brier(PROBABILITIES, LABELS) == pytest.approx((0.02 + 0.24 + 0.08 + 1.26 + 0.875) / 5)
    assert metrics.brier(np.array([[1.0, 0.0]]), np.array([1])) == 2


def test_reliability_bins_and_ece() -> None:
    # Stated 0.9, 0.6, 0.8, 0.6, 0.5 in five bins: (0.4, 0.6] holds three answers of which one is right.
    low, high, top = metrics.reliability_bins(PROBABILITIES, LABELS, bins=5)
    assert astuple(low) == pytest.approx((0.4, 0.6, 3, 1.7 / 3, 1 / 3))
    assert astuple(high) == pytest.approx((0.6, 0.8, 1, 0.8, 1))
    assert astuple(top) == pytest.approx((0.8, 1, 1, 0.9, 1))
    assert metrics.ece(PROBABILITIES, LABELS, bins=5) == pytest.approx((3 * (1.7 - 1) / 3 + 0.2 + 0.1) / 5)


def test_a_stated_probability_on_an_edge_belongs_to_the_bin_below() -> None:
    for k in range(1, 16):
        two = np.array([[k / 15, 1 - k / 15]])
        (only,) = metrics.reliability_bins(two, np.array([0]), bins=15)
        assert only.lower < two.max() <= only.upper + 1e-9


def test_ece_of_a_calibrated_and_of_an_overconfident_classifier() -> None:
    half = np.tile([0.5, 0.5], (10, 1))
    assert metrics.ece(half, np.array([0, 1] * 5)) == pytest.approx(0)
    sure = np.tile([1.0, 0.0], (10, 1))
    assert metrics.ece(sure, np.array([0] * 7 + [1] * 3)) == pytest.approx(0.3)


def test_coverage_curve_groups_equal_probabilities() -> None:
    # 0.9 right, 0.8 right, 0.6 right and wrong, 0.5 wrong
    assert metrics.coverage_curve(PROBABILITIES, LABELS) == [
        CoveragePoint(0.9, 0.2, 1.0),
        CoveragePoint(0.8, 0.4, 1.0),
        CoveragePoint(0.6, 0.8, 0.75),
        CoveragePoint(0.5, 1.0, 0.6),
    ]


def test_a_long_coverage_curve_is_thinned_and_keeps_its_ends() -> None:
    stated = np.linspace(0.6, 0.99, 1000)
    points = metrics.coverage_curve(np.column_stack([stated, 1 - stated]), np.zeros(1000, int))
    assert len(points) == 200
    assert (points[0].coverage, points[-1].coverage) == (0.001, 1.0)


def test_majority_share() -> None:
    assert metrics.majority_share(LABELS) == pytest.approx(3 / 5)


def test_wilson_interval() -> None:
    # 8 of 10: (0.8 + 0.19207) / 1.38415 ± 1.95996 / 1.38415 · sqrt(0.016 + 0.0096036)
    assert metrics.wilson_interval(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert metrics.wilson_interval(0, 10) == pytest.approx((0, 0.2775), abs=1e-4)
    assert metrics.wilson_interval(10, 10) == pytest.approx((0.7225, 1), abs=1e-4)
    assert metrics.wilson_interval(0, 0) == (0.0, 1.0)


@given(st.integers(0, 2**32 - 1), st.integers(1, 60), st.integers(1, 7))
def test_what_holds_for_every_classifier(seed: int, n: int, classes: int) -> None:
    generator = np.random.default_rng(seed)
    probabilities = generator.dirichlet(np.ones(classes), n)
    labels = generator.integers(0, classes, n)
    counts = metrics.confusion(probabilities, labels)
    accuracy = metrics.top1(probabilities, labels)
    assert counts.sum() == n
    assert counts.trace() / n == pytest.approx(accuracy)
    assert sum(score.support for score in metrics.per_class(probabilities, labels)) == n
    assert 0 <= metrics.ece(probabilities, labels) <= 1
    assert 0 <= metrics.brier(probabilities, labels) <= 2
    curve = metrics.coverage_curve(probabilities, labels)
    assert curve[-1].coverage == 1
    assert curve[-1].accuracy == pytest.approx(accuracy)
    assert sum(b.count for b in metrics.reliability_bins(probabilities, labels)) == n
    low, high = metrics.wilson_interval(int(counts.trace()), n)
    assert 0 <= low <= accuracy <= high + 1e-12
