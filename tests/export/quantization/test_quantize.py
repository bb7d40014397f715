"""Quantising a graph: the cache, the methods, the layers that stay in float, and what it refuses."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import openvino
import pytest

from edge_transfer.backbones.onnx_graph import backbone_graph
from edge_transfer.dataset.project import Project
from edge_transfer.errors import EngineError
from edge_transfer.heads import LinearHead
from edge_transfer.runs.run import Run
from export.conversion.convert import files_of
from export.quantization.calibration_set import CalibrationSet
from export.quantization.quantize import after_convolutions, int8_backbone, quantise, quantise_accurately
from export.runtime.inference.engine import ENGINES, open_engine
from export.runtime.storage import sha256_of


def test_a_quantised_backbone_is_cached_and_made_anew_when_damaged(
    trained: tuple[Project, Run], calibration: CalibrationSet
) -> None:
    _, run = trained
    graph = backbone_graph(run.backbone(), run.weights(), run.input.side)
    path = int8_backbone(graph, "openvino", calibration)
    before = [(file.stat().st_mtime_ns, sha256_of(file)) for file in files_of(path)]
    assert int8_backbone(graph, "openvino", calibration) == path
    assert [(file.stat().st_mtime_ns, sha256_of(file)) for file in files_of(path)] == before
    damaged = files_of(path)[1]
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"x")
    int8_backbone(graph, "openvino", calibration)
    assert sha256_of(damaged) == before[1][1], "the same numbers again; the layers' names count on"
    other = replace(calibration, sha256="f" * 64)
    assert int8_backbone(graph, "openvino", other) != path


@pytest.mark.parametrize("method", ["entropy", "percentile"])
def test_other_ranges_in_rounds(
    trained: tuple[Project, Run], calibration: CalibrationSet, tmp_path: Path, method: str
) -> None:
    _, run = trained
    graph = backbone_graph(run.backbone(), run.weights(), run.input.side)
    quantise(graph, "onnxruntime", calibration.images[:24], tmp_path / "q.onnx", method)
    output = open_engine(tmp_path / "q.onnx", "onnxruntime").run(calibration.images[:4])
    full = open_engine(graph, "onnxruntime").run(calibration.images[:4])
    distance = np.linalg.norm(output.embedding - full.embedding) / np.linalg.norm(full.embedding)
    assert 0 < distance < 0.5


def test_what_comes_after_the_last_convolution() -> None:
    sources = {
        "image": [],
        "low": ["image"],
        "low_mean": ["low"],
        "square": ["low"],
        "high": ["low"],
        "join": ["low", "high"],
        "last": ["join"],
        "mean": ["last"],
        "scales": [],
        "embedding": ["mean", "low_mean", "square", "scales"],
    }
    found = after_convolutions(sources, {"low", "high", "last"})
    assert found == {"low_mean", "square", "mean", "scales", "embedding"}
    assert after_convolutions(sources, set()) == set(sources)


@pytest.mark.parametrize("engine", ENGINES)
def test_the_mean_over_the_last_map_stays_in_float(
    engine: str, trained: tuple[Project, Run], calibration: CalibrationSet, tmp_path: Path
) -> None:
    _, run = trained
    graph = backbone_graph(run.backbone(), run.weights(), run.input.side)
    target = tmp_path / ("q.onnx" if engine == "onnxruntime" else "q.xml")
    quantise(graph, engine, calibration.images[:24], target)
    if engine == "onnxruntime":
        nodes = [
            (node.name, node.op_type, list(node.input), list(node.output)) for node in onnx.load(target).graph.node
        ]
        maker = {output: name for name, _, _, outputs in nodes for output in outputs}
        sources = {name: [maker[value] for value in inputs if value in maker] for name, _, inputs, _ in nodes}
        kinds = {name: kind for name, kind, _, _ in nodes}
    else:
        operations = openvino.Core().read_model(target).get_ordered_ops()
        kinds = {op.get_friendly_name(): op.get_type_name() for op in operations}
        sources = {
            op.get_friendly_name(): [value.get_node().get_friendly_name() for value in op.input_values()]
            for op in operations
        }
    convolutions = {name for name, kind in kinds.items() if kind in {"Conv", "Convolution", "GroupConvolution"}}
    quantised = {name for name, kind in kinds.items() if kind in {"QuantizeLinear", "FakeQuantize"}}
    after = after_convolutions(sources, convolutions)
    assert min(len(convolutions), len(quantised)) > 20
    assert any("Mean" in kinds[name] for name in after)
    # A convolution's own result may still be rounded, what is computed from it not.
    assert {source for name in quantised & after for source in sources[name]} <= convolutions


def test_the_quantiser_says_what_it_cannot_do(tmp_path: Path) -> None:
    (tmp_path / "no.onnx").write_bytes(b"no model")
    for engine in ENGINES:
        with pytest.raises(EngineError, match=rf"no\.onnx cannot be quantised for {engine}"):
            quantise(tmp_path / "no.onnx", engine, np.zeros((2, 8, 8, 3), np.uint8), tmp_path / "q.xml")


@pytest.mark.slow
def test_the_layers_that_move_the_logits_most_go_back_to_float(
    trained: tuple[Project, Run], calibration: CalibrationSet, tmp_path: Path
) -> None:
    _, run = trained
    images = calibration.images[::3]
    graph = backbone_graph(run.backbone(), run.weights(), run.input.side)
    embedding = open_engine(graph, "openvino").run(images).embedding
    # Fifty classes that lie so near together that a little noise mistakes one for another.
    weight = np.random.default_rng(0).normal(0, 1, (50, embedding.shape[1])).astype(np.float32)
    head = LinearHead(weight, -weight @ embedding.mean(0), normalise=False)
    full = head.logits(embedding)
    int8_path, repaired = tmp_path / "int8.xml", tmp_path / "repaired.xml"
    quantise(graph, "openvino", images, int8_path)
    quantise_accurately(*(graph, images, images, full.argmax(1), head.logits, repaired), allowed_loss=0.0)
    distance, quantisers = {}, {}
    for path in (int8_path, repaired):
        logits = head.logits(open_engine(path, "openvino").run(images).embedding)
        distance[path] = np.square(logits - full).mean()
        operations = openvino.Core().read_model(path).get_ordered_ops()
        quantisers[path] = sum(operation.get_type_name() == "FakeQuantize" for operation in operations)
    assert 0 < quantisers[repaired] < quantisers[int8_path]
    assert distance[repaired] < 0.7 * distance[int8_path]
    with pytest.raises(EngineError, match="did not end within 0 s"):
        quantise_accurately(
            *(graph, images, images, full.argmax(1), head.logits, repaired),
            allowed_loss=0.0,
            limit_s=0.0,
        )
