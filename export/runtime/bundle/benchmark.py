"""Time the models of a bundle: the engine alone, and end to end from the frame to the decision.

The JSON lines of `benchmark --json` are written here, and read here by everything that compares boxes.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import BundleError, EngineError
from ..events import forward_events
from ..inference.engine import available_engines, default_threads, open_engine
from ..inference.preprocess import preprocess
from ..storage import storage_error
from .archive import opened_bundle
from .manifest import ModelEntry, read_manifest, verify_sums
from .predictor import Predictor


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
    engine_ms, end_to_end_ms = yield from forward_events(
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
    package = (__package__ or "").rpartition(".")[0]  # the runtime: export.runtime, or edge_runtime in a bundle
    command = [sys.executable, "-m", package, "benchmark", "--json", "--bundle", str(bundle.resolve())]
    command += ["--model", model.file, "--rounds", str(rounds)]
    command += [] if threads is None else ["--threads", str(threads)]
    root = str(Path(__file__).resolve().parents[package.count(".") + 2])
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))}
    # The current folder may hold another package of this name. Python 3.9 and 3.10 look there all the same.
    environment["PYTHONSAFEPATH"] = "1"
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
    return read_timings(output.decode("utf-8"))[0]


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


def timing_json(timing: Timing) -> dict[str, Any]:
    """`{file, engine, precision, threads, engine_ms, end_to_end_ms, peak_memory_bytes, backbone, side}`.

    Both times are `{p50, p95, p99, per_second, n}`; `peak_memory_bytes` is 0 where the system does not say. Read by
    `read_timings`.
    """
    return asdict(timing)


def timing_text(timing: Timing) -> str:
    """One line on what a model costs here."""
    engine, whole = timing.engine_ms, timing.end_to_end_ms
    threads = "1 thread" if timing.threads == 1 else f"{timing.threads} threads"
    memory = f", peak memory {timing.peak_memory_bytes / 1e6:.0f} MB" if timing.peak_memory_bytes else ""
    return (
        f"{timing.file} ({timing.engine} {timing.precision}, {threads}): "
        f"network p50 {engine.p50:.2f} ms, p95 {engine.p95:.2f} ms; "
        f"frame to answer p50 {whole.p50:.2f} ms, p95 {whole.p95:.2f} ms, {whole.per_second:.0f} a second{memory}"
    )


MOST_BYTES = 1 << 20
_ADVICE = "run “python -m edge_runtime benchmark --json > benchmark.json” on the box and give that file"
_ADDED = ("backbone", "side")
"""Fields that boxes of earlier versions do not write."""


def read_timings_file(path: Path) -> tuple[Timing, ...]:
    """As `read_timings`, of a file. Raises BundleError, which names the file."""
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise BundleError(str(storage_error(error, path, "read"))) from error
    except UnicodeDecodeError as error:
        raise BundleError(f"{path} is not a text: {_ADVICE}") from error
    return read_timings(text, where=str(path))


def read_timings(text: str, *, where: str = "") -> tuple[Timing, ...]:
    """What a box has measured: one Timing for each line of `python -m edge_runtime benchmark --json`.

    Lines of older boxes, which do not say `backbone` and `side`, are taken as well. Raises BundleError for anything
    else, with the number of the line and, if given, `where` the text comes from.
    """
    timings: list[Timing] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            timing = _timing(json.loads(line, parse_constant=_refuse))
            if any((other.file, other.engine) == (timing.file, timing.engine) for other in timings):
                raise ValueError(f"{timing.file} stands there twice")
        except (ValueError, TypeError, RecursionError) as error:
            reason = "it is no JSON" if isinstance(error, json.JSONDecodeError) else str(error)[:200]
            place = f"line {number} of {where}" if where else f"line {number}"
            raise BundleError(f"{place} is not a model's benchmark: {reason}; {_ADVICE}") from error
        timings.append(timing)
    if not timings:
        raise BundleError(f"there is no benchmark in {where or 'it'}: {_ADVICE}")
    return tuple(timings)


def _timing(values: Any) -> Timing:
    _need_keys(values, [field.name for field in fields(Timing)], optional=_ADDED)
    return Timing(
        file=_text(values, "file"),
        engine=_text(values, "engine"),
        precision=_text(values, "precision"),
        threads=_whole(values, "threads", 1),
        engine_ms=_latency(values["engine_ms"]),
        end_to_end_ms=_latency(values["end_to_end_ms"]),
        peak_memory_bytes=_whole(values, "peak_memory_bytes", 0),
        backbone=_text(values, "backbone", least=0) if "backbone" in values else "",
        side=_whole(values, "side", 0) if "side" in values else 0,
    )


def _latency(values: Any) -> Latency:
    _need_keys(values, [field.name for field in fields(Latency)])
    times = {name: _positive(values, name) for name in ("p50", "p95", "p99", "per_second")}
    if not times["p50"] <= times["p95"] <= times["p99"]:
        raise ValueError("its p50, p95 and p99 are not in order")
    return Latency(**times, n=_whole(values, "n", 1))


def _need_keys(values: Any, names: list[str], optional: tuple[str, ...] = ()) -> None:
    if not isinstance(values, dict):
        raise TypeError(f"expected an object, got {str(values)[:60]!r}")
    missing, unknown = set(names) - set(values) - set(optional), set(values) - set(names)
    if missing or unknown:
        raise ValueError(f"it lacks {sorted(missing)}" if missing else f"it has unknown fields {sorted(unknown)[:5]}")


def _text(values: dict[str, Any], name: str, least: int = 1) -> str:
    value = values[name]
    if not isinstance(value, str) or not least <= len(value) <= 100:
        raise TypeError(f"{name} is {str(value)[:60]!r}, not a short text")
    return value


def _whole(values: dict[str, Any], name: str, least: int) -> int:
    value = values[name]
    if type(value) is not int or value < least:
        raise ValueError(f"{name} is {str(value)[:60]}, not a whole number from {least}")
    return value


def _positive(values: dict[str, Any], name: str) -> float:
    value = values[name]
    if type(value) not in (int, float) or not 0 < value < math.inf:
        raise ValueError(f"{name} is {str(value)[:60]}, not a number above 0")
    return float(value)


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is not a number")
