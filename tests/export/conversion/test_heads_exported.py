"""Every kind of head says the same in numpy, torch, ONNX Runtime and OpenVINO."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray

from edge_transfer.backbones.classifier import TorchEngine
from edge_transfer.backbones.onnx_graph import backbone_graph
from edge_transfer.backbones.weights import find_weights
from edge_transfer.dataset.project import Project
from edge_transfer.heads import DEFAULT_STRENGTHS, fit_head
from edge_transfer.runs.run import Run
from export.conversion.convert import classifier_graph, openvino_model
from export.runtime.inference.engine import ENGINES, open_engine


@pytest.mark.parametrize("kind", DEFAULT_STRENGTHS)
def test_a_head_is_the_same_everywhere(
    kind: str, trained: tuple[Project, Run], varied: Callable[[int, int], NDArray[np.uint8]], tmp_path: Path
) -> None:
    run = trained[1]
    weights = find_weights(run.backbone(), Path(run.weights_path))
    graph = backbone_graph(run.backbone(), weights, run.input.side)
    pictures, labels = varied(30, 1), np.arange(30) % 3
    embedding = open_engine(graph, "onnxruntime").run(pictures).embedding
    # The third of five classes has no picture.
    head = fit_head(kind, embedding, np.array([0, 1, 3])[labels], 5, DEFAULT_STRENGTHS[kind][-1])
    others = varied(20, 2)
    torch = TorchEngine(run.backbone(), weights, head, run.input.side).run(others)
    assert np.ptp(torch.logits) > 0.1
    # A random network gives nearly equal embeddings, on which some heads are steep.
    tolerance = 1e-3 * max(1.0, float(np.abs(torch.logits).max()) / 10)
    assert torch.logits == pytest.approx(head.logits(torch.embedding), abs=tolerance)
    classifier_graph(graph, head, {}, tmp_path / "model.onnx")
    onnx.checker.check_model(onnx.load(tmp_path / "model.onnx"), full_check=True)
    openvino_model(graph, ("a", "b", "c", "d", "e"), "squash", tmp_path / "direct.xml", half_weights=False, head=head)
    for path, engine in [*((tmp_path / "model.onnx", name) for name in ENGINES), (tmp_path / "direct.xml", "openvino")]:
        for batch in (1, 20):
            found = open_engine(path, engine).run(others[:batch])
            assert found.logits.shape == (batch, 5)
            assert found.logits == pytest.approx(torch.logits[:batch], abs=tolerance), (path.name, engine)
    assert set(torch.logits.argmax(1)) <= {0, 1, 3}
