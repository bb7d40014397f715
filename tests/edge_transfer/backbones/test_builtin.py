"""The backbone in the package: it is there with no network and no setting, small, cheap, and says what it lacks."""

from __future__ import annotations

import json
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import nn

import edge_transfer
from edge_transfer.backbones.network import build_network, load_network
from edge_transfer.backbones.registry import REGISTRY, Backbone
from edge_transfer.backbones.weights import default_backbone, find_weights

BUILTIN = REGISTRY["builtin"]
ROOT = Path(__file__).parents[3]


@pytest.fixture
def nothing_at_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting, and an empty cache."""
    monkeypatch.delenv("EDGE_TRANSFER_WEIGHTS_DIR", raising=False)
    monkeypatch.setenv("EDGE_TRANSFER_CACHE_DIR", str(tmp_path / "cache"))


def multiply_adds(backbone: Backbone, side: int) -> int:
    """Of the convolutions and matrices, for one picture."""
    total = 0

    def count(module: nn.Module, _: object, output: torch.Tensor) -> None:
        nonlocal total
        if isinstance(module, nn.Conv2d | nn.Linear):
            total += output.numel() * module.weight[0].numel()

    network = build_network(backbone).eval()
    for module in network.modules():
        module.register_forward_hook(count)
    with torch.no_grad():
        network(torch.zeros(1, 3, side, side))
    return total


@pytest.mark.usefixtures("nothing_at_hand")
def test_it_loads_strictly_through_the_registry_where_nothing_else_is_at_hand() -> None:
    assert default_backbone() is BUILTIN
    found = find_weights(BUILTIN)
    assert found.path.parent == Path(edge_transfer.__file__).parent / "weights"
    assert found.licence == "Apache-2.0"
    state = load_file(found.path)
    assert all(torch.isfinite(tensor).all() for tensor in state.values())
    network = load_network(BUILTIN, found)
    assert not network.training
    loaded = network.state_dict()
    assert set(loaded) == set(state)
    assert all(torch.equal(loaded[name], tensor.to(loaded[name].dtype)) for name, tensor in state.items())
    embedding = network(torch.zeros(1, 3, 224, 224))
    assert embedding.shape == (1, BUILTIN.dimensions)
    assert torch.isfinite(embedding).all()


@pytest.mark.usefixtures("nothing_at_hand")
def test_the_file_is_small_the_sidecar_true_and_both_are_in_the_package() -> None:
    found = find_weights(BUILTIN)
    assert found.path.stat().st_size <= 4_000_000
    sidecar = json.loads(found.path.with_suffix(".json").read_text("utf-8"))
    assert sidecar["sha256"] == found.sha256
    assert (sidecar["architecture"], sidecar["width_mult"]) == (BUILTIN.builder, dict(BUILTIN.options)["width_mult"])
    assert (sidecar["dimensions"], sidecar["parameters"]) == (BUILTIN.dimensions, BUILTIN.parameters)
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    patterns = settings["tool"]["setuptools"]["package-data"]["edge_transfer"]
    for name in ("builtin.safetensors", "builtin.json", "builtin.md"):
        assert (found.path.parent / name).is_file()
        assert any(fnmatch(f"weights/{name}", pattern) for pattern in patterns)


def test_a_frame_costs_at_most_half_of_mobilenet_v2() -> None:
    full = multiply_adds(REGISTRY["mobilenet_v2"], 224)
    assert full == pytest.approx(300e6, rel=0.02), "as in the paper, without the classifier"
    assert multiply_adds(BUILTIN, 224) <= full / 2
