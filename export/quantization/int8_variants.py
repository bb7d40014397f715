"""INT8 variants: quantise, time and evaluate on held-out samples before anything is shipped."""

from __future__ import annotations

import tempfile
from collections.abc import Generator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from edge_transfer.backbones.embeddings import EmbedProgress, labels_of, prepare
from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from edge_transfer.dataset.records import Sample
from edge_transfer.errors import CheckFailed, DatasetError, EngineError
from edge_transfer.heads import Head, LinearHead
from edge_transfer.runs.run import Run, load_validation
from export.conversion.variants import ModelVariant, put_head
from export.quantization.calibration_set import CalibrationSet, calibration_set
from export.quantization.gate import accuracy_problem, measure_loss
from export.quantization.head_refit import HeldOut, Refitted, RunSamples, refit_adapted, refit_probe, run_samples
from export.quantization.quantize import METHODS, int8_backbone, quantise_accurately
from export.runtime.events import forward_events
from export.runtime.inference.engine import open_engine

ACCURACY_CONTROL = "accuracy control"
_COMPARED = 8
Step = tuple[str, int, int]
"""Stage, done, total."""


@dataclass(frozen=True)
class Int8Job:
    """What the INT8 trials of one export share."""

    project: Project
    run: Run
    folder: Path
    head: Head
    backbone_path: Path
    """The FP32 backbone's graph."""
    data: RunSamples
    calibration: CalibrationSet
    allowed_loss: float
    """Points of top-1."""

    @property
    def is_probe(self) -> bool:
        """The backbone is frozen, so a head can be fitted on what its INT8 form computes."""
        return not self.run.adapted


def prepare_int8(
    project: Project,
    catalog: Catalog,
    run: Run,
    folder: Path,
    head: Head,
    backbone_path: Path,
    allowed_loss: float,
) -> Generator[Step, None, Int8Job]:
    """Find the run's samples again and prepare its calibration set. Raises DatasetError where they are gone."""
    data = run_samples(project, catalog, run)
    calibration = yield from forward_events(
        calibration_set(project, data.training, run.input), lambda step: ("calibrate", *step)
    )
    return Int8Job(project, run, folder, head, backbone_path, data, calibration, allowed_loss)


def quantise_trial(job: Int8Job, trial: ModelVariant) -> ModelVariant:
    """Write a trial's INT8 model, with the FP32 head for the time being. A failure is its `problem`."""
    try:
        graph = int8_backbone(job.backbone_path, trial.engine, job.calibration)
        put_head(job.folder, job.run, trial, graph, job.head, job.run.confidence)
    except EngineError as error:
        return replace(trial, problem=f"not quantised: {error}")
    return trial


def judge_trial(job: Int8Job, trial: ModelVariant) -> Generator[Step, None, ModelVariant]:
    """Fit a trial's head to its INT8 backbone and judge it on held-out samples.

    A fine-tuned network that loses too much is quantised in other ways, until one is accurate enough.
    """
    attempts = _attempts(job, trial.engine)
    problems: list[str] = []
    with tempfile.TemporaryDirectory(dir=job.folder.parent, prefix=".tmp-int8-") as temporary:
        for attempt in attempts:
            title = "" if len(attempts) == 1 else f"{attempt}: "
            try:
                graph = _quantised(job, trial.engine, attempt, Path(temporary))
                refitted = yield from forward_events(
                    _refit(job, graph, trial.engine), lambda event: (f"fit {trial.title}", event.done, event.total)
                )
            except EngineError as error:
                problems.append(f"{title}not quantised: {error}")
                continue
            except DatasetError as error:
                return replace(trial, problem=f"not fitted: {error}")
            problem, note = _verdict(job, refitted.held_out)
            put_head(job.folder, job.run, trial, graph, refitted.head, refitted.confidence)
            _require_same_embeddings(job, trial, graph)
            if not problem:
                # Another graph than the first has not been timed yet.
                latency = trial.latency if attempt == attempts[0] else None
                return replace(
                    trial,
                    note=f"{note}, by {attempt}" if title else note,
                    confidence=refitted.confidence,
                    latency=latency,
                )
            problems.append(f"{title}{problem}")
    return replace(trial, problem="; ".join(problems))


def _attempts(job: Int8Job, engine: str) -> tuple[str, ...]:
    """The ways to quantise, in turn. A probe's head learns anew what its backbone computes: one way is enough."""
    if job.is_probe:
        return METHODS[:1]
    return ("bias correction", ACCURACY_CONTROL) if engine == "openvino" else METHODS


def _quantised(job: Int8Job, engine: str, attempt: str, folder: Path) -> Path:
    if attempt != ACCURACY_CONTROL:
        method = attempt if attempt in METHODS else METHODS[0]  # OpenVINO's has no such choice
        return int8_backbone(job.backbone_path, engine, job.calibration, method)
    samples = _held_out(job)
    images = np.stack([prepare(job.project, sample, job.run.input) for sample in samples])
    labels, made = labels_of(samples, job.run.class_ids), folder / "backbone.xml"
    quantise_accurately(
        *(job.backbone_path, job.calibration.images, images, labels, job.head.logits, made),
        allowed_loss=job.allowed_loss,
    )
    return made


def _refit(job: Int8Job, graph: Path, engine: str) -> Generator[EmbedProgress, None, Refitted]:
    if job.is_probe:
        return (yield from refit_probe(job.project, job.run, job.data, graph, engine))
    assert isinstance(job.head, LinearHead), "a fine-tuned network ends in one"
    held_out = {sample.id for sample in _held_out(job)}
    return (yield from refit_adapted(job.project, job.run, job.data, held_out, job.head, graph, engine))


def _held_out(job: Int8Job) -> list[Sample]:
    """What a fine-tuned run has not learned from. Raises DatasetError where there is nothing."""
    kept = set(load_validation(job.project, job.run).sample_ids.tolist())
    samples = [sample for sample in (*job.data.val, *job.data.training) if sample.id in kept]
    if not samples:
        raise DatasetError("no sample was held out from the training, so nothing can judge INT8")
    return samples


def _require_same_embeddings(job: Int8Job, trial: ModelVariant, graph: Path) -> None:
    """The shipped graph must compute, bit for bit, the embeddings that its head was fitted on."""
    images = job.calibration.images[:_COMPARED]
    alone, shipped = (open_engine(path, trial.engine).run(images) for path in (graph, job.folder / trial.file))
    if not np.array_equal(alone.embedding, shipped.embedding):
        difference = float(np.abs(alone.embedding - shipped.embedding).max())
        raise CheckFailed(
            f"{trial.file} on {trial.engine} does not compute what its head was fitted on: an embedding differs by "
            f"{difference:.3g}, allowed is nothing"
        )


def _verdict(job: Int8Job, held_out: HeldOut) -> tuple[str, str]:
    """Problem and note of what held-out samples say."""
    loss = measure_loss(held_out.before, held_out.after, held_out.labels, job.run.classes, job.allowed_loss)
    gain = round(-loss.points, 2) + 0.0  # no minus before a zero
    note = f"{gain:+.2f} points on {loss.n} held-out samples ({held_out.source})"
    return accuracy_problem(loss, job.allowed_loss), note
