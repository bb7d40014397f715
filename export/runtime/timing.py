"""How long a picture takes: the engine alone, and end to end from the frame to the decision."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .archive import opened_bundle
from .engine import available_engines, default_threads, open_engine
from .errors import EngineError
from .events import relay
from .manifest import ModelEntry, read_manifest, verify_sums
from .predictor import Predictor
from .preprocess import preprocess


@dataclass(frozen=True)
class Latency:
    """Times of single calls, in milliseconds."""

    p50: float
    p95: float
    p99: float
    per_second: float
    """Calls a second, one after another."""
    n: int


@dataclass(frozen=True)
class Timing:
    """What one model of a bundle costs on this machine."""

    file: str
    engine: str
    precision: str
    threads: int
    engine_ms: Latency
    """The network alone, on a prepared picture."""
    end_to_end_ms: Latency
    """Frame (H, W, 3) to decision, on the same pictures, interleaved with the former."""
    peak_memory_bytes: int
    """Largest resident size of this process so far; 0 where the system does not say."""
    backbone: str = ""
    """Name of the network below the head; empty where the bundle does not say."""
    side: int = 0
    """Of its input, in pixels."""


@dataclass(frozen=True)
class NotMeasured:
    """A model of a bundle that cannot be measured here."""

    file: str
    reason: str


@dataclass(frozen=True)
class TimingProgress:
    """Rounds done so far."""

    done: int
    total: int


def measure(calls: list[Callable[[], object]], *, rounds: int, warm_up: int = 5) -> Generator[int, None, list[Latency]]:
    """Time several calls in turn, round by round, so that a slow moment of the machine hits all alike.

    Yields the number of rounds done, about ten times.
    """
    for _ in range(warm_up):
        for call in calls:
            call()
    times = np.empty((rounds, len(calls)))
    for index in range(rounds):
        for column, call in enumerate(calls):
            start = time.perf_counter()
            call()
            times[index, column] = time.perf_counter() - start
        if index % max(1, rounds // 10) == 0:
            yield index + 1
    return [_summary(column) for column in times.T]


def _summary(seconds: NDArray[np.float64]) -> Latency:
    p50, p95, p99 = (float(value) for value in np.percentile(seconds, [50, 95, 99]) * 1e3)
    return Latency(p50, p95, p99, float(len(seconds) / seconds.sum()), len(seconds))


def measure_predictor(
    predictor: Predictor, *, threads: int, rounds: int = 200, frame_size: tuple[int, int] = (480, 640)
) -> Generator[TimingProgress, None, Timing]:
    """Time one model of a bundle on a camera-sized frame (H, W) of noise."""
    frame = np.random.default_rng(0).integers(0, 256, (*frame_size, 3), np.uint8)
    image = preprocess(frame, predictor.manifest.input)
    calls: list[Callable[[], object]] = [lambda: predictor.engine.run(image[None]), lambda: predictor.predict(frame)]
    engine_ms, end_to_end_ms = yield from relay(
        measure(calls, rounds=rounds), lambda done: TimingProgress(done, rounds)
    )
    model = predictor.model
    return Timing(
        *(model.file, model.engine, model.precision, threads, engine_ms, end_to_end_ms, peak_memory_bytes()),
        backbone=predictor.manifest.backbone.get("name", ""),
        side=predictor.manifest.input.side,
    )


def measure_model(
    bundle: Path, file: str, *, threads: int | None = None, rounds: int = 200
) -> Generator[TimingProgress, None, Timing]:
    """Time one model file of a bundle in this process. Raises EngineError where it is not there or cannot run."""
    threads = default_threads() if threads is None else threads
    with opened_bundle(bundle) as folder:
        manifest = read_manifest(folder)
        verify_sums(folder)
        models = [model for model in manifest.models if model.file == file]
        if not models:
            raise EngineError(f"the bundle has no model {file}; it has {', '.join(m.file for m in manifest.models)}")
        engine = open_engine(folder / file, models[0].engine, threads=threads)
    return (yield from measure_predictor(Predictor(manifest, models[0], engine), threads=threads, rounds=rounds))


def measure_bundle(
    bundle: Path, *, threads: int | None = None, rounds: int = 200
) -> Generator[Timing | NotMeasured, None, None]:
    """Time every model of a bundle, each in a process of its own, so that each peak memory is the model's alone.

    It cannot be cancelled while a model is measured, which takes seconds. Raises BundleError for a damaged bundle.
    """
    with opened_bundle(bundle) as folder:
        manifest = read_manifest(folder)
        verify_sums(folder)
        for model in manifest.models:
            if model.engine in available_engines():
                yield _measure_in_child(folder, model, threads, rounds)
            else:
                yield NotMeasured(model.file, f"{model.engine} is not installed here")


def _measure_in_child(bundle: Path, model: ModelEntry, threads: int | None, rounds: int) -> Timing | NotMeasured:
    package = __package__ or ""
    command = [sys.executable, "-m", package, "benchmark", "--json", "--bundle", str(bundle.resolve())]
    command += ["--model", model.file, "--rounds", str(rounds)]
    command += [] if threads is None else ["--threads", str(threads)]
    root = str(Path(__file__).resolve().parents[package.count(".") + 1])
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))}
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as child:
        try:
            output, errors = child.communicate()
        finally:
            child.kill()
    if child.returncode:
        lines = errors.decode(errors="replace").strip().splitlines()
        if lines and child.returncode > 0:
            return NotMeasured(model.file, lines[-1].removeprefix("error: "))
        return NotMeasured(model.file, f"{model.engine} crashed (exit code {child.returncode})")
    values = json.loads(output)
    engine_ms, end_to_end_ms = (Latency(**values.pop(key)) for key in ("engine_ms", "end_to_end_ms"))
    return Timing(engine_ms=engine_ms, end_to_end_ms=end_to_end_ms, **values)


def peak_memory_bytes() -> int:
    """Largest resident size of this process so far, in bytes; 0 where the system does not say (Windows)."""
    # On Linux getrusage counts the parent's size as well, from the moment before the new program was loaded.
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text("utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    try:
        import resource
    except ImportError:
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
