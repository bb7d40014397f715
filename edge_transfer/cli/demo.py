"""The `demo` command: capture, train, evaluate, export and predict on the simulated conveyor."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge_transfer.backbones.weights import default_backbone
from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from edge_transfer.errors import CheckFailed, ProjectError
from edge_transfer.evaluation.evaluate import Evaluation
from edge_transfer.evaluation.report import write_evaluation_report
from edge_transfer.evaluation.run_evaluation import evaluate_run, thumbnails
from edge_transfer.ingest.capture import capture
from edge_transfer.runs.recipe import Recipe
from edge_transfer.runs.run import Run
from edge_transfer.training.train import TrainProgress, train
from edge_transfer.training.trainer import EpochReport
from export.bundling.bundle import Exported, export_bundle
from export.runtime.bundle.check import check_bundle
from export.runtime.events import exhaust, forward_events
from export.runtime.imaging.images import encode_png
from export.runtime.sources.source import Frame, open_source
from export.runtime.storage import atomic_write, storage_error

CLASSES = ("hex_nut", "washer", "bolt", "empty")
SESSIONS = ((1, "train"), (2, "train"), (3, "test"))
"""Seeds of the simulated capture sessions, each with its light, belt and camera; two to learn from, one held out."""
UNSEEN_SEED = 4
_MARKER = "DEMO"
_SECONDS = 6.0
_FPS = 10.0
_UNSEEN_FRAMES = 5

# The child may import anything but torch: an import of it fails as where it is not installed.
_WITHOUT_TORCH = (
    "import runpy, sys; sys.modules['torch'] = None; sys.path.insert(0, ''); "
    "runpy.run_module('edge_runtime', run_name='__main__', alter_sys=True)"
)


@dataclass(frozen=True)
class DemoProgress:
    """Where the demo stands."""

    stage: str
    done: float
    total: float


@dataclass(frozen=True)
class Demo:
    """What the demo made."""

    project: Path
    run: Run
    evaluation: Evaluation
    exported: Exported
    report: Path
    predicted: int
    """Frames of an unseen session that the bundle classified in a process without torch."""
    predicted_right: int


def run_demo(out: Path, *, backbone: str | None = None) -> Generator[DemoProgress, None, Demo]:
    """Do the whole job in the folder `out`, which must be new, empty, or an earlier demo's, which is replaced.

    Raises ProjectError when `out` holds anything else, WeightsError when no backbone is at hand, CheckFailed when a
    check on the way fails.
    """
    _make_room(out)
    project = Project.create(out / "project", "conveyor")
    with Catalog.open(project) as catalog:
        yield from record_sessions(project, catalog)
        recipe = Recipe(backbone=backbone or default_backbone().name)
        run = yield from forward_events(train(project, catalog, recipe), _train_step)
        evaluation = yield from forward_events(
            evaluate_run(project, catalog, run), lambda e: DemoProgress("evaluate", e.done, e.total)
        )
        report = out / "report.html"
        write_evaluation_report(report, evaluation, thumbnails(project, catalog))
        exported = yield from forward_events(
            export_bundle(project, catalog, run, out / "bundle"),
            lambda e: DemoProgress(f"export: {e.stage}", e.done, e.total),
        )
    exhaust(check_bundle(exported.path))
    yield DemoProgress("predict in a process without torch", 0, 1)
    truths = _write_unseen_frames(out / "unseen")
    answers = _predict_elsewhere(exported.path, sorted(truths))
    yield DemoProgress("predict in a process without torch", 1, 1)
    right = sum(answer["label"] == truths[Path(answer["path"])] for answer in answers)
    return Demo(project.root, run, evaluation, exported, report, len(answers), right)


def record_sessions(project: Project, catalog: Catalog) -> Generator[DemoProgress, None, None]:
    """Record the simulated sessions, two to learn from and one held out, of every class, into an empty project."""
    for name in CLASSES:
        catalog.add_class(name)
    for seed, split in SESSIONS:
        for name in CLASSES:
            # At the rate that is asked for: rendering the frames between takes half as long again.
            source = open_source(f"demo://conveyor?class={name}&seed={seed}&pace=0&fps={_FPS:g}")
            recording = capture(project, catalog, source, name, seconds=_SECONDS, fps=_FPS, split=split)
            yield from forward_events(recording, _capture_step(f"capture {name}, session {seed}"))


def _make_room(out: Path) -> None:
    marker = out / _MARKER
    try:
        if marker.is_file():
            for name in ("project", "bundle", "unseen"):
                shutil.rmtree(out / name, ignore_errors=True)
        elif out.exists() and (not out.is_dir() or any(out.iterdir())):
            raise ProjectError(f"{out} holds something else than a demo: give another folder with --out")
        out.mkdir(parents=True, exist_ok=True)
        atomic_write(marker, b"This folder is replaced whole by the next `edge-transfer demo` into it.\n")
    except OSError as error:
        raise storage_error(error, out) from error


def _capture_step(text: str) -> Callable[[Any], DemoProgress]:
    return lambda progress: DemoProgress(text, progress.elapsed_s, _SECONDS)


def _train_step(event: TrainProgress | EpochReport) -> DemoProgress:
    if isinstance(event, EpochReport):
        return DemoProgress("epochs", event.epoch, event.epochs)
    return DemoProgress(event.stage, event.done, event.total)


def _write_unseen_frames(folder: Path) -> dict[Path, str]:
    """Frames of a third simulated session, as files by their class."""
    folder.mkdir()
    truths = {}
    for name in CLASSES:
        source = open_source(f"demo://conveyor?class={name}&seed={UNSEEN_SEED}&pace=0&frames={_UNSEEN_FRAMES * 10}")
        for event in source.events():
            if isinstance(event, Frame) and event.index % 10 == 0:
                path = (folder / f"{name}-{event.index}.png").absolute()
                atomic_write(path, encode_png(event.image))
                truths[path] = name
    return truths


def _predict_elsewhere(bundle: Path, paths: list[Path]) -> list[dict[str, Any]]:
    """Classify files with the bundle's own runtime, in a new process that cannot import torch."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    command = [sys.executable, "-c", _WITHOUT_TORCH, "predict", "--json", *map(str, paths)]
    child = subprocess.run(
        command, cwd=bundle, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    if child.returncode != 0:
        raise CheckFailed(f"the bundle does not run by itself: {child.stderr.strip() or child.returncode}")
    return [json.loads(line) for line in child.stdout.splitlines()]
