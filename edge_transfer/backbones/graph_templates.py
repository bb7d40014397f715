"""Shipped ONNX graphs without weights, filled from a state dict without torch (docs/adr/0033).

`edge_transfer/graphs/<backbone>.onnx` is what the converter gives at 224 px, less the numbers. Each initializer that
depends on the weights says in its `doc_string` what belongs there, and the graph in its own which tensors there must
be; `python -m tools.graphs` writes them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from edge_transfer.backbones.network import body_of
from edge_transfer.backbones.registry import Backbone
from edge_transfer.backbones.state_dicts import read_arrays
from edge_transfer.backbones.weights import Weights

if TYPE_CHECKING:
    import onnx

GRAPHS = Path(str(files("edge_transfer"))) / "graphs"
SHIPPED_SIDE = 224
"""Pixels a side of their input."""
State = Mapping[str, NDArray[Any]]


def shipped_graph(backbone: Backbone, weights: Weights) -> onnx.ModelProto | None:
    """The graph of a frozen backbone at `SHIPPED_SIDE`: what a conversion gives, except that the converter leaves out a
    product with a scale of exactly one.

    None where none is shipped or the weights are those of another network. Raises WeightsError for a damaged file.
    """
    import onnx

    path = GRAPHS / f"{backbone.name}.onnx"
    if not path.is_file():
        return None
    state = body_of(backbone, read_arrays(weights.path))
    model = onnx.load(path)
    return model if fill(model, state) else None


def fill(model: onnx.ModelProto, state: State) -> bool:
    """Put a state dict's numbers into a graph without weights; False where its names and shapes are others."""
    if json.loads(model.graph.doc_string) != shapes_of(state):
        return False
    for tensor in model.graph.initializer:
        if tensor.doc_string:
            tensor.raw_data = numbers(json.loads(tensor.doc_string), state).astype("<f4").tobytes()
            tensor.ClearField("doc_string")
    model.graph.ClearField("doc_string")
    return True


def shapes_of(state: State) -> dict[str, list[int]]:
    """What a state dict must be to fit."""
    return {name: list(state[name].shape) for name in sorted(state)}


def numbers(place: Mapping[str, Any], state: State) -> NDArray[Any]:
    """What belongs in a place: a tensor, one of its numbers (`at`), or a convolution's weight or bias with the batch
    norm behind it (`norm`, `epsilon`) folded in.

    In the converter's order of operations, so that the last bit is the same (onnxscript, FuseBatchNormIntoConv).
    """
    if "at" in place:
        return np.asarray(state[place["tensor"]][tuple(place["at"])])
    if "norm" not in place:
        return state[place["tensor"]]
    parts = ("weight", "bias", "running_mean", "running_var")
    gamma, beta, mean, variance = (state[f"{place['norm']}.{part}"] for part in parts)
    scale = gamma / np.sqrt(variance + place["epsilon"])
    if place["part"] == "weight":
        weight = state[place["tensor"]]
        return np.asarray(weight * scale.reshape(-1, *[1] * (weight.ndim - 1)))
    bias = state[place["tensor"]] if place["tensor"] else np.zeros_like(mean)
    return np.asarray((bias - mean) * scale + beta)
