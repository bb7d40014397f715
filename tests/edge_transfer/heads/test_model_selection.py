"""What `auto` compares, what it takes, and where a search of strengths ends."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_transfer.dataset import splits
from edge_transfer.errors import TrainingError
from edge_transfer.heads import DEFAULT_STRENGTHS, CrossValidation, cross_validate
from edge_transfer.heads.model_selection import _next
from export.runtime.events import exhaust

Rows = tuple[NDArray[np.float32], NDArray[np.int64]]


def rings(count: int = 120, seed: int = 0) -> Rows:
    """Two classes that no plane divides: inside and outside of a ring around the first axis."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % 2
    angles = rng.uniform(0, 2 * np.pi, count)
    radius = np.where(labels == 1, 1.0, 0.35) + rng.normal(0, 0.05, count)
    plane = np.stack([np.cos(angles) * radius, np.sin(angles) * radius], 1)
    return np.concatenate([np.full((count, 1), 2.0), plane], 1).astype(np.float32), labels.astype(np.int64)


def blobs(count: int = 60, spread: float = 1.5) -> Rows:
    rng = np.random.default_rng(1)
    labels = np.arange(count) % 3
    return (rng.normal(0, 1, (3, 12))[labels] + rng.normal(0, spread, (count, 12))).astype(np.float32), labels


def chosen(kind: str, rows: Rows, strengths: tuple[float, ...] = (), **options: int) -> CrossValidation:
    vectors, labels = rows
    groups, classes = np.arange(len(labels)) // 2, int(labels.max()) + 1
    return exhaust(cross_validate(kind, vectors, labels, groups, classes, strengths, **options))


def test_auto_takes_a_kernel_where_no_plane_divides() -> None:
    found = chosen("auto", rings())
    assert found.head in ("rbf", "mlp")
    best = {kind: max(t.top1 for t in found.candidates if t.head == kind) for kind in DEFAULT_STRENGTHS}
    assert best[found.head] > 0.95 > best["logistic"]
    assert {trial.head for trial in found.candidates} == set(DEFAULT_STRENGTHS)
    assert {trial.head for trial in found.trials} == {found.head}
    assert found.chosen in [trial.strength for trial in found.trials]
    assert (found.logits.argmax(1) == rings()[1]).mean() == pytest.approx(best[found.head], abs=0.02)


def test_a_linear_head_is_taken_where_a_hidden_layer_is_not_clearly_better() -> None:
    found = chosen("auto", blobs())
    assert found.head in ("logistic", "svm", "prototypes")


def test_the_same_data_and_seed_choose_alike() -> None:
    one, same = chosen("auto", blobs(), seed=3), chosen("auto", blobs(), seed=3)
    assert one.candidates == same.candidates
    assert (one.head, one.chosen) == (same.head, same.chosen)
    assert np.array_equal(one.logits, same.logits)


@pytest.mark.parametrize("kind", ["logistic", "svm", "rbf"])
def test_the_search_does_not_end_at_the_best_strength(kind: str) -> None:
    found = chosen(kind, rings() if kind == "rbf" else blobs(spread=0.6))
    strengths = [trial.strength for trial in found.trials]
    begun = len(DEFAULT_STRENGTHS[kind])
    assert strengths[0] < found.chosen < strengths[-1] or len(strengths) == begun + 8
    assert len(strengths) > begun, "the best lies beyond the strengths that the search begins with"


def test_given_strengths_are_all_that_is_tried() -> None:
    found = chosen("logistic", blobs(), (1e-5, 1e-4))
    assert [trial.strength for trial in found.trials] == [1e-5, 1e-4]
    assert found.chosen == 1e-4


def test_neighbours_of_a_strength() -> None:
    assert [_next(c, up=True) for c in (0.03, 0.1, 1, 3)] == [0.1, 0.3, 3, 10]
    assert [_next(c, up=False) for c in (0.03, 0.1, 1, 3)] == [0.01, 0.03, 0.3, 1]


def test_many_rows_get_three_folds() -> None:
    vectors, labels = blobs(1002)
    for rows, folds in ((1000, 5), (1002, 3)):
        found = exhaust(cross_validate("prototypes", vectors[:rows], labels[:rows], np.arange(rows), 3, (1.0,)))
        assert found.folds == folds


def test_of_very_many_rows_whole_groups_of_every_class_choose(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(splits, "_MOST_COMPARED", 300)
    monkeypatch.setattr(splits, "_MANY_IMAGES", 20)
    vectors, labels = blobs(1200)
    labels[:30] = 3
    groups = np.arange(1200) // 10
    found = exhaust(cross_validate("logistic", vectors, labels, groups, 4, (0.01, 0.1)))
    assert found.logits.shape == (1200, 4)
    assert np.array_equal(~np.isnan(found.logits[:, 0]), found.held_out)
    assert 300 <= found.held_out.sum() <= 400
    assert set(labels[found.held_out]) == {0, 1, 2, 3}
    shares = [found.held_out[groups == group].mean() for group in range(120)]
    assert set(shares) == {0, 1}
    assert (found.logits[found.held_out].argmax(1) == labels[found.held_out]).mean() > 0.6
    again = exhaust(cross_validate("logistic", vectors, labels, groups, 4, (0.01, 0.1), seed=1))
    assert not np.array_equal(again.held_out, found.held_out)


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(TrainingError, match="unknown head 'tree'"):
        chosen("tree", blobs())
