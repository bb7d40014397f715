"""Make a bundle of a run: convert, prove equal, measure, choose, and write everything a box needs."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from edge_transfer import __version__
from edge_transfer.backbones import Weights
from edge_transfer.catalog import Catalog
from edge_transfer.classifier import TorchEngine
from edge_transfer.embeddings import infer, labels_of
from edge_transfer.errors import BundleError, DatasetError, StorageError
from edge_transfer.heads import LinearHead
from edge_transfer.project import Project
from edge_transfer.rows import Sample
from edge_transfer.runs import Run, load_head, optimistic_reasons, samples_of
from export import runtime
from export.convert import backbone_graph, classifier_graph, openvino_model
from export.golden import golden_frames
from export.parity import TOLERANCE, Parity, compare, require
from export.runtime.check import GOLDEN_PATH
from export.runtime.decision import decide
from export.runtime.engine import Engine, EngineOutput, available_engines, open_engine, physical_cores
from export.runtime.files import fsync_folder, storage_error
from export.runtime.images import encode_png
from export.runtime.manifest import MANIFEST_NAME, Manifest, ModelEntry, write_sums
from export.runtime.predictor import Predictor
from export.runtime.preprocess import preprocess
from export.runtime.spine import relay
from export.runtime.timing import Latency, measure

_TIMING_ROUNDS = 60


@dataclass(frozen=True)
class ExportProgress:
    """Where an export stands."""

    stage: str
    """`convert`, `torch`, `onnxruntime fp32`, `openvino fp32`, …, `measure` or `write`."""
    done: int
    total: int


@dataclass(frozen=True)
class Exported:
    """A finished bundle."""

    path: Path
    manifest: Manifest
    parity: dict[str, Parity]
    """By model file."""


@dataclass(frozen=True)
class _Candidate:
    engine: str
    precision: str
    file: str


def export_bundle(
    project: Project,
    catalog: Catalog,
    run: Run,
    target: Path,
    *,
    weights_file: Path | None = None,
    half_weights: bool = False,
) -> Generator[ExportProgress, None, Exported]:
    """Export a run as a bundle folder, which appears whole or not at all.

    Every installed engine gets its model; each must equal eager torch on the test images (those of val or train where
    there are none) within the tolerance of its precision, and the one with the lowest median latency on this machine
    is chosen. `half_weights` stores OpenVINO's weights in float16. Raises CheckFailed where a model is not equal,
    BundleError when `target` exists and is not empty.
    """
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise BundleError(f"{target} exists and is not empty: give another folder with --out, or delete it")
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
            candidates = _convert(folder, run, head, backbone_path, half_weights)
            yield ExportProgress("convert", 1, 1)
            reference = TorchEngine(run.backbone(), weights, head, run.input.side)
            expected = yield from _infer(project, samples, run, reference, "torch")
            labels = labels_of(samples, run.class_ids)
            found: list[tuple[_Candidate, Parity, float]] = []
            for candidate in candidates:
                engine = open_engine(
                    folder / candidate.file, candidate.engine, threads=physical_cores(), throughput=True
                )
                stage = f"{candidate.engine} {candidate.precision}"
                output = yield from _infer(project, samples, run, engine, stage)
                parity = compare(expected, output)
                require(parity, candidate.precision, f"{candidate.file} on {candidate.engine}")
                found.append((candidate, parity, float((output.logits.argmax(1) == labels).mean())))
            entries = [_entry(folder, *each) for each in found]
            evaluated_on = {
                "split": split,
                "n": len(samples),
                "optimistic_reasons": optimistic_reasons(project, catalog, run, split, samples),
            }
            manifest = _manifest(project, run, weights, entries, evaluated_on)
            latencies = yield from _measure(folder, manifest)
            manifest = replace(manifest, models=_choose(manifest.models, latencies))
            yield ExportProgress("write", 0, 1)
            _write(folder, manifest)
            if target.exists():
                target.rmdir()
            folder.rename(target)
            fsync_folder(target.parent)
            yield ExportProgress("write", 1, 1)
    except OSError as error:
        raise storage_error(error, target) from error
    return Exported(target, manifest, {candidate.file: parity for candidate, parity, _ in found})


def _samples_to_compare(catalog: Catalog, run: Run) -> tuple[str, list[Sample]]:
    for split in ("test", "val", "train"):
        if samples := samples_of(catalog, run, split):
            return split, samples
    raise DatasetError("the project has no images of this run's classes left: parity cannot be proved")


def _infer(
    project: Project, samples: Sequence[Sample], run: Run, engine: Engine, stage: str
) -> Generator[ExportProgress, None, EngineOutput]:
    inferred = yield from relay(
        infer(project, samples, engine, run.input),
        lambda progress: ExportProgress(stage, progress.done, progress.total),
    )
    if inferred.unreadable:
        sha256, reason = inferred.unreadable[0]
        raise StorageError(f"parity needs every picture of the split, and {sha256[:12]} cannot be read: {reason}")
    return inferred.output


def _convert(folder: Path, run: Run, head: LinearHead, backbone_path: Path, half_weights: bool) -> list[_Candidate]:
    """Write the model of every installed engine; the ONNX file is also what OpenVINO's is made from."""
    onnx_path = folder / "model.onnx"
    metadata = {
        "edge_transfer.classes": json.dumps(run.classes, ensure_ascii=False),
        "edge_transfer.input": json.dumps(run.input.to_json()),
        "edge_transfer.confidence": json.dumps(asdict(run.confidence)),
        "edge_transfer.run": run.id,
    }
    classifier_graph(backbone_path, head, metadata, onnx_path)
    installed = available_engines()
    candidates = []
    if "openvino" in installed:
        openvino_model(onnx_path, run.classes, run.input.crop, folder / "model.xml", half_weights=half_weights)
        candidates.append(_Candidate("openvino", "fp16" if half_weights else "fp32", "model.xml"))
    if "onnxruntime" in installed:
        candidates.append(_Candidate("onnxruntime", "fp32", "model.onnx"))
    return candidates


def _entry(folder: Path, candidate: _Candidate, parity: Parity, top1: float) -> ModelEntry:
    files = [folder / candidate.file]
    if candidate.file.endswith(".xml"):
        files.append(files[0].with_suffix(".bin"))
    return ModelEntry(
        engine=candidate.engine,
        precision=candidate.precision,
        file=candidate.file,
        bytes=sum(file.stat().st_size for file in files),
        top1=top1,
        parity={"max_abs_logit_diff": parity.max_abs_logit_diff, "top1_agreement": parity.top1_agreement},
        latency_ms={},
        chosen=False,
        reason="",
    )


def _measure(folder: Path, manifest: Manifest) -> Generator[ExportProgress, None, list[Latency]]:
    """Time one camera frame to its decision on every model, in turn, so that all share the machine's slow moments."""
    predictors = [
        Predictor(manifest, model, open_engine(folder / model.file, model.engine)) for model in manifest.models
    ]
    frame = golden_frames()[0]

    def call(predictor: Predictor) -> Callable[[], object]:
        return lambda: predictor.predict(frame)

    rounds = measure([call(predictor) for predictor in predictors], rounds=_TIMING_ROUNDS)
    return (yield from relay(rounds, lambda done: ExportProgress("measure", done, _TIMING_ROUNDS)))


def _choose(models: Sequence[ModelEntry], latencies: Sequence[Latency]) -> tuple[ModelEntry, ...]:
    fastest = min(latency.p50 for latency in latencies)
    chosen = next(index for index, latency in enumerate(latencies) if latency.p50 == fastest)
    entries = []
    for index, (model, latency) in enumerate(zip(models, latencies, strict=True)):
        if index == chosen:
            reason = "equal to the trained model and the fastest here" if len(models) > 1 else "the only engine here"
        else:
            reason = f"equal to the trained model, {latency.p50 / fastest:.2f} times the chosen one's latency here"
        times = {"p50": latency.p50, "p95": latency.p95}
        entries.append(replace(model, latency_ms=times, chosen=index == chosen, reason=reason))
    return tuple(entries)


def _write(folder: Path, manifest: Manifest) -> None:
    """Everything beside the models: runtime, golden inputs, labels, manifest, sums."""
    (folder / "labels.txt").write_text("".join(f"{name}\n" for name in manifest.classes), "utf-8")
    source = Path(runtime.__file__).parent
    shutil.copytree(source, folder / "edge_runtime", ignore=shutil.ignore_patterns("__pycache__"))
    engines = {"openvino": "openvino", "onnxruntime": "onnxruntime"}
    needed = engines[manifest.chosen.engine]
    (folder / "requirements.txt").write_text(f"numpy\nopencv-python-headless\n{needed}\n", "utf-8")
    (folder / "README.md").write_text(_readme(manifest), "utf-8")
    _write_golden(folder, manifest)
    (folder / MANIFEST_NAME).write_text(manifest.to_json() + "\n", "utf-8")
    write_sums(folder)
    for path in (folder, *folder.rglob("*")):
        fsync_folder(path)  # files too: any descriptor will do


def _write_golden(folder: Path, manifest: Manifest) -> None:
    """Golden frames as PNG files, and what each model says about them, through the runtime's own preprocessing."""
    (folder / "check").mkdir()
    names = []
    images = []
    for index, frame in enumerate(golden_frames()):
        names.append(f"golden-{index}.png")
        (folder / "check" / names[-1]).write_bytes(encode_png(frame))
        images.append(preprocess(frame, manifest.input))
    logits: dict[str, list[list[float]]] = {}
    labels: dict[str, list[str]] = {}
    for model in manifest.models:
        output = open_engine(folder / model.file, model.engine).run(np.stack(images))
        logits[model.file] = output.logits.tolist()
        labels[model.file] = [decide(row, manifest.classes, manifest.confidence).label for row in output.logits]
    # Each model is compared with itself, so the weights' precision costs nothing here.
    golden = {"tolerance": TOLERANCE["fp32"], "images": names, "logits": logits, "labels": labels}
    (folder / GOLDEN_PATH).write_text(json.dumps(golden, indent=1, ensure_ascii=False), "utf-8")


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
        made_with={"edge-transfer": __version__, **_versions()},
        created=run.created,
    )


def _versions() -> dict[str, str]:
    names = ("torch", "torchvision", "onnx", "onnxruntime", "openvino", "opencv-python-headless", "numpy")
    found = {}
    for name in names:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


def _readme(manifest: Manifest) -> str:
    chosen = manifest.chosen
    evaluated = manifest.evaluated_on
    score = "" if chosen.top1 is None else f", top-1 {chosen.top1:.3f} on {evaluated['n']} {evaluated['split']} images"
    classes = "\n".join(f"- {name}" for name in manifest.classes)
    return f"""# {manifest.name}

An image classifier that runs on this folder, numpy, OpenCV and one engine. Python 3.9 or newer.

    python -m pip install -r requirements.txt
    python -m edge_runtime check
    python -m edge_runtime predict picture.jpg
    python -m edge_runtime watch --source 0
    python -m edge_runtime benchmark

Run them inside this folder, and keep everything else out of it: a file that SHA256SUMS does not name is refused.
`check` recomputes the golden inputs on this machine and fails with a number when it does not compute what the exporting
machine computed. `SHA256SUMS` shows damage; it is not a signature.

Backbone {manifest.backbone["name"]}, {chosen.engine} {chosen.precision}{score}. Classes:

{classes}
"""
