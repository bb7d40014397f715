"""Training on a real project with a small real backbone: what it learns from, what it holds out, and what it says."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge_transfer.backbones import embeddings
from edge_transfer.backbones.registry import REGISTRY
from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from edge_transfer.dataset.records import Sample
from edge_transfer.errors import DatasetError, StorageError, TrainingError, WeightsError
from edge_transfer.evaluation.run_evaluation import evaluate_run
from edge_transfer.heads import Head
from edge_transfer.ingest.importer import import_csv
from edge_transfer.runs.recipe import HEADS, Recipe
from edge_transfer.runs.run import Run, list_runs, load_head, load_run, load_validation
from edge_transfer.training import train as training
from edge_transfer.training.train import TrainProgress, train, update
from export.runtime.events import exhaust, forward_events
from export.runtime.inference.preprocess import InputSpec

Record = Callable[..., Any]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project.create(tmp_path / "project", input=InputSpec(64))


@pytest.fixture
def weights(trained: tuple[Project, Run]) -> Path:
    """Of the small backbone, whose graph is in the cache by now."""
    return Path(trained[1].weights_path)


@pytest.fixture
def fit(project: Project, catalog: Catalog, small_recipe: Recipe, weights: Path) -> Callable[..., Run]:
    def fitted(**changes: Any) -> Run:
        return exhaust(train(project, catalog, replace(small_recipe, **changes), weights))

    return fitted


def alike(one: Head, other: Head) -> bool:
    """Two heads are the same, bit for bit."""
    pairs = list(zip(one.layers, other.layers, strict=True))
    matrices = [(a.weight, b.weight) for a, b in pairs] + [(a.bias, b.bias) for a, b in pairs]
    assert any(a is not None for a, _ in matrices)
    return all(a is None or np.array_equal(a, b) for a, b in matrices)


# The whole way


def test_a_run_says_what_it_was_made_of_and_answers_a_session_it_has_not_seen(copied: tuple[Project, Run]) -> None:
    project, run = copied
    assert run.classes == ("hex nut", "Schraube <b>", "empty")
    assert (run.samples, run.input, run.precision, run.folds) == (66, InputSpec(64), "fp32", 2)
    assert run.validation["source"] == "2 held-out folds of train"
    assert run.validation["n"] == 66
    assert run.validation["top1"] > 0.9
    assert run.validation["optimistic_reasons"] == []
    assert run.notes == ()
    assert run.chosen_strength in [trial["strength"] for trial in run.trials]
    with Catalog.open(project) as catalog:
        evaluation = exhaust(evaluate_run(project, catalog, run))
        assert (evaluation.n, evaluation.split, evaluation.optimistic) == (21, "test", False)
        assert evaluation.top1 > 0.9
        assert evaluation.top1 > evaluation.baseline == pytest.approx(1 / 3)


def test_progress_names_its_stages_in_order(
    project: Project, catalog: Catalog, record: Record, small_recipe: Recipe, weights: Path
) -> None:
    for name in ("nut", "bolt"):
        record(project, catalog, name, 20)
    events: list[TrainProgress] = []
    exhaust(forward_events(train(project, catalog, small_recipe, weights), events.append))
    assert list(dict.fromkeys(event.stage for event in events)) == ["embed", "cross-validate", "fit"]
    for stage in ("embed", "cross-validate", "fit"):
        last = [event for event in events if event.stage == stage][-1]
        assert last.done == last.total > 0


def test_a_second_training_decodes_no_picture_and_opens_no_engine(
    project: Project, catalog: Catalog, record: Record, fit: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("nut", "bolt"):
        record(project, catalog, name, 20)
    first = fit()

    def fail(*_: object, **__: object) -> None:
        raise AssertionError("the cache should have answered")

    monkeypatch.setattr(embeddings, "decode_image", fail)
    monkeypatch.setattr(training, "open_backbone", fail)
    second = fit(head="prototypes")
    third = fit()
    assert second.id != third.id != first.id
    assert alike(load_head(project, first), load_head(project, third))


def test_a_seed_makes_the_same_run_again(
    project: Project, catalog: Catalog, record: Record, fit: Callable[..., Run]
) -> None:
    for name in ("nut", "bolt", "washer"):
        record(project, catalog, name, 25, kind="collection")
    one, same, other = fit(seed=3), fit(seed=3), fit(seed=4)
    assert one.trials == same.trials
    assert one.confidence == same.confidence
    assert np.array_equal(load_validation(project, one).logits, load_validation(project, same).logits)
    assert alike(load_head(project, one), load_head(project, same))
    assert not np.array_equal(load_validation(project, one).logits, load_validation(project, other).logits)


@pytest.mark.parametrize("head", ["auto", "logistic", "svm", "rbf", "mlp", "prototypes"])
def test_every_head_trains(
    project: Project, catalog: Catalog, record: Record, fit: Callable[..., Run], head: str
) -> None:
    for name in ("nut", "bolt"):
        record(project, catalog, name, 12, "train")
        record(project, catalog, name, 6, "test")
    run = fit(head=head, strengths=() if head == "mlp" else (0.001, 0.01))
    assert run.recipe.head == head
    assert run.head in HEADS[1:] if head == "auto" else run.head == head
    assert run == load_run(project, run.id)
    assert exhaust(evaluate_run(project, catalog, run)).top1 > 0.8


# Updating


@pytest.mark.parametrize("head", ["auto", "logistic", "svm", "rbf", "mlp", "prototypes"])
def test_a_class_that_came_and_went_leaves_the_head_as_it_was(
    project: Project, catalog: Catalog, record: Record, fit: Callable[..., Run], weights: Path, head: str
) -> None:
    for name in ("nut", "bolt"):
        record(project, catalog, name, 12)
        record(project, catalog, name, 10)
    first = fit(head=head)
    session = record(project, catalog, "washer", 12)
    added = exhaust(update(project, catalog, first, weights))
    assert added.classes == ("nut", "bolt", "washer")
    assert (added.head, added.chosen_strength) == (first.head, first.chosen_strength)
    assert added.validation["updated_from"] == first.id
    assert len(added.trials) == 1
    assert load_head(project, added).classes == 3
    whole = fit(head=first.head, strengths=() if first.head == "prototypes" else (first.chosen_strength,))
    assert alike(load_head(project, added), load_head(project, whole)), "as exact as a whole training"
    assert added.confidence == whole.confidence

    catalog.trash_session(session.id)
    removed = exhaust(update(project, catalog, added, weights))
    assert removed.classes == ("nut", "bolt")
    assert alike(load_head(project, first), load_head(project, removed))


def test_an_update_keeps_the_recipe_so_that_the_next_training_chooses_again(
    project: Project, catalog: Catalog, record: Record, fit: Callable[..., Run], weights: Path
) -> None:
    for name in ("nut", "bolt"):
        record(project, catalog, name, 12, kind="collection")
    first = fit()
    record(project, catalog, "nut", 5, kind="collection")
    second = exhaust(update(project, catalog, first, weights))
    assert second.recipe.head == "auto"
    assert second.recipe.strategy == "probe"
    assert second.samples == first.samples + 5
    assert any(first.id in note for note in second.notes)


def test_a_backbone_that_learned_is_not_updated(
    project: Project, catalog: Catalog, trained: tuple[Project, Run]
) -> None:
    adapted = replace(trained[1], sha256={"backbone.safetensors": ""})
    with pytest.raises(TrainingError, match="train again"):
        exhaust(update(project, catalog, adapted))


# What cannot be trained


def test_no_image_no_training(project: Project, catalog: Catalog, record: Record, fit: Callable[..., Run]) -> None:
    """D1."""
    with pytest.raises(DatasetError, match="no image in the split 'train': record or import some"):
        fit()
    catalog.add_class("nut")
    record(project, catalog, "bolt", 3, "test")
    with pytest.raises(DatasetError, match="no image in the split 'train'"):
        fit()
    assert list_runs(project) == []


def test_one_class_is_not_enough(project: Project, catalog: Catalog, record: Record, fit: Callable[..., Run]) -> None:
    """D2."""
    record(project, catalog, "nut", 5)
    catalog.add_class("bolt")
    with pytest.raises(DatasetError, match=r"only the class 'nut' has images.*a second class, for example the empty"):
        fit()
    record(project, catalog, "bolt", 5, "test")
    with pytest.raises(DatasetError, match="only the class 'nut' has images"):
        fit()


def test_one_image_a_class_is_too_few_to_hold_any_out(
    project: Project, catalog: Catalog, record: Record, fit: Callable[..., Run]
) -> None:
    for name in ("nut", "bolt"):
        record(project, catalog, name, 1)
    with pytest.raises(TrainingError, match="record more"):
        fit()
    assert list_runs(project) == []


def test_missing_weights_stop_before_a_picture_is_read(
    project: Project,
    catalog: Catalog,
    record: Record,
    small_recipe: Recipe,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("nut", "bolt"):
        record(project, catalog, name, 2)
    monkeypatch.setenv("EDGE_TRANSFER_CACHE_DIR", str(tmp_path / "empty"))
    with pytest.raises(WeightsError, match="no pretrained weights for squeezenet"):
        next(train(project, catalog, small_recipe))
    with pytest.raises(WeightsError, match="unknown backbone"):
        next(train(project, catalog, replace(small_recipe, backbone="other")))


# Few, many, and lost images


def test_one_image_in_a_class_is_trained_and_not_validated(
    project: Project, catalog: Catalog, record: Record, fit: Callable[..., Run]
) -> None:
    """D3."""
    for name, frames in (("nut", 15), ("bolt", 15), ("washer", 1)):
        record(project, catalog, name, frames, kind="collection")
    run = fit()
    assert run.classes == ("nut", "bolt", "washer")
    (note,) = [note for note in run.notes if "not validated" in note]
    assert "washer" in note
    assert "record another session" in note
    validation = load_validation(project, run)
    assert set(validation.labels.tolist()) == {0, 1}
    assert run.validation["n"] == 30


def test_imbalance_is_weighed_and_said(
    project: Project, catalog: Catalog, record: Record, fit: Callable[..., Run]
) -> None:
    """D4."""
    for name, frames in (("nut", 66), ("bolt", 6)):
        record(project, catalog, name, frames, kind="collection")
    (note,) = fit().notes
    assert "nut has 66 images and bolt 6" in note
    assert "recall of each class" in note
    assert fit(class_weights="none").notes == ()
    record(project, catalog, "bolt", 1, kind="collection")
    assert fit().notes == (), "ten to one is not above ten to one"


def test_of_too_many_images_a_part_is_learned_from_and_said(
    project: Project, catalog: Catalog, record: Record, fit: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, frames in (("nut", 40), ("bolt", 20)):
        record(project, catalog, name, frames, kind="collection")
    monkeypatch.setattr(training, "MOST_BYTES", 30 * 4 * REGISTRY["squeezenet"].dimensions)
    run = fit()
    assert run.samples == 30
    assert run.notes[0].startswith("it learned from 30 of 60 images, the same share of every class")
    labels = load_validation(project, run).labels
    assert np.bincount(labels).tolist() == [20, 10]
    assert fit(class_weights="none").validation == run.validation


def test_a_lost_picture_is_counted_in_the_notes_and_many_stop(
    project: Project, catalog: Catalog, record: Record, fit: Callable[..., Run]
) -> None:
    """I16."""
    for name in ("nut", "bolt"):
        record(project, catalog, name, 20)
    lost = catalog.samples()[::10]
    project.image_path(lost[0].sha256, ".png").unlink()
    project.image_path(lost[1].sha256, ".png").write_bytes(b"something else")
    run = fit()
    assert run.samples == 38
    assert any(note.startswith("2 pictures were left out: ") for note in run.notes)
    for each in catalog.samples()[20:30]:
        project.image_path(each.sha256, ".png").unlink()
    project.cache_dir.joinpath("embeddings").rename(project.cache_dir / "old")
    with pytest.raises(DatasetError, match="more than 5%"):
        fit()
    assert list_runs(project) == [run.id]


# Snapshot


def test_a_training_keeps_to_what_it_began_with(
    project: Project, catalog: Catalog, record: Record, small_recipe: Recipe, weights: Path
) -> None:
    """D6: renaming, relabelling, deleting and adding on the way change nothing."""
    for name in ("nut", "bolt", "washer"):
        record(project, catalog, name, 12)
    running = train(project, catalog, small_recipe, weights)
    next(running)
    before = catalog.samples()
    with Catalog.open(project) as other:
        other.rename_class(before[0].class_id, "renamed")
        other.relabel([before[0].id], before[-1].class_id)
        other.trash([each.id for each in before if each.class_name == "bolt"])
        record(project, other, "new class", 5)
    run = exhaust(running)
    assert run.classes == ("nut", "bolt", "washer")
    assert run.samples == 36
    snapshot = json.loads((project.runs_dir / run.id / "samples.json").read_text())
    assert snapshot == [[each.sha256, each.class_name] for each in before]
    assert load_run(project).classes == run.classes


def test_classes_come_in_the_order_of_the_catalogue_and_without_those_that_have_no_image(
    project: Project, catalog: Catalog, record: Record, fit: Callable[..., Run]
) -> None:
    for name in ("zinc", "none yet", "alu", "../x <b>"):
        catalog.add_class(name)
    for name in ("../x <b>", "alu", "zinc"):
        record(project, catalog, name, 8)
    run = fit()
    assert run.classes == ("zinc", "alu", "../x <b>")
    assert run.class_ids == tuple(catalog.class_named(name).id for name in run.classes)
    head = load_head(project, run)
    assert head.classes == 3


# What is held out


def test_sessions_are_not_cut_by_the_folds_of_a_training(
    project: Project, catalog: Catalog, record: Record, fit: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        for name in ("nut", "bolt"):
            record(project, catalog, name, 8)
    seen: list[tuple[Any, ...]] = []
    from sklearn.model_selection import StratifiedGroupKFold

    real = StratifiedGroupKFold.split

    def watched(self: Any, vectors: Any, labels: Any, groups: Any) -> Any:
        for train_rows, test_rows in real(self, vectors, labels, groups):
            seen.append((groups, train_rows, test_rows))
            yield train_rows, test_rows

    monkeypatch.setattr(StratifiedGroupKFold, "split", watched)
    run = fit()
    sessions = np.array([each.session_id for each in catalog.samples(split="train")])
    assert len(seen) == run.folds == 3
    for _, train_rows, test_rows in seen:
        assert len(set(sessions[test_rows])) == 2
        assert not set(sessions[train_rows]) & set(sessions[test_rows])
    assert run.validation["optimistic_reasons"] == []


def test_one_session_a_class_is_marked_optimistic(
    project: Project, catalog: Catalog, record: Record, fit: Callable[..., Run]
) -> None:
    for name in ("nut", "bolt"):
        record(project, catalog, name, 20)
    run = fit()
    assert run.folds == 5
    assert "nut" in run.validation["optimistic_reasons"][0]
    assert "bolt" in run.validation["optimistic_reasons"][0]
    evaluation = exhaust(evaluate_run(project, catalog, run, "validation"))
    assert evaluation.optimistic
    assert run.validation["optimistic_reasons"][0] in evaluation.optimistic_reasons
    assert evaluation.n == run.validation["n"] == 40
    assert evaluation.top1 == pytest.approx(run.validation["top1"])


def test_a_val_split_of_all_classes_calibrates_and_a_smaller_one_does_not(
    project: Project, catalog: Catalog, record: Record, fit: Callable[..., Run]
) -> None:
    for name in ("nut", "bolt"):
        record(project, catalog, name, 15)
    record(project, catalog, "nut", 30, "val")
    assert "held-out folds of train" in fit().validation["source"], "bolt has no image in val"
    record(project, catalog, "bolt", 12, "val")
    run = fit()
    assert (run.validation["source"], run.validation["n"]) == ("val", 42)
    assert run.validation["optimistic_reasons"] == []
    assert run.samples == 30
    kept = load_validation(project, run)
    val = catalog.samples(split="val")
    assert kept.sample_ids.tolist() == [each.id for each in val]
    assert kept.labels.tolist() == [run.class_ids.index(each.class_id) for each in val]


def test_a_handful_of_val_images_calibrates_nothing(
    project: Project, catalog: Catalog, record: Record, fit: Callable[..., Run]
) -> None:
    for name in ("nut", "bolt"):
        record(project, catalog, name, 15)
        record(project, catalog, name, 9, "val")
    run = fit()
    assert (run.validation["source"], run.validation["n"]) == ("5 held-out folds of train", 30)


def test_the_test_split_is_not_looked_at(
    project: Project, catalog: Catalog, record: Record, fit: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("nut", "bolt"):
        record(project, catalog, name, 15)
    run = fit()
    for name in ("nut", "bolt"):
        record(project, catalog, name, 15, "test")
    hidden = {each.sha256 for each in catalog.samples(split="test")}
    real = embeddings.prepare

    def watched(project: Project, sample: Sample, spec: InputSpec) -> Any:
        assert sample.sha256 not in hidden
        return real(project, sample, spec)

    monkeypatch.setattr(embeddings, "prepare", watched)
    again = fit()
    assert again.trials == run.trials
    assert again.confidence == run.confidence


# Cancelling and faults


@pytest.mark.parametrize("stage", ["embed", "cross-validate", "fit"])
def test_a_cancelled_training_leaves_no_run_and_its_embeddings(
    project: Project, catalog: Catalog, record: Record, small_recipe: Recipe, weights: Path, stage: str
) -> None:
    """E7, T2."""
    for name in ("nut", "bolt"):
        record(project, catalog, name, 40)
    threads = threading.active_count()
    running = train(project, catalog, small_recipe, weights)
    wanted = 32 if stage == "embed" else 0
    while True:
        event = next(running)
        if event.stage == stage and event.done >= wanted:
            break
    running.close()
    assert threading.active_count() <= threads
    assert list(project.runs_dir.iterdir()) == []
    assert not list(project.root.rglob(".tmp-*"))
    again = next(train(project, catalog, small_recipe, weights))
    assert again == TrainProgress("embed", 32 if stage == "embed" else 80, 80)
    catalog.check()


def test_a_full_disk_leaves_no_part_of_a_run(
    small_disk: Callable[[str], Path], record: Record, small_recipe: Recipe, weights: Path
) -> None:
    """E7, T9."""
    import shutil

    project = Project.create(small_disk("3m") / "project", input=InputSpec(64))
    with Catalog.open(project) as catalog:
        for name in ("nut", "bolt"):
            record(project, catalog, name, 30)
        first = exhaust(train(project, catalog, small_recipe, weights))
        filler = project.root / "filler"
        # One page too few for all files of a run.
        filler.write_bytes(bytes(max(0, shutil.disk_usage(project.root).free - 12288)))
        with pytest.raises(StorageError, match="the disk is full"):
            exhaust(train(project, catalog, small_recipe, weights))
        assert list_runs(project) == [first.id]
        assert [path.name for path in project.runs_dir.iterdir()] == [first.id]
        filler.unlink()
        catalog.check()
        assert load_head(project, first).classes == 2


# Real data


@pytest.mark.slow
def test_the_reference_data_set_reaches_its_bar(shared: Path, tmp_path: Path) -> None:
    """TrashNet with the shared MobileNetV2: top-1 of 0.866 is the reference, and both engines equal torch."""
    from export.bundling.bundle import export_bundle

    project = Project.create(tmp_path / "trashnet")
    recipe = Recipe("probe", "mobilenet_v2")
    weights = shared / "weights" / "mobilenet_v2.safetensors"
    with Catalog.open(project) as catalog:
        imported = exhaust(import_csv(project, catalog, shared / "data" / "trashnet.csv"))
        assert imported.added > 2500
        first = exhaust(train(project, catalog, recipe, weights))
        run = exhaust(train(project, catalog, recipe, weights))
        assert run.trials == first.trials
        evaluation = exhaust(evaluate_run(project, catalog, run))
        assert evaluation.n > 500
        assert run.head == "rbf"
        assert evaluation.top1 >= 0.9
        options = {"weights_file": weights, "precision": "fp32"}
        exported = exhaust(export_bundle(project, catalog, run, tmp_path / "bundle", **options))
    assert {model.engine for model in exported.manifest.models} == {"openvino", "onnxruntime"}
    assert exported.manifest.evaluated_on["split"] == "test"
    for parity in exported.parity.values():
        assert parity.n == evaluation.n
        assert parity.max_abs_logit_diff <= 1e-3
        assert parity.top1_agreement == 1.0
    for model in exported.manifest.models:
        assert model.top1 == pytest.approx(evaluation.top1)
