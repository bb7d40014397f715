"""Which run is in use after a training: the new one, unless it has forgotten something or somebody has chosen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from edge_transfer.errors import DatasetError
from edge_transfer.evaluation.forgetting import load_forgetting
from edge_transfer.runs.current_run import CURRENT, choose_run, current_run, list_runs, pin_run, was_chosen
from edge_transfer.runs.recipe import Recipe
from edge_transfer.runs.run import CHECKPOINT, Run
from edge_transfer.training.promotion import Trained, train_and_promote
from export.runtime.events import exhaust

SMALL_BACKBONE = "squeezenet"

Weights = Callable[[str], Path]


def train_again(project: Project, weights: Weights, allowed_loss: float = 2.0) -> Trained:
    recipe = Recipe(strategy="probe", backbone=SMALL_BACKBONE)
    with Catalog.open(project) as catalog:
        events = train_and_promote(project, catalog, recipe, weights(SMALL_BACKBONE), allowed_loss=allowed_loss)
        return exhaust(events)


def swap_labels(project: Project, split: str = "train") -> None:
    """Let the first two classes of the project change places in a split."""
    with Catalog.open(project) as catalog:
        first, second = catalog.classes()[:2]
        one, other = ([s.id for s in catalog.samples(split=split, class_id=row.id)] for row in (first, second))
        catalog.relabel(one, second.id)
        catalog.relabel(other, first.id)


def test_a_run_that_has_forgotten_nothing_comes_into_use(copied: tuple[Project, Run], random_weights: Weights) -> None:
    project, before = copied
    trained = train_again(project, random_weights)
    assert trained.in_use == trained.run.id == current_run(project) != before.id
    assert trained.forgetting is not None
    assert (trained.forgetting.earlier, trained.forgetting.later) == (before.id, trained.run.id)
    assert (trained.forgetting.lost, trained.why) == ((), "")
    assert load_forgetting(project, trained.run.id) == trained.forgetting
    assert not (project.runs_dir / CURRENT).exists()


def test_a_run_that_has_lost_a_class_does_not_until_somebody_says_so(
    copied: tuple[Project, Run], random_weights: Weights
) -> None:
    project, before = copied
    swap_labels(project)
    trained = train_again(project, random_weights)
    assert trained.in_use == before.id == current_run(project)
    assert trained.forgetting is not None
    assert {each.name for each in trained.forgetting.lost} == set(before.classes[:2])
    assert "it has lost more than 2 points on hex nut (-" in trained.why
    assert not was_chosen(project), "it is held, and the next training is compared with it"
    assert train_again(project, random_weights, allowed_loss=100.0).in_use != before.id

    choose_run(project, before.id)
    swap_labels(project)
    choose_run(project, trained.run.id)
    assert current_run(project) == trained.run.id


def test_a_training_after_one_that_was_held_back_is_compared_with_the_run_in_use(
    copied: tuple[Project, Run], random_weights: Weights
) -> None:
    project, before = copied
    swap_labels(project)
    worse = train_again(project, random_weights)
    swap_labels(project)
    better = train_again(project, random_weights)
    assert better.forgetting is not None
    assert better.forgetting.earlier == before.id
    assert better.in_use == better.run.id == current_run(project) != worse.run.id
    assert len(list_runs(project)) == 3, "every run can be brought back"


def test_a_run_that_was_chosen_by_hand_stays(copied: tuple[Project, Run], random_weights: Weights) -> None:
    project, before = copied
    newer = train_again(project, random_weights).run
    choose_run(project, before.id)
    trained = train_again(project, random_weights)
    assert trained.in_use == before.id == current_run(project)
    assert "was chosen by hand" in trained.why
    assert trained.forgetting is not None
    assert trained.forgetting.earlier == before.id != newer.id


def test_the_run_in_use_is_held_while_another_is_trained(copied: tuple[Project, Run], random_weights: Weights) -> None:
    project, before = copied
    with Catalog.open(project) as catalog:
        recipe = Recipe(strategy="probe", backbone=SMALL_BACKBONE)
        events = train_and_promote(project, catalog, recipe, random_weights(SMALL_BACKBONE))
        next(events)
        assert (project.runs_dir / CURRENT).read_text() == f"{before.id}\nheld\n", "what a kill would leave"
        events.close()
        assert not (project.runs_dir / CURRENT).exists()
        for sample in catalog.samples(split="train"):
            if sample.class_name != "empty":
                catalog.trash([sample.id])
        with pytest.raises(DatasetError):
            exhaust(train_and_promote(project, catalog, recipe, random_weights(SMALL_BACKBONE)))
    assert not (project.runs_dir / CURRENT).exists()
    assert not was_chosen(project)


def test_a_kill_between_training_and_comparison_leaves_the_earlier_run_in_use(
    copied: tuple[Project, Run], random_weights: Weights
) -> None:
    project, before = copied
    pin_run(project, before.id)
    train_again(project, random_weights)  # as after the kill: the held one counts as the one to compare with
    assert current_run(project) == list_runs(project)[-1]


def test_an_earlier_run_that_cannot_be_used_any_more_is_replaced_with_a_word(
    copied: tuple[Project, Run], random_weights: Weights
) -> None:
    project, before = copied
    (project.runs_dir / before.id / CHECKPOINT).write_bytes(b"damaged")
    trained = train_again(project, random_weights)
    assert trained.in_use == trained.run.id
    assert f"it could not be compared with run {before.id}" in trained.why


def test_the_first_run_is_in_use(copied: tuple[Project, Run], random_weights: Weights) -> None:
    import shutil

    project, before = copied
    shutil.rmtree(project.runs_dir / before.id)
    trained = train_again(project, random_weights)
    assert (trained.in_use, trained.forgetting, trained.why) == (trained.run.id, None, "")
