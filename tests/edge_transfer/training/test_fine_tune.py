"""Adapting a backbone: what is held out, what it is worth, and a run that keeps its own weights through everything."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file

from edge_transfer.backbones.weights import find_weights
from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from edge_transfer.errors import TrainingError, WeightsError
from edge_transfer.evaluation.run_evaluation import evaluate_run
from edge_transfer.runs.recipe import Recipe
from edge_transfer.runs.run import ADAPTED, CHECKPOINT, Run, list_runs, load_run
from edge_transfer.training import fine_tune, strategy
from edge_transfer.training import trainer as finetune
from edge_transfer.training.train import train
from edge_transfer.training.trainer import EpochReport
from export.bundling.bundle import export_bundle
from export.runtime.events import exhaust, forward_events

Record = Callable[..., Any]

RECIPE = Recipe(strategy="finetune", backbone="builtin", unfreeze="2", epochs=2, views=1)

# What is held out


# Whether it pays


# Activations


# The whole way


@pytest.mark.slow
def test_a_fine_tuned_run_evaluates_exports_and_moves_with_its_own_weights(collected: Project, tmp_path: Path) -> None:
    with Catalog.open(collected) as catalog:
        events: list[Any] = []
        run = exhaust(forward_events(train(collected, catalog, RECIPE), events.append))
        assert [event.epoch for event in events if isinstance(event, EpochReport)][:2] == [1, 2]
        assert run.id.endswith("-finetune")
        assert run.adapted
        assert run.validation["n"] == 12
        assert {"finetuned_top1", "probe_top1"} <= run.validation.keys()
        assert "2 of 19 blocks learned" in run.notes[0]
        assert len(run.history) == 2
        assert not (collected.cache_dir / "unfinished").exists() or not any(
            (collected.cache_dir / "unfinished").iterdir()
        )
        before = exhaust(evaluate_run(collected, catalog, run))
        exported = exhaust(export_bundle(collected, catalog, run, tmp_path / "bundle", precision="fp32"))
        assert len(exported.manifest.models) == 2
        assert all(model.parity["max_abs_logit_diff"] <= 1e-3 for model in exported.manifest.models)
    assert exported.manifest.backbone["weights_sha256"] == run.weights_sha256
    shutil.move(collected.root, tmp_path / "moved")
    moved = Project.open(tmp_path / "moved")
    again = load_run(moved, run.id)
    assert again.weights().path == moved.runs_dir / run.id / ADAPTED
    with Catalog.open(moved) as catalog:
        assert exhaust(evaluate_run(moved, catalog, again)).top1 == before.top1
    again.weights().path.write_bytes(b"damaged")
    with pytest.raises(WeightsError):
        again.weights()


def first_epoch(events: Any) -> Any:
    while not isinstance(next(events), EpochReport):
        pass
    return events


def test_cancelling_keeps_the_best_epoch_as_a_run_and_the_next_training_goes_on(collected: Project) -> None:
    recipe = replace(RECIPE, epochs=3)
    with Catalog.open(collected) as catalog:
        first_epoch(train(collected, catalog, recipe)).close()
        (kept,) = list_runs(collected)
        cancelled = load_run(collected, kept)
        assert "cancelled: this is the best epoch until then" in cancelled.notes
        assert len(cancelled.history) == 1
        events: list[Any] = []
        exhaust(forward_events(train(collected, catalog, recipe), events.append))
        assert next(event.epoch for event in events if isinstance(event, EpochReport)) == 2


def trained(project: Project, recipe: Recipe) -> Run:
    with Catalog.open(project) as catalog:
        return exhaust(train(project, catalog, recipe))


def test_auto_says_why_it_left_the_backbone_alone(collected: Project) -> None:
    run = trained(collected, replace(RECIPE, strategy="auto"))
    assert run.id.endswith("-probe")
    assert not run.adapted
    assert "held-out images already" in run.validation["not_finetuned"]


def test_auto_keeps_the_probe_where_it_is_better(collected: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strategy, "_CEILING", 1.1)
    monkeypatch.setattr(finetune, "held_out_loss", lambda *_: 99.0)
    run = trained(collected, replace(RECIPE, strategy="auto", learning_rate=1.0))
    assert run.id.endswith("-probe")
    assert run.validation["finetuned_top1"] <= run.validation["probe_top1"]
    assert "fine-tuning was tried and not kept" in run.notes[0]


def test_auto_keeps_the_probe_where_no_epoch_was_better(collected: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strategy, "_CEILING", 1.1)
    losses = iter((-2.0, *[0.0] * 9))  # the state before the first epoch, the epochs, and the probe's
    monkeypatch.setattr(finetune, "held_out_loss", lambda *_: next(losses))
    monkeypatch.setattr(fine_tune, "held_out_loss", lambda *_: 99.0)
    run = trained(collected, replace(RECIPE, strategy="auto"))
    assert run.id.endswith("-probe"), "what it was then has learned from four fifths of the images"
    assert "fine-tuning was tried and not kept" in run.notes[0]


def test_from_scratch_needs_no_weights_and_learns_all_of_it(collected: Project) -> None:
    run = trained(collected, replace(RECIPE, strategy="scratch", backbone="squeezenet", epochs=1))
    assert run.id.endswith("-scratch")
    assert run.trials == ()
    assert "9 of 9 blocks learned" in run.notes[0]


@pytest.mark.slow
def test_a_whole_fine_tuning_moves_no_statistics_and_gives_the_same_bits_again(
    collected: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Every epoch counts as better, so that what is kept has learned.
    losses = iter(range(0, -1000, -1))
    monkeypatch.setattr(finetune, "held_out_loss", lambda *_: float(next(losses)))
    one, again = trained(collected, RECIPE), trained(collected, RECIPE)
    assert one.sha256[ADAPTED] == again.sha256[ADAPTED]
    assert one.sha256[CHECKPOINT] == again.sha256[CHECKPOINT]
    before, after = load_file(find_weights(one.backbone()).path), load_file(one.weights().path)
    changed = {name for name in before if not np.array_equal(before[name], after[name])}
    assert changed
    assert not any("running" in name or "num_batches" in name for name in changed)


def test_more_blocks_than_there_are_cannot_learn(collected: Project) -> None:
    with pytest.raises(TrainingError, match=r"unfreeze is 20, and .* has 19 blocks"):
        trained(collected, replace(RECIPE, unfreeze="20"))
