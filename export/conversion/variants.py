"""Model variants during an export: each engine and precision as a file, with its measurements so far."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from edge_transfer.errors import EngineError
from edge_transfer.heads import Head
from edge_transfer.runs.run import Run
from export.conversion.candidates import ExportCandidate
from export.conversion.convert import classifier_graph, files_of, openvino_model
from export.parity.compare import Parity
from export.parity.golden_inputs import golden_frames
from export.runtime.bundle.benchmark import Latency, measure
from export.runtime.bundle.manifest import DriftFile, Manifest, ModelEntry
from export.runtime.bundle.predictor import Predictor
from export.runtime.inference.decision import Confidence
from export.runtime.inference.engine import open_engine

FILES = {
    ("openvino", "fp32"): "model.xml",
    ("openvino", "fp16"): "model.xml",
    ("openvino", "int8"): "model-int8.xml",
    ("onnxruntime", "fp32"): "model.onnx",
    ("onnxruntime", "int8"): "model-int8.onnx",
}
"""A precision never takes the file name of another; OpenVINO has one float model, with whole or half weights."""

TIMING_ROUNDS = 60

_MEMORY = """
import sys
from pathlib import Path
import numpy as np
from export.runtime.inference.engine import open_engine
from export.runtime.bundle.benchmark import peak_memory_bytes
engine = open_engine(Path(sys.argv[1]), sys.argv[2])
for _ in range(3):
    engine.run(np.zeros((1, engine.side, engine.side, 3), np.uint8))
print(peak_memory_bytes())
"""


@dataclass(frozen=True)
class ModelVariant:
    """One engine and precision, and how far its trial is."""

    engine: str
    precision: str
    problem: str = ""
    """Why it is left out; empty while nothing speaks against it."""
    note: str = ""
    """What speaks for it: its loss on held-out samples."""
    confidence: Confidence | None = None
    """Its own, where its head was fitted anew."""
    latency: Latency | None = None
    parity: Parity | None = None
    top1: float | None = None
    worst_class_loss: float = 0.0
    agreement: float = 0.0
    memory_bytes: int = 0
    bytes: int = 0
    chosen: bool = False
    drift: DriftFile | None = None

    @property
    def file(self) -> str:
        """Its file in the bundle."""
        return FILES[self.engine, self.precision]

    @property
    def title(self) -> str:
        """`openvino int8`."""
        return f"{self.engine} {self.precision}"

    @property
    def shipped(self) -> bool:
        """Nothing speaks against it."""
        return not self.problem

    def entry(self) -> ModelEntry:
        """Its row in the manifest's `models`."""
        parity = {"max_abs_logit_diff": 0.0, "top1_agreement": self.agreement}
        if self.parity is not None:
            parity["max_abs_logit_diff"] = self.parity.max_abs_logit_diff
        latency = {} if self.latency is None else {"p50": self.latency.p50, "p95": self.latency.p95}
        return ModelEntry(
            *(self.engine, self.precision, self.file, self.bytes, self.top1, parity, latency, self.chosen, self.note),
            confidence=self.confidence,
            drift=self.drift,
        )

    def candidate(self) -> ExportCandidate:
        """Its row in the table of everything that was tried."""
        latency = self.latency or Latency(0.0, 0.0, 0.0, 0.0, 0)
        return ExportCandidate(
            engine=self.engine,
            precision=self.precision,
            file=self.file if self.bytes else "",
            bytes=self.bytes,
            top1=self.top1,
            worst_class_loss=self.worst_class_loss,
            agreement=self.agreement,
            p50_ms=latency.p50,
            p95_ms=latency.p95,
            per_second=latency.per_second,
            memory_mb=self.memory_bytes / 1e6 if self.memory_bytes else None,
            shipped=self.shipped,
            chosen=self.chosen,
            reason=self.problem or self.note,
        )


def metadata_of(run: Run, confidence: Confidence) -> dict[str, str]:
    """What the ONNX file says about itself."""
    return {
        "edge_transfer.classes": json.dumps(run.classes, ensure_ascii=False),
        "edge_transfer.input": json.dumps(run.input.to_json()),
        "edge_transfer.heads.confidence": json.dumps(asdict(confidence)),
        "edge_transfer.run": run.id,
    }


def put_head(folder: Path, run: Run, trial: ModelVariant, backbone: Path, head: Head, confidence: Confidence) -> None:
    """Write a trial's model: a backbone in its precision, and a head on it."""
    target = folder / trial.file
    if trial.engine == "openvino":
        half = trial.precision == "fp16"
        openvino_model(backbone, run.classes, run.input.crop, target, half_weights=half, head=head)
    else:
        classifier_graph(backbone, head, metadata_of(run, confidence), target)


def size_of(folder: Path, trial: ModelVariant) -> int:
    """All files of a trial's model together, in bytes."""
    return sum(file.stat().st_size for file in files_of(folder / trial.file))


def measure_trials(
    folder: Path, manifest: Manifest, trials: Sequence[ModelVariant]
) -> Generator[int, None, list[ModelVariant]]:
    """Time one camera frame to its decision on every model, in turn, so that all share the machine's slow moments."""
    frame = golden_frames()[0]

    def call(trial: ModelVariant) -> Callable[[], object]:
        predictor = Predictor(manifest, trial.entry(), open_engine(folder / trial.file, trial.engine))
        return lambda: predictor.predict(frame)

    latencies = yield from measure([call(trial) for trial in trials], rounds=TIMING_ROUNDS)
    return [replace(trial, latency=latency) for trial, latency in zip(trials, latencies, strict=True)]


def memory_of(model: Path, engine: str) -> int:
    """Largest resident size of a process that runs this model alone, in bytes; 0 where it cannot be measured."""
    root = str(Path(__file__).resolve().parents[2])
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))}
    command = [sys.executable, "-P", "-c", _MEMORY, str(model), engine]
    with suppress(subprocess.SubprocessError, ValueError):
        done = subprocess.run(
            command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=True
        )
        return int(done.stdout)
    return 0


def choose(
    trials: Sequence[ModelVariant], precision: str, where: str, box: Mapping[tuple[str, str], Latency]
) -> list[ModelVariant]:
    """Mark the fastest of the shipped trials and say of each why it is where it is.

    With `precision` "int8" it is one of those in INT8. Raises EngineError where none can be chosen.
    """
    eligible = [trial for trial in trials if trial.shipped and trial.latency is not None]
    if precision == "int8":
        eligible = [trial for trial in eligible if trial.precision == "int8"]
    if box:
        eligible = [trial for trial in eligible if (trial.engine, trial.precision) in box]
        if not eligible:
            raise EngineError("the box has measured none of the models of this export: benchmark its bundle there")
    if not eligible:
        reasons = "; ".join(f"{trial.title} {trial.problem}" for trial in trials if trial.problem)
        raise EngineError(f"no model in INT8 can be shipped: {reasons or 'none was made'}")
    fastest = min(eligible, key=lambda trial: trial.latency.p50 if trial.latency else 0.0)
    best = fastest.latency.p50 if fastest.latency else 1.0
    marked = []
    for trial in trials:
        if not trial.shipped:
            marked.append(trial)
            continue
        equal = trial.note or "equal to the trained model"
        if trial is fastest:
            alone = sum(other.shipped for other in trials) == 1 and len({other.engine for other in trials}) == 1
            speed = "the only engine here" if alone else f"{equal} and the fastest {where}"
        elif trial.latency is None or (box and (trial.engine, trial.precision) not in box):
            speed = f"{equal}, not measured on the box"
        else:
            speed = f"{equal}, {trial.latency.p50 / best:.2f} times the chosen one's latency {where}"
        marked.append(replace(trial, chosen=trial is fastest, note=speed))
    return marked
