"""Backbones as torch networks: built from the registry, loaded from a state dict."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edge_transfer.backbones.registry import REGISTRY, Backbone
from edge_transfer.backbones.weights import Weights
from edge_transfer.errors import WeightsError

if TYPE_CHECKING:
    from torch import Tensor, nn


def build_network(backbone: Backbone) -> nn.Module:
    """The network with random weights, in training mode: normalised pictures (N, 3, S, S) to embeddings (N, D)."""
    import torchvision
    from torch import nn

    network: nn.Module = torchvision.models.get_model(backbone.builder, weights=None, **dict(backbone.options))
    if backbone.depths:
        from edge_transfer.backbones.depths import Depths

        return Depths(nn.Sequential(*parts_of(backbone, network)), backbone.depths)
    setattr(network, backbone.classifier, nn.AdaptiveAvgPool2d(1) if backbone.classifier_pools else nn.Identity())
    return network


def parts_of(backbone: Backbone, network: nn.Module) -> list[nn.Module]:
    """The submodules of a network that the registry names as its blocks, in their order."""
    parts: list[nn.Module] = []
    for path in backbone.blocks:
        if path.endswith(".*"):
            parts += network.get_submodule(path[:-2]).children()
        else:
            parts.append(network.get_submodule(path))
    return parts


def expected_tensors(backbone: Backbone) -> dict[str, Tensor]:
    """The state dict of the network without counters: names and shapes; the values mean nothing."""
    import torch

    try:
        with torch.device("meta"):
            network = build_network(backbone)
    except NotImplementedError:  # a builder that computes with tensors needs their values: RegNet's does
        with torch.random.fork_rng(devices=[]):
            network = build_network(backbone)
    return without_counters(network.state_dict())


def load_network(backbone: Backbone, weights: Weights) -> nn.Module:
    """The pretrained network in evaluation mode. Raises WeightsError when the file does not fit, naming what it is."""
    from edge_transfer.backbones.state_dicts import read_state_dict

    network = build_network(backbone)
    state = read_state_dict(weights.path)
    body = body_of(backbone, state)
    counters = network.state_dict()
    expected = without_counters(counters)
    matching = _matching(expected, body)
    if matching < len(expected) or len(body) != len(expected):
        is_what = _recognise(state)
        raise WeightsError(
            f"{weights.path.name} holds {is_what or 'another network'}, not {backbone.title} "
            f"({matching} of {len(expected)} tensors match)"
        )
    network.load_state_dict({**counters, **body}, strict=True)
    return network.eval()


def body_of(backbone: Backbone, state: dict[str, Any]) -> dict[str, Any]:
    """The tensors of a state dict that belong to the backbone: without the classifier's and the counters."""
    prefix = f"{backbone.classifier}."
    return {name: tensor for name, tensor in without_counters(state).items() if not name.startswith(prefix)}


def without_counters(state: dict[str, Any]) -> dict[str, Any]:
    """Without the batch norms' step counters: no result depends on them, and torch wrote none before version 0.4.1."""
    return {name: tensor for name, tensor in state.items() if not name.endswith(".num_batches_tracked")}


def _matching(expected: dict[str, Any], state: dict[str, Any]) -> int:
    return sum(name in state and state[name].shape == tensor.shape for name, tensor in expected.items())


def _recognise(state: dict[str, Any]) -> str:
    """The title of the registry's architecture that a state dict belongs to, or an empty text.

    An entry of the registry that cannot be built is passed over: this is the way to another error's message.
    """
    for backbone in REGISTRY.values():
        try:
            expected = expected_tensors(backbone)
        except Exception:  # noqa: S112  (whatever a builder raises)
            continue
        if expected and _matching(expected, state) == len(expected):
            return backbone.title
    return ""
