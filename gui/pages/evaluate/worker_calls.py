"""Evaluation functions that run in the worker process."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from edge_transfer.backbones.embeddings import EmbedProgress
    from edge_transfer.dataset.catalog import Catalog
    from edge_transfer.dataset.project import Project
    from edge_transfer.evaluation.evaluate import Evaluation
    from edge_transfer.evaluation.robustness import Robustness, RobustnessProgress
    from edge_transfer.runs.run import Run, RunEngine

AUTO = "auto"
"""The split `test` where there is one, the held-out folds otherwise."""
OPENING = "open"


@dataclass(frozen=True)
class EvaluationStep:
    """Where a job of this page stands."""

    stage: str
    """`open` (a network is loaded or converted), `evaluate`, `look`, `disturb` or `write`."""
    done: int
    total: int


@dataclass(frozen=True)
class RunRow:
    """A run to choose from."""

    id: str
    backbone: str
    """Empty where the run cannot be read."""
    strategy: str
    images: int
    created: str
    """UTC, ISO 8601."""


@dataclass(frozen=True)
class Measured:
    """A run on a split, sample by sample; the rows are the samples."""

    evaluation: Evaluation
    class_ids: tuple[int, ...]
    sample_ids: NDArray[np.int64]
    """(N,)."""
    paths: tuple[str, ...]
    labels: NDArray[np.int64]
    """(N,), positions in the classes."""
    probabilities: NDArray[np.float32]
    """(N, C)."""
    fitted_threshold: float
    """What the training fitted; the one in use stands in the evaluation."""
    robustness: Robustness | None
    """What was measured last, if anything."""

    @property
    def answers(self) -> NDArray[np.int64]:
        """(N,): the likeliest class of each sample."""
        return np.asarray(self.probabilities.argmax(1), np.int64)

    @property
    def stated(self) -> NDArray[np.float32]:
        """(N,): the probability of the answer."""
        return np.asarray(self.probabilities.max(1), np.float32)


@dataclass(frozen=True)
class EvaluationView:
    """Which runs there are, and one of them on one split."""

    runs: tuple[RunRow, ...]
    """Oldest first."""
    run: str
    """The chosen one; empty without any."""
    split: str
    counts: dict[str, int]
    """Pictures by split, `validation` counted too."""
    measured: Measured | None
    """None where the split has no picture."""


@dataclass(frozen=True)
class SaliencyProgress:
    """What a model looked at, so far or in the end."""

    done: int
    total: int
    heat: NDArray[np.float32]
    """(S, S), 0 to 1."""
    part: tuple[float, float, float, float]
    """Where the heat lies in the picture: x, y, width, height as fractions of it."""
    probability: float
    agreement: float


def survey(project: Project, run_id: str, split: str, keep: bool) -> Generator[EvaluationStep, None, EvaluationView]:
    """Measure a run (or the one in use) on a split (or `auto`); with `keep` the evaluation is written."""
    from edge_transfer.dataset.catalog import Catalog
    from edge_transfer.evaluation.run_evaluation import samples_of
    from edge_transfer.runs.current_run import current_run, list_runs
    from edge_transfer.runs.run import load_run

    known = list_runs(project)
    if not known:
        return EvaluationView((), "", split, {}, None)
    run = load_run(project, run_id if run_id in known else current_run(project) or known[-1])
    with Catalog.open(project, read_only=True) as catalog:
        counts = {name: len(samples_of(catalog, run, name)) for name in ("test", "val", "train")}
        live = {sample.id for sample in catalog.samples()}
        counts["validation"] = sum(int(identity) in live for identity in _held_out(project, run))
        chosen = split if split != AUTO else "test" if counts["test"] else "validation"
        measured = None
        if counts.get(chosen):
            measured = yield from _measure(project, catalog, run, chosen, keep)
    return EvaluationView(tuple(_row(project, each) for each in known), run.id, chosen, counts, measured)


def _measure(
    project: Project, catalog: Catalog, run: Run, split: str, keep: bool
) -> Generator[EvaluationStep, None, Measured]:
    from edge_transfer.evaluation.robustness import load_robustness
    from edge_transfer.evaluation.run_evaluation import evaluation_of, keep_evaluation, predict_split
    from export.runtime.events import forward_events
    from export.runtime.inference.decision import softmax

    def step(progress: EmbedProgress) -> EvaluationStep:
        return EvaluationStep("evaluate", progress.done, progress.total)

    answered = yield from forward_events(predict_split(project, catalog, run, split), step)
    evaluation = evaluation_of(project, catalog, run, split, answered)
    if keep:
        keep_evaluation(project, evaluation)
    return Measured(
        evaluation,
        run.class_ids,
        np.array([sample.id for sample in answered.samples], np.int64),
        tuple(str(project.image_path(sample.sha256, sample.suffix)) for sample in answered.samples),
        answered.labels,
        softmax(answered.logits, run.confidence.temperature).astype(np.float32),
        float(run.validation.get("fitted_threshold", run.confidence.threshold)),
        load_robustness(project, run.id, robustness_split(split)),
    )


def robustness_split(split: str) -> str:
    """The split that robustness is measured on: the held-out folds have no single model, so their pictures are taken
    as what they are, those of the training.
    """
    return "train" if split == "validation" else split


def look(
    project: Project, run_id: str, path: str, class_index: int
) -> Generator[SaliencyProgress, None, SaliencyProgress]:
    """What in the picture `path` speaks for a class."""
    from edge_transfer.dataset.image_formats import decode_image
    from edge_transfer.evaluation.saliency import Explanation, explain, seen_part
    from edge_transfer.runs.run import load_run
    from export.runtime.events import forward_events
    from export.runtime.imaging.images import read_image_file
    from export.runtime.inference.preprocess import preprocess

    run = load_run(project, run_id)
    engine = _engine(project, run_id)
    frame = decode_image(read_image_file(Path(path)))
    part = seen_part(run.input, frame.shape[1], frame.shape[0])

    def shown(found: Explanation, done: int, total: int) -> SaliencyProgress:
        return SaliencyProgress(done, total, found.heat, part, found.probability, found.agreement)

    events = explain(engine, preprocess(frame, run.input), class_index, temperature=run.confidence.temperature)
    found = yield from forward_events(events, lambda event: shown(event.so_far, event.done, event.total))
    return shown(found, 1, 1)


def disturb(project: Project, run_id: str, split: str, keep: bool) -> Generator[EvaluationStep, None, Robustness]:
    """Measure the robustness of a run on a split; with `keep` it is written."""
    from edge_transfer.dataset.catalog import Catalog
    from edge_transfer.evaluation.robustness import keep_robustness, robustness
    from edge_transfer.runs.run import load_run
    from export.runtime.events import forward_events

    yield EvaluationStep(OPENING, 0, 0)
    run = load_run(project, run_id)
    engine = _engine(project, run_id)

    def step(progress: RobustnessProgress) -> EvaluationStep:
        return EvaluationStep("disturb", progress.done, progress.total)

    with Catalog.open(project, read_only=True) as catalog:
        result = yield from forward_events(robustness(project, catalog, run, engine, split), step)
    if keep:
        keep_robustness(project, result)
    return result


def use_threshold(
    project: Project, run_id: str, threshold: float | None, split: str
) -> Generator[EvaluationStep, None, float]:
    """Keep a threshold in the run, or with None the fitted one again; returns the one in use then."""
    from edge_transfer.runs.run import load_run, set_threshold

    yield EvaluationStep("write", 0, 1)
    return set_threshold(project, load_run(project, run_id), threshold, split).confidence.threshold


def write_report(
    project: Project, evaluation: Evaluation, path: str, language: str
) -> Generator[EvaluationStep, None, str]:
    """Write the HTML report of an evaluation and return its path."""
    from edge_transfer.dataset.catalog import Catalog
    from edge_transfer.evaluation.report import write_evaluation_report
    from edge_transfer.evaluation.run_evaluation import thumbnails

    yield EvaluationStep("write", 0, 1)
    with Catalog.open(project, read_only=True) as catalog:
        write_evaluation_report(Path(path), evaluation, thumbnails(project, catalog), language=language)
    return path


@lru_cache(maxsize=1)
def _engine(project: Project, run_id: str) -> RunEngine:
    from edge_transfer.runs.run import load_run, open_run

    return open_run(project, load_run(project, run_id))


def _held_out(project: Project, run: Run) -> NDArray[np.int64]:
    from edge_transfer.runs.run import load_validation

    return load_validation(project, run).sample_ids


def _row(project: Project, run_id: str) -> RunRow:
    from edge_transfer.errors import ProjectError
    from edge_transfer.runs.run import load_run

    try:
        run = load_run(project, run_id)
    except ProjectError:
        return RunRow(run_id, "", "", 0, "")  # choosing it says what is wrong
    return RunRow(run_id, run.recipe.backbone, run.recipe.strategy, run.samples, run.created)
