"""Both engines against plain numpy, and everything an engine must refuse."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper

from export.runtime.errors import EngineError
from export.runtime.inference import engine as engines
from export.runtime.inference.engine import Engine, OpenVinoEngine, available_engines, default_threads, open_engine

SIDE = 32
BOTH = [("openvino", "tiny_xml"), ("openvino", "tiny_onnx"), ("onnxruntime", "tiny_onnx")]


def pictures(count: int, seed: int = 0) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (count, SIDE, SIDE, 3), np.uint8)


@pytest.fixture(params=BOTH, ids=["openvino-ir", "openvino-onnx", "onnxruntime"])
def model(request: pytest.FixtureRequest) -> tuple[Path, str]:
    name, fixture = request.param
    return request.getfixturevalue(fixture), name


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5])
def test_equals_numpy(model: tuple[Path, str], tiny_net: Any, count: int) -> None:
    images = pictures(count)
    output = open_engine(*model).run(images)
    logits, embedding = tiny_net.reference(images)
    assert output.logits.shape == (count, 3)
    assert output.embedding.shape == (count, 8)
    assert output.logits.dtype == output.embedding.dtype == np.float32
    # bfloat16, which OpenVINO takes by itself on some CPUs, would be off by 1e-2.
    assert np.abs(output.logits - logits).max() < 1e-5
    assert np.abs(output.embedding - embedding).max() < 1e-5


@pytest.mark.parametrize("count", [1, 2, 3, 7])
@pytest.mark.parametrize("threads", [1, 2, 3])
def test_throughput_gives_the_same_in_the_same_order(model: tuple[Path, str], count: int, threads: int) -> None:
    images = pictures(count)
    latency = open_engine(*model, threads=1).run(images)
    throughput = open_engine(*model, threads=threads, throughput=True)
    for _ in range(3):
        output = throughput.run(images)
        assert np.abs(output.logits - latency.logits).max() < 1e-5
        assert np.abs(output.embedding - latency.embedding).max() < 1e-5


def test_a_picture_does_not_depend_on_its_neighbours(model: tuple[Path, str]) -> None:
    opened = open_engine(*model)
    images = pictures(4)
    together = opened.run(images)
    for index in range(4):
        assert (opened.run(images[index : index + 1]).logits[0] == together.logits[index]).all()


def test_results_are_not_overwritten_by_the_next_call(model: tuple[Path, str]) -> None:
    opened = open_engine(*model)
    first = opened.run(pictures(2))
    kept = first.logits.copy(), first.embedding.copy()
    opened.run(pictures(2, seed=9))
    assert (first.logits == kept[0]).all()
    assert (first.embedding == kept[1]).all()


@pytest.mark.parametrize("throughput", [False, True])
def test_memory_bound_once_changes_no_bit(tiny_xml: Path, throughput: bool) -> None:
    """Against OpenVINO as one calls it: each picture handed over, its outputs asked for and copied."""
    import openvino

    network = openvino.Core().read_model(tiny_xml)
    network.reshape([1, SIDE, SIDE, 3])
    settings = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": 2}
    request = openvino.Core().compile_model(network, "CPU", settings).create_infer_request()
    opened = open_engine(tiny_xml, "openvino", threads=2, throughput=throughput)
    for seed in range(5):
        images = pictures(1 + seed, seed)
        output = opened.run(images)
        for index, image in enumerate(images):
            expected = request.infer({"image": image[None]})
            assert np.array_equal(output.logits[index], expected["logits"][0])
            assert np.array_equal(output.embedding[index], expected["feature_vector"][0])


def test_the_pictures_are_neither_changed_nor_kept(model: tuple[Path, str]) -> None:
    opened = open_engine(*model)
    images = pictures(2)
    images.flags.writeable = False
    expected = opened.run(images)
    other = pictures(2, seed=9)
    opened.run(other)
    other[:] = 0
    assert np.array_equal(images, pictures(2))
    assert np.array_equal(opened.run(images).logits, expected.logits)


def test_views_are_read_rightly(model: tuple[Path, str]) -> None:
    opened = open_engine(*model)
    images = pictures(6)[::-2, :, ::-1]
    assert (opened.run(images).logits == opened.run(np.ascontiguousarray(images)).logits).all()


@pytest.mark.parametrize("throughput", [False, True])
def test_eight_threads_get_their_own_answers(model: tuple[Path, str], throughput: bool) -> None:
    opened = open_engine(*model, threads=2, throughput=throughput)
    images = pictures(8)
    expected = opened.run(images).logits
    start = threading.Barrier(8)

    def work(index: int) -> bool:
        start.wait()
        return all((opened.run(images[index : index + 1]).logits[0] == expected[index]).all() for _ in range(25))

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(8)))


@pytest.mark.parametrize(
    "images",
    [
        np.zeros((1, SIDE, SIDE, 3), np.float32),
        np.full((1, SIDE, SIDE, 3), np.nan),
        np.zeros((1, SIDE, SIDE, 3), np.int8),
        np.zeros((SIDE, SIDE, 3), np.uint8),
        np.zeros((1, 3, SIDE, SIDE), np.uint8),
        np.zeros((1, SIDE, SIDE, 4), np.uint8),
        np.zeros((1, SIDE + 1, SIDE, 3), np.uint8),
        np.zeros((0, SIDE, SIDE, 3), np.uint8),
        [[[[1, 2, 3]]]],
        None,
    ],
    ids=lambda images: f"{getattr(images, 'dtype', '')} {getattr(images, 'shape', images)}",
)
def test_other_arrays_are_refused(model: tuple[Path, str], images: Any) -> None:
    opened = open_engine(*model)
    with pytest.raises(EngineError, match=r"takes uint8 pictures of shape \(N, 32, 32, 3\), got"):
        opened.run(images)
    assert opened.run(pictures(1)).logits.shape == (1, 3)


def test_openvino_waits_for_its_requests_after_an_error(tiny_xml: Path) -> None:
    opened = open_engine(tiny_xml, "openvino", threads=2, throughput=True)
    assert isinstance(opened, OpenVinoEngine)
    images = pictures(4)
    expected = opened.run(images).logits
    whole = opened._lanes[0].request, opened._lanes[1].request
    calls: list[str] = []

    class Spy:
        def __init__(self, request: Any, breaks: bool) -> None:
            self._request = request
            self._breaks = breaks

        def start_async(self, *inputs: Any, **options: Any) -> None:
            if self._breaks:
                raise RuntimeError("first line\nout of luck")
            calls.append("start")
            self._request.start_async(*inputs, **options)

        def wait(self) -> None:
            calls.append("wait")
            self._request.wait()

    for lane, breaks in zip(opened._lanes, (False, True), strict=True):
        lane.request = Spy(lane.request, breaks)
    with pytest.raises(EngineError, match="OpenVINO failed: out of luck"):
        opened.run(images)
    assert calls[:2] == ["start", "wait"]
    for lane, request in zip(opened._lanes, whole, strict=True):
        lane.request = request
    assert np.abs(opened.run(images).logits - expected).max() < 1e-6


def test_a_request_that_breaks_leaves_the_engine_usable(tiny_xml: Path) -> None:
    opened = open_engine(tiny_xml, "openvino", threads=1)
    assert isinstance(opened, OpenVinoEngine)
    images = pictures(2)
    expected = opened.run(images).logits
    (lane,) = opened._lanes
    whole = lane.request

    class Broken:
        def infer(self, **_: Any) -> None:
            raise RuntimeError("first line\nout of luck")

    lane.request = Broken()
    with pytest.raises(EngineError, match="OpenVINO failed: out of luck"):
        opened.run(images)
    lane.request = whole
    assert np.array_equal(opened.run(images).logits, expected)


def test_the_best_engine_is_taken_by_itself(tiny_onnx: Path, tiny_xml: Path, hide_engines: Callable[..., None]) -> None:
    assert available_engines() == ["openvino", "onnxruntime"]
    assert open_engine(tiny_onnx).name == "openvino"
    hide_engines("openvino")
    assert available_engines() == ["onnxruntime"]
    assert open_engine(tiny_onnx).name == "onnxruntime"
    with pytest.raises(EngineError, match=r"no engine for model\.xml is installed: pip install openvino$"):
        open_engine(tiny_xml)
    with pytest.raises(EngineError, match="the engine openvino is not installed: pip install openvino"):
        open_engine(tiny_onnx, "openvino")
    hide_engines("openvino", "onnxruntime")
    with pytest.raises(EngineError, match="pip install openvino or onnxruntime"):
        open_engine(tiny_onnx)


def test_an_engine_that_cannot_be_loaded(tiny_onnx: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    monkeypatch.setattr(engines, "available_engines", lambda: ["onnxruntime"])
    with pytest.raises(EngineError, match="the engine onnxruntime is installed but cannot be loaded"):
        open_engine(tiny_onnx)


def test_wrong_use(tiny_onnx: Path, tiny_xml: Path, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="unknown engine 'tensorrt'; known are openvino, onnxruntime"):
        open_engine(tiny_onnx, "tensorrt")
    with pytest.raises(EngineError, match=r"onnxruntime cannot read model\.xml; it needs an \.onnx file"):
        open_engine(tiny_xml, "onnxruntime")
    with pytest.raises(EngineError, match="at least one thread, got 0"):
        open_engine(tiny_onnx, threads=0)
    with pytest.raises(EngineError, match="no model at"):
        open_engine(tmp_path / "missing.onnx")
    with pytest.raises(EngineError, match=r"model.pt is not a model we read: give an .onnx file"):
        open_engine(tmp_path / "model.pt")


def test_an_ir_without_its_weights(tiny_xml: Path, tmp_path: Path) -> None:
    path = tmp_path / "model.xml"
    path.write_bytes(tiny_xml.read_bytes())
    with pytest.raises(EngineError, match=r"model\.xml needs model\.bin beside it"):
        open_engine(path)
    path.with_suffix(".bin").write_bytes(tiny_xml.with_suffix(".bin").read_bytes()[:100])
    with pytest.raises(EngineError, match=r"OpenVINO cannot load model\.xml"):
        open_engine(path)


@pytest.mark.parametrize("engine", ["openvino", "onnxruntime"])
@pytest.mark.parametrize("damage", ["half", "empty", "text", "last byte", "zeros"])
def test_a_damaged_model_file(tiny_onnx: Path, tmp_path: Path, engine: str, damage: str) -> None:
    data = tiny_onnx.read_bytes()
    damaged = {
        "half": data[: len(data) // 2],
        "empty": b"",
        "text": b"this is no model\n" * 100,
        "last byte": data[:-1],
        "zeros": bytes(len(data)),
    }[damage]
    path = tmp_path / "model.onnx"
    path.write_bytes(damaged)
    with pytest.raises(EngineError, match=r"^model\.onnx is no ONNX file, or is damaged or cut off$"):
        open_engine(path, engine)


@pytest.mark.parametrize("damage", ["half", "empty", "text"])
def test_a_damaged_ir(tiny_xml: Path, tmp_path: Path, damage: str) -> None:
    text = tiny_xml.read_bytes()
    path = tmp_path / "model.xml"
    path.write_bytes({"half": text[: len(text) // 2], "empty": b"", "text": b"no model\n" * 100}[damage])
    path.with_suffix(".bin").write_bytes(tiny_xml.with_suffix(".bin").read_bytes())
    with pytest.raises(EngineError, match="model.xml: ." if damage == "half" else "model.xml is no OpenVINO model"):
        open_engine(path)


Info = helper.make_tensor_value_info


def wrong_model(kind: str) -> onnx.ModelProto:
    """A sound ONNX model that is not one of ours."""
    uint8, float32 = TensorProto.UINT8, TensorProto.FLOAT
    shape: list[Any] = {
        "planes first": ["N", 3, SIDE, SIDE],
        "any size": ["N", "S", "S", 3],
        "not square": ["N", SIDE, SIDE * 2, 3],
        "four channels": ["N", SIDE, SIDE, 4],
    }.get(kind, ["N", SIDE, SIDE, 3])
    inputs = [Info("pixels" if kind == "input name" else "image", float32 if kind == "float input" else uint8, shape)]
    if kind == "two inputs":
        inputs.append(Info("mask", uint8, shape))
    to = TensorProto.DOUBLE if kind == "double output" else float32
    nodes = [
        helper.make_node("Cast", [inputs[0].name], ["cast"], to=to),
        helper.make_node("Flatten", ["cast"], ["feature_vector" if kind != "output name" else "output"]),
    ]
    outputs = [Info("feature_vector" if kind != "output name" else "output", to, ["N", None])]
    if kind == "picture output":
        nodes = [helper.make_node("Cast", ["image"], ["feature_vector"], to=to)]
        outputs = [Info("feature_vector", to, shape)]
    if kind == "more outputs":
        nodes.append(helper.make_node("Relu", ["cast"], ["mask"]))
        outputs.append(Info("mask", to, shape))
    if kind == "two inputs":
        nodes.append(helper.make_node("Cast", ["mask"], ["logits"], to=to))
        outputs.append(Info("logits", to, shape))
    graph = helper.make_graph(nodes, "wrong", inputs, outputs)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)


@pytest.mark.parametrize("engine", ["openvino", "onnxruntime"])
@pytest.mark.parametrize(
    "kind",
    [
        "input name",
        "float input",
        "planes first",
        "any size",
        "not square",
        "four channels",
        "two inputs",
        "output name",
        "double output",
        "picture output",
        "more outputs",
    ],
)
def test_models_that_break_the_contract(tmp_path: Path, engine: str, kind: str) -> None:
    path = tmp_path / "model.onnx"
    onnx.save(wrong_model(kind), path)
    with pytest.raises(EngineError, match=r"model\.onnx is not one of our models: it (takes|gives) "):
        open_engine(path, engine)


@pytest.mark.parametrize("engine", ["openvino", "onnxruntime"])
def test_a_backbone_has_no_logits(tmp_path: Path, engine: str) -> None:
    path = tmp_path / "model.onnx"
    onnx.save(wrong_model("none: only a backbone"), path)
    output = open_engine(path, engine).run(pictures(2))
    assert output.logits.shape == (2, 0)
    assert (output.embedding == pictures(2).reshape(2, -1)).all()


def test_threads_are_one_less_than_the_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    for cores, threads in [(1, 1), (2, 1), (4, 3)]:
        monkeypatch.setattr(engines, "physical_cores", lambda cores=cores: cores)
        assert default_threads() == threads


def test_physical_cores_are_within_what_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert 1 <= engines.physical_cores() <= len(engines._allowed_processors())
    monkeypatch.setattr(engines, "_allowed_processors", lambda: [100_000, 100_001, 100_002])
    assert engines.physical_cores() == 3


def test_both_engines_are_engines(tiny_onnx: Path) -> None:
    opened: list[Engine] = [open_engine(tiny_onnx, name) for name in available_engines()]
    assert [(engine.name, engine.side) for engine in opened] == [("openvino", 32), ("onnxruntime", 32)]
