"""Graphs: the contract, the cache, nothing of this machine inside, and the same numbers on every engine."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper

from edge_transfer.backbones.classifier import TorchEngine
from edge_transfer.backbones.onnx_graph import backbone_graph
from edge_transfer.backbones.registry import REGISTRY
from edge_transfer.backbones.weights import Weights, find_weights
from edge_transfer.dataset.project import Project
from edge_transfer.errors import EngineError, StorageError
from edge_transfer.heads import LinearHead
from edge_transfer.runs.run import Run
from export.conversion.convert import classifier_graph, openvino_model
from export.parity.compare import TOLERANCE, compare
from export.runtime.inference.engine import ENGINES, open_engine

SMALL = REGISTRY["squeezenet"]

SIDE = 64

CLASSES = ("hex nut", "Schraube <b>", "empty")


@pytest.fixture(scope="module")
def pictures(varied: Callable[[int, int], NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """(20, 64, 64, 3)."""
    return varied(20, 1)


def head_for(dimensions: int, classes: int = 3, *, normalise: bool = True) -> LinearHead:
    rng = np.random.default_rng(7)
    weight = rng.normal(0, 10 if normalise else 0.1, (classes, dimensions)).astype(np.float32)
    return LinearHead(weight, rng.normal(0, 1, classes).astype(np.float32), normalise)


@pytest.fixture
def weights(trained: tuple[Project, Run]) -> Weights:
    return find_weights(SMALL, Path(trained[1].weights_path))


@pytest.fixture
def graph(weights: Weights) -> Path:
    """The graph of the small backbone, converted once for all tests."""
    return backbone_graph(SMALL, weights, SIDE)


# With a head


@pytest.mark.parametrize("normalise", [True, False])
@pytest.mark.parametrize("engine", ENGINES)
def test_logits_of_the_graph_are_those_of_the_head(
    graph: Path, tmp_path: Path, engine: str, normalise: bool, pictures: NDArray[np.uint8]
) -> None:
    head = head_for(512, normalise=normalise)
    path = tmp_path / "model.onnx"
    classifier_graph(graph, head, {}, path)
    output = open_engine(path, engine).run(pictures)
    assert np.abs(output.logits).max() > 1
    assert np.abs(output.logits - head.logits(output.embedding)).max() < 1e-4
    assert np.abs(output.embedding - open_engine(graph, engine).run(pictures).embedding).max() < 1e-4


def test_the_head_comes_first_and_metadata_is_ours(graph: Path, tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    classifier_graph(graph, head_for(512), {"edge_transfer.classes": json.dumps(CLASSES)}, path)
    model = onnx.load(path)
    assert [output.name for output in model.graph.output] == ["logits", "feature_vector"]
    shape = [size.dim_param or size.dim_value for size in model.graph.output[0].type.tensor_type.shape.dim]
    assert shape[1] == 3
    assert shape[0] == model.graph.input[0].type.tensor_type.shape.dim[0].dim_param
    assert {entry.key: json.loads(entry.value) for entry in model.metadata_props} == {
        "edge_transfer.classes": list(CLASSES)
    }
    assert model.producer_name == "edge-transfer"
    assert [file.name for file in tmp_path.iterdir()] == ["model.onnx"]


def test_a_batch_gives_what_single_pictures_give(graph: Path, tmp_path: Path, pictures: NDArray[np.uint8]) -> None:
    import onnxruntime

    path = tmp_path / "model.onnx"
    head = head_for(512)
    classifier_graph(graph, head, {}, path)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    whole = session.run(["logits", "feature_vector"], {"image": pictures})
    single = open_engine(path, "onnxruntime").run(pictures)
    assert whole[0] == pytest.approx(single.logits, abs=1e-3)
    assert whole[1] == pytest.approx(single.embedding, abs=1e-3)


def test_an_embedding_of_zeros_stays_finite(tmp_path: Path, pictures: NDArray[np.uint8]) -> None:
    """A dead backbone divides by no zero, in the graph as in torch."""
    zero = helper.make_node("Mul", ["pixels", "zero"], ["feature_vector"])
    cast = helper.make_node("Cast", ["image"], ["floats"], to=TensorProto.FLOAT)
    mean = helper.make_node("ReduceMean", ["floats", "axes"], ["pixels"], keepdims=0)
    inputs = [helper.make_tensor_value_info("image", TensorProto.UINT8, ["N", 32, 32, 3])]
    outputs = [helper.make_tensor_value_info("feature_vector", TensorProto.FLOAT, ["N", 3])]
    constants = [
        helper.make_tensor("axes", TensorProto.INT64, [2], [1, 2]),
        helper.make_tensor("zero", TensorProto.FLOAT, [], [0.0]),
    ]
    model = helper.make_model(
        helper.make_graph([cast, mean, zero], "g", inputs, outputs, constants),
        opset_imports=[helper.make_opsetid("", 20)],
        ir_version=10,
    )
    onnx.save(model, tmp_path / "dead.onnx")
    head = head_for(3)
    classifier_graph(tmp_path / "dead.onnx", head, {}, tmp_path / "model.onnx")
    for engine in ENGINES:
        logits = open_engine(tmp_path / "model.onnx", engine).run(pictures[:, :32, :32]).logits
        assert logits == pytest.approx(np.tile(head.bias, (20, 1)))


@pytest.mark.parametrize("crop", ["crop", "letterbox", "squash"])
def test_openvino_says_what_model_api_asks(graph: Path, tmp_path: Path, crop: str) -> None:
    import openvino

    classifier_graph(graph, head_for(512), {}, tmp_path / "model.onnx")
    openvino_model(tmp_path / "model.onnx", CLASSES, crop, tmp_path / "model.xml", half_weights=False)
    model = openvino.Core().read_model(tmp_path / "model.xml")
    info = {name: model.get_rt_info(["model_info", name]).astype(str) for name in model.rt_info["model_info"]}
    assert info["model_type"] == "Classification"
    assert info["labels"].split() == ["hex_nut", "Schraube_<b>", "empty"]
    assert info["resize_type"] == {"crop": "crop", "letterbox": "fit_to_window_letterbox", "squash": "standard"}[crop]
    assert info["reverse_input_channels"] == "True"
    assert info["output_raw_scores"] == "False"
    assert {output.get_any_name() for output in model.outputs} == {"logits", "feature_vector"}
    data = (tmp_path / "model.xml").read_bytes()
    assert str(Path.cwd()).encode() not in data
    assert str(tmp_path).encode() not in data


def test_half_weights_are_half_the_size_and_nearly_the_same(
    graph: Path, tmp_path: Path, pictures: NDArray[np.uint8]
) -> None:
    classifier_graph(graph, head_for(512), {}, tmp_path / "model.onnx")
    outputs = {}
    for half in (False, True):
        path = tmp_path / f"half-{half}.xml"
        openvino_model(tmp_path / "model.onnx", CLASSES, "squash", path, half_weights=half)
        outputs[half] = open_engine(path, "openvino").run(pictures)
    sizes = [(tmp_path / f"half-{half}.bin").stat().st_size for half in (False, True)]
    assert sizes[1] == pytest.approx(sizes[0] / 2, rel=0.02)
    parity = compare(outputs[False], outputs[True])
    assert 0 < parity.max_abs_logit_diff < TOLERANCE["fp16"]


def test_names_that_would_shift_the_labels_are_refused(graph: Path, tmp_path: Path) -> None:
    classifier_graph(graph, head_for(512), {}, tmp_path / "model.onnx")
    with pytest.raises(EngineError, match="class names cannot be empty"):
        openvino_model(tmp_path / "model.onnx", ("a", "", "b"), "crop", tmp_path / "model.xml", half_weights=False)


def test_a_full_disk_is_a_storage_error_and_leaves_nothing(
    graph: Path, tmp_path: Path, small_disk: Callable[[str], Path]
) -> None:
    disk = small_disk("1m")
    with pytest.raises(StorageError, match="the disk is full"):
        classifier_graph(graph, head_for(512), {}, disk / "model.onnx")
    classifier_graph(graph, head_for(512), {}, tmp_path / "model.onnx")
    with pytest.raises(StorageError, match="the disk is full"):
        openvino_model(tmp_path / "model.onnx", CLASSES, "crop", disk / "model.xml", half_weights=False)
    assert list(disk.iterdir()) == []


@pytest.mark.slow
def test_every_backbone_of_the_registry_equals_torch_on_every_engine(
    random_weights: Callable[[str], Path], tmp_path: Path, pictures: NDArray[np.uint8]
) -> None:
    """The graph's contract for all architectures: both outputs, their sizes, and parity."""
    for name, backbone in REGISTRY.items():
        if backbone.options:  # the same architecture in another width
            continue
        weights = find_weights(backbone, random_weights(name))
        graph = backbone_graph(backbone, weights, SIDE)
        head = head_for(backbone.dimensions)
        path = tmp_path / f"{name}.onnx"
        classifier_graph(graph, head, {}, path)
        openvino_model(path, CLASSES, "squash", tmp_path / f"{name}.xml", half_weights=False)
        expected = TorchEngine(backbone, weights, head, SIDE).run(pictures)
        assert expected.embedding.shape == (20, backbone.dimensions)
        assert np.ptp(expected.logits, axis=0).max() > 0.1, "otherwise parity would say nothing"
        for file in (path, path.with_suffix(".xml")):
            for engine in ENGINES if file.suffix == ".onnx" else ("openvino",):
                output = open_engine(file, engine).run(pictures)
                parity = compare(expected, output)
                assert parity.max_abs_logit_diff < 1e-3, (name, engine)
                scale = float(np.abs(expected.embedding).max())
                assert parity.max_abs_embedding_diff < 1e-4 * max(1.0, scale), (name, engine)
                assert parity.top1_agreement == 1.0, (name, engine)
