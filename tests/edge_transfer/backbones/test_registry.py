"""The registry tells the truth, and weights are found, verified, and refused with one plain sentence."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torchvision
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file

from edge_transfer.backbones import network as network_module
from edge_transfer.backbones import weights
from edge_transfer.backbones.classifier import Classifier
from edge_transfer.backbones.network import build_network, load_network
from edge_transfer.backbones.registry import REGISTRY, Backbone, backbone_named
from edge_transfer.backbones.weights import Weights, available_backbones, backbone_of, default_backbone, find_weights
from edge_transfer.errors import WeightsError

SMALL = REGISTRY["squeezenet"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty weights folder that the user has chosen, before an empty cache, and nothing shipped."""
    monkeypatch.setattr(weights, "_SHIPPED", tmp_path / "shipped")
    chosen = tmp_path / "chosen"
    chosen.mkdir()
    monkeypatch.setenv("EDGE_TRANSFER_WEIGHTS_DIR", str(chosen))
    monkeypatch.setenv("EDGE_TRANSFER_CACHE_DIR", str(tmp_path / "cache"))
    return chosen


def weights_of(path: Path) -> Weights:
    return Weights(path, hashlib.sha256(path.read_bytes()).hexdigest(), "")


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


def test_weights_in_the_chosen_folder_win_over_the_cache(
    folder: Path, tmp_path: Path, random_weights: Callable[[str], Path]
) -> None:
    data = random_weights("squeezenet").read_bytes()
    cached = tmp_path / "cache" / "weights" / "squeezenet.pth"
    cached.parent.mkdir(parents=True)
    cached.write_bytes(b"only looked for by name")
    assert find_weights(SMALL).path == cached
    (folder / "squeezenet.safetensors").write_bytes(data)
    found = find_weights(SMALL)
    assert found == Weights(folder / "squeezenet.safetensors", hashlib.sha256(data).hexdigest(), "")


def test_missing_weights_say_what_to_do(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(WeightsError) as caught:
        find_weights(SMALL)
    for way in ("--weights", "squeezenet.safetensors", str(folder), "EDGE_TRANSFER_WEIGHTS_DIR", "--download"):
        assert way in str(caught.value)
    assert "shipped" not in str(caught.value), "the program's own folder is not for the user's files"
    with pytest.raises(WeightsError, match="no weights at"):
        find_weights(SMALL, tmp_path / "gone.safetensors")


def test_only_files_of_weights_make_a_backbone_available(folder: Path) -> None:
    assert available_backbones() == []
    assert default_backbone().name == "mobilenet_v2"
    (folder / "resnet18.json").write_text("{}")
    (folder / "mobilenet_v2.pth.part").write_bytes(b"half of it")
    assert available_backbones() == []
    (folder / "squeezenet.pth").write_bytes(b"")
    (folder / "mobilenet_v3_small.safetensors").write_bytes(b"")
    assert [backbone.name for backbone in available_backbones()] == ["mobilenet_v3_small", "squeezenet"]
    assert default_backbone().name == "mobilenet_v3_small"


def test_the_shipped_weights_are_at_hand_verified_and_alive(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, varied: Callable[[int], NDArray[np.uint8]]
) -> None:
    monkeypatch.setenv("EDGE_TRANSFER_CACHE_DIR", str(tmp_path))
    assert [backbone.name for backbone in available_backbones()] == ["builtin"]
    assert default_backbone().name == "builtin"
    found = find_weights(REGISTRY["builtin"])
    assert found.licence
    assert json.loads(found.path.with_suffix(".json").read_text())["sha256"] == found.sha256
    network = load_network(REGISTRY["builtin"], found)
    with torch.no_grad():
        embedding = Classifier(REGISTRY["builtin"], network)(torch.from_numpy(varied(8)))
    assert isinstance(embedding, torch.Tensor)
    assert bool(embedding.isfinite().all())
    assert float(torch.nn.functional.normalize(embedding).std(0).max()) > 0.01


def test_a_flipped_bit_is_found_by_the_sidecar(folder: Path, random_weights: Callable[[str], Path]) -> None:
    """M5: without the sidecar's hash it loads silently."""
    data = bytearray(random_weights("squeezenet").read_bytes())
    path = folder / "squeezenet.safetensors"
    sidecar = {"sha256": hashlib.sha256(data).hexdigest(), "license": "BSD-3-Clause"}
    (folder / "squeezenet.json").write_text(json.dumps(sidecar))
    path.write_bytes(data)
    assert find_weights(SMALL).licence == "BSD-3-Clause"
    data[-5] ^= 1
    path.write_bytes(data)
    load_file(path)
    with pytest.raises(WeightsError, match=r"does not match the SHA-256 in squeezenet\.json: it is damaged"):
        find_weights(SMALL)
    with pytest.raises(WeightsError, match="does not match"):
        find_weights(SMALL, path)


@pytest.mark.parametrize("text", ["{", '{"sha256": "\udcff"}', '{"sha256": 5}'])
def test_a_damaged_sidecar_is_an_error_and_not_passed_over(folder: Path, text: str) -> None:
    (folder / "squeezenet.safetensors").write_bytes(b"weights")
    (folder / "squeezenet.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(WeightsError, match=r"squeezenet\.json"):
        find_weights(SMALL)


def test_a_sidecar_that_says_nothing_about_the_hash_is_taken(folder: Path) -> None:
    (folder / "squeezenet.safetensors").write_bytes(b"weights")
    (folder / "squeezenet.json").write_text("[1, 2]")
    assert find_weights(SMALL).sha256 == hashlib.sha256(b"weights").hexdigest()


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


def test_the_cache_is_the_systems_place_unless_it_is_chosen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("EDGE_TRANSFER_CACHE_DIR", str(tmp_path))
    assert weights.cache_dir() == tmp_path
    monkeypatch.delenv("EDGE_TRANSFER_CACHE_DIR")
    assert weights.cache_dir().name == "edge-transfer"


def test_a_file_of_weights_says_whose_it_is(tmp_path: Path) -> None:
    assert backbone_of(tmp_path / "resnet18.pth").name == "resnet18"
    (tmp_path / "mine.json").write_text('{"architecture": "squeezenet"}')
    assert backbone_of(tmp_path / "mine.safetensors").name == "squeezenet"
    with pytest.raises(WeightsError, match="name it with --backbone"):
        backbone_of(tmp_path / "other.safetensors")


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


@pytest.mark.parametrize("name", REGISTRY)
def test_every_entry_states_its_recipe_and_licence(name: str) -> None:
    backbone = REGISTRY[name]
    assert backbone.licence
    if backbone.options:
        assert not backbone.recipe
        return
    assert torchvision.models.get_model_weights(backbone.builder).DEFAULT.meta["recipe"] == backbone.recipe
