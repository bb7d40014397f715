"""Deployment files of a bundle: Dockerfile, systemd unit, and a compose file with an MQTT broker.

They lie in the bundle and are covered by its SHA256SUMS; secrets never do, they lie in a folder beside it. All three
start the bundle's own command line, without rights, on a file system that it cannot write to.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from edge_transfer.errors import BundleError
from export.runtime.bundle.manifest import Manifest
from export.runtime.serving.inference_protocol import model_name

_TEMPLATES = files("export.bundling") / "templates"
DEPLOYMENTS = ("docker", "systemd", "compose")


def check_deployments(kinds: Sequence[str]) -> None:
    """Raises BundleError for a kind that is not one of DEPLOYMENTS."""
    for kind in kinds:
        if kind not in DEPLOYMENTS:
            raise BundleError(f"unknown deployment {kind!r}: use {', '.join(DEPLOYMENTS)}")


def write_deployment(folder: Path, manifest: Manifest, kinds: Sequence[str]) -> None:
    """Write the files of each kind into a bundle's folder, before its sums; compose brings the Dockerfile along."""
    check_deployments(kinds)
    name = model_name(manifest)
    if kinds and set(kinds) != {"docker"}:
        (folder / "deploy").mkdir()
    if {"docker", "compose"} & set(kinds):
        _write(folder / "Dockerfile")
    if "systemd" in kinds:
        _write(folder / "deploy" / "edge-transfer.service", NAME=name)
    if "compose" in kinds:
        _write(folder / "deploy" / "compose.yaml", NAME=name)
        _write(folder / "deploy" / "mosquitto.conf")


def _write(path: Path, **values: str) -> None:
    """Write the template of the same name, with each name of `values` replaced."""
    text = (_TEMPLATES / path.name).read_text("utf-8")
    for name, value in values.items():
        text = text.replace(name, value)
    path.write_text(text, "utf-8")
