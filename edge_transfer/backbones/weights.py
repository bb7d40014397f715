"""Weights of the backbones: where they are looked for, their SHA-256, and which backbones are available here.

Searched in this order: the folder in `EDGE_TRANSFER_WEIGHTS_DIR`, the user's cache, the package. A sidecar
`<stem>.json` beside a file gives its hash, its licence and, for a file of a different name, its architecture.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import platformdirs

from edge_transfer.backbones.registry import REGISTRY, SHIPPED, Backbone
from edge_transfer.errors import WeightsError
from export.runtime.storage import sha256_of

WEIGHTS_DIR_VARIABLE = "EDGE_TRANSFER_WEIGHTS_DIR"
CACHE_DIR_VARIABLE = "EDGE_TRANSFER_CACHE_DIR"
_SHIPPED = Path(str(files("edge_transfer"))) / "weights"
SUFFIXES = (".safetensors", ".pth", ".pt")


@dataclass(frozen=True)
class Weights:
    """A file of pretrained weights that was found, and its hash."""

    path: Path
    sha256: str
    licence: str
    """As the file's sidecar says; empty where it does not."""


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
    measured = _read_sidecar(_SHIPPED / f"{SHIPPED.name}.json").get("measured", {})
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


def _read_sidecar(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        values = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise WeightsError(f"{path} cannot be read: {error}") from error
    return values if isinstance(values, dict) else {}
