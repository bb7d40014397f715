"""Times by hand arithmetic, and the real thing on both engines."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from export.runtime.bundle import benchmark as timing
from export.runtime.bundle.benchmark import (
    Latency,
    NotMeasured,
    Timing,
    measure,
    measure_bundle,
    measure_model,
    measure_predictor,
    peak_memory_bytes,
    timing_json,
    timing_text,
)
from export.runtime.bundle.predictor import Predictor
from export.runtime.errors import BundleError, EngineError
from export.runtime.events import exhaust
from export.runtime.inference.engine import default_threads
from export.runtime.sinks.messages import json_line


class Clock:
    """Stands for the clock: a call takes what it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def takes(self, *seconds: float) -> Callable[[], None]:
        rest = list(seconds)

        def call() -> None:
            self.now += rest.pop(0)

        return call


def test_percentiles_and_rate_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(time, "perf_counter", lambda: clock.now)
    calls = [clock.takes(9, *(number / 1000 for number in range(1, 102))), clock.takes(9, *[0.5] * 101)]
    first, second = exhaust(measure(calls, rounds=101, warm_up=1))
    assert (first.p50, first.p95, first.p99) == pytest.approx((51, 96, 100))
    assert first.per_second == pytest.approx(101 / (sum(range(1, 102)) / 1000))
    assert (second.p50, second.p99, second.per_second, second.n) == pytest.approx((500, 500, 2, 101))


def test_calls_take_turns_and_progress_counts_rounds_that_are_done() -> None:
    order: list[str] = []
    events = measure([lambda: order.append("a"), lambda: order.append("b")], rounds=20, warm_up=2)
    done = list(events)
    assert order == ["a", "b"] * 22
    assert done == [1, 3, 5, 7, 9, 11, 13, 15, 17, 19]
    assert list(measure([lambda: None], rounds=3)) == [1, 2, 3]


def test_closing_stops_the_calls() -> None:
    calls: list[int] = []
    events = measure([lambda: calls.append(1)], rounds=1000, warm_up=0)
    next(events)
    events.close()
    assert len(calls) == 1


@pytest.mark.parametrize("engine", ["openvino", "onnxruntime"])
def test_a_predictor(tiny_bundle: Path, engine: str) -> None:
    predictor = Predictor.open(tiny_bundle, engine, threads=1)
    result = exhaust(measure_predictor(predictor, threads=1, rounds=30))
    assert (result.engine, result.precision, result.threads) == (engine, "fp32", 1)
    assert result.file == predictor.model.file
    for latency in (result.engine_ms, result.end_to_end_ms):
        assert 0 < latency.p50 <= latency.p95 <= latency.p99
        assert latency.n == 30
        assert latency.per_second > 0
    assert result.end_to_end_ms.p50 > result.engine_ms.p50
    assert 10_000_000 < result.peak_memory_bytes < 100_000_000_000


def test_a_predictor_tells_its_progress(tiny_bundle: Path) -> None:
    predictor = Predictor.open(tiny_bundle, "onnxruntime")
    events = list(measure_predictor(predictor, threads=1, rounds=10, frame_size=(20, 30)))
    assert [(event.done, event.total) for event in events] == [(number, 10) for number in range(1, 11)]


def test_one_model(tiny_bundle: Path) -> None:
    result = exhaust(measure_model(tiny_bundle, "model.onnx", rounds=5))
    assert (result.engine, result.threads, result.engine_ms.n) == ("onnxruntime", default_threads(), 5)
    with pytest.raises(EngineError, match=r"has no model model\.pt; it has model\.xml, model\.onnx"):
        exhaust(measure_model(tiny_bundle, "model.pt"))


def test_every_model_in_a_process_of_its_own(tiny_bundle: Path) -> None:
    results = list(measure_bundle(tiny_bundle, threads=1, rounds=5))
    assert [result.file for result in results] == ["model.xml", "model.onnx"]
    own = peak_memory_bytes()
    for result in results:
        assert isinstance(result, Timing), result
        assert (result.threads, result.end_to_end_ms.n) == (1, 5)
        # This process holds both engines and the tests; a child holds one engine.
        assert 10_000_000 < result.peak_memory_bytes < own


def test_a_model_that_cannot_be_measured_is_named(
    tiny_bundle: Path, hide_engines: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    hide_engines("openvino")
    monkeypatch.setattr(sys, "executable", "/bin/false")
    results = list(measure_bundle(tiny_bundle, rounds=1))
    assert results == [
        NotMeasured("model.xml", "openvino is not installed here"),
        NotMeasured("model.onnx", "onnxruntime crashed (exit code 1)"),
    ]


class Child:
    """A child process that has ended in some way."""

    def __init__(self, returncode: int, output: str = "", errors: str = "") -> None:
        self.returncode = returncode
        self._said = output.encode(), errors.encode()

    def communicate(self) -> tuple[bytes, bytes]:
        return self._said

    def kill(self) -> None:
        pass

    def __enter__(self) -> Child:
        return self

    def __exit__(self, *_: object) -> None:
        pass


@pytest.mark.parametrize(
    ("child", "reason"),
    [
        (Child(-4, errors="Illegal instruction"), "openvino crashed (exit code -4)"),
        (Child(2, errors="a warning\nerror: out of luck\n"), "out of luck"),
    ],
)
def test_a_child_that_fails(tiny_bundle: Path, monkeypatch: pytest.MonkeyPatch, child: Child, reason: str) -> None:
    def start(*_: Any, **__: Any) -> Child:
        return child

    monkeypatch.setattr(subprocess, "Popen", start)
    assert next(measure_bundle(tiny_bundle)) == NotMeasured("model.xml", reason)


def test_a_child_says_what_timing_json_says(tiny_bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from export.runtime.bundle.benchmark import timing_json

    result = exhaust(measure_model(tiny_bundle, "model.xml", rounds=2))
    child = Child(0, output=json.dumps(timing_json(result)))
    monkeypatch.setattr(subprocess, "Popen", lambda *_, **__: child)
    assert next(measure_bundle(tiny_bundle)) == result


def test_a_damaged_bundle_is_not_measured(bundle: Path) -> None:
    (bundle / "labels.txt").write_text("other\n", "utf-8")
    with pytest.raises(BundleError, match=r"labels\.txt does not match"):
        next(measure_bundle(bundle))
    with pytest.raises(BundleError, match=r"labels\.txt does not match"):
        next(measure_model(bundle, "model.xml"))


def test_memory_is_unknown_where_the_system_does_not_say(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_file(*_: object) -> str:
        raise FileNotFoundError

    monkeypatch.setattr(Path, "read_text", no_file)
    assert timing.peak_memory_bytes() > 10_000_000
    monkeypatch.setitem(sys.modules, "resource", None)
    assert timing.peak_memory_bytes() == 0


def test_timing() -> None:
    latency = Latency(1.0, 2.0, 3.0, 900.0, 200)
    timing = Timing("model.xml", "openvino", "fp32", 1, latency, Latency(2.0, 3.0, 4.0, 450.0, 200), 123_400_000)
    values = timing_json(timing)
    assert values["engine_ms"] == {"p50": 1.0, "p95": 2.0, "p99": 3.0, "per_second": 900.0, "n": 200}
    assert json.loads(json_line(values)) == values
    text = timing_text(timing)
    assert text == (
        "model.xml (openvino fp32, 1 thread): network p50 1.00 ms, p95 2.00 ms; "
        "frame to answer p50 2.00 ms, p95 3.00 ms, 450 a second, peak memory 123 MB"
    )
    unknown = Timing("model.xml", "openvino", "fp32", 2, latency, latency, 0)
    assert "2 threads" in timing_text(unknown)
    assert "memory" not in timing_text(unknown)


def test_a_package_of_the_same_name_in_the_current_folder_is_not_run(
    tiny_bundle: Path, foreign_modules: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(foreign_modules)
    result = next(measure_bundle(tiny_bundle, threads=1, rounds=1))
    assert isinstance(result, Timing), result
