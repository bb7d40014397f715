"""What is measured of a model in a process of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_transfer.backbones.onnx_graph import backbone_graph
from edge_transfer.backbones.registry import backbone_named
from edge_transfer.backbones.weights import find_weights
from export.conversion.variants import memory_of


def test_memory_is_measured_beside_modules_of_our_names(foreign_modules: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    backbone = backbone_named("builtin")
    graph = backbone_graph(backbone, find_weights(backbone), 64)
    monkeypatch.chdir(foreign_modules)
    assert memory_of(graph, "onnxruntime") > 10_000_000
