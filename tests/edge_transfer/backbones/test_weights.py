"""Weights files: where they are looked for, how they are verified, and the default backbone."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file

import edge_transfer
from edge_transfer.backbones import weights
from edge_transfer.backbones.classifier import Classifier
from edge_transfer.backbones.network import load_network
from edge_transfer.backbones.registry import REGISTRY
from edge_transfer.backbones.weights import (
    Weights,
    available_backbones,
    backbone_of,
    default_backbone,
    find_weights,
    what_imagenet_adds,
)
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


def test_training_with_it_says_once_what_imagenet_weights_would_add(tmp_path: Path) -> None:
    measured = what_imagenet_adds()
    assert measured is not None
    builtin, imagenet = measured
    assert 0.5 < builtin < imagenet < 1
    sidecar = json.loads((Path(edge_transfer.__file__).parent / "weights" / "builtin.json").read_text("utf-8"))
    assert measured == (sidecar["measured"]["trashnet_top1"], sidecar["measured"]["trashnet_top1_teacher"])

    def run(*arguments: str) -> str:
        code = "from edge_transfer.cli import main; main()"
        command = [sys.executable, "-c", code, *arguments]
        environment = {**os.environ, "EDGE_TRANSFER_CACHE_DIR": str(tmp_path / "cache")}
        environment.pop("EDGE_TRANSFER_WEIGHTS_DIR", None)
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
        assert "note" not in done.stdout
        return done.stderr

    project = str(tmp_path / "p")
    run("new", project, "--classes", "a,b")
    note = f"reached {imagenet:.2f} instead of {builtin:.2f} on TrashNet"
    assert run("train", project).count(note) == 1
    assert note not in run("train", project, "--backbone", "squeezenet")


def test_a_sidecar_without_figures_costs_only_the_note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "_SHIPPED", tmp_path)
    assert what_imagenet_adds() is None
    (tmp_path / "builtin.json").write_text('{"measured": {"trashnet_top1": "good"}}')
    assert what_imagenet_adds() is None
