"""The registry's graphs without weights: makes edge_transfer/graphs/ anew.

    .venv/bin/python -m tools.graphs

Needed whenever a conversion gives a different graph, which a test reports
(tests/edge_transfer/backbones/test_graph_templates.py). Every architecture is converted with two
sets of random weights: what differs between the two depends on the weights, and is found again in the first set; the
graph is written only when the second set then gives the second conversion.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import nn

from edge_transfer.backbones.classifier import Classifier
from edge_transfer.backbones.graph_templates import GRAPHS, SHIPPED_SIDE, State, fill, numbers, shapes_of
from edge_transfer.backbones.network import build_network, without_counters
from edge_transfer.backbones.onnx_graph import convert_module
from edge_transfer.backbones.registry import REGISTRY, Backbone


def main() -> None:
    for backbone in REGISTRY.values():
        path = GRAPHS / f"{backbone.name}.onnx"
        path.write_bytes(without_weights(backbone).SerializeToString(deterministic=True))
        print(f"{path}: {path.stat().st_size / 1e3:.0f} kB")


def without_weights(backbone: Backbone) -> onnx.ModelProto:
    """The graph of an architecture without its weights. Raises AssertionError where it cannot be filled again."""
    (model, state, network), (other, other_state, _) = (converted(backbone, seed) for seed in (0, 1))
    for own, others in zip(model.graph.initializer, other.graph.initializer, strict=True):
        if own.raw_data == others.raw_data:
            continue
        own.doc_string = json.dumps(_place(numpy_helper.to_array(own), state, network))
        own.raw_data = b""
    model.graph.doc_string = json.dumps(shapes_of(state))
    filled = onnx.ModelProto()
    filled.CopyFrom(model)
    assert fill(filled, other_state), backbone.name
    assert filled == other, backbone.name
    return model


def converted(backbone: Backbone, seed: int) -> tuple[onnx.ModelProto, State, nn.Module]:
    """A conversion with random weights, no two of whose numbers are the same, the weights, and the network."""
    torch.manual_seed(seed)
    network = build_network(backbone).eval()
    for name, tensor in without_counters(network.state_dict()).items():
        tensor.copy_(torch.rand_like(tensor) + (0.5 if name.endswith("running_var") else 0.0))
    state = {name: tensor.numpy().copy() for name, tensor in without_counters(network.state_dict()).items()}
    return convert_module(Classifier(backbone, network), SHIPPED_SIDE, backbone.title), state, network


def _place(values: np.ndarray[Any, Any], state: State, network: nn.Module) -> dict[str, Any]:
    """Where the numbers of an initializer come from."""
    for place in _candidates(values, state, network):
        found = numbers(place, state)
        if found.shape == values.shape and np.array_equal(found, values):
            return place
    raise AssertionError(f"numbers of an initializer {values.shape} that no tensor gives")


def _candidates(values: np.ndarray[Any, Any], state: State, network: nn.Module) -> Iterator[dict[str, Any]]:
    if not values.shape:
        for name, tensor in state.items():
            for at in np.argwhere(tensor == values) if tensor.ndim else ():
                yield {"tensor": name, "at": at.tolist()}
        return
    for name, tensor in state.items():
        if tensor.shape == values.shape:
            yield {"tensor": name}
    for norm, module in network.named_modules():
        if not isinstance(module, nn.BatchNorm2d) or module.num_features != len(values):
            continue
        folded = {"norm": norm, "epsilon": module.eps}
        if values.ndim == 1:
            yield {"tensor": "", "part": "bias", **folded}
        for name, tensor in state.items():
            if tensor.shape == values.shape and name.endswith(".weight" if values.ndim > 1 else ".bias"):
                yield {"tensor": name, "part": "weight" if values.ndim > 1 else "bias", **folded}


if __name__ == "__main__":
    main()
