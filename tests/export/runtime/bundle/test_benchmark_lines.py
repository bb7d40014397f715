from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from export.runtime.bundle.benchmark import Latency, Timing, read_timings, read_timings_file, timing_json
from export.runtime.errors import BundleError
from export.runtime.sinks.messages import json_line

LATENCY = Latency(4.0, 5.0, 6.0, 240.0, 200)
TIMINGS = (
    Timing(
        "model.xml", "openvino", "fp32", 1, LATENCY, Latency(5.0, 6.0, 7.0, 200.0, 200), 90_000_000, "squeezenet", 64
    ),
    Timing("model.onnx", "onnxruntime", "fp32", 1, LATENCY, LATENCY, 0),
)
GOOD = json_line(timing_json(TIMINGS[0]))


def changed(**values: Any) -> str:
    return json.dumps({**json.loads(GOOD), **values})


def test_what_the_box_prints_is_read_as_it_was_measured() -> None:
    text = "\n".join(json_line(timing_json(timing)) for timing in TIMINGS)
    assert read_timings(f"{text}\n\n") == TIMINGS


@pytest.mark.parametrize("missing", [("backbone", "side"), ("side",), ("backbone",)])
def test_older_boxes_do_not_say_which_backbone_and_side(missing: tuple[str, ...]) -> None:
    values = {key: value for key, value in json.loads(GOOD).items() if key not in missing}
    unknown: dict[str, Any] = {"backbone": "", "side": 0}
    assert read_timings(json.dumps(values)) == (replace(TIMINGS[0], **{key: unknown[key] for key in missing}),)


def test_a_file_is_named_where_it_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "benchmark.json"
    path.write_text("\n".join(json_line(timing_json(timing)) for timing in TIMINGS))
    assert read_timings_file(path) == TIMINGS
    path.write_text(f"{GOOD}\n{{")
    with pytest.raises(BundleError, match=r"line 2 of .*benchmark\.json is not a model's benchmark: it is no JSON"):
        read_timings_file(path)
    path.write_text("")
    with pytest.raises(BundleError, match=r"there is no benchmark in .*benchmark\.json"):
        read_timings_file(path)
    path.write_bytes(b"\xff\xfe\xff")
    with pytest.raises(BundleError, match=r"benchmark\.json is not a text"):
        read_timings_file(path)
    with pytest.raises(BundleError, match=r"none\.json"):
        read_timings_file(tmp_path / "none.json")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "there is no benchmark in it"),
        ("hello", "line 1 .* it is no JSON"),
        ("[1]", "line 1 .* expected an object"),
        (f"{GOOD}\n{GOOD}", "line 2 .* model.xml stands there twice"),
        (changed(extra=1), r"unknown fields \['extra'\]"),
        (json.dumps({"file": "model.xml"}), "it lacks"),
        (changed(engine=3), "engine is '3', not a short text"),
        (changed(threads=0), "threads is 0"),
        (changed(threads=True), "threads is True"),
        (changed(peak_memory_bytes=-1), "peak_memory_bytes is -1"),
        (changed(backbone=None), "backbone is 'None', not a short text"),
        (changed(side="64"), "side is 64, not a whole number"),
        (changed(side=-1), "side is -1"),
        (changed(end_to_end_ms={}), "it lacks"),
        (changed(end_to_end_ms={**vars(LATENCY), "p50": float("nan")}), "NaN is not a number"),
        (changed(end_to_end_ms={**vars(LATENCY), "p50": 0}), "p50 is 0, not a number above 0"),
        (changed(end_to_end_ms={**vars(LATENCY), "p50": 9}), "not in order"),
        ("[" * 100_000, "line 1"),
    ],
)
def test_anything_else_is_refused_with_its_line_and_what_to_do(text: str, says: str) -> None:
    with pytest.raises(BundleError, match=says) as caught:
        read_timings(text)
    assert "edge_runtime benchmark --json" in str(caught.value)
    assert len(str(caught.value)) < 500
