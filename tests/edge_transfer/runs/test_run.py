"""What a training leaves behind: whole or not at all, found again, verified, and evaluated honestly."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge_transfer.backbones.onnx_graph import open_backbone
from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from edge_transfer.dataset.records import RANDOM_SPLIT
from edge_transfer.errors import DatasetError, ProjectError, StorageError, TrainingError, WeightsError
from edge_transfer.evaluation.evaluate import CHOSEN_ON, LEARNED_FROM, Evaluation
from edge_transfer.evaluation.run_evaluation import (
    answer_split,
    evaluate_run,
    evaluation_of,
    optimistic_reasons,
    samples_of,
    thumbnails,
)
from edge_transfer.heads import LinearHead
from edge_transfer.runs import run as runs
from edge_transfer.runs.current_run import CURRENT, choose_run, current_run, list_runs
from edge_transfer.runs.run import (
    Run,
    Validation,
    delete_run,
    load_head,
    load_run,
    load_validation,
    new_run_id,
    save_run,
    set_threshold,
)
from export.runtime.events import run_to_end

HEAD = LinearHead(np.ones((3, 4), np.float32), np.zeros(3, np.float32))
VALIDATION = Validation(np.array([1, 2]), np.array([0, 1]), np.zeros((2, 3), np.float32))


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_run_is_read_as_it_was_made(trained: tuple[Project, Run]) -> None:
    project, run = trained
    assert load_run(project) == load_run(project, run.id) == run
    assert list_runs(project) == [run.id]
    assert set(files(project.runs_dir / run.id)) >= {
        "run.json",
        "recipe.json",
        "samples.json",
        "checkpoint.safetensors",
        "validation.safetensors",
    }
    validation = load_validation(project, run)
    assert validation.logits.shape == (66, 3)
    assert validation.labels.dtype == validation.sample_ids.dtype == np.int64
    assert load_head(project, run).weight.shape == (3, 512)


def test_the_latest_run_is_the_last_by_time(copied: tuple[Project, Run]) -> None:
    project, run = copied
    for name in ("20990101-000000-probe", "20200101-000000-probe"):
        save_run(project, replace(run, id=name), HEAD, VALIDATION, [])
    assert list_runs(project) == ["20200101-000000-probe", run.id, "20990101-000000-probe"]
    assert load_run(project).id == "20990101-000000-probe"


def test_the_run_in_use_is_the_chosen_one_or_else_the_latest(copied: tuple[Project, Run]) -> None:
    project, run = copied
    assert current_run(project) == load_run(project, CURRENT).id == run.id
    newer, newest = "20990101-000000-probe", "20990102-000000-probe"
    save_run(project, replace(run, id=newer), HEAD, VALIDATION, [])
    assert current_run(project) == newer, "nothing was chosen"
    choose_run(project, run.id)
    save_run(project, replace(run, id=newest), HEAD, VALIDATION, [])
    assert load_run(project, CURRENT).id == run.id, "a new training replaces no chosen run"
    assert load_run(project).id == newest
    assert list_runs(project) == [run.id, newer, newest]
    delete_run(project, run.id)
    assert current_run(project) == newest
    choose_run(project, newer)
    choose_run(project, newest)
    assert not (project.runs_dir / CURRENT).exists(), "the latest one follows the trainings to come"
    with pytest.raises(ProjectError, match="there is no run 'other'"):
        choose_run(project, "other")


def test_without_a_run_none_is_in_use(project: Project) -> None:
    assert current_run(project) is None
    with pytest.raises(ProjectError, match="train first"):
        load_run(project, CURRENT)


def test_run_ids_of_the_same_second_differ_and_sort(project: Project, trained: tuple[Project, Run]) -> None:
    ids = []
    for _ in range(3):
        ids.append(new_run_id(project, "probe"))
        save_run(project, replace(trained[1], id=ids[-1]), HEAD, VALIDATION, [])
    assert len(set(ids)) == 3
    assert list_runs(project) == ids


@pytest.mark.parametrize("name", ["nothing", "", "..", "../images", "/etc"])
def test_an_unknown_run_lists_the_known_ones(copied: tuple[Project, Run], project: Project, name: str) -> None:
    with pytest.raises(ProjectError, match=f"there is no run .*; there are: {copied[1].id}"):
        load_run(copied[0], name)
    with pytest.raises(ProjectError, match="there is no run"):
        delete_run(copied[0], name)
    with pytest.raises(ProjectError, match="none, train first"):
        load_run(project)
    assert copied[0].images_dir.is_dir()


def test_deleting_a_run_takes_its_folder_only(copied: tuple[Project, Run]) -> None:
    project, run = copied
    other = save_run(project, replace(run, id="20200101-000000-probe"), HEAD, VALIDATION, [])
    delete_run(project, run.id)
    assert list_runs(project) == [other.id]
    assert load_head(project, other).weight.shape == (3, 4)


@pytest.mark.parametrize(
    "damage",
    [
        "",
        "{",
        "[]",
        "3",
        '{"id": 1}',
        ("recipe", {"head": "unknown"}),
        ("recipe", None),
        ("classes", 5),
        ("confidence", {"temperature": -1, "threshold": 0}),
        ("confidence", {"temperature": "x", "threshold": 0}),
        ("input", {"side": 5, "crop": "crop"}),
        ("another", 1),
    ],
)
def test_a_damaged_run_is_one_plain_error(copied: tuple[Project, Run], damage: Any) -> None:
    project, run = copied
    path = project.runs_dir / run.id / "run.json"
    if isinstance(damage, tuple):
        values = json.loads(path.read_text())
        values[damage[0]] = damage[1]
        damage = json.dumps(values)
    path.write_text(damage)
    with pytest.raises(ProjectError, match=rf"the run {run.id} is damaged: run\.json cannot be used"):
        load_run(project)


def test_a_run_is_named_by_its_folder_not_by_what_it_says(copied: tuple[Project, Run]) -> None:
    project, run = copied
    path = project.runs_dir / run.id / "run.json"
    values = json.loads(path.read_text())
    path.write_text(json.dumps({**values, "id": "../../elsewhere"}))
    assert load_run(project).id == run.id


@pytest.mark.parametrize(
    ("name", "load"), [("checkpoint.safetensors", load_head), ("validation.safetensors", load_validation)]
)
@pytest.mark.parametrize("damage", ["bit", "cut", "gone"])
def test_a_changed_file_of_a_run_is_refused(
    copied: tuple[Project, Run], name: str, load: Callable[[Project, Run], object], damage: str
) -> None:
    project, run = copied
    path = project.runs_dir / run.id / name
    data = bytearray(path.read_bytes())
    data[-2] ^= 16
    path.write_bytes(data if damage == "bit" else data[:-1])
    if damage == "gone":
        path.unlink()
    with pytest.raises(ProjectError, match=f"{name} is missing or was changed; train again"):
        load(project, load_run(project))


def test_a_full_disk_leaves_the_runs_as_they_were(
    small_disk: Callable[[str], Path], trained: tuple[Project, Run]
) -> None:
    """E7, T9."""
    project = Project.create(small_disk("256k") / "project")
    save_run(project, trained[1], HEAD, VALIDATION, [])
    before = files(project.runs_dir / trained[1].id)
    large = LinearHead(np.ones((3, 40_000), np.float32), np.zeros(3, np.float32))
    with pytest.raises(StorageError, match="the disk is full"):
        save_run(project, replace(trained[1], id="large"), large, VALIDATION, [])
    assert [path.name for path in project.runs_dir.iterdir()] == [trained[1].id]
    assert files(project.runs_dir / trained[1].id) == before


def test_a_run_never_replaces_another(copied: tuple[Project, Run]) -> None:
    project, run = copied
    before = files(project.runs_dir / run.id)
    with pytest.raises(StorageError):
        save_run(project, run, HEAD, VALIDATION, [])
    assert files(project.runs_dir / run.id) == before
    assert not list(project.runs_dir.glob(".tmp-*"))


# Weights


def test_weights_are_found_by_hash_where_they_moved_to(
    trained: tuple[Project, Run], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = trained[1]
    assert run.weights().path == Path(run.weights_path)
    moved = tmp_path / "squeezenet.safetensors"
    shutil.copy(run.weights_path, moved)
    gone = replace(run, weights_path=str(tmp_path / "gone.safetensors"))
    monkeypatch.setenv("EDGE_TRANSFER_CACHE_DIR", str(tmp_path / "cache"))
    with pytest.raises(WeightsError, match="no pretrained weights for squeezenet"):
        gone.weights()
    monkeypatch.setenv("EDGE_TRANSFER_WEIGHTS_DIR", str(tmp_path))
    assert gone.weights().path == moved
    assert gone.weights(moved).sha256 == run.weights_sha256


def test_other_weights_are_refused_with_both_hashes(trained: tuple[Project, Run], tmp_path: Path) -> None:
    other = tmp_path / "other.safetensors"
    other.write_bytes(b"other weights")
    with pytest.raises(WeightsError, match=rf"is not the file that run .* expected {trained[1].weights_sha256[:12]}"):
        trained[1].weights(other)


@pytest.mark.parametrize("engine", ["openvino", "onnxruntime"])
def test_the_backbone_of_a_run_opens(trained: tuple[Project, Run], engine: str) -> None:
    run = trained[1]
    opened = open_backbone(run.backbone(), run.weights(), 64, engine)
    assert (opened.name, opened.side) == (engine, 64)


# Evaluation


def evaluated(project: Project, run: Run, split: str = "test") -> Evaluation:
    with Catalog.open(project) as catalog:
        return run_to_end(evaluate_run(project, catalog, run, split))


@pytest.mark.parametrize(
    ("split", "n", "reasons"),
    [("test", 21, []), ("train", 66, [LEARNED_FROM]), ("validation", 66, [CHOSEN_ON])],
)
def test_every_split_is_evaluated_and_kept(copied: tuple[Project, Run], split: str, n: int, reasons: list[str]) -> None:
    project, run = copied
    found = evaluated(project, run, split)
    assert (found.n, found.split, found.run) == (n, split, run.id)
    assert found.optimistic_reasons == reasons
    assert found.optimistic is bool(reasons)
    stored = json.loads((project.runs_dir / run.id / f"evaluation-{split}.json").read_text())
    assert Evaluation.from_json(stored) == found
    assert (found.temperature, found.threshold) == (run.confidence.temperature, run.confidence.threshold)


def test_a_split_without_images_and_an_unknown_one_are_refused(copied: tuple[Project, Run]) -> None:
    project, run = copied
    with pytest.raises(DatasetError, match=r"no image in the split 'val': record a second session"):
        evaluated(project, run, "val")
    with pytest.raises(DatasetError, match=r"unknown split '.*': use one of test, val"):
        evaluated(project, run, "../x")


def test_pictures_learned_from_are_found_in_another_split(copied: tuple[Project, Run]) -> None:
    """A session that is moved to test after the training proves nothing."""
    project, run = copied
    with Catalog.open(project) as catalog:
        session = next(row for row in catalog.sessions() if row.split == "train")
        catalog.set_split(session.id, "test")
        (reason,) = run_to_end(evaluate_run(project, catalog, run)).optimistic_reasons
        assert (
            reason == f"the model learned from {session.samples} of these {21 + session.samples} pictures: train again"
        )


def test_a_random_split_is_optimistic(copied: tuple[Project, Run], record: Callable[..., Any]) -> None:
    project, run = copied
    with Catalog.open(project) as catalog:
        session = catalog.begin_session("collection", f"pictures{RANDOM_SPLIT}", "test")
        record(project, catalog, "hex nut", 2, session=session, number=77)
        found = optimistic_reasons(project, catalog, run, "test", samples_of(catalog, run, "test"))
    assert found == ["the images came without capture sessions and were split at random"]


def test_samples_of_classes_that_came_later_are_left_out(
    copied: tuple[Project, Run], record: Callable[..., Any]
) -> None:
    """D6."""
    project, run = copied
    with Catalog.open(project) as catalog:
        record(project, catalog, "washer", 4, "test")
        assert len(samples_of(catalog, run, "test")) == 21
        catalog.rename_class(run.class_ids[0], "renamed")
        assert len(samples_of(catalog, run, "test")) == 21
    assert evaluated(project, run).classes == ["hex nut", "Schraube <b>", "empty"]


def test_held_out_folds_are_evaluated_with_the_labels_of_the_training(copied: tuple[Project, Run]) -> None:
    project, run = copied
    before = evaluated(project, run, "validation")
    with Catalog.open(project) as catalog:
        first = catalog.samples(split="train")
        catalog.relabel([first[0].id], run.class_ids[-1])
        catalog.trash([first[1].id])
    after = evaluated(project, run, "validation")
    assert (before.n, after.n) == (66, 65)
    assert np.sum(before.confusion, axis=1).tolist() == [22, 22, 22]
    assert np.sum(after.confusion, axis=1).tolist() == [21, 22, 22]


def test_an_evaluation_can_be_cancelled(copied: tuple[Project, Run]) -> None:
    project, run = copied
    shutil.rmtree(project.cache_dir)
    with Catalog.open(project) as catalog:
        running = evaluate_run(project, catalog, run)
        assert next(running).total == 21
        running.close()
    assert not (project.runs_dir / run.id / "evaluation-test.json").exists()


def test_thumbnails_are_small_jpegs_of_what_is_there(copied: tuple[Project, Run]) -> None:
    from export.runtime.imaging.images import decode_image

    project, _ = copied
    with Catalog.open(project) as catalog:
        first, second = catalog.samples()[:2]
        project.image_path(second.sha256, ".png").unlink()
        thumbnail = thumbnails(project, catalog, 40)
    data = thumbnail(first.sha256)
    assert data is not None
    image = decode_image(data)
    assert image.shape == (40, 40, 3)
    original = decode_image(project.image_path(first.sha256, ".png").read_bytes())
    assert image[5:-5].mean((0, 1)) == pytest.approx(original.mean((0, 1)), abs=12), "colours in the right order"
    assert thumbnail(second.sha256) is None
    assert thumbnail("0" * 64) is None


def test_the_files_of_a_run_hold_no_path_of_the_project(copied: tuple[Project, Run]) -> None:
    project, run = copied
    for name, data in files(project.runs_dir / run.id).items():
        assert str(project.root).encode() not in data, name
    assert runs.CHECKPOINT in run.sha256


# The threshold


def test_a_threshold_is_chosen_on_held_out_folds_and_taken_back(copied: tuple[Project, Run]) -> None:
    project, run = copied
    fitted = run.confidence.threshold
    changed = set_threshold(project, run, 0.25)
    changed = set_threshold(project, changed, 0.75)
    assert load_run(project) == changed
    assert changed.confidence == replace(run.confidence, threshold=0.75)
    assert changed.validation["fitted_threshold"] == fitted
    assert changed.validation["split_of_threshold"] == "validation"
    assert evaluated(project, changed).threshold == 0.75
    assert load_head(project, changed).weight.shape == (3, 512), "the hashes still hold"
    assert set_threshold(project, changed, None) == load_run(project) == run


@pytest.mark.parametrize(("threshold", "split"), [(0.5, "test"), (0.5, "train"), (1.5, "validation")])
def test_a_threshold_that_proves_nothing_is_refused(copied: tuple[Project, Run], threshold: float, split: str) -> None:
    project, run = copied
    with pytest.raises(TrainingError, match="threshold"):
        set_threshold(project, run, threshold, split)
    assert load_run(project) == run


def test_what_a_run_answers_sample_by_sample(copied: tuple[Project, Run]) -> None:
    project, run = copied
    with Catalog.open(project) as catalog:
        answered = run_to_end(answer_split(project, catalog, run, "test"))
        found = evaluation_of(project, catalog, run, "test", answered)
    assert not (project.runs_dir / run.id / "evaluation-test.json").exists(), "nothing was written"
    assert found == evaluated(project, run)
    right = answered.logits.argmax(1) == answered.labels
    assert found.top1 == right.mean()
    assert [sample.class_name for sample in answered.samples] == [run.classes[label] for label in answered.labels]
