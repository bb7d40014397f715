"""A bundle is whole or not there, equals the trained model, and runs by itself in a process without torch."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from edge_transfer.errors import BundleError, CheckFailed, DatasetError, ProjectError, StorageError, WeightsError
from edge_transfer.evaluation.evaluate import LEARNED_FROM
from edge_transfer.evaluation.run_evaluation import evaluate_run
from edge_transfer.heads import LinearHead
from edge_transfer.runs.run import Run
from export.bundling import bundle as module
from export.bundling.bundle import Exported, ExportProgress, export_bundle
from export.conversion.candidates import read_candidates
from export.conversion.convert import classifier_graph
from export.parity.golden_inputs import SIZES
from export.runtime.bundle.archive import opened_bundle
from export.runtime.bundle.check import GoldenRecord, check_bundle
from export.runtime.bundle.manifest import bundle_files, read_manifest, verify_sums
from export.runtime.bundle.predictor import Predictor
from export.runtime.events import exhaust, forward_events
from export.runtime.imaging.images import decode_image

STAGES = ("convert", "measure", "torch", "openvino fp32", "onnxruntime fp32", "drift", "write")


@pytest.fixture(scope="module")
def progress() -> list[ExportProgress]:
    return []


@pytest.fixture(scope="module")
def exported(
    trained: tuple[Project, Run], tmp_path_factory: pytest.TempPathFactory, progress: list[ExportProgress]
) -> Exported:
    """The trained project's bundle. Not to be changed."""
    project, run = trained
    with Catalog.open(project) as catalog:
        target = tmp_path_factory.mktemp("bundles") / "nuts"
        return exhaust(forward_events(export_bundle(project, catalog, run, target, precision="fp32"), progress.append))


def export(project: Project, run: Run, target: Path, **options: Any) -> Exported:
    with Catalog.open(project) as catalog:
        return exhaust(export_bundle(project, catalog, run, target, **{"precision": "fp32", **options}))


def test_every_engine_is_equal_to_torch_on_the_test_split(exported: Exported, copied: tuple[Project, Run]) -> None:
    models = exported.manifest.models
    assert {(model.engine, model.precision, model.file) for model in models} == {
        ("openvino", "fp32", "model.xml"),
        ("onnxruntime", "fp32", "model.onnx"),
    }
    project, run = copied
    with Catalog.open(project) as catalog:
        evaluation = exhaust(evaluate_run(project, catalog, run))
    for model in models:
        parity = exported.parity[model.file]
        assert parity.n == 21
        assert parity.max_abs_logit_diff <= 1e-3
        assert parity.top1_agreement == 1.0
        assert model.parity == {
            "max_abs_logit_diff": parity.max_abs_logit_diff,
            "top1_agreement": parity.top1_agreement,
        }
        assert model.top1 == pytest.approx(evaluation.top1)


def test_the_fastest_model_is_chosen_and_says_why(exported: Exported) -> None:
    models = exported.manifest.models
    fastest = min(models, key=lambda model: model.latency_ms["p50"])
    assert exported.manifest.chosen == fastest
    assert fastest.reason == "equal to the trained model and the fastest here"
    (other,) = [model for model in models if not model.chosen]
    assert "times the chosen one's latency here" in other.reason
    assert all(0 < model.latency_ms["p50"] <= model.latency_ms["p95"] for model in models)


def test_every_candidate_is_recorded_and_travels_in_the_manifest(exported: Exported) -> None:
    rows = exported.candidates
    assert read_candidates(read_manifest(exported.path).candidates) == rows
    assert [row.file for row in rows if row.chosen] == [exported.manifest.chosen.file] == [rows[0].file]
    for row, model in itertools.product(rows, exported.manifest.models):
        if row.file == model.file:
            assert (row.engine, row.precision, row.bytes, row.top1) == (
                *(model.engine, model.precision, model.bytes, model.top1),
            )
            assert (row.shipped, row.chosen, row.reason) == (True, model.chosen, model.reason)
            assert {"p50": row.p50_ms, "p95": row.p95_ms} == model.latency_ms
            # The mean lies far above the median where something else stalls the machine, never far below it.
            assert 0.1 < row.per_second * row.p50_ms / 1000 < 2
    assert len(rows) == len(exported.manifest.models) == 2


def test_the_stages_come_in_order_and_to_their_end(exported: Exported, progress: list[ExportProgress]) -> None:
    assert tuple(dict.fromkeys(event.stage for event in progress)) == STAGES
    for stage in ("convert", "torch", "openvino fp32", "onnxruntime fp32", "drift", "write"):
        last = [event for event in progress if event.stage == stage][-1]
        assert last.done == last.total > 0


def test_the_manifest_is_the_runs(exported: Exported, trained: tuple[Project, Run]) -> None:
    project, run = trained
    manifest = read_manifest(exported.path)
    assert manifest == exported.manifest
    assert (manifest.name, manifest.classes, manifest.input) == (project.name, run.classes, run.input)
    assert manifest.confidence == run.confidence
    assert manifest.evaluated_on == {"split": "test", "n": 21, "optimistic_reasons": []}
    assert manifest.backbone["weights_sha256"] == run.weights_sha256
    assert {"edge-transfer", "torch", "onnx", "openvino"} <= set(manifest.made_with)
    assert (exported.path / "labels.txt").read_text("utf-8").splitlines() == list(run.classes)


def test_the_bundle_holds_what_a_box_needs_and_nothing_of_the_user(
    exported: Exported, trained: tuple[Project, Run]
) -> None:
    project, run = trained
    names = set(bundle_files(exported.path))
    assert names >= {
        *("manifest.json", "labels.txt", "README.md", "requirements.txt", "SHA256SUMS"),
        *("model.onnx", "model.xml", "model.bin", "edge_runtime/__init__.py", "edge_runtime/inference/engine.py"),
        *("check/golden.json", *(f"check/golden-{k}.png" for k in range(len(SIZES)))),
        *("report.html", *(f"check/input-{k}.png" for k in range(len(SIZES)))),
    }
    assert set(verify_sums(exported.path)) == names - {"SHA256SUMS"}
    assert not [name for name in names if "__pycache__" in name or Path(name).name.startswith(".")]
    pictures = {path.read_bytes() for path in project.images_dir.rglob("*.png")}
    traces = [str(project.root).encode(), run.weights_path.encode(), str(Path(module.__file__).parents[2]).encode()]
    for name in names:
        data = (exported.path / name).read_bytes()
        assert data not in pictures
        assert not [trace for trace in traces if trace in data], name
    assert (exported.path / "requirements.txt").read_text().split() == [
        *("numpy", "opencv-python-headless", exported.manifest.chosen.engine)
    ]
    modes = {(exported.path / name).stat().st_mode & 0o444 for name in names}
    assert modes == {0o444}, "the box's user may read it"
    assert exported.path.stat().st_mode & 0o555 == 0o555
    readme = (exported.path / "README.md").read_text("utf-8")
    assert "python -m edge_runtime check" in readme
    assert all(f"- {name}" in readme for name in run.classes)
    assert "21 test images" in readme


def test_it_passes_its_own_check_and_answers_as_the_trained_head(exported: Exported) -> None:
    steps = list(check_bundle(exported.path))
    assert [step.name for step in steps] == ["hashes", "labels", "model.xml", "model.onnx"]
    assert all(step.ok for step in steps)
    golden = GoldenRecord.read(exported.path)
    assert golden.tolerance == 1e-3
    for engine, file in (("openvino", "model.xml"), ("onnxruntime", "model.onnx")):
        predictor = Predictor.open(exported.path, engine)
        for name, logits, label in zip(golden.images, golden.logits[file], golden.labels[file], strict=True):
            found = predictor.predict(decode_image((exported.path / "check" / name).read_bytes()))
            assert np.abs(found.logits - np.array(logits)).max() < 1e-3
            assert found.decision.label == label
    assert np.ptp(np.array(golden.logits["model.onnx"]), axis=0).max() > 0.1, (
        "the golden inputs differ in their answers"
    )


def test_a_box_without_torch_checks_it_and_classifies_pictures(
    exported: Exported, trained: tuple[Project, Run], tmp_path: Path
) -> None:
    """R5: a new process, the bundle's own runtime, and nothing of this project in reach."""
    project, _ = trained
    box = tmp_path / "box"
    shutil.copytree(exported.path, box)
    with Catalog.open(project) as catalog:
        samples = catalog.samples(split="test")[::3]
    blocked = "; ".join(
        f"sys.modules[{name!r}] = None"
        for name in ("torch", "sklearn", "scipy", "onnx", "safetensors", "edge_transfer")
    )
    start = (
        f"import runpy, sys; {blocked}; sys.path.insert(0, ''); "
        "runpy.run_module('edge_runtime', run_name='__main__', alter_sys=True)"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}

    def call(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", start, *arguments],
            cwd=box,
            env={**environment, "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert "model.xml" in call("check", "--json")
    paths = [str(project.image_path(sample.sha256, sample.suffix)) for sample in samples]
    answers = [json.loads(line) for line in call("predict", "--json", *paths).splitlines()]
    truth = [sample.class_name for sample in samples]
    assert sum(answer["label"] == name for answer, name in zip(answers, truth, strict=True)) >= len(samples) - 1


@pytest.mark.parametrize("stage", STAGES)
def test_cancelling_leaves_nothing(trained: tuple[Project, Run], tmp_path: Path, stage: str) -> None:
    """E7."""
    project, run = trained
    before = sorted(project.root.rglob("*"))
    target = tmp_path / "bundles" / "nuts"
    with Catalog.open(project) as catalog:
        running = export_bundle(project, catalog, run, target, precision="fp32")
        while next(running).stage != stage:
            pass
        running.close()
        catalog.check()
    assert list(target.parent.iterdir()) == []
    assert sorted(project.root.rglob("*")) == before


def test_a_cancelled_export_leaves_an_empty_target_and_no_thread(trained: tuple[Project, Run], tmp_path: Path) -> None:
    project, run = trained
    target = tmp_path / "nuts"
    target.mkdir()
    threads = set(threading.enumerate())
    with Catalog.open(project) as catalog:
        running = export_bundle(project, catalog, run, target, precision="fp32")
        while next(running).stage != "onnxruntime fp32":
            pass
        running.close()
    del running
    for thread in set(threading.enumerate()) - threads:
        thread.join(5)  # an engine's threads go with the engine, in their own time
        assert not thread.is_alive()
    assert [path.name for path in tmp_path.iterdir()] == ["nuts"]
    assert list(target.iterdir()) == []


def test_an_export_into_an_empty_folder_and_to_a_new_depth(trained: tuple[Project, Run], tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for target in (tmp_path / "empty", tmp_path / "a" / "b c" / "ünit"):
        assert export(*trained, target).path == target
        assert [path.name for path in target.parent.iterdir() if path.name.startswith(".")] == []
        exhaust(check_bundle(target))


@pytest.mark.parametrize("there", ["file", "full folder"])
def test_what_is_there_is_not_overwritten(trained: tuple[Project, Run], tmp_path: Path, there: str) -> None:
    target = tmp_path / "nuts"
    if there == "file":
        target.write_text("mine")
    else:
        target.mkdir()
        (target / "mine.txt").write_text("mine")
    with pytest.raises(BundleError, match="exists and is not empty: give another folder with --out, or delete it"):
        export(*trained, target)
    assert (target if there == "file" else target / "mine.txt").read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["nuts"]


def test_a_model_that_is_not_equal_is_not_shipped(
    trained: tuple[Project, Run], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def falsified(backbone_path: Path, head: LinearHead, metadata: dict[str, str], target: Path) -> None:
        classifier_graph(backbone_path, LinearHead(head.weight, head.bias + 0.002), metadata, target)

    monkeypatch.setattr(module, "classifier_graph", falsified)
    with pytest.raises(
        CheckFailed, match=r"model\.xml on openvino is not equal .* differs by 0\.00\d+ over 21 pictures"
    ):
        export(*trained, tmp_path / "nuts")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("size", ["1m", "4m", "6m"], ids=["at the first model", "at the second", "at the rest"])
def test_a_full_disk_is_one_plain_error_and_leaves_nothing(
    trained: tuple[Project, Run], small_disk: Callable[[str], Path], size: str
) -> None:
    """E7."""
    disk = small_disk(size)
    with pytest.raises(StorageError, match="the disk is full") as caught:
        export(*trained, disk / "nuts")
    assert len(str(caught.value)) < 300
    assert list(disk.iterdir()) == []


def test_a_lost_picture_stops_because_parity_needs_all(copied: tuple[Project, Run], tmp_path: Path) -> None:
    project, run = copied
    with Catalog.open(project) as catalog:
        lost = catalog.samples(split="test")[4]
    project.image_path(lost.sha256, lost.suffix).unlink()
    with pytest.raises(StorageError, match=f"parity needs every picture of the split, and {lost.sha256[:12]}"):
        export(project, run, tmp_path / "nuts")
    assert not (tmp_path / "nuts").exists()


def test_without_test_images_parity_is_proved_on_others_and_said(copied: tuple[Project, Run], tmp_path: Path) -> None:
    project, run = copied
    with Catalog.open(project) as catalog:
        for session in catalog.sessions():
            if session.split == "test":
                catalog.trash_session(session.id)
    exported = export(project, run, tmp_path / "nuts")
    assert exported.manifest.evaluated_on == {"split": "train", "n": 66, "optimistic_reasons": [LEARNED_FROM]}
    with Catalog.open(project) as catalog:
        catalog.trash([sample.id for sample in catalog.samples()])
    with pytest.raises(DatasetError, match="no images of this run's classes left: parity cannot be proved"):
        export(project, run, tmp_path / "again")


def test_damaged_runs_and_other_weights_stop_before_anything_is_written(
    copied: tuple[Project, Run], tmp_path: Path
) -> None:
    project, run = copied
    other = tmp_path / "other.safetensors"
    other.write_bytes(b"other")
    with pytest.raises(WeightsError, match="is not the file that run"):
        export(project, run, tmp_path / "bundles" / "nuts", weights_file=other)
    path = project.runs_dir / run.id / "checkpoint.safetensors"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(ProjectError, match="checkpoint"):
        export(project, run, tmp_path / "bundles" / "nuts")
    assert not (tmp_path / "bundles").exists()


def test_with_one_engine_there_is_one_model(
    trained: tuple[Project, Run], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "available_engines", lambda: ["onnxruntime"])
    exported = export(*trained, tmp_path / "nuts")
    (model,) = exported.manifest.models
    assert (model.file, model.chosen, model.reason) == ("model.onnx", True, "the only engine here")
    assert not (tmp_path / "nuts" / "model.xml").exists()
    assert "onnxruntime" in (tmp_path / "nuts" / "requirements.txt").read_text()
    exhaust(check_bundle(tmp_path / "nuts"))


def test_half_weights_are_smaller_measured_and_still_checked_tightly(
    trained: tuple[Project, Run], exported: Exported, tmp_path: Path
) -> None:
    half = export(*trained, tmp_path / "nuts", half_weights=True)
    sizes = {}
    for each in (exported, half):
        (model,) = [model for model in each.manifest.models if model.engine == "openvino"]
        sizes[model.precision] = model.bytes
        if model.precision == "fp16":
            assert 1e-6 < model.parity["max_abs_logit_diff"] < 0.5
            assert model.parity["top1_agreement"] >= 0.99
    assert sizes["fp16"] < 0.6 * sizes["fp32"]
    assert GoldenRecord.read(half.path).tolerance == 1e-3
    exhaust(check_bundle(half.path))


def test_a_bundle_as_one_file_holds_the_same(
    trained: tuple[Project, Run], exported: Exported, tmp_path: Path, scene: Callable[[int, int], Any]
) -> None:
    target = tmp_path / "bundles" / "nuts.zip"
    packed = export(*trained, target, deploy=["docker", "systemd", "compose"])
    assert packed.path == target
    assert list(target.parent.iterdir()) == [target]
    exhaust(check_bundle(target))
    with opened_bundle(target) as folder:
        assert read_manifest(folder) == packed.manifest
        deployment = {"Dockerfile", "deploy/compose.yaml", "deploy/edge-transfer.service", "deploy/mosquitto.conf"}
        assert set(bundle_files(folder)) == {*bundle_files(exported.path), *deployment}
        assert deployment <= set(verify_sums(folder))
    for frame in (scene(0, 1), scene(1, 2)):
        one, other = (Predictor.open(path, "onnxruntime").predict(frame) for path in (target, exported.path))
        assert (one.logits == other.logits).all()
    with pytest.raises(BundleError, match="exists: give another name with --out, or delete it"):
        export(*trained, target)


def test_what_two_exports_differ_in_was_measured(
    trained: tuple[Project, Run], exported: Exported, tmp_path: Path
) -> None:
    again = export(*trained, tmp_path / "again")
    names = bundle_files(exported.path)
    assert bundle_files(again.path) == names
    follows = {"requirements.txt", "README.md"}  # they name the model that was measured fastest
    differing = {name for name in names if (again.path / name).read_bytes() != (exported.path / name).read_bytes()}
    assert differing <= {"manifest.json", "report.html", "SHA256SUMS", *follows}
    first, second = (_unmeasured(each.path) for each in (exported, again))
    assert first == second


def _unmeasured(bundle: Path) -> dict[str, Any]:
    """The manifest without what the clock and the memory said, and what was chosen by it."""
    values: dict[str, Any] = json.loads((bundle / "manifest.json").read_text("utf-8"))
    for row in (*values["models"], *values["candidates"]):
        for key in ("latency_ms", "p50_ms", "p95_ms", "per_second", "memory_mb", "chosen", "reason"):
            row.pop(key, None)
    values["candidates"].sort(key=lambda row: str(row["file"]))
    return values


def test_without_an_engine_it_is_its_models_and_little_more(exported: Exported) -> None:
    size = sum((exported.path / name).stat().st_size for name in bundle_files(exported.path))
    models = sum(model.bytes for model in exported.manifest.models)
    assert models > 1_000_000
    assert size - models <= 1_000_000
