"""Export a run as a bundle: convert, prove parity, measure, select a model, write the files."""

from __future__ import annotations

import tempfile
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from edge_transfer import __version__
from edge_transfer.backbones.classifier import TorchEngine
from edge_transfer.backbones.embeddings import infer, labels_of
from edge_transfer.backbones.onnx_graph import backbone_graph
from edge_transfer.backbones.weights import Weights
from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from edge_transfer.dataset.records import Sample
from edge_transfer.errors import BundleError, DatasetError, EngineError, StorageError
from edge_transfer.evaluation.run_evaluation import optimistic_reasons, samples_of
from edge_transfer.heads import Head
from edge_transfer.runs.run import Run, load_head
from export.bundling.bundle_writer import place_bundle, versions, write_files
from export.bundling.deployment import check_deployments, write_deployment
from export.bundling.drift_statistics import add_drift
from export.conversion.candidates import ExportCandidate
from export.conversion.convert import classifier_graph, files_of, openvino_model
from export.conversion.variants import (
    FILES,
    TIMING_ROUNDS,
    ModelVariant,
    choose,
    measure_trials,
    memory_of,
    metadata_of,
    size_of,
)
from export.parity.compare import Parity, compare, require
from export.quantization.gate import DEFAULT_ALLOWED_LOSS, class_losses, speed_problem
from export.quantization.int8_variants import Int8Job, Step, judge_trial, prepare_int8, quantise_trial
from export.runtime.bundle.archive import SUFFIX
from export.runtime.bundle.benchmark import Latency, read_timings_file
from export.runtime.bundle.manifest import Manifest, ModelEntry
from export.runtime.events import forward_events
from export.runtime.inference.engine import Engine, EngineOutput, available_engines, open_engine, physical_cores
from export.runtime.inference.processor import processor_text
from export.runtime.storage import storage_error

PRECISIONS = ("auto", "fp32", "int8")
_ORDER = list(dict.fromkeys(FILES.values()))
Result = TypeVar("Result")


@dataclass(frozen=True)
class ExportProgress:
    """Where an export stands."""

    stage: str
    """`convert`, `calibrate`, `quantise openvino`, `measure`, `fit openvino int8`, `torch` or `write`, say."""
    done: int
    total: int


@dataclass(frozen=True)
class Exported:
    """A finished bundle."""

    path: Path
    manifest: Manifest
    parity: dict[str, Parity]
    """By model file."""
    candidates: tuple[ExportCandidate, ...]
    """Everything that was tried, the chosen one first, then the shipped ones."""
    drift_problem: str = ""
    """Why the bundle cannot watch for drift; empty where it can."""


def export_bundle(
    project: Project,
    catalog: Catalog,
    run: Run,
    target: Path,
    *,
    weights_file: Path | None = None,
    half_weights: bool = False,
    precision: str = "auto",
    allowed_loss: float = DEFAULT_ALLOWED_LOSS,
    box: Path | None = None,
    language: str = "en",
    deploy: Sequence[str] = (),
) -> Generator[ExportProgress, None, Exported]:
    """Export a run as a bundle, a folder or with the suffix `.zip` one file, which appears whole or not at all.

    Every installed engine gets its model in FP32; each must equal eager torch on the test images (those of val or
    train where there are none) within the tolerance of its precision. With `precision` "auto" each gets one in INT8 as
    well, shipped where it is no slower here than FP32 of its engine and loses at most `allowed_loss` points on held-out
    samples; "int8" ships it also where it is slower here, and fails where none is accurate enough; "fp32" does without.
    The one with the lowest median latency on this machine is chosen, or on the box whose benchmark `box` holds.
    `half_weights` stores OpenVINO's weights in float16. `language` ("en" or "es") is the report's.
    `deploy` adds the files of `write_deployment`.
    Raises CheckFailed where a model is not equal, BundleError when `target` exists and is not empty, EngineError where
    no model can be chosen.
    """
    if precision not in PRECISIONS:
        raise EngineError(f"unknown precision {precision!r}: use {', '.join(PRECISIONS)}")
    if not 0 <= allowed_loss <= 100:
        raise EngineError(f"the allowed loss is 0 to 100 points, got {allowed_loss:g}")
    if target.exists() and target.suffix.lower() == SUFFIX:
        raise BundleError(f"{target} exists: give another name with --out, or delete it")
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise BundleError(f"{target} exists and is not empty: give another folder with --out, or delete it")
    check_deployments(deploy)
    measured = read_timings_file(box) if box else ()
    latencies = {(timing.engine, timing.precision): timing.end_to_end_ms for timing in measured}
    weights = run.weights(weights_file)
    head = load_head(project, run)
    split, samples = _samples_to_compare(catalog, run)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".tmp-bundle-") as temporary:
            folder = Path(temporary) / "bundle"
            folder.mkdir()
            yield ExportProgress("convert", 0, 1)
            backbone_path = backbone_graph(run.backbone(), weights, run.input.side)
            trials = _convert(folder, run, head, backbone_path, half_weights)
            yield ExportProgress("convert", 1, 1)
            evaluated_on = {
                "split": split,
                "n": len(samples),
                "optimistic_reasons": optimistic_reasons(project, catalog, run, split, samples),
            }
            manifest = _manifest(project, run, weights, [trial.entry() for trial in trials], evaluated_on)
            job = None
            if precision != "fp32":
                preparing = prepare_int8(project, catalog, run, folder, head, backbone_path, allowed_loss)
                job = yield from _quantise(preparing, trials)
            trials = yield from _measure(folder, manifest, trials, latencies)
            if job is not None:
                trials = yield from _judge(job, manifest, trials, precision, latencies)
            reference = TorchEngine(run.backbone(), weights, head, run.input.side)
            trials = yield from _compare(folder, project, samples, run, reference, trials)
            trials = choose(trials, precision, "on the box" if latencies else "here", latencies)
            _delete_left_out(folder, trials)
            trials.sort(key=lambda trial: (not trial.chosen, not trial.shipped, _p50(trial)))
            trials, drift_problem = yield from _steps(add_drift(project, catalog, run, folder, trials))
            shipped = [trial for trial in trials if trial.shipped]
            rows = tuple(trial.candidate() for trial in trials)
            manifest = replace(
                _manifest(project, run, weights, [trial.entry() for trial in shipped], evaluated_on),
                models=tuple(trial.entry() for trial in sorted(shipped, key=lambda trial: _ORDER.index(trial.file))),
                candidates=tuple(row.to_json() for row in rows),
            )
            yield ExportProgress("write", 0, 1)
            write_deployment(folder, manifest, deploy)
            write_files(folder, manifest, rows, language)
            place_bundle(folder, target)
            yield ExportProgress("write", 1, 1)
    except OSError as error:
        raise storage_error(error, target) from error
    found = {trial.file: trial.parity for trial in shipped if trial.parity is not None}
    return Exported(target, manifest, found, rows, drift_problem)


def _quantise(
    preparing: Generator[Step, None, Int8Job], trials: list[ModelVariant]
) -> Generator[ExportProgress, None, Int8Job | None]:
    """Add a trial in INT8 for each engine, also where none can be made; None then."""
    engines = [trial.engine for trial in trials]
    try:
        job = yield from _steps(preparing)
    except DatasetError as error:
        trials += [ModelVariant(engine, "int8", problem=str(error)) for engine in engines]
        return None
    for engine in engines:
        yield ExportProgress(f"quantise {engine}", 0, 1)
        trials.append(quantise_trial(job, ModelVariant(engine, "int8")))
        yield ExportProgress(f"quantise {engine}", 1, 1)
    return job


def _judge(
    job: Int8Job,
    manifest: Manifest,
    trials: Sequence[ModelVariant],
    precision: str,
    box: Mapping[tuple[str, str], Latency],
) -> Generator[ExportProgress, None, list[ModelVariant]]:
    """Leave out what is slow, then what is not accurate, then what has become slow by being made accurate."""
    judged = []
    for trial in _refuse_slow(trials, precision, box):
        undecided = trial.precision == "int8" and trial.shipped
        judged.append((yield from _steps(judge_trial(job, trial))) if undecided else trial)
    if any(trial.shipped and trial.latency is None for trial in judged):
        judged = yield from _measure(job.folder, manifest, judged, box)
        judged = _refuse_slow(judged, precision, box)
    return judged


def _compare(
    folder: Path,
    project: Project,
    samples: Sequence[Sample],
    run: Run,
    reference: Engine,
    trials: Sequence[ModelVariant],
) -> Generator[ExportProgress, None, list[ModelVariant]]:
    """What torch and every model that is still on trial say about the same pictures."""
    expected = yield from _infer(project, samples, run, reference, "torch")
    labels = labels_of(samples, run.class_ids)
    compared = []
    for trial in trials:
        if not trial.shipped:
            compared.append(trial)
            continue
        output = yield from _infer(project, samples, run, _fast(folder, trial), trial.title)
        compared.append(_compared(folder, trial, expected, output, labels))
    return compared


def _steps(steps: Generator[Step, None, Result]) -> Generator[ExportProgress, None, Result]:
    return (yield from forward_events(steps, lambda step: ExportProgress(*step)))


def _p50(trial: ModelVariant) -> float:
    return trial.latency.p50 if trial.latency else float("inf")


def _fast(folder: Path, trial: ModelVariant) -> Engine:
    return open_engine(folder / trial.file, trial.engine, threads=physical_cores(), throughput=True)


def _samples_to_compare(catalog: Catalog, run: Run) -> tuple[str, list[Sample]]:
    for split in ("test", "val", "train"):
        if samples := samples_of(catalog, run, split):
            return split, samples
    raise DatasetError("the project has no images of this run's classes left: parity cannot be proved")


def _infer(
    project: Project, samples: Sequence[Sample], run: Run, engine: Engine, stage: str
) -> Generator[ExportProgress, None, EngineOutput]:
    inferred = yield from forward_events(
        infer(project, samples, engine, run.input),
        lambda progress: ExportProgress(stage, progress.done, progress.total),
    )
    if inferred.unreadable:
        sha256, reason = inferred.unreadable[0]
        raise StorageError(f"parity needs every picture of the split, and {sha256[:12]} cannot be read: {reason}")
    return inferred.output


def _convert(folder: Path, run: Run, head: Head, backbone_path: Path, half_weights: bool) -> list[ModelVariant]:
    """Write the float model of every installed engine; the ONNX file is also what OpenVINO's is made from."""
    onnx_path = folder / "model.onnx"
    classifier_graph(backbone_path, head, metadata_of(run, run.confidence), onnx_path)
    installed = available_engines()
    trials = []
    if "openvino" in installed:
        openvino_model(onnx_path, run.classes, run.input.crop, folder / "model.xml", half_weights=half_weights)
        trials.append(ModelVariant("openvino", "fp16" if half_weights else "fp32"))
    if "onnxruntime" in installed:
        trials.append(ModelVariant("onnxruntime", "fp32"))
    if not trials:
        raise EngineError("no engine is installed: pip install openvino or onnxruntime")
    return trials


def _measure(
    folder: Path, manifest: Manifest, trials: Sequence[ModelVariant], box: Mapping[tuple[str, str], Latency]
) -> Generator[ExportProgress, None, list[ModelVariant]]:
    """Latency, memory and size of every model that was made; the box's latency where it has measured the model."""
    made = [trial for trial in trials if trial.shipped]
    total = TIMING_ROUNDS + len(made)
    timed = yield from forward_events(
        measure_trials(folder, manifest, made), lambda done: ExportProgress("measure", done, total)
    )
    found = {}
    for index, trial in enumerate(timed, start=1):
        latency = box.get((trial.engine, trial.precision), trial.latency)
        memory, size = memory_of(folder / trial.file, trial.engine), size_of(folder, trial)
        found[trial.title] = replace(trial, latency=latency, memory_bytes=memory, bytes=size)
        yield ExportProgress("measure", TIMING_ROUNDS + index, total)
    return [found.get(trial.title, trial) for trial in trials]


def _refuse_slow(
    trials: Sequence[ModelVariant], precision: str, box: Mapping[tuple[str, str], Latency]
) -> list[ModelVariant]:
    """Leave out INT8 that is slower than its engine's float model, unless INT8 was asked for."""
    full = {trial.engine: _p50(trial) for trial in trials if trial.precision != "int8"}
    where = "the box" if box else processor_text()
    checked = []
    for trial in trials:
        if trial.precision == "int8" and trial.shipped and precision == "auto":
            measured = not box or (trial.engine, "int8") in box
            problem = speed_problem(_p50(trial), full[trial.engine], where) if measured else "not measured on the box"
            checked.append(replace(trial, problem=problem))
        else:
            checked.append(trial)
    return checked


def _compared(
    folder: Path, trial: ModelVariant, expected: EngineOutput, output: EngineOutput, labels: NDArray[np.int64]
) -> ModelVariant:
    """What the test images say. A float model must equal torch; one in INT8 has passed the gate, and is measured."""
    parity = compare(expected, output)
    if trial.precision != "int8":
        require(parity, trial.precision, f"{trial.file} on {trial.engine}")
    return replace(
        trial,
        bytes=size_of(folder, trial),
        parity=parity,
        top1=float((output.logits.argmax(1) == labels).mean()),
        agreement=parity.top1_agreement,
        worst_class_loss=class_losses(expected.logits, output.logits, labels, output.logits.shape[1]),
    )


def _delete_left_out(folder: Path, trials: Sequence[ModelVariant]) -> None:
    installed = [trial.file for trial in trials if trial.shipped]
    for trial in trials:
        if trial.file not in installed:
            for file in files_of(folder / trial.file):
                file.unlink(missing_ok=True)
    if "model.onnx" not in installed:
        (folder / "model.onnx").unlink(missing_ok=True)


def _manifest(
    project: Project, run: Run, weights: Weights, entries: Sequence[ModelEntry], evaluated_on: dict[str, Any]
) -> Manifest:
    return Manifest(
        name=project.name,
        classes=run.classes,
        input=run.input,
        confidence=run.confidence,
        # Until they are measured the first counts as chosen: a manifest always names one.
        models=tuple(replace(entry, chosen=index == 0) for index, entry in enumerate(entries)),
        backbone={"name": run.recipe.backbone, "weights_sha256": weights.sha256, "licence": weights.licence},
        evaluated_on=evaluated_on,
        made_with={"edge-transfer": __version__, **versions()},
        created=run.created,
    )
