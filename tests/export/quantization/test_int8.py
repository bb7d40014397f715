"""INT8 from end to end: quantise, fit on what it computes, gate, ship or say why not; and checks that name mistakes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge_transfer.backbones.embeddings import EmbeddingKey, embed
from edge_transfer.backbones.onnx_graph import backbone_graph
from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from edge_transfer.errors import BundleError
from edge_transfer.runs.run import Run
from export.bundling.bundle import Exported, export_bundle
from export.conversion.convert import identity_of
from export.parity.golden_inputs import golden_frames
from export.quantization.calibration_set import CalibrationSet
from export.quantization.head_refit import refit_probe, run_samples
from export.quantization.quantize import int8_backbone
from export.runtime.bundle.benchmark import Latency, Timing, read_timings_file, timing_json
from export.runtime.bundle.check import GoldenRecord, check_bundle
from export.runtime.bundle.manifest import read_manifest, write_sums
from export.runtime.bundle.predictor import Predictor
from export.runtime.events import exhaust
from export.runtime.inference.engine import ENGINES, open_engine
from export.runtime.inference.preprocess import preprocess
from export.runtime.sinks.messages import json_line
from tests.export.quantization.conftest import export


@pytest.fixture(scope="module")
def exported(trained: tuple[Project, Run], tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """A bundle with both precisions of both engines. Not to be changed."""
    project, run = trained
    with Catalog.open(project) as catalog:
        target = tmp_path_factory.mktemp("int8") / "nuts"
        return exhaust(export_bundle(project, catalog, run, target, precision="int8", allowed_loss=100.0))


@pytest.mark.slow
def test_every_precision_is_a_file_of_its_own(exported: Exported) -> None:
    models = {(model.engine, model.precision): model for model in exported.manifest.models}
    assert {key: model.file for key, model in models.items()} == {
        ("openvino", "fp32"): "model.xml",
        ("openvino", "int8"): "model-int8.xml",
        ("onnxruntime", "fp32"): "model.onnx",
        ("onnxruntime", "int8"): "model-int8.onnx",
    }
    assert exported.manifest.chosen.precision == "int8"
    for engine in ENGINES:
        full, small = models[engine, "fp32"], models[engine, "int8"]
        assert small.bytes < 0.6 * full.bytes
        assert full.confidence is None
        assert small.confidence is not None
        assert "held-out samples" in small.reason
    assert len(exported.candidates) == 4
    assert all(row.shipped and row.memory_mb and row.memory_mb > 10 for row in exported.candidates)
    assert "<svg" in (exported.path / "report.html").read_text("utf-8")


@pytest.mark.parametrize("engine", ENGINES)
def test_the_head_was_fitted_on_exactly_what_is_shipped(
    exported: Exported, trained: tuple[Project, Run], calibration: CalibrationSet, engine: str
) -> None:
    """Bit for bit, in the latency setting of the box and the throughput setting of the training."""
    project, run = trained
    graph = int8_backbone(backbone_graph(run.backbone(), run.weights(), run.input.side), engine, calibration)
    suffix = ".xml" if engine == "openvino" else ".onnx"
    shipped = open_engine(exported.path / f"model-int8{suffix}", engine).run(calibration.images)
    alone = open_engine(graph, engine, threads=2, throughput=True).run(calibration.images)
    assert np.array_equal(shipped.embedding, alone.embedding)
    full = open_engine(exported.path / "model.onnx", engine).run(calibration.images)
    assert not np.array_equal(shipped.embedding, full.embedding), "it is another network than FP32"
    with Catalog.open(project) as catalog:
        data = run_samples(project, catalog, run)
    key = EmbeddingKey(run.recipe.backbone, identity_of(graph), engine, "int8", run.input)

    def must_be_cached() -> Any:
        raise AssertionError("the embeddings are cached")

    cached = exhaust(embed(project, data.training, key, must_be_cached))
    assert cached.from_cache == len(data.training)
    refitted = exhaust(refit_probe(project, run, data, graph, engine))
    logits = refitted.head.logits(shipped.embedding)
    assert np.abs(logits - shipped.logits).max() < 1e-3
    (model,) = [m for m in exported.manifest.models if (m.engine, m.precision) == (engine, "int8")]
    assert model.confidence == refitted.confidence
    predictor = Predictor.open(exported.path, engine)
    assert predictor.confidence == exported.manifest.confidence_of(predictor.model)


def test_the_boxs_latencies_choose(trained: tuple[Project, Run], exported: Exported, tmp_path: Path) -> None:
    p50 = {("openvino", "fp32"): 4.0, ("openvino", "int8"): 5.0, ("onnxruntime", "fp32"): 3.0}
    lines = [json_line(timing_json(measured(engine, precision, value))) for (engine, precision), value in p50.items()]
    path = tmp_path / "box.json"
    path.write_text("\n".join(lines) + "\n\n")
    found = {(timing.engine, timing.precision): timing.end_to_end_ms.p50 for timing in read_timings_file(path)}
    assert found == p50
    done = export(*trained, tmp_path / "nuts", box=path)
    assert done.candidates[0].reason == "equal to the trained model and the fastest on the box"
    assert (done.manifest.chosen.engine, done.manifest.chosen.latency_ms["p50"]) == ("onnxruntime", 3.0)
    reasons = {row.engine: row.reason for row in done.candidates if row.precision == "int8"}
    assert reasons == {
        "openvino": "slower than FP32 (5.00 against 4.00 ms) on the box",
        "onnxruntime": "not measured on the box",
    }
    for text in ("", "{", "[]", '{"engine": "openvino"}', lines[0].replace("4.0", "-1")):
        path.write_text(text)
        with pytest.raises(BundleError, match="benchmark"):
            export(*trained, tmp_path / "refused", box=path)
    assert not (tmp_path / "refused").exists()


# The certificate: runtimes broken on purpose

PREPROCESS, ENGINE, DECISION = (f"inference/{name}.py" for name in ("preprocess", "engine", "decision"))

RIGHT = "np.asarray(cv2.cvtColor(square, cv2.COLOR_BGR2RGB), dtype=np.uint8)"

INSIDE = "self._run_one, images)"

BROKEN = {
    "channels": (PREPROCESS, RIGHT, "square", "channels look swapped"),
    "mirrored": (PREPROCESS, RIGHT, f"{RIGHT}[:, ::-1].copy()", "looks mirrored"),
    "upside down": (PREPROCESS, RIGHT, f"{RIGHT}[::-1].copy()", "turned or upside down"),
    "crop": (PREPROCESS, "if spec.crop ==", "if 'crop' ==", "cut by another rule (cut to the middle square)"),
    "letterbox": (PREPROCESS, 'elif spec.crop == "squash"', "elif False", "another rule (padded to a square)"),
    "nearest": (PREPROCESS, "interpolation=interpolation", "interpolation=0", "another interpolation"),
    "no halving": (PREPROCESS, "size // 2 if size % 2 == 0 and size >= 2 * target else size", "size", "interpolation"),
    "range": (PREPROCESS, RIGHT, f"({RIGHT} / 255).astype(np.uint8)", "scaled to 0–1"),
    "normalised": (
        *(PREPROCESS, RIGHT, f"np.clip(({RIGHT} / 255 - (0.485, 0.456, 0.406)) / 0.225, 0, 255).astype(np.uint8)"),
        "normalised with another mean",
    ),
    "channels in the engine": (ENGINE, INSIDE, "self._run_one, images[..., ::-1])", "channels look swapped"),
    "range in the engine": (ENGINE, INSIDE, "self._run_one, (images / 255).astype(np.uint8))", "scaled to 0–1"),
    "labels": (
        DECISION,
        "(classes[k], exponentials[k] / total)",
        "(classes[-1 - k], exponentials[k] / total)",
        "order",
    ),
    "sorted labels": (DECISION, "ranked = tuple", "classes = sorted(classes); ranked = tuple", "labels look to be in"),
}


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.parametrize("precision", ["fp32", "int8"])
def test_a_broken_runtime_fails_its_check_and_the_cause_is_named(
    exported: Exported, tmp_path: Path, name: str, precision: str
) -> None:
    file, right, wrong, cause = BROKEN[name]
    bundle = Path(shutil.copytree(exported.path, tmp_path / "bundle"))
    source = bundle / "edge_runtime" / file
    text = source.read_text("utf-8")
    assert right in text
    source.write_text(text.replace(right, wrong), "utf-8")
    manifest = read_manifest(bundle)
    models = tuple(m for m in manifest.models if (m.engine, m.precision) == ("onnxruntime", precision))
    kept = replace(manifest, models=(replace(models[0], chosen=True),))
    (bundle / "manifest.json").write_text(kept.to_json(), "utf-8")
    write_sums(bundle)
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    done = subprocess.run(
        [sys.executable, "-m", "edge_runtime", "check"],
        cwd=bundle,
        env={**environment, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 3, done.stderr
    assert "likely cause: " in done.stderr
    assert cause in done.stderr.split("likely cause: ")[1]


def test_the_certificate_holds_here_and_every_mistake_lies_beyond_it(exported: Exported) -> None:
    assert [step.name for step in check_bundle(exported.path)][2:] == [m.file for m in exported.manifest.models]
    golden = GoldenRecord.read(exported.path)
    for model in exported.manifest.models:
        right = np.array(golden.logits[model.file])
        allowed = golden.tolerances[model.file]["logit"]
        assert set(golden.mistakes[model.file]) >= {"channels", "mirrored", "range", "normalised:before the graph"}
        for name, logits in golden.mistakes[model.file].items():
            if model.precision != "int8":
                assert np.abs(np.array(logits) - right).max() > 20 * allowed, name
        assert (allowed == 1e-3) == (model.precision != "int8")
    images = np.stack([preprocess(frame, exported.manifest.input) for frame in golden_frames()])
    engine = open_engine(exported.path / "model-int8.xml", "openvino", threads=2)
    difference = np.abs(engine.run(images).logits - np.array(golden.logits["model-int8.xml"])).max()
    assert difference <= golden.tolerances["model-int8.xml"]["logit"]


def measured(engine: str, precision: str, p50: float) -> Timing:
    """What a box has measured of one model; its backbone and side are none of the defaults."""
    latency = Latency(p50, 9.0, 9.0, 100.0, 200)
    return Timing(f"model-{precision}", engine, precision, 1, latency, latency, 0, "squeezenet", 64)


def test_an_older_boxs_benchmark_chooses_as_well(trained: tuple[Project, Run], tmp_path: Path) -> None:
    path = tmp_path / "box.json"
    lines = [timing_json(measured("openvino", "fp32", 4.0)), timing_json(measured("onnxruntime", "fp32", 3.0))]
    path.write_text(
        "\n".join(json.dumps({k: v for k, v in line.items() if k not in ("backbone", "side")}) for line in lines)
    )
    done = export(*trained, tmp_path / "nuts", precision="fp32", box=path)
    assert (done.manifest.chosen.engine, done.manifest.chosen.latency_ms["p50"]) == ("onnxruntime", 3.0)
