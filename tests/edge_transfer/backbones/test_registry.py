"""The registry tells the truth, and weights are found, verified, and refused with one plain sentence."""

from __future__ import annotations

import pytest
import torch
import torchvision

from edge_transfer.backbones.network import build_network
from edge_transfer.backbones.registry import REGISTRY, backbone_named
from edge_transfer.errors import WeightsError


@pytest.mark.parametrize("name", REGISTRY)
def test_the_registry_states_dimensions_and_parameters(name: str) -> None:
    backbone = REGISTRY[name]
    network = build_network(backbone)
    assert network.training
    with torch.no_grad():
        embedding = network.eval()(torch.zeros(2, 3, 64, 64)).flatten(1)
    assert embedding.shape == (2, backbone.dimensions)
    assert sum(parameter.numel() for parameter in network.parameters()) == backbone.parameters


def test_mean_and_deviation_are_those_of_torchvisions_own_preset() -> None:
    for backbone in REGISTRY.values():
        preset = torchvision.models.get_model_weights(backbone.builder).DEFAULT.transforms()
        assert (tuple(preset.mean), tuple(preset.std)) == (backbone.mean, backbone.std)


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(WeightsError, match="unknown backbone 'vgg'; known are mobilenet_v2, mobilenet_v3_small"):
        backbone_named("vgg")


@pytest.mark.parametrize("name", REGISTRY)
def test_every_entry_states_its_recipe_and_licence(name: str) -> None:
    backbone = REGISTRY[name]
    assert backbone.licence
    if backbone.options:
        assert not backbone.recipe
        return
    assert torchvision.models.get_model_weights(backbone.builder).DEFAULT.meta["recipe"] == backbone.recipe
