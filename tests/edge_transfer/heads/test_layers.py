"""Heads on disk: written, read, and refused where they are damaged."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save

from edge_transfer.errors import TrainingError
from edge_transfer.heads.layers import Layer, LayeredHead, LinearHead, read_head

RNG = np.random.default_rng(0)


def affine(out: int, width: int) -> Layer:
    return Layer("affine", RNG.normal(size=(out, width)).astype(np.float32), RNG.normal(size=out).astype(np.float32))


HEAD = LayeredHead((Layer("normalise"), affine(5, 7), Layer("normalise"), affine(9, 5), Layer("exp"), affine(3, 9)))


def test_layers_by_hand() -> None:
    weight, bias = np.array([[1, 2]], np.float32), np.array([-3], np.float32)
    rows = np.array([[3, 4], [0, 0]], np.float32)
    head = LayeredHead(
        (Layer("normalise"), Layer("affine", weight, bias), Layer("relu"), Layer("affine", weight[:, :1], bias))
    )
    assert head.logits(rows) == pytest.approx(np.array([[-3], [-3]]))
    head = LayeredHead((Layer("affine", weight, bias), Layer("exp"), Layer("affine", weight[:, :1], bias)))
    assert head.logits(rows) == pytest.approx(np.exp([[8], [-3]]) - 3, rel=1e-5)


def test_a_layered_head_is_what_it_was_after_saving(tmp_path: Path) -> None:
    HEAD.save(tmp_path / "head.safetensors")
    loaded = read_head(tmp_path / "head.safetensors")
    rows = RNG.normal(size=(6, 7)).astype(np.float32)
    assert isinstance(loaded, LayeredHead)
    assert loaded.classes == 3
    assert np.array_equal(loaded.logits(rows), HEAD.logits(rows))
    with pytest.raises(TrainingError, match="not a linear head"):
        LinearHead.load(tmp_path / "head.safetensors")


@pytest.mark.parametrize(
    ("operations", "change"),
    [
        (["normalise", "affine", "normalise", "affine", "softmax", "affine"], {}),
        (["normalise", "affine", "normalise", "affine", "exp"], {}),
        ([], {}),
        ("affine", {}),
        (["affine"] * 99, {}),
        (None, {"1.bias": np.zeros(4, np.float32)}),
        (None, {"3.weight": np.zeros((9, 6), np.float32)}),
        (None, {"3.weight": np.full((9, 5), np.nan, np.float32)}),
        (None, {"3.bias": np.zeros(9, np.float64)}),
        (None, {"4.bias": np.zeros(9, np.float32)}),
    ],
)
def test_layers_that_do_not_fit_are_refused(tmp_path: Path, operations: object, change: dict[str, object]) -> None:
    path = tmp_path / "head.safetensors"
    HEAD.save(path)
    tensors = {**load_file(path), **change}
    operations = [layer.operation for layer in HEAD.layers] if operations is None else operations
    path.write_bytes(save(tensors, {"layers": json.dumps(operations)}))
    with pytest.raises(TrainingError, match="missing or damaged"):
        read_head(path)


def test_a_cut_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "head.safetensors"
    HEAD.save(path)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(TrainingError, match="missing or damaged"):
        read_head(path)
