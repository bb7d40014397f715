"""Learning curve: accuracy as a function of the number of training images per class.

Every point is a training of its own on a part of the training samples, measured on samples of sessions that no part
contains. Finished points lie in the project's cache by what they were made of, and are not computed again.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Generator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge_transfer.backbones.embeddings import EmbeddingKey, EmbedProgress, embed, infer, labels_of
from edge_transfer.backbones.onnx_graph import open_backbone
from edge_transfer.backbones.registry import backbone_named
from edge_transfer.backbones.weights import Weights, find_weights
from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from edge_transfer.dataset.records import ClassRow, Sample
from edge_transfer.dataset.sampling import TrainingSubset, draw_per_class
from edge_transfer.dataset.splits import has_every_class, holdout_split, validation_groups
from edge_transfer.errors import DatasetError, TrainingError
from edge_transfer.heads import fit_head
from edge_transfer.runs.recipe import Recipe
from edge_transfer.runs.run import Run, load_head
from edge_transfer.training.train import TrainProgress, train
from edge_transfer.training.trainer import EpochReport
from export.runtime.events import forward_events
from export.runtime.inference.engine import default_engine
from export.runtime.storage import atomic_write, storage_error

STRATEGIES = ("probe", "finetune", "scratch")
COUNTS = (1, 2, 5, 10, 20, 50, 0)
"""Images of each class; 0 stands for all."""
_TIMED_IMAGES = 32

Integers = NDArray[np.int64]
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class StudyPlan:
    """What is studied. Raises DatasetError for a value that cannot be used."""

    counts: tuple[int, ...] = COUNTS
    draws: int = 3
    strategies: tuple[str, ...] = STRATEGIES
    minutes: float = 0.0
    """No point is begun that would end later; 0 for no limit."""
    point_minutes: float = 10.0
    """Epochs of one training at the most; a training that is cut says so."""
    backbone: str = "mobilenet_v2"
    seed: int = 0

    def __post_init__(self) -> None:
        if not self.counts or min(self.counts) < 0 or len(set(self.counts)) < len(self.counts):
            raise DatasetError(f"counts are different numbers from 1, or all; got {self.counts}")
        if not self.strategies or not set(self.strategies) <= set(STRATEGIES):
            raise DatasetError(f"strategies are of {', '.join(STRATEGIES)}; got {', '.join(self.strategies) or 'none'}")
        if self.draws < 1 or self.minutes < 0 or self.point_minutes <= 0:
            raise DatasetError("draws are 1 or more, minutes 0 or more")

    def recipe(self, strategy: str, draw: int) -> Recipe:
        """Of one training."""
        seed = self.seed + draw
        return Recipe(strategy=strategy, backbone=self.backbone, seed=seed, minutes=self.point_minutes)


@dataclass(frozen=True)
class StudyProgress:
    """Where a study stands."""

    text: str
    done: int
    """Points that are finished, those from the cache counted."""
    total: int
    seconds_left: float | None
    """By the points so far; None before there is one of each strategy."""


@dataclass(frozen=True)
class StudyPoint:
    """One training and what it was worth."""

    strategy: str
    per_class: int
    """As asked for; 0 for all."""
    draw: int
    images: int
    """That were trained on."""
    classes: int
    test_images: int
    top1: float | None
    """None where it could not be trained; `note` says why."""
    wall_s: float
    """From raw pictures to the model: what was cached is counted as if it were not."""
    cpu_s: float
    note: str


@dataclass(frozen=True)
class Study:
    """All points, by strategy, draw and count."""

    plan: StudyPlan
    project: str
    points: tuple[StudyPoint, ...]
    split: str
    """What it was measured on: `test`, or `held-out sessions of train`, others for each draw."""
    reasons: tuple[str, ...]
    """Why the numbers may be better than the truth."""
    stopped: str
    """Why points are missing; empty where none is."""


@dataclass(frozen=True)
class _Workshop(Project):
    """The project, but for its runs: those of a study are thrown away."""

    @property
    def runs_dir(self) -> Path:
        return self.cache_dir / "study" / "runs"


@dataclass(frozen=True)
class _Part:
    """What one draw learns from, at most, and what it is measured on."""

    training: tuple[Sample, ...]
    test: tuple[Sample, ...]


def study(
    project: Project, catalog: Catalog, plan: StudyPlan, weights_file: Path | None = None
) -> Generator[StudyProgress | StudyPoint, None, Study]:
    """Train and measure every point; each is yielded when it is there. Closing it keeps the finished ones.

    The split test measures, where it has images of every class; nothing is chosen by it. Otherwise a part of the
    training sessions does, another one for each draw. A draw of more images contains those of fewer. Where so few
    images leave nothing to hold out, the probe is made of class means, and a backbone is not trained.

    Raises DatasetError when there are fewer than two classes with images, WeightsError without usable weights.
    """
    began = time.monotonic()
    workshop = _Workshop(project.root, project.name, project.input)
    classes, training, test = _samples(catalog)
    engine = default_engine()
    weights = find_weights(backbone_named(plan.backbone), weights_file)
    embedding_cost = yield from _embed_all(workshop, plan, weights, engine, [*training, *test])
    parts, split, reasons = _parts(classes, training, test, plan)
    wanted = [(s, d, n) for s in STRATEGIES if s in plan.strategies for d in range(plan.draws) for n in plan.counts]
    found: list[StudyPoint] = []
    stopped = ""
    _make(workshop.runs_dir.parent)
    try:
        for strategy, draw, count in wanted:
            source = draw_per_class(classes, parts[draw].training, count, plan.seed + draw)
            recipe = plan.recipe(strategy, draw)
            path = _path(workshop, recipe, count, source, parts[draw].test, weights, engine)
            point = _read(path)
            if point is None:
                needed = _seconds(found, strategy, len(source.of_samples))
                if plan.minutes and time.monotonic() - began + (needed or 0.0) > 60 * plan.minutes:
                    stopped = f"the {plan.minutes:g} minutes are over: run it again to go on, what is done is kept"
                    break
                here = partial(_progress, now=(strategy, draw, count), found=found, wanted=wanted, parts=parts)
                measured = _point(workshop, recipe, count, draw, source, parts[draw].test, weights_file, embedding_cost)
                point = yield from forward_events(measured, here)
                _write(path, point)
            found.append(point)
            yield point
    finally:
        shutil.rmtree(workshop.runs_dir, ignore_errors=True)
    return Study(plan, project.name, tuple(found), split, tuple(reasons), stopped)


def _samples(catalog: Catalog) -> tuple[list[ClassRow], list[Sample], list[Sample]]:
    training = catalog.samples(split="train")
    used = {sample.class_id for sample in training}
    classes = [row for row in catalog.classes() if row.id in used]
    if len(classes) < 2:
        raise DatasetError(f"a study needs images of two classes in the split 'train'; there are {len(classes)}")
    test = [sample for sample in catalog.samples(split="test") if sample.class_id in used]
    return classes, training, test if has_every_class(test, used) else []


def _parts(
    classes: Sequence[ClassRow], training: Sequence[Sample], test: Sequence[Sample], plan: StudyPlan
) -> tuple[list[_Part], str, list[str]]:
    if test:
        return [_Part(tuple(training), tuple(test))] * plan.draws, "test", []
    groups, reasons = validation_groups(training)
    labels = labels_of(training, [row.id for row in classes])
    parts = []
    for draw in range(plan.draws):
        nothing = np.zeros(len(training), bool)
        fit, held_out, _ = holdout_split(labels, nothing, groups, val_suffices=False, seed=plan.seed + draw)
        parts.append(_Part(tuple(training[k] for k in fit), tuple(training[k] for k in held_out)))
    return parts, "held-out sessions of train", reasons


def _embed_all(
    project: Project, plan: StudyPlan, weights: Weights, engine: str, samples: Sequence[Sample]
) -> Generator[StudyProgress, None, tuple[float, float]]:
    """Fill the cache of embeddings; wall and CPU seconds that one picture takes without it."""
    backbone, side = backbone_named(plan.backbone), project.input.side
    key = EmbeddingKey(plan.backbone, weights.sha256, engine, "fp32", project.input)
    opened = open_backbone(backbone, weights, side, engine)

    def shown(event: EmbedProgress) -> StudyProgress:
        return StudyProgress("embed", event.done, event.total, None)

    few = samples[:_TIMED_IMAGES]
    wall, cpu = time.perf_counter(), time.process_time()
    yield from forward_events(infer(project, few, opened, project.input), shown)
    cost = ((time.perf_counter() - wall) / len(few), (time.process_time() - cpu) / len(few))
    yield from forward_events(embed(project, samples, key, lambda: opened), shown)
    return cost


def _point(
    project: Project,
    recipe: Recipe,
    count: int,
    draw: int,
    source: TrainingSubset,
    test: Sequence[Sample],
    weights_file: Path | None,
    embedding_cost: tuple[float, float],
) -> Generator[TrainProgress | EpochReport | EmbedProgress, None, StudyPoint]:
    """Train on `source` and measure on `test`."""
    wall, cpu = time.perf_counter(), time.process_time()
    images = len(source.of_samples)
    blank = StudyPoint(recipe.strategy, count, draw, images, len(source.of_classes), len(test), None, 0.0, 0.0, "")
    run: Run | None = None
    note = ""
    try:
        run = yield from train(project, source, recipe, weights_file)
        note = "; ".join(n for n in run.notes if "minutes were over" in n)
    except TrainingError as error:
        if recipe.strategy != "probe":
            return replace(blank, note=str(error))
        note = "class means, since nothing could be held out to choose a strength on"
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    if recipe.strategy != "scratch":
        wall, cpu = wall + images * embedding_cost[0], cpu + images * embedding_cost[1]
    try:
        top1 = yield from _accuracy(project, recipe, source, test, run, weights_file)
    finally:
        if run is not None:
            shutil.rmtree(project.runs_dir / run.id, ignore_errors=True)
    return replace(blank, top1=top1, wall_s=wall, cpu_s=cpu, note=note)


def _accuracy(
    project: Project,
    recipe: Recipe,
    source: TrainingSubset,
    test: Sequence[Sample],
    run: Run | None,
    weights_file: Path | None,
) -> Generator[EmbedProgress, None, float]:
    """Share of the test samples that are answered rightly: by a run, or without one by class means."""
    from edge_transfer.backbones.classifier import TorchEngine

    backbone, side = backbone_named(recipe.backbone), project.input.side
    if run is not None and run.adapted:
        # It answers once: a graph of it would be left over in the user's cache.
        engine = TorchEngine(backbone, run.weights(), load_head(project, run), side)
        inferred = yield from infer(project, test, engine, project.input)
        return _right(inferred.output.logits, inferred.samples, run.class_ids)
    weights = find_weights(backbone, weights_file)
    key = EmbeddingKey(recipe.backbone, weights.sha256, default_engine(), "fp32", project.input)
    class_ids = tuple(row.id for row in source.of_classes) if run is None else run.class_ids
    embedded = yield from embed(project, test, key, lambda: open_backbone(backbone, weights, side, key.engine))
    if run is not None:
        return _right(load_head(project, run).logits(embedded.vectors), embedded.samples, class_ids)
    known = yield from embed(
        project, source.of_samples, key, lambda: open_backbone(backbone, weights, side, key.engine)
    )
    head = fit_head("prototypes", known.vectors, labels_of(known.samples, class_ids), len(class_ids), 1.0)
    return _right(head.logits(embedded.vectors), embedded.samples, class_ids)


def _right(logits: Floats, samples: Sequence[Sample], class_ids: Sequence[int]) -> float:
    return float((logits.argmax(1) == labels_of(samples, class_ids)).mean())


# Time


def _seconds(found: Sequence[StudyPoint], strategy: str, images: int) -> float | None:
    """What a point will take, by the finished one of its strategy with the nearest number of images."""
    known = [point for point in found if point.strategy == strategy and point.wall_s > 0]
    if not known:
        return None
    nearest = min(known, key=lambda point: abs(point.images - images))
    return nearest.wall_s * max(1.0, images / max(1, nearest.images))


def _progress(
    event: Any,
    *,
    now: tuple[str, int, int],
    found: Sequence[StudyPoint],
    wanted: Sequence[tuple[str, int, int]],
    parts: Sequence[_Part],
) -> StudyProgress:
    """The progress of a training inside as that of the study."""
    strategy, draw, count = now
    inside = f", epoch {event.epoch}" if isinstance(event, EpochReport) else ""
    text = f"{strategy}, {count or 'all'} a class, draw {draw + 1}{inside}"
    left: float | None = 0.0
    for each, of_draw, per_class in wanted[len(found) :]:
        size = len({sample.class_id for sample in parts[of_draw].training}) * per_class
        seconds = _seconds(found, each, size or len(parts[of_draw].training))
        left = None if left is None or seconds is None else left + seconds
    return StudyProgress(text, len(found), len(wanted), left)


# The cache


def _path(
    project: Project,
    recipe: Recipe,
    count: int,
    source: TrainingSubset,
    test: Sequence[Sample],
    weights: Weights,
    engine: str,
) -> Path:
    samples = [[[s.sha256, s.class_id, s.session_id] for s in part] for part in (source.of_samples, test)]
    values = [recipe.to_json(), count, samples, weights.sha256, engine, project.input.to_json()]
    digest = hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:24]
    return project.cache_dir / "study" / f"{digest}.json"


def _read(path: Path) -> StudyPoint | None:
    try:
        return StudyPoint(**json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _write(path: Path, point: StudyPoint) -> None:
    atomic_write(path, (json.dumps(asdict(point), indent=1) + "\n").encode())


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise storage_error(error, folder) from error
