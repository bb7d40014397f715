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

from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from edge_transfer.errors import ProjectError, StorageError, TrainingError, WeightsError
from edge_transfer.evaluation.evaluate import Evaluation
from edge_transfer.evaluation.run_evaluation import (
    evaluate_run,
)
from edge_transfer.heads import LinearHead
from edge_transfer.runs import run as runs
from edge_transfer.runs.current_run import list_runs
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
from export.runtime.events import exhaust

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


# Evaluation


def evaluated(project: Project, run: Run, split: str = "test") -> Evaluation:
    with Catalog.open(project) as catalog:
        return exhaust(evaluate_run(project, catalog, run, split))


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
