"""Heads: fitted, folded into one matrix, kept, and chosen by folds that never cut a group."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_transfer.errors import TrainingError
from edge_transfer.heads import (
    DEFAULT_STRENGTHS,
    CrossValidation,
    FoldDone,
    LinearHead,
    cross_validate,
    fit_head,
    fit_linear,
    normalised,
)
from export.runtime.events import exhaust, forward_events

KINDS = tuple(DEFAULT_STRENGTHS)


def clouds(
    counts: list[int], dimensions: int = 24, spread: float = 0.8, seed: int = 0
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Embeddings (N, D) around one centre for each class, of any length, and their labels."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(0, 1, (len(counts), dimensions))
    labels = np.repeat(np.arange(len(counts)), counts)
    vectors = centres[labels] + rng.normal(0, spread, (len(labels), dimensions)) + 2
    return (vectors * rng.uniform(0.5, 5, (len(labels), 1))).astype(np.float32), labels


def validated(
    kind: str,
    vectors: NDArray[np.float32],
    labels: NDArray[np.int64],
    groups: NDArray[np.int64] | None = None,
    n_classes: int | None = None,
    strengths: tuple[float, ...] = (),
    **options: int,
) -> CrossValidation:
    groups = np.arange(len(labels)) if groups is None else groups
    n_classes = int(labels.max()) + 1 if n_classes is None else n_classes
    return exhaust(cross_validate(kind, vectors, labels, groups, n_classes, strengths, **options))


@pytest.mark.parametrize("normalise", [True, False])
def test_logits_by_hand(normalise: bool) -> None:
    head = LinearHead(np.array([[1, 2], [0, -1]], np.float32), np.array([0.5, 0], np.float32), normalise)
    vectors = np.array([[3, 4], [0, 0]], np.float32)
    expected = [[0.6 + 1.6 + 0.5, -0.8], [0.5, 0]] if normalise else [[11.5, -4], [0.5, 0]]
    assert head.logits(vectors) == pytest.approx(np.array(expected), abs=1e-6)
    assert head.logits(vectors).dtype == np.float32


def test_normalising_keeps_a_zero_vector_finite() -> None:
    found = normalised(np.array([[3, 4], [0, 0], [1e-30, 0]], np.float32))
    assert found[0] == pytest.approx([0.6, 0.8])
    assert np.isfinite(found).all()


def test_a_head_is_what_it_was_after_saving(tmp_path: Path) -> None:
    for normalise in (True, False):
        vectors, labels = clouds([9, 9, 9])
        fitted = fit_linear("logistic", vectors, labels, 3, 0.1)
        head = LinearHead(fitted.weight, fitted.bias, normalise)
        head.save(tmp_path / "head.safetensors")
        loaded = LinearHead.load(tmp_path / "head.safetensors")
        assert np.array_equal(loaded.weight, head.weight)
        assert np.array_equal(loaded.bias, head.bias)
        assert loaded.normalise is normalise
    assert [path.name for path in tmp_path.iterdir()] == ["head.safetensors"]


@pytest.mark.parametrize("data", [b"", b"text", b"\x08\x00\x00\x00\x00\x00\x00\x00{}      "])
def test_a_damaged_head_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "head.safetensors"
    path.write_bytes(data)
    with pytest.raises(TrainingError, match="missing or damaged"):
        LinearHead.load(path)
    with pytest.raises(TrainingError, match="missing or damaged"):
        LinearHead.load(tmp_path / "gone.safetensors")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("classes", [2, 4])
def test_every_head_tells_clouds_apart(kind: str, classes: int) -> None:
    vectors, labels = clouds([40] * classes)
    head = fit_head(kind, vectors, labels, classes, DEFAULT_STRENGTHS[kind][-1])
    assert head.classes == classes
    for layer in head.layers:
        if layer.weight is not None:
            assert layer.weight.dtype == layer.bias.dtype == np.float32
    assert (head.logits(vectors).argmax(1) == labels).mean() > 0.95
    others, truth = clouds([40] * classes, seed=0, spread=0.4)
    assert (head.logits(others).argmax(1) == truth).mean() > 0.95


def test_folding_equals_the_fitted_model() -> None:
    """Centring, scaling and the matrix give what scikit-learn says about the centred features."""
    from sklearn.linear_model import LogisticRegression

    vectors, labels = clouds([30, 20, 25])
    head = fit_head("logistic", vectors, labels, 3, 0.1)
    features = normalised(vectors)
    centred = (features - features.mean(0)) / np.sqrt(((features - features.mean(0)) ** 2).mean())
    reference = LogisticRegression(C=0.1, tol=1e-6, max_iter=2000).fit(centred, labels)
    assert head.logits(vectors) == pytest.approx(reference.decision_function(centred), abs=0.02)


@pytest.mark.parametrize("kind", ["logistic", "svm"])
def test_two_classes_get_two_opposite_rows_whose_difference_is_the_margin(kind: str) -> None:
    from sklearn.linear_model import LogisticRegression

    vectors, labels = clouds([30, 50])
    head = fit_head(kind, vectors, labels, 2, 0.003)
    logits = head.logits(vectors)
    assert logits[:, 0] == pytest.approx(-logits[:, 1], abs=2e-3)
    if kind == "logistic":
        features = normalised(vectors)
        centred = (features - features.mean(0)) / np.sqrt(((features - features.mean(0)) ** 2).mean())
        reference = LogisticRegression(C=0.003, tol=1e-6, max_iter=2000).fit(centred, labels)
        assert logits[:, 1] - logits[:, 0] == pytest.approx(reference.decision_function(centred), abs=0.02)


@pytest.mark.parametrize("kind", KINDS)
def test_an_absent_class_is_never_answered(kind: str) -> None:
    vectors, labels = clouds([30, 30, 30], spread=0.2)
    labels = labels * 2  # classes 0, 2 and 4 of 5
    head = fit_head(kind, vectors, labels, 5, 1000.0)
    anywhere = np.random.default_rng(1).normal(0, 9, (500, vectors.shape[1])).astype(np.float32)
    logits = head.logits(np.concatenate([vectors, anywhere]))
    present = logits[:, [0, 2, 4]]
    assert (logits[:, [1, 3]].max(1) <= present.min(1) + 1e-3).all()
    assert set(logits.argmax(1)) == {0, 2, 4}


@pytest.mark.parametrize("kind", KINDS)
def test_one_class_is_refused(kind: str) -> None:
    vectors, labels = clouds([5])
    with pytest.raises(TrainingError, match="at least two classes"):
        fit_head(kind, vectors, labels, 2, 0.1)


@pytest.mark.parametrize("kind", KINDS)
def test_equal_embeddings_do_not_break_a_head(kind: str) -> None:
    """D5: identical frames everywhere."""
    vectors = np.ones((20, 6), np.float32)
    head = fit_head(kind, vectors, np.arange(20) % 2, 2, 0.01)
    assert np.isfinite(head.logits(vectors)).all()


def test_balancing_answers_for_the_small_class() -> None:
    """D4: without it a class of five among a thousand is hardly ever answered."""
    vectors, labels = clouds([1000, 5], spread=2.5)
    recall = {}
    for balanced in (False, True):
        head = fit_head("logistic", vectors, labels, 2, 0.001, balanced=balanced)
        recall[balanced] = (head.logits(vectors)[labels == 1].argmax(1) == 1).mean()
    assert recall[False] < 0.5 < recall[True]


@pytest.mark.parametrize("kind", KINDS)
def test_cross_validation_holds_every_sample_out_once(kind: str) -> None:
    vectors, labels = clouds([30, 40, 20])
    events: list[FoldDone] = []
    found = exhaust(forward_events(cross_validate(kind, vectors, labels, np.arange(len(labels)), 3, ()), events.append))
    assert found.held_out.all()
    assert np.isfinite(found.logits).all()
    assert found.chosen in [trial.strength for trial in found.trials]
    assert {trial.strength for trial in found.trials} >= set(DEFAULT_STRENGTHS[kind])
    assert {trial.head for trial in found.trials} == {kind} == {found.head}
    assert found.folds == 5
    assert events[-1].done == events[-1].total
    assert [event.done for event in events] == sorted({event.done for event in events})
    top1 = next(trial.top1 for trial in found.trials if trial.strength == found.chosen)
    assert top1 == pytest.approx((found.logits.argmax(1) == labels).mean())
    assert top1 > 0.8


def test_the_chosen_strength_has_the_best_held_out_likelihood() -> None:
    vectors, labels = clouds([60, 60], spread=2.0)
    found = validated("logistic", vectors, labels, strengths=(1e-6, 0.01, 1e6))
    best = min(found.trials, key=lambda trial: trial.nll)
    assert found.chosen == best.strength == 0.01
    assert all(np.isfinite(trial.nll) for trial in found.trials)


def test_given_strengths_are_tried_in_ascending_order_and_class_means_have_none() -> None:
    vectors, labels = clouds([20, 20])
    found = validated("logistic", vectors, labels, strengths=(0.1, 0.001))
    assert [trial.strength for trial in found.trials] == [0.001, 0.1]
    found = validated("prototypes", vectors, labels, strengths=(0.1, 0.001))
    assert [trial.strength for trial in found.trials] == [1.0]


def test_a_group_is_never_on_both_sides(monkeypatch: pytest.MonkeyPatch) -> None:
    from edge_transfer.heads import model_selection as choosing

    vectors, labels = clouds([40, 40, 40])
    vectors[:, 0] = np.arange(len(labels))  # tells which samples a fit has seen
    groups = np.arange(len(labels)) // 8
    seen: list[NDArray[np.int64]] = []
    real = choosing.prepare_fit

    def watched(kind: str, embedding: NDArray[np.float32], *rest: Any, **options: Any) -> Any:
        seen.append(embedding[:, 0].astype(int))
        return real(kind, embedding, *rest, **options)

    monkeypatch.setattr(choosing, "prepare_fit", watched)
    found = validated("logistic", vectors, labels, groups)
    assert len(seen) == found.folds == 5
    for train in seen:
        held_out = np.setdiff1d(np.arange(len(labels)), train)
        assert len(held_out) > 0
        assert not set(groups[train]) & set(groups[held_out])
        assert set(labels[train]) == set(labels[held_out]) == {0, 1, 2}
    assert sorted(np.concatenate([np.setdiff1d(np.arange(len(labels)), train) for train in seen])) == list(
        range(len(labels))
    )


def test_folds_are_no_more_than_the_groups_of_a_class() -> None:
    vectors, labels = clouds([30, 30])
    groups = labels * 2 + np.arange(len(labels)) % 2
    found = validated("logistic", vectors, labels, groups)
    assert found.folds == 2
    assert found.held_out.all()


def test_a_class_of_one_group_is_trained_on_and_not_held_out() -> None:
    """D3."""
    vectors, labels = clouds([20, 20, 1])
    found = validated("logistic", vectors, labels)
    assert found.held_out.tolist() == [True] * 40 + [False]
    assert np.isnan(found.logits[-1]).all()
    assert found.logits.shape == (41, 3)


def test_nothing_to_hold_out_is_said() -> None:
    vectors, labels = clouds([1, 1])
    with pytest.raises(TrainingError, match="record more"):
        validated("logistic", vectors, labels)


def test_a_session_that_holds_a_whole_class_does_not_break_the_folds() -> None:
    """Sessions of several classes: holding one out may leave a fold without a class, or with one only."""
    vectors, labels = clouds([20, 20])
    groups = np.concatenate([np.repeat([0, 1], 10), np.repeat([0, 2], 10)])
    for seed in range(6):
        found = validated("logistic", vectors, labels, groups, seed=seed)
        assert found.held_out.any()
        assert np.isfinite(found.logits[found.held_out]).all()


def test_a_sample_is_not_held_out_from_a_fold_that_does_not_know_its_class() -> None:
    vectors, labels = clouds([30, 20, 30])
    groups = np.repeat([1, 2, 0, 3, 0, 2], [20, 10, 10, 10, 20, 10])  # the sessions of class 0, 1 and 2
    found = validated("logistic", vectors, labels, groups)
    assert found.held_out.any()
    assert not found.held_out[labels == 0].any(), "its two sessions fell into one fold"
    assert (found.logits[found.held_out].argmax(1) == labels[found.held_out]).mean() > 0.9


def test_a_seed_gives_the_same_result_and_another_other_folds() -> None:
    vectors, labels = clouds([30, 30, 30], spread=2.0)
    first, again, other = (validated("logistic", vectors, labels, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(first.logits, again.logits)
    assert first.trials == again.trials
    assert not np.array_equal(first.logits, other.logits)


def test_cancelling_stops_between_folds_and_leaves_nothing_behind() -> None:
    import threading

    from threadpoolctl import threadpool_info

    vectors, labels = clouds([30, 30])
    before = threading.active_count(), warnings.filters[:], [pool["num_threads"] for pool in threadpool_info()]
    running = cross_validate("svm", vectors, labels, np.arange(60), 2, ())
    assert next(running) == FoldDone(2, 5)
    now = warnings.filters[:], [pool["num_threads"] for pool in threadpool_info()]
    assert now == before[1:], "the consumer's turn has the consumer's settings"
    running.close()
    after = threading.active_count(), warnings.filters[:], [pool["num_threads"] for pool in threadpool_info()]
    assert after == before


def test_a_solver_that_stops_early_warns_nobody() -> None:
    """Warnings are errors in these tests."""
    vectors, labels = clouds([40, 40, 40], spread=3.0)
    found = validated("svm", vectors, labels, strengths=(1e4,))
    assert found.held_out.all()
    assert np.isfinite(fit_linear("logistic", vectors, labels, 3, 1e8).weight).all()
