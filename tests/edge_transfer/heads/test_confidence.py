"""Temperature and threshold against arithmetic by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_transfer.dataset.splits import FEWEST_SAMPLES
from edge_transfer.heads.confidence import fit_confidence, fit_temperature, held_out_loss, held_out_losses
from export.runtime.inference.decision import Confidence, softmax


def two_class(margins: list[float], right: list[bool]) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Logits whose likelier class 0 leads by `margins`, and labels for which the answer is right or not."""
    logits = np.stack([np.array(margins), np.zeros(len(margins))], 1).astype(np.float32)
    return logits, np.where(right, 0, 1)


def test_temperature_by_hand() -> None:
    """All margins m, r of N right: the best fit is where sigmoid(m / T) = (r + 1) / (N + 2), Laplace's estimate."""
    for margin, right in ((4.0, 75), (1.0, 90), (10.0, 60), (3.0, 100)):
        logits, labels = two_class([margin] * 100, [k < right for k in range(100)])
        assert fit_temperature(logits, labels) == pytest.approx(
            margin / math.log((right + 1) / (101 - right)), rel=1e-3
        )


def test_temperature_scales_with_the_logits() -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, (400, 5)).astype(np.float32)
    labels = np.array([rng.choice(5, p=row / row.sum()) for row in softmax(logits)])
    temperature = fit_temperature(logits, labels)
    assert temperature == pytest.approx(1, abs=0.2)
    assert fit_temperature(logits * 7, labels) == pytest.approx(7 * temperature, rel=1e-3)
    assert fit_temperature(logits + 1000, labels) == pytest.approx(temperature, rel=1e-2)


def test_temperature_stays_within_bounds() -> None:
    """With mistakes only, the likelihood grows for ever as the temperature rises."""
    tiny = two_class([1e-4] * 50, [True] * 50)
    assert 0.02 <= fit_temperature(*tiny) < 0.03
    hopeless = two_class([3.0] * 50, [False] * 50)
    assert 45 < fit_temperature(*hopeless) <= 50


def test_threshold_by_hand() -> None:
    """The answers by confidence: 24 right, wrong, 4 right, wrong, …: a share of 1 / 20 wrong is kept up to the 29th."""
    margins = list(np.linspace(8, 2, 40))
    right = [k not in (24, 29, 30, 31, 35, 36) for k in range(40)]
    logits, labels = two_class(margins, right)
    found = fit_confidence(logits, labels, accepted_error=0.05)
    top = softmax(logits, found.temperature).max(1)
    assert found.temperature == pytest.approx(fit_temperature(logits, labels))
    assert found.threshold == pytest.approx(top[28])
    kept = top >= found.threshold
    assert kept.sum() == 29
    assert 1 - np.array(right)[kept].mean() == pytest.approx(1 / 29)


def test_a_perfect_validation_still_rejects_what_few_right_answers_fall_below() -> None:
    margins = list(np.linspace(1, 9, 201))
    logits, labels = two_class(margins, [True] * 201)
    found = fit_confidence(logits, labels)
    top = softmax(logits, found.temperature).max(1)
    assert found.threshold == pytest.approx(np.quantile(top, 0.02))
    assert (top < found.threshold).sum() == 4
    assert 0 < found.threshold < 1


def test_answers_of_equal_confidence_are_kept_all_or_not_at_all() -> None:
    """Saturated probabilities tie at exactly 1; a threshold cannot part them."""
    logits, labels = two_class([900.0] * 40 + [1.0] * 10, [True] * 20 + [False] * 20 + [True] * 10)
    found = fit_confidence(logits, labels, accepted_error=0.1)
    top = softmax(logits, found.temperature).max(1)
    kept = top >= found.threshold
    assert len(set(top[:40])) == 1
    assert found.threshold == 1 or labels[kept].mean() <= 0.1


def test_ties_before_the_limit_count_as_one_step() -> None:
    margins = [5.0] * 20 + [4.0] * 4 + [3.0] * 20
    right = [True] * 20 + [True, True, False, False] + [True] * 20
    logits, labels = two_class(margins, right)
    found = fit_confidence(logits, labels, accepted_error=0.06)
    top = softmax(logits, found.temperature).max(1)
    # 2 of 24 are wrong above the second step, 2 of 44 above the third.
    assert found.threshold == pytest.approx(top[-1])
    strict = fit_confidence(logits, labels, accepted_error=0.01)
    assert strict.threshold == pytest.approx(softmax(logits, strict.temperature).max(1)[0])


def test_only_wrong_answers_make_everything_unknown() -> None:
    logits, labels = two_class([2.0] * 30, [False] * 30)
    assert fit_confidence(logits, labels).threshold == 1


def test_few_samples_fit_nothing() -> None:
    logits, labels = two_class([2.0] * (FEWEST_SAMPLES - 1), [True] * (FEWEST_SAMPLES - 1))
    assert fit_confidence(logits, labels) == Confidence(1.0, 0.5)
    assert fit_confidence(np.zeros((0, 3), np.float32), np.zeros(0, np.int64)) == Confidence(1.0, 0.5)
    logits, labels = two_class([2.0] * FEWEST_SAMPLES, [True] * FEWEST_SAMPLES)
    assert fit_confidence(logits, labels) != Confidence(1.0, 0.5)


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e4])
def test_logits_of_any_size_give_usable_numbers(scale: float) -> None:
    rng = np.random.default_rng(3)
    logits = (rng.normal(0, 1, (60, 4)) * scale).astype(np.float32)
    found = fit_confidence(logits, rng.integers(0, 4, 60))
    assert 0.01 < found.temperature <= 50
    assert 0 <= found.threshold <= 1


def test_more_accepted_errors_never_raise_the_threshold() -> None:
    rng = np.random.default_rng(4)
    logits = rng.normal(0, 3, (300, 4)).astype(np.float32)
    labels = np.where(rng.random(300) < 0.7, logits.argmax(1), rng.integers(0, 4, 300))
    thresholds = [fit_confidence(logits, labels, accepted_error=share).threshold for share in (0, 0.05, 0.2, 1)]
    assert thresholds == sorted(thresholds, reverse=True)
    assert thresholds[0] > thresholds[-1]


def test_the_loss_does_not_depend_on_the_scale_of_the_logits() -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, 60)
    logits = (np.eye(3)[labels] * 2 + rng.normal(0, 1, (60, 3))).astype(np.float32)
    losses = held_out_losses(logits, labels)
    assert losses.dtype == np.float32
    probabilities = softmax(logits, fit_temperature(logits, labels))
    assert losses == pytest.approx(-np.log(probabilities[np.arange(60), labels]), rel=1e-4)
    loss = held_out_loss(logits, labels)
    assert loss == pytest.approx(float(losses.mean()), rel=1e-5)
    assert held_out_loss(logits * 5, labels) == pytest.approx(loss, rel=1e-3)
    assert loss < held_out_loss(logits, np.roll(labels, 1))
