"""The graphs that ship without weights: what a conversion gives, filled without torch, and only with what fits."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from edge_transfer.backbones.graph_templates import GRAPHS, fill, shipped_graph
from edge_transfer.backbones.onnx_graph import backbone_graph
from edge_transfer.backbones.registry import REGISTRY
from edge_transfer.backbones.weights import Weights, find_weights
from edge_transfer.errors import WeightsError
from export.runtime.inference.engine import open_engine
from tools.graphs import converted

BUILTIN = REGISTRY["builtin"]


@pytest.fixture
def state() -> dict[str, NDArray[np.float32]]:
    """SqueezeNet's tensors without its classifier's, all different."""
    rng = np.random.default_rng(3)
    shapes = json.loads(onnx.load(GRAPHS / "squeezenet.onnx").graph.doc_string)
    return {name: rng.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}


def weights_of(path: Path, state: dict[str, NDArray[np.float32]]) -> Weights:
    save_file(state, path)
    return find_weights(REGISTRY["squeezenet"], path)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["builtin", "squeezenet"])
def test_a_shipped_graph_is_what_a_conversion_gives(name: str) -> None:
    """Otherwise: `python -m tools.graphs`. With norms and without; test_convert asks the others for torch's answers."""
    model, state, _ = converted(REGISTRY[name], 2)
    shipped = onnx.load(GRAPHS / f"{name}.onnx")
    assert fill(shipped, state)
    assert shipped == model


def test_a_graph_is_filled_without_torch(tmp_path: Path) -> None:
    program = (
        "import sys; from edge_transfer.backbones.registry import REGISTRY; "
        "from edge_transfer.backbones.weights import find_weights; "
        "from edge_transfer.backbones.onnx_graph import backbone_graph; "
        "backbone_graph(REGISTRY['builtin'], find_weights(REGISTRY['builtin']), 96); "
        "assert not {'torch', 'torchvision', 'onnxscript'} & set(sys.modules)"
    )
    subprocess.run(
        [sys.executable, "-c", program], check=True, timeout=60, env={"EDGE_TRANSFER_CACHE_DIR": str(tmp_path)}
    )
    (graph,) = (tmp_path / "graphs").glob("*.onnx")
    assert open_engine(graph, "openvino").side == 96


def test_a_file_in_half_precision_is_computed_in_float32(tmp_path: Path, state: dict[str, NDArray[np.float32]]) -> None:
    half = {name: tensor.astype(np.float16) for name, tensor in state.items()}
    model = shipped_graph(REGISTRY["squeezenet"], weights_of(tmp_path / "squeezenet.safetensors", half))  # type: ignore[arg-type]
    whole = {name: tensor.astype(np.float32) for name, tensor in half.items()}
    assert model is not None
    assert model == shipped_graph(REGISTRY["squeezenet"], weights_of(tmp_path / "whole.safetensors", whole))


def test_the_classifier_and_the_counters_are_left_out(tmp_path: Path, state: dict[str, NDArray[np.float32]]) -> None:
    more = {
        **state,
        "classifier.1.weight": np.ones((1000, 512, 1, 1), np.float32),
        "features.0.num_batches_tracked": np.array([3], np.float32),
    }
    path = tmp_path / "squeezenet.safetensors"
    assert shipped_graph(REGISTRY["squeezenet"], weights_of(path, more)) is not None


@pytest.mark.parametrize("misfit", ["missing", "too many", "stretched", "another network"])
def test_weights_that_do_not_fit_fill_nothing(
    tmp_path: Path, state: dict[str, NDArray[np.float32]], misfit: str
) -> None:
    name = next(iter(state))
    if misfit == "missing":
        del state[name]
    elif misfit == "too many":
        state["features.99.weight"] = np.zeros(3, np.float32)
    elif misfit == "stretched":
        state[name] = state[name][:1]
    else:
        state = load_file(find_weights(BUILTIN).path)
    weights = weights_of(tmp_path / "squeezenet.safetensors", state)
    assert shipped_graph(REGISTRY["squeezenet"], weights) is None
    with pytest.raises(WeightsError, match=r"not SqueezeNet 1\.1 \(\d+ of \d+ tensors match\)"):
        backbone_graph(REGISTRY["squeezenet"], weights, 64)


def test_a_damaged_file_is_an_error(tmp_path: Path, state: dict[str, NDArray[np.float32]]) -> None:
    path = tmp_path / "squeezenet.safetensors"
    weights = weights_of(path, state)
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(WeightsError, match="cut off or damaged"):
        shipped_graph(REGISTRY["squeezenet"], weights)


def test_no_graph_holds_weights_or_paths() -> None:
    files = sorted(GRAPHS.iterdir())
    assert {path.stem for path in files} == set(REGISTRY)
    for path in files:
        data = path.read_bytes()
        assert len(data) < 150_000
        assert b"/site-packages/" not in data
        assert b"stack_trace" not in data
