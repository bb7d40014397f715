"""The registry of pretrained backbones: what there is, where its weights come from, and the network itself.

A backbone here is the network without its classifier: pictures in, one embedding (D,) a picture out.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import platformdirs

from edge_transfer.errors import WeightsError
from export.runtime.storage import sha256_of

if TYPE_CHECKING:
    from torch import nn

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
WEIGHTS_DIR_VARIABLE = "EDGE_TRANSFER_WEIGHTS_DIR"
CACHE_DIR_VARIABLE = "EDGE_TRANSFER_CACHE_DIR"
_SHIPPED = Path(__file__).parent / "weights"
SUFFIXES = (".safetensors", ".pth", ".pt")


@dataclass(frozen=True)
class Backbone:
    """One architecture of the registry."""

    name: str
    title: str
    builder: str
    """Name of the function in torchvision.models."""
    classifier: str
    """Attribute of that network which the head replaces."""
    dimensions: int
    """D, the length of an embedding."""
    parameters: int
    """Of the backbone alone."""
    options: tuple[tuple[str, float], ...] = ()
    """Further arguments of the builder."""
    depths: tuple[int, ...] = ()
    """Blocks whose maps join the embedding, besides the last one: with none it is the mean of the last map alone."""
    mean: tuple[float, float, float] = IMAGENET_MEAN
    """Per channel RGB, of pictures scaled to 0–1."""
    std: tuple[float, float, float] = IMAGENET_STD


_ALL = (
    Backbone("mobilenet_v2", "MobileNetV2", "mobilenet_v2", "classifier", 1280, 2_223_872),
    Backbone("mobilenet_v3_small", "MobileNetV3-small", "mobilenet_v3_small", "classifier", 576, 927_008),
    Backbone("mobilenet_v3_large", "MobileNetV3-large", "mobilenet_v3_large", "classifier", 960, 2_971_952),
    Backbone("efficientnet_b0", "EfficientNet-B0", "efficientnet_b0", "classifier", 1280, 4_007_548),
    Backbone("shufflenet_v2", "ShuffleNetV2 ×1", "shufflenet_v2_x1_0", "fc", 1024, 1_253_604),
    Backbone("squeezenet", "SqueezeNet 1.1", "squeezenet1_1", "classifier", 512, 722_496),
    Backbone("resnet18", "ResNet-18", "resnet18", "fc", 512, 11_176_512),
    # Last, so that `auto` takes ImageNet weights wherever they are at hand.
    Backbone(
        *("builtin", "MobileNetV2 ×0.5, built in", "mobilenet_v2", "classifier", 2784, 687_680),
        options=(("width_mult", 0.5),),
        depths=(3, 6, 10, 13),  # the ends of the stages at 56, 28 and 14 px
    ),
)
REGISTRY: dict[str, Backbone] = {backbone.name: backbone for backbone in _ALL}


@dataclass(frozen=True)
class Weights:
    """A file of pretrained weights that was found, and its hash."""

    path: Path
    sha256: str
    licence: str
    """As the file's sidecar says; empty where it does not."""


def backbone_named(name: str) -> Backbone:
    """Look a backbone up. Raises WeightsError with the known names."""
    try:
        return REGISTRY[name]
    except KeyError:
        raise WeightsError(f"unknown backbone {name!r}; known are {', '.join(REGISTRY)}") from None


def cache_dir() -> Path:
    """The user's cache of weights and converted backbones: `EDGE_TRANSFER_CACHE_DIR`, or the system's place for it."""
    return Path(os.environ.get(CACHE_DIR_VARIABLE) or platformdirs.user_cache_dir("edge-transfer", appauthor=False))


def weights_folders() -> list[Path]:
    """Where weights are looked for, in this order."""
    chosen = os.environ.get(WEIGHTS_DIR_VARIABLE)
    return [*([Path(chosen)] if chosen else []), cache_dir() / "weights", _SHIPPED]


def find_weights(backbone: Backbone, file: Path | None = None) -> Weights:
    """The weights of a backbone: `file`, or `<name>.safetensors|.pth` in `weights_folders()`.

    A sidecar `<stem>.json` with `sha256` beside the file is checked. Raises WeightsError when there are none or they
    do not match.
    """
    path = file
    if path is None:
        candidates = [folder / f"{backbone.name}{suffix}" for folder in weights_folders() for suffix in SUFFIXES]
        path = next((candidate for candidate in candidates if candidate.is_file()), None)
        if path is None:
            folders = " or ".join(str(folder) for folder in weights_folders() if folder != _SHIPPED)
            raise WeightsError(
                f"no pretrained weights for {backbone.name}: give a file with --weights, put {backbone.name}"
                f".safetensors or .pth into {folders}, set {WEIGHTS_DIR_VARIABLE}, or allow the download "
                "with --download"
            )
    if not path.is_file():
        raise WeightsError(f"no weights at {path}")
    sha256 = sha256_of(path)
    sidecar = _read_sidecar(path.with_suffix(".json"))
    expected = sidecar.get("sha256", sha256)
    if expected != sha256:
        raise WeightsError(f"{path} does not match the SHA-256 in {path.stem}.json: it is damaged or was replaced")
    return Weights(path, sha256, str(sidecar.get("license", "")))


def available_backbones() -> list[Backbone]:
    """The backbones whose weights are at hand, in the order of the registry."""
    files = [path for folder in weights_folders() if folder.is_dir() for path in folder.iterdir()]
    found = {path.stem for path in files if path.suffix in SUFFIXES}
    return [backbone for backbone in REGISTRY.values() if backbone.name in found]


def default_backbone() -> Backbone:
    """The first backbone of the registry whose weights are at hand; at the end there is always the built-in one."""
    return next(iter(available_backbones()), REGISTRY["mobilenet_v2"])


def what_imagenet_adds() -> tuple[float, float] | None:
    """Measured top-1 on TrashNet of a probe on the built-in backbone and on MobileNetV2 with ImageNet weights."""
    measured = _read_sidecar(_SHIPPED / "builtin.json").get("measured", {})
    try:
        return float(measured["trashnet_top1"]), float(measured["trashnet_top1_teacher"])
    except (KeyError, TypeError, ValueError):
        return None


def backbone_of(weights_file: Path) -> Backbone:
    """The backbone that a file of weights names: by its stem, or by `architecture` in its sidecar.

    Raises WeightsError when neither is a name of the registry.
    """
    named = (weights_file.stem, str(_read_sidecar(weights_file.with_suffix(".json")).get("architecture", "")))
    for name in named:
        if name in REGISTRY:
            return REGISTRY[name]
    raise WeightsError(f"{weights_file.name} does not say whose weights it holds: name it with --backbone")


def build_network(backbone: Backbone) -> nn.Module:
    """The network with random weights, in training mode: normalised pictures (N, 3, S, S) to embeddings (N, D)."""
    import torchvision
    from torch import nn

    network: nn.Module = torchvision.models.get_model(backbone.builder, weights=None, **dict(backbone.options))
    if backbone.depths:
        from edge_transfer.depths import Depths

        return Depths(nn.Sequential(*network.get_submodule("features").children()), backbone.depths)
    # SqueezeNet's classifier is also its pooling; the others pool before it.
    pooled = nn.AdaptiveAvgPool2d(1) if backbone.builder.startswith("squeezenet") else nn.Identity()
    setattr(network, backbone.classifier, pooled)
    return network


def load_network(backbone: Backbone, weights: Weights) -> nn.Module:
    """The pretrained network in evaluation mode. Raises WeightsError when the file does not fit, naming what it is."""
    from edge_transfer.state_dicts import read_state_dict

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
    """The title of the registry's architecture that a state dict belongs to, or an empty text."""
    import torch

    for backbone in REGISTRY.values():
        with torch.device("meta"):
            expected = without_counters(build_network(backbone).state_dict())
        if _matching(expected, state) == len(expected):
            return backbone.title
    return ""


def _read_sidecar(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        values = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise WeightsError(f"{path} cannot be read: {error}") from error
    return values if isinstance(values, dict) else {}
