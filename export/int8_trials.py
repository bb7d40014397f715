"""INT8 on trial: quantise, time, and judge on held-out samples before anything is shipped."""

from __future__ import annotations

import tempfile
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge_transfer.catalog import Catalog
from edge_transfer.embeddings import infer, labels_of, prepare
from edge_transfer.errors import CheckFailed, DatasetError, EngineError
from edge_transfer.heads import Head
from edge_transfer.project import Project
from edge_transfer.rows import Sample
from edge_transfer.runs import Run, load_validation
from export.calibration import CalibrationSet, calibration_set
from export.convert import openvino_model
from export.gate import accuracy_problem, measure_loss
from export.int8_probe import HeldOut, ProbeData, probe_data, refit_probe
from export.quantize import METHODS, int8_backbone, quantise, quantise_accurately
from export.runtime.engine import open_engine, physical_cores
from export.runtime.spine import relay
from export.trials import Trial, put_head

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
    data: ProbeData
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
    data = probe_data(project, catalog, run)
    calibration = yield from relay(
        calibration_set(project, data.training, run.input), lambda step: ("calibrate", *step)
    )
    return Int8Job(project, run, folder, head, backbone_path, data, calibration, allowed_loss)


def quantise_trial(job: Int8Job, trial: Trial) -> Trial:
    """Write a trial's INT8 model, for a probe with the FP32 head for the time being. A failure is its `problem`."""
    try:
        if job.is_probe:
            graph = int8_backbone(job.backbone_path, trial.engine, job.calibration)
            put_head(job.folder, job.run, trial, graph, job.head, job.run.confidence)
        else:
            _quantise_whole(job, trial, METHODS[0])
    except EngineError as error:
        return replace(trial, problem=f"not quantised: {error}")
    return trial


def judge_trial(job: Int8Job, trial: Trial) -> Generator[Step, None, Trial]:
    """Judge a trial on held-out samples; a probe's head is fitted anew first, a fine-tuned model may be repaired."""
    if job.is_probe:
        judged = yield from _judge_probe(job, trial)
    else:
        judged = yield from _judge_whole(job, trial)
    return judged


def _judge_probe(job: Int8Job, trial: Trial) -> Generator[Step, None, Trial]:
    graph = int8_backbone(job.backbone_path, trial.engine, job.calibration)
    try:
        refitted = yield from relay(
            refit_probe(job.project, job.run, job.data, graph, trial.engine),
            lambda event: (f"fit {trial.title}", event.done, event.total),
        )
    except DatasetError as error:
        return replace(trial, problem=f"not fitted: {error}")
    problem, note = _verdict(job, refitted.held_out)
    put_head(job.folder, job.run, trial, graph, refitted.head, refitted.confidence)
    _require_same_embeddings(job, trial, graph)
    return replace(trial, problem=problem, note=note, confidence=refitted.confidence)


def _require_same_embeddings(job: Int8Job, trial: Trial, graph: Path) -> None:
    """The shipped graph must compute, bit for bit, the embeddings that its head was fitted on."""
    images = job.calibration.images[:_COMPARED]
    alone, shipped = (open_engine(path, trial.engine).run(images) for path in (graph, job.folder / trial.file))
    if not np.array_equal(alone.embedding, shipped.embedding):
        difference = float(np.abs(alone.embedding - shipped.embedding).max())
        raise CheckFailed(
            f"{trial.file} on {trial.engine} does not compute what its head was fitted on: an embedding differs by "
            f"{difference:.3g}, allowed is nothing"
        )


def _judge_whole(job: Int8Job, trial: Trial) -> Generator[Step, None, Trial]:
    kept = set(load_validation(job.project, job.run).sample_ids.tolist())
    samples = [sample for sample in (*job.data.val, *job.data.training) if sample.id in kept]
    if not samples:
        return replace(trial, problem="no sample was held out from the training, so nothing can judge INT8")
    labels = labels_of(samples, job.run.class_ids)
    source = str(job.run.validation["source"])
    stage = f"judge {trial.title}"
    full = "model.xml" if trial.engine == "openvino" else "model.onnx"
    before = yield from _logits(job, job.folder / full, trial.engine, samples, stage)
    attempts = ("minmax", "accuracy control") if trial.engine == "openvino" else METHODS
    problems: list[str] = []
    for attempt in attempts:
        try:
            if attempt == "accuracy control":
                images = np.stack([prepare(job.project, sample, job.run.input) for sample in samples])
                _repair(job, trial, images, labels)
            elif problems:
                _quantise_whole(job, trial, attempt)
        except EngineError as error:
            problems.append(f"{attempt}: {error}")
            continue
        after = yield from _logits(job, job.folder / trial.file, trial.engine, samples, stage)
        problem, note = _verdict(job, HeldOut(source, labels, before, after))
        if not problem:
            return replace(trial, note=f"{note} ({attempt})")
        problems.append(f"{attempt}: {problem}")
    return replace(trial, problem="; ".join(problems))


def _logits(
    job: Int8Job, model: Path, engine: str, samples: Sequence[Sample], stage: str
) -> Generator[Step, None, NDArray[np.float32]]:
    opened = open_engine(model, engine, threads=physical_cores(), throughput=True)
    inferred = yield from relay(
        infer(job.project, samples, opened, job.run.input), lambda event: (stage, event.done, event.total)
    )
    if inferred.unreadable:
        raise DatasetError(f"a held-out picture cannot be read: {inferred.unreadable[0][1]}")
    return inferred.output.logits


def _quantise_whole(job: Int8Job, trial: Trial, method: str) -> None:
    """Quantise backbone and head together, from the ONNX file that lies in the bundle."""
    source, target = job.folder / "model.onnx", job.folder / trial.file
    if trial.engine == "onnxruntime":
        quantise(source, trial.engine, job.calibration.images, target, method)
        return
    with _beside(job.folder) as made:
        quantise(source, trial.engine, job.calibration.images, made)
        openvino_model(made, job.run.classes, job.run.input.crop, target, half_weights=False)


@contextmanager
def _beside(folder: Path) -> Iterator[Path]:
    """A path for an IR on the way, on the bundle's disk."""
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".tmp-int8-") as temporary:
        yield Path(temporary) / "quantised.xml"


def _repair(job: Int8Job, trial: Trial, images: NDArray[np.uint8], labels: NDArray[np.int64]) -> None:
    with _beside(job.folder) as made:
        quantise_accurately(
            *(job.folder / "model.onnx", job.calibration.images, images, labels, made),
            allowed_loss=job.allowed_loss,
        )
        openvino_model(made, job.run.classes, job.run.input.crop, job.folder / trial.file, half_weights=False)


def _verdict(job: Int8Job, held_out: HeldOut) -> tuple[str, str]:
    """Problem and note of what held-out samples say."""
    loss = measure_loss(held_out.before, held_out.after, held_out.labels, job.run.classes, job.allowed_loss)
    note = f"{-loss.points:+.2f} points on {loss.n} held-out samples ({held_out.source})"
    return accuracy_problem(loss, job.allowed_loss), note
