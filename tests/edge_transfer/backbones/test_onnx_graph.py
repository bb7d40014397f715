"""The ONNX graph of a backbone: its contract, its cache, and what cannot be converted."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper

from edge_transfer.backbones import network as network_module
from edge_transfer.backbones import onnx_graph
from edge_transfer.backbones.onnx_graph import backbone_graph, open_backbone
from edge_transfer.backbones.registry import REGISTRY
from edge_transfer.backbones.weights import Weights, find_weights
from edge_transfer.dataset.project import Project
from edge_transfer.errors import EngineError, WeightsError
from edge_transfer.runs.run import (
    Run,
)
from export.runtime.inference.engine import ENGINES, open_engine

SMALL = REGISTRY["squeezenet"]
SIDE = 64


@pytest.fixture(scope="module")
def pictures(varied: Callable[[int, int], NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """(20, 64, 64, 3)."""
    return varied(20, 1)


@pytest.fixture
def weights(trained: tuple[Project, Run]) -> Weights:
    return find_weights(SMALL, Path(trained[1].weights_path))


@pytest.fixture
def graph(weights: Weights) -> Path:
    """The graph of the small backbone, converted once for all tests."""
    return backbone_graph(SMALL, weights, SIDE)


def test_the_graph_keeps_the_contract(graph: Path, weights: Weights, pictures: NDArray[np.uint8]) -> None:
    model = onnx.load(graph)
    (image,) = model.graph.input
    assert image.name == "image"
    assert image.type.tensor_type.elem_type == TensorProto.UINT8
    dimensions = [size.dim_param or size.dim_value for size in image.type.tensor_type.shape.dim]
    assert isinstance(dimensions[0], str)
    assert dimensions[1:] == [SIDE, SIDE, 3]
    assert [output.name for output in model.graph.output] == ["feature_vector"]
    for engine in ENGINES:
        opened = open_engine(graph, engine)
        output = opened.run(pictures)
        assert (opened.side, output.logits.shape, output.embedding.shape) == (SIDE, (20, 0), (20, 512))


def test_the_graph_is_one_clean_file(graph: Path) -> None:
    """E3, E4: no dropout, no batch norm, no data beside it, and no path of this machine in it."""
    model = onnx.load(graph, load_external_data=False)
    operators = {node.op_type for node in model.graph.node}
    assert not {name for name in operators if name.startswith(("Random", "Dropout", "BatchNorm"))}
    assert not any(tensor.external_data for tensor in model.graph.initializer)
    assert sorted(path.suffix for path in graph.parent.glob(f"{graph.stem}.*")) == [".onnx", ".sha256"]
    data = graph.read_bytes()
    for trace in (b"stack_trace", b"pkg.torch", str(Path(torch.__file__).parents[1]).encode(), b"/site-packages/"):
        assert trace not in data
    assert str(Path(onnx_graph.__file__).parents[2]).encode() not in data


def test_a_cached_graph_is_not_made_again_and_a_damaged_one_is(
    graph: Path, weights: Weights, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = onnx.load(graph)
    calls: list[int] = []

    def make_again(*_: object) -> onnx.ModelProto:
        calls.append(1)
        return model

    monkeypatch.setattr(onnx_graph, "shipped_graph", make_again)
    whole = graph.read_bytes()
    assert backbone_graph(SMALL, weights, SIDE) == graph
    assert calls == []
    sum_path = graph.with_suffix(".sha256")
    for damage in ("bit", "cut", "no sum", "no graph"):
        data = bytearray(whole)
        data[-100] ^= 1
        if damage in ("bit", "cut"):
            graph.write_bytes(data if damage == "bit" else whole[:-1])
        elif damage == "no sum":
            sum_path.unlink()
        else:
            graph.unlink()
        calls.clear()
        assert backbone_graph(SMALL, weights, SIDE) == graph
        assert calls == [1], damage
        open_engine(graph, "onnxruntime")
    graph.write_bytes(whole)
    sum_path.unlink()
    backbone_graph(SMALL, weights, SIDE)


def test_every_side_and_every_weights_file_has_its_graph(
    graph: Path, weights: Weights, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(onnx_graph, "shipped_graph", lambda *_: onnx.load(graph))
    other = Weights(weights.path, "f" * 64, "")
    paths = {
        graph,
        backbone_graph(SMALL, weights, 32),
        backbone_graph(SMALL, other, SIDE),
        backbone_graph(REGISTRY["resnet18"], weights, SIDE),
    }
    assert len(paths) == 4


def test_a_graph_for_another_side_is_what_a_conversion_gives(
    graph: Path, weights: Weights, tmp_path: Path, varied: Callable[[int, int], NDArray[np.uint8]]
) -> None:
    rewritten, converted = tmp_path / "rewritten.onnx", tmp_path / "converted.onnx"
    model = onnx_graph.graph_at_side(onnx.load(graph), 48)
    assert model is not None
    rewritten.write_bytes(model.SerializeToString())
    converted.write_bytes(onnx_graph._export_backbone(SMALL, weights, 48).SerializeToString())
    images = np.ascontiguousarray(varied(3, 5)[:, 8:56, 8:56])
    for engine in ENGINES:
        first, second = (open_engine(path, engine).run(images).embedding for path in (rewritten, converted))
        assert np.array_equal(first, second), engine
        assert np.abs(first).max() > 0.1


def test_a_node_that_may_belong_to_a_side_needs_a_conversion(graph: Path) -> None:
    assert onnx_graph.graph_at_side(onnx.load(graph), 48) is not None
    model = onnx.load(graph)
    mean = next(node for node in model.graph.node if node.op_type in ("ReduceMean", "GlobalAveragePool"))
    before = mean.input[0]
    mean.input[0] = "averaged"
    pooled = helper.make_node("AveragePool", [before], ["averaged"], "pool", kernel_shape=[3, 3])
    model.graph.node.insert(list(model.graph.node).index(mean), pooled)
    assert onnx_graph.graph_at_side(model, 48) is None


def test_wrong_weights_leave_no_file(user_cache: Path, weights: Weights) -> None:
    before = set((user_cache / "graphs").iterdir())
    with pytest.raises(WeightsError, match=r"holds SqueezeNet 1\.1, not ResNet-18"):
        backbone_graph(REGISTRY["resnet18"], Weights(weights.path, "e" * 64, ""), SIDE)
    assert set((user_cache / "graphs").iterdir()) == before


@pytest.fixture
def nothing_shipped(monkeypatch: pytest.MonkeyPatch) -> None:
    """A registry whose graphs torch must onnx_graph."""
    monkeypatch.setattr(onnx_graph, "shipped_graph", lambda *_: None)


class Branching(torch.nn.Module):
    """E2: the legacy exporter would write one branch of it, silently."""

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        mean = pixels.mean((2, 3))
        return mean if mean.sum() > 0 else mean * 2


class Unsupported(torch.nn.Module):
    """E1: an operator that ONNX does not know."""

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        return torch.special.bessel_j0(pixels).mean((2, 3))


@pytest.mark.usefixtures("nothing_shipped")
@pytest.mark.parametrize("network", [Branching(), Unsupported()], ids=["branching", "unsupported"])
def test_what_cannot_be_converted_is_said_in_clean_text(
    network: torch.nn.Module,
    weights: Weights,
    user_cache: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(network_module, "load_network", lambda *_: network.eval())
    before = set((user_cache / "graphs").iterdir())
    with pytest.raises(EngineError, match=r"SqueezeNet 1\.1 cannot be converted to ONNX: \w") as caught:
        backbone_graph(SMALL, Weights(weights.path, "d" * 64, ""), SIDE)
    assert "\x1b" not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert set((user_cache / "graphs").iterdir()) == before
    assert capfd.readouterr().out == ""


@pytest.mark.usefixtures("nothing_shipped")
def test_a_network_left_in_training_mode_is_converted_in_evaluation_mode(
    weights: Weights, monkeypatch: pytest.MonkeyPatch, pictures: NDArray[np.uint8]
) -> None:
    """E3."""

    class Dropping(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.mix = torch.nn.Conv2d(3, 3, 1)
            self.norm = torch.nn.BatchNorm2d(3)
            self.drop = torch.nn.Dropout(0.5)

        def forward(self, pixels: torch.Tensor) -> torch.Tensor:
            return torch.as_tensor(self.drop(self.norm(self.mix(pixels))).mean((2, 3)))

    monkeypatch.setattr(network_module, "load_network", lambda *_: Dropping().train())
    path = backbone_graph(SMALL, Weights(weights.path, "c" * 64, ""), 32)
    assert not {node.op_type for node in onnx.load(path).graph.node} & {"Dropout", "BatchNormalization"}
    engine = open_engine(path, "onnxruntime")
    images = pictures[:, :32, :32]
    assert np.array_equal(engine.run(images).embedding, engine.run(images).embedding)


@pytest.mark.parametrize("operator", ["Dropout", "BatchNormalization", "RandomUniformLike"])
def test_an_operator_of_training_is_refused(operator: str) -> None:
    node = helper.make_node(operator, ["x"], ["y"])
    model = helper.make_model(helper.make_graph([node], "g", [], []))
    with pytest.raises(EngineError, match=f"holds {operator}: the network was not in evaluation mode"):
        onnx_graph._clean(model)


@pytest.mark.usefixtures("nothing_shipped")
def test_a_missing_converter_is_named(weights: Weights, monkeypatch: pytest.MonkeyPatch) -> None:
    """E8."""
    for name in [name for name in sys.modules if name.split(".")[0] == "onnxscript" or "torch.onnx._internal" in name]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "onnxscript", None)
    with pytest.raises(EngineError, match="onnxscript"):
        backbone_graph(SMALL, Weights(weights.path, "b" * 64, ""), SIDE)


@pytest.mark.parametrize("engine", ["openvino", "onnxruntime"])
def test_the_backbone_of_a_run_opens(trained: tuple[Project, Run], engine: str) -> None:
    run = trained[1]
    opened = open_backbone(run.backbone(), run.weights(), 64, engine)
    assert (opened.name, opened.side) == (engine, 64)
