"""Networks: loading weights strictly, and recognising whose they are."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import torchvision
from safetensors.torch import load_file, save_file

from edge_transfer.backbones import network as network_module
from edge_transfer.backbones.network import (
    build_network,
    load_network,
)
from edge_transfer.backbones.registry import REGISTRY, Backbone
from edge_transfer.backbones.weights import (
    Weights,
)
from edge_transfer.errors import WeightsError

SMALL = REGISTRY["squeezenet"]


def weights_of(path: Path) -> Weights:
    return Weights(path, hashlib.sha256(path.read_bytes()).hexdigest(), "")


def test_loaded_weights_are_those_of_the_file_in_evaluation_mode(random_weights: Callable[[str], Path]) -> None:
    path = random_weights("mobilenet_v3_small")
    network = load_network(REGISTRY["mobilenet_v3_small"], weights_of(path))
    assert not any(module.training for module in network.modules())
    expected = load_file(path)
    state = network.state_dict()
    learned = [name for name in expected if not name.endswith("num_batches_tracked")]
    assert all(torch.equal(state[name], expected[name]) for name in learned)
    assert len(learned) > 100


def whole_network(name: str, classes: int = 1000) -> dict[str, Any]:
    """A state dict as torchvision has it, classifier and all."""
    torch.manual_seed(1)
    network = torchvision.models.get_model(REGISTRY[name].builder, weights=None, num_classes=classes)
    return {key: tensor.contiguous() for key, tensor in network.state_dict().items()}


@pytest.mark.parametrize("name", ["mobilenet_v3_small", "shufflenet_v2", "squeezenet"])
def test_torchvisions_whole_network_loads_whatever_its_classes(name: str, tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    save_file(whole_network(name, 7), path)
    state = load_network(REGISTRY[name], weights_of(path)).state_dict()
    assert len(state) > 40


def test_weights_without_step_counters_load(tmp_path: Path) -> None:
    """torchvision's ResNet-18 is from before torch 0.4.1, which has written them since."""
    state = {key: value for key, value in whole_network("resnet18").items() if "num_batches_tracked" not in key}
    path = tmp_path / "resnet18.safetensors"
    save_file(state, path)
    network = load_network(REGISTRY["resnet18"], weights_of(path))
    assert torch.equal(network.state_dict()["layer4.1.bn2.running_var"], state["layer4.1.bn2.running_var"])


def test_half_precision_weights_compute_in_float32(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    state = {
        key: value.half() if value.is_floating_point() else value for key, value in whole_network(SMALL.name).items()
    }
    save_file(state, path)
    network = load_network(SMALL, weights_of(path))
    assert {parameter.dtype for parameter in network.parameters()} == {torch.float32}


@pytest.mark.parametrize(
    ("held", "wanted"),
    [("mobilenet_v2", "mobilenet_v3_small"), ("mobilenet_v3_small", "mobilenet_v3_large"), ("resnet18", "squeezenet")],
)
def test_a_wrong_architecture_is_named_in_one_short_sentence(held: str, wanted: str, tmp_path: Path) -> None:
    """M3: torch's own message has 17,791 characters."""
    path = tmp_path / "weights.safetensors"
    save_file(whole_network(held), path)
    with pytest.raises(WeightsError) as caught:
        load_network(REGISTRY[wanted], weights_of(path))
    message = str(caught.value)
    assert REGISTRY[held].title in message
    assert REGISTRY[wanted].title in message
    assert "tensors match" in message
    assert len(message) < 300
    assert "\n" not in message


def test_an_architecture_outside_the_registry_and_a_missing_or_added_tensor_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    for change in ("other", "missing", "added", "shape"):
        state = whole_network("mobilenet_v3_small")
        if change == "other":
            state = {f"module.{key}": value for key, value in state.items()}
        if change == "missing":
            del state["features.0.0.weight"]
        if change == "added":
            state["features.99.weight"] = torch.zeros(1)
        if change == "shape":
            state["features.0.0.weight"] = torch.zeros(16, 3, 5, 5)
        save_file(state, path)
        with pytest.raises(WeightsError, match="not MobileNetV3-small") as caught:
            load_network(REGISTRY["mobilenet_v3_small"], weights_of(path))
        assert len(str(caught.value)) < 300, change


def test_nothing_is_loaded_in_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Weights are loaded with strict=True or not at all."""
    path = tmp_path / "weights.safetensors"
    save_file(whole_network("resnet18"), path)
    calls: list[bool] = []
    real = torch.nn.Module.load_state_dict

    def watched(self: torch.nn.Module, state: Any, strict: bool = True, **more: Any) -> Any:
        calls.append(strict)
        return real(self, state, strict=strict, **more)

    monkeypatch.setattr(torch.nn.Module, "load_state_dict", watched)
    with pytest.raises(WeightsError):
        load_network(SMALL, weights_of(path))
    assert calls == []
    load_network(REGISTRY["resnet18"], weights_of(path))
    assert calls == [True]


@pytest.mark.parametrize(("holds", "wanted"), [("mobilenet_v2", "builtin"), ("builtin", "mobilenet_v2")])
def test_the_two_widths_of_mobilenet_v2_are_told_apart(holds: str, wanted: str, tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    save_file(build_network(REGISTRY[holds]).state_dict(), path)
    load_network(REGISTRY[holds], Weights(path, "", ""))
    with pytest.raises(WeightsError) as caught:
        load_network(REGISTRY[wanted], Weights(path, "", ""))
    assert f"holds {REGISTRY[holds].title}, not {REGISTRY[wanted].title} (" in str(caught.value)


@pytest.mark.parametrize("builder", ["raises", "not in torchvision", "empty"])
def test_an_odd_entry_changes_no_message_of_another(
    builder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "weights.safetensors"
    save_file(whole_network("squeezenet"), path)

    def message() -> str:
        with pytest.raises(WeightsError) as caught:
            load_network(REGISTRY["resnet18"], weights_of(path))
        return str(caught.value)

    before = message()
    real = network_module.build_network

    def build(backbone: Backbone) -> torch.nn.Module:
        if backbone.name != "odd" or builder == "not in torchvision":
            return real(backbone)
        if builder == "empty":
            return torch.nn.Identity()
        raise RuntimeError("this builder never works")

    # First in the table: whatever comes of it, the others are still asked.
    odd = Backbone("odd", "Odd", builder, "classifier", 8, 8)
    monkeypatch.setattr(network_module, "REGISTRY", {"odd": odd, **REGISTRY})
    monkeypatch.setattr(network_module, "build_network", build)
    assert message() == before
    assert "holds SqueezeNet 1.1, not ResNet-18 (" in before


def test_a_builder_that_needs_numbers_is_recognised_and_draws_none_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocks = ("stem", "trunk_output.*")
    regnet = Backbone("regnet_y_400mf", "RegNetY-400MF", "regnet_y_400mf", "fc", 440, 3_903_144, blocks=blocks)
    monkeypatch.setitem(REGISTRY, regnet.name, regnet)
    path = tmp_path / "weights.safetensors"
    save_file(whole_network(regnet.name), path)
    state = torch.random.get_rng_state()
    expected = network_module.expected_tensors(regnet)
    assert torch.equal(torch.random.get_rng_state(), state)
    parameters = sum(tensor.numel() for name, tensor in expected.items() if "running_" not in name)
    assert parameters == regnet.parameters
    with pytest.raises(WeightsError, match="holds RegNetY-400MF, not SqueezeNet"):
        load_network(SMALL, weights_of(path))
