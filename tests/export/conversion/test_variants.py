"""Variants of an export: their rows, and the choice of the fastest with its reasons."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from edge_transfer.backbones.onnx_graph import backbone_graph
from edge_transfer.backbones.registry import backbone_named
from edge_transfer.backbones.weights import find_weights
from edge_transfer.errors import EngineError
from export.conversion.variants import FILES, ModelVariant, choose, memory_of, size_of
from export.parity.compare import Parity
from export.runtime.bundle.benchmark import Latency


def latency(p50: float) -> Latency:
    return Latency(p50, 2 * p50, 3 * p50, 1000 / p50, 60)


FAST = ModelVariant("openvino", "fp32", latency=latency(2.0), top1=0.9, agreement=1.0, bytes=10)

SLOW = ModelVariant("onnxruntime", "fp32", latency=latency(3.0), top1=0.9, agreement=1.0, bytes=12)

INT8 = ModelVariant(
    "openvino", "int8", latency=latency(4.0), top1=0.8, agreement=0.9, bytes=4, note="it loses one point"
)

FAILED = ModelVariant("onnxruntime", "int8", problem="is slower than FP32")


def test_no_precision_takes_the_file_of_another_but_half_weights() -> None:
    assert FILES["openvino", "fp16"] == FILES["openvino", "fp32"]
    others = [file for key, file in FILES.items() if key != ("openvino", "fp16")]
    assert len(set(others)) == len(others)


def test_the_fastest_is_chosen_and_each_says_why_it_is_where_it_is() -> None:
    fast, slow, int8, failed = choose([FAST, SLOW, INT8, FAILED], "auto", "here", {})
    assert [trial.chosen for trial in (fast, slow, int8, failed)] == [True, False, False, False]
    assert fast.note == "equal to the trained model and the fastest here"
    assert slow.note == "equal to the trained model, 1.50 times the chosen one's latency here"
    assert int8.note == "it loses one point, 2.00 times the chosen one's latency here"
    assert failed == FAILED


def test_int8_is_chosen_where_it_is_asked_for() -> None:
    assert [trial.chosen for trial in choose([FAST, INT8], "int8", "here", {})] == [False, True]
    with pytest.raises(EngineError, match="no model in INT8 can be shipped: onnxruntime int8 is slower than FP32"):
        choose([FAST, FAILED], "int8", "here", {})


def test_what_the_box_has_measured_may_be_chosen_alone() -> None:
    fast, slow = choose([FAST, SLOW], "auto", "on the box", {("onnxruntime", "fp32"): latency(9.0)})
    assert slow.chosen
    assert fast.note == "equal to the trained model, not measured on the box"
    with pytest.raises(EngineError, match="the box has measured none of the models"):
        choose([FAST], "auto", "on the box", {("onnxruntime", "int8"): latency(9.0)})


def test_one_engine_alone_is_called_so() -> None:
    (alone,) = choose([FAST], "auto", "here", {})
    assert alone.note == "the only engine here"


def test_the_rows_say_what_was_measured() -> None:
    trial = replace(
        FAST, parity=Parity(21, 1e-5, 1e-5, 1.0), memory_bytes=81_500_000, chosen=True, note="the fastest here"
    )
    entry = trial.entry()
    assert (entry.file, entry.bytes, entry.top1, entry.chosen) == ("model.xml", 10, 0.9, True)
    assert entry.parity == {"max_abs_logit_diff": 1e-5, "top1_agreement": 1.0}
    assert entry.latency_ms == {"p50": 2.0, "p95": 4.0}
    row = trial.candidate()
    assert (row.file, row.p50_ms, row.per_second, row.memory_mb) == ("model.xml", 2.0, 500.0, 81.5)
    assert (row.shipped, row.reason) == (True, "the fastest here")
    left_out = FAILED.candidate()
    assert (left_out.file, left_out.memory_mb, left_out.shipped) == ("", None, False)
    assert left_out.reason == "is slower than FP32"


def test_the_size_counts_every_file_of_the_model(tmp_path: Path) -> None:
    (tmp_path / "model.xml").write_bytes(b"12345")
    (tmp_path / "model.bin").write_bytes(b"123")
    (tmp_path / "model.onnx").write_bytes(b"1234567")
    assert size_of(tmp_path, FAST) == 8
    assert size_of(tmp_path, SLOW) == 7


def test_memory_is_measured_beside_modules_of_our_names(foreign_modules: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    backbone = backbone_named("builtin")
    graph = backbone_graph(backbone, find_weights(backbone), 64)
    monkeypatch.chdir(foreign_modules)
    assert memory_of(graph, "onnxruntime") > 10_000_000
