"""Latency of one frame per backbone: measured on this machine, or read from a box's benchmark."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edge_transfer.backbones.onnx_graph import backbone_graph
from edge_transfer.backbones.registry import Backbone
from edge_transfer.backbones.weights import Weights
from edge_transfer.errors import BundleError
from export.runtime.bundle.benchmark import TimingProgress, measure, read_timings_file
from export.runtime.events import forward_events
from export.runtime.inference.engine import Engine, default_engine, open_engine
from export.runtime.inference.preprocess import InputSpec, preprocess

ROUNDS = 25
FRAME_SIZE = (480, 640)
"""(H, W) of the camera frame."""


@dataclass(frozen=True)
class BoxTime:
    """What a box has measured of one model in FP32, from frame to decision."""

    engine: str
    p50_ms: float
    backbone: str = ""
    """Its name in the registry; empty where the benchmark is of a version that did not say."""
    side: int = 0
    """In pixels; 0 where it did not say."""


def frame_latencies(
    candidates: Sequence[tuple[Backbone, Weights, InputSpec]], engine: str
) -> Generator[TimingProgress, None, list[float]]:
    """Median milliseconds from a camera frame to its embedding for each candidate, all measured in turn.

    With as many threads as on a box. The head adds a few microseconds. Raises EngineError where one cannot run.
    """
    frame = np.random.default_rng(0).integers(0, 256, (*FRAME_SIZE, 3), np.uint8)
    calls: list[Callable[[], object]] = []

    def call_of(opened: Engine, spec: InputSpec) -> Callable[[], object]:
        return lambda: opened.run(preprocess(frame, spec)[None])

    for done, (backbone, weights, spec) in enumerate(candidates):
        yield TimingProgress(done, len(candidates) + ROUNDS)
        calls.append(call_of(open_engine(backbone_graph(backbone, weights, spec.side), engine), spec))
    found = yield from forward_events(
        measure(calls, rounds=ROUNDS, warm_up=3),
        lambda done: TimingProgress(len(candidates) + done, len(candidates) + ROUNDS),
    )
    return [latency.p50 for latency in found]


def read_box_time(path: Path) -> BoxTime:
    """The box's FP32 model of the product's engine, or else of another, from its `benchmark --json`.

    Raises BundleError where there is none.
    """
    timings = {timing.engine: timing for timing in read_timings_file(path) if timing.precision == "fp32"}
    if not timings:
        raise BundleError(f"{path} has no benchmark in FP32: other precisions say nothing about other networks")
    timing = timings.get(default_engine()) or next(iter(timings.values()))
    return BoxTime(timing.engine, timing.end_to_end_ms.p50, timing.backbone, timing.side)
