"""What a frame costs: measured here, and read from the benchmark of a box."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from edge_transfer.advice.frame_cost import ROUNDS, BoxTime, frame_latencies, read_box_time
from edge_transfer.backbones.registry import backbone_named
from edge_transfer.backbones.weights import find_weights
from edge_transfer.errors import BundleError
from export.runtime.bundle.benchmark import TimingProgress
from export.runtime.events import exhaust, forward_events
from export.runtime.inference.engine import default_engine
from export.runtime.inference.preprocess import InputSpec


def line(engine: str, precision: str, p50: float, **more: Any) -> str:
    times = {"p50": p50, "p95": 2 * p50, "p99": 3 * p50, "per_second": 1000 / p50, "n": 200}
    values = {"file": f"{engine}-{precision}", "engine": engine, "precision": precision, "threads": 2}
    values |= {"engine_ms": times, "end_to_end_ms": times, "peak_memory_bytes": 0}
    return json.dumps({**values, **more}) + "\n"


def written(folder: Path, *lines: str) -> Path:
    path = folder / "box.json"
    path.write_text("".join(lines), "utf-8")
    return path


def test_the_products_engine_comes_before_another_one(tmp_path: Path) -> None:
    own = default_engine()
    other = next(name for name in ("openvino", "onnxruntime") if name != own)
    both = written(
        tmp_path,
        line(other, "fp32", 3.0, backbone="resnet18", side=96),
        line(own, "int8", 1.0, backbone="resnet18", side=96),
        line(own, "fp32", 5.0, backbone="squeezenet", side=64),
    )
    assert read_box_time(both) == BoxTime(own, 5.0, "squeezenet", 64)
    assert read_box_time(written(tmp_path, line(other, "fp32", 3.0, side=96))) == BoxTime(other, 3.0, "", 96)


def test_a_benchmark_without_fp32_or_with_an_impossible_side_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="no benchmark in FP32"):
        read_box_time(written(tmp_path, line("openvino", "int8", 1.0)))
    with pytest.raises(BundleError, match="side is 64, not a whole number from 0"):
        read_box_time(written(tmp_path, line("openvino", "fp32", 1.0, side="64")))


def test_a_larger_side_costs_more_and_progress_counts_to_its_end() -> None:
    backbone = backbone_named("builtin")
    weights = find_weights(backbone)
    seen: list[TimingProgress] = []
    sides = [InputSpec(64), InputSpec(224)]
    events = frame_latencies([(backbone, weights, spec) for spec in sides], "onnxruntime")
    small, large = exhaust(forward_events(events, seen.append))
    assert 0 < small < large
    done = [step.done for step in seen]
    assert done == sorted(done)
    assert {step.total for step in seen} == {len(sides) + ROUNDS}
    assert done[-1] == len(sides) + ROUNDS
