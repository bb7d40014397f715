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
import onnx
import openvino
import pytest

from edge_transfer.backbones.embeddings import EmbeddingKey, embed
from edge_transfer.backbones.onnx_graph import backbone_graph
from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from edge_transfer.errors import BundleError, DatasetError, EngineError
from edge_transfer.heads import LinearHead
from edge_transfer.runs.run import Run, load_head
from edge_transfer.training.train import train
from export.bundling import bundle as bundle_module
from export.bundling.bundle import Exported, export_bundle
from export.conversion.convert import files_of, identity_of
from export.parity.golden_inputs import golden_frames
from export.quantization import int8_variants as int8_trials
from export.quantization.calibration_set import CalibrationSet, calibration_set
from export.quantization.head_refit import nearer_head, refit_probe, run_samples
from export.quantization.quantize import after_convolutions, int8_backbone, quantise, quantise_accurately
from export.runtime.bundle.benchmark import Latency, Timing, read_timings_file, timing_json
from export.runtime.bundle.check import Golden, check_bundle
from export.runtime.bundle.manifest import read_manifest, write_sums
from export.runtime.bundle.predictor import Predictor
from export.runtime.events import run_to_end
from export.runtime.inference.engine import ENGINES, open_engine
from export.runtime.inference.preprocess import preprocess
from export.runtime.sinks.messages import json_line
from export.runtime.storage import sha256_of


@pytest.fixture(scope="module")
def exported(trained: tuple[Project, Run], tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """A bundle with both precisions of both engines. Not to be changed."""
    project, run = trained
    with Catalog.open(project) as catalog:
        target = tmp_path_factory.mktemp("int8") / "nuts"
        return run_to_end(export_bundle(project, catalog, run, target, precision="int8", allowed_loss=100.0))


@pytest.fixture(scope="module")
def calibration(trained: tuple[Project, Run]) -> CalibrationSet:
    project, run = trained
    with Catalog.open(project) as catalog:
        return run_to_end(calibration_set(project, run_samples(project, catalog, run).training, run.input))


def export(project: Project, run: Run, target: Path, **options: Any) -> Exported:
    with Catalog.open(project) as catalog:
        return run_to_end(export_bundle(project, catalog, run, target, **options))


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

    cached = run_to_end(embed(project, data.training, key, must_be_cached))
    assert cached.from_cache == len(data.training)
    refitted = run_to_end(refit_probe(project, run, data, graph, engine))
    logits = refitted.head.logits(shipped.embedding)
    assert np.abs(logits - shipped.logits).max() < 1e-3
    (model,) = [m for m in exported.manifest.models if (m.engine, m.precision) == (engine, "int8")]
    assert model.confidence == refitted.confidence
    predictor = Predictor.open(exported.path, engine)
    assert predictor.confidence == exported.manifest.confidence_of(predictor.model)


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


def test_the_calibration_set_is_the_trainings_and_does_not_depend_on_the_order(trained: tuple[Project, Run]) -> None:
    project, run = trained
    with Catalog.open(project) as catalog:
        training = run_samples(project, catalog, run).training
    found = run_to_end(calibration_set(project, training, run.input))
    assert (found.source, found.images.shape) == ("66 training images", (66, 64, 64, 3))
    assert run_to_end(calibration_set(project, training[::-1], run.input)).sha256 == found.sha256
    assert run_to_end(calibration_set(project, training[1:], run.input)).sha256 != found.sha256
    built_in = run_to_end(calibration_set(project, [], run.input))
    assert built_in.source == "built in"
    assert len(built_in.images) > 40
    assert run_to_end(calibration_set(project, [], run.input)).sha256 == built_in.sha256


def test_a_slow_or_poor_model_is_left_out_and_its_reason_stays(
    trained: tuple[Project, Run], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project, run = trained
    monkeypatch.setattr(bundle_module, "speed_problem", lambda *_: "slower than FP32 (9.00 against 1.00 ms) on X")
    slow = export(project, run, tmp_path / "slow")
    left_out = [row for row in slow.candidates if row.precision == "int8"]
    assert [row.reason for row in left_out] == ["slower than FP32 (9.00 against 1.00 ms) on X"] * 2
    assert not any(row.shipped or row.chosen for row in left_out)
    assert {model.precision for model in slow.manifest.models} == {"fp32"}
    assert not list((tmp_path / "slow").glob("*int8*"))
    monkeypatch.setattr(int8_trials, "accuracy_problem", lambda *_: "loses 7.00 points")
    with pytest.raises(EngineError, match=r"no model in INT8 can be shipped: openvino int8 loses 7\.00 points"):
        export(project, run, tmp_path / "poor", precision="int8")
    assert not (tmp_path / "poor").exists()


def test_a_failed_quantisation_is_recorded_and_no_file_takes_its_name(
    trained: tuple[Project, Run], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> Path:
        raise EngineError("the graph holds nothing to quantise")

    monkeypatch.setattr(int8_trials, "int8_backbone", fails)
    done = export(*trained, tmp_path / "nuts")
    rows = [row for row in done.candidates if row.precision == "int8"]
    assert [(row.shipped, row.file, row.bytes) for row in rows] == [(False, "", 0)] * 2
    assert rows[0].reason == "not quantised: the graph holds nothing to quantise"
    assert not list((tmp_path / "nuts").glob("*int8*"))


def test_without_the_training_pictures_int8_says_so(copied: tuple[Project, Run], tmp_path: Path) -> None:
    project, run = copied
    with Catalog.open(project) as catalog:
        catalog.trash([sample.id for sample in catalog.samples(split="train")][:20])
        with pytest.raises(DatasetError, match="20 of the 66 training pictures are gone"):
            run_samples(project, catalog, run)
    done = export(project, run, tmp_path / "nuts")
    reasons = {row.reason for row in done.candidates if row.precision == "int8"}
    assert reasons == {"20 of the 66 training pictures are gone or have other labels now: train again"}


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


# The certificate: runtimes broken on purpose

PREPROCESS, ENGINE, DECISION = (f"inference/{name}.py" for name in ("preprocess", "engine", "decision"))
PREDICTOR = "bundle/predictor.py"
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
    golden = Golden.read(exported.path)
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


def trained_again(project: Project, catalog: Catalog, run: Run, strategy: str) -> Run:
    """A run by another strategy; a fine-tuning moves the last block a little."""
    recipe = replace(run.recipe, strategy=strategy, unfreeze="1", epochs=1, views=1, learning_rate=0.01)
    latest = run_to_end(train(project, catalog, recipe, Path(run.weights_path)))
    assert latest.adapted == (strategy == "finetune")
    return latest


def fine_tuned(project: Project, run: Run) -> Run:
    with Catalog.open(project) as catalog:
        return trained_again(project, catalog, run, "finetune")


@pytest.mark.slow
def test_a_fine_tuned_head_moves_to_what_its_int8_backbone_computes(
    copied: tuple[Project, Run], tmp_path: Path
) -> None:
    project, run = copied[0], fine_tuned(*copied)
    done = export(project, run, tmp_path / "nuts", precision="int8", allowed_loss=100.0)
    with Catalog.open(project) as catalog:
        data = run_samples(project, catalog, run)
        calibration = run_to_end(calibration_set(project, data.training, run.input))
    head = load_head(project, run)
    full = open_engine(done.path / "model.onnx", "onnxruntime").run(calibration.images)
    for model in done.manifest.models:
        if model.precision == "int8":
            graph = int8_backbone(
                backbone_graph(run.backbone(), run.weights(), run.input.side), model.engine, calibration
            )
            alone = open_engine(graph, model.engine).run(calibration.images)
            shipped = open_engine(done.path / model.file, model.engine).run(calibration.images)
            assert np.array_equal(alone.embedding, shipped.embedding)
            before = np.square(head.logits(alone.embedding) - full.logits).mean()
            assert 0 < np.square(shipped.logits - full.logits).mean() < 0.7 * before
            assert model.confidence is not None


@pytest.mark.slow
def test_a_fine_tuned_network_that_loses_is_quantised_in_other_ways(
    copied: tuple[Project, Run], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    verdicts = iter(["loses 3 points", "", "loses 2 points", "loses 1 point", ""])
    monkeypatch.setattr(int8_trials, "accuracy_problem", lambda *_: next(verdicts))
    done = export(copied[0], fine_tuned(*copied), tmp_path / "nuts", precision="int8")
    rows = {row.engine: row for row in done.candidates if row.precision == "int8"}
    assert "by accuracy control" in rows["openvino"].reason
    assert "by minmax" in rows["onnxruntime"].reason
    assert all(row.shipped and row.p50_ms > 0 for row in rows.values())
    assert not next(verdicts, None)


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


@pytest.mark.parametrize("normalise", [True, False])
@pytest.mark.parametrize("pictures", [2, 30, 3000])
def test_a_head_is_moved_by_no_more_than_the_pictures_tell(pictures: int, normalise: bool) -> None:
    rng = np.random.default_rng(0)
    head = LinearHead(*(rng.normal(0, 1, shape).astype(np.float32) for shape in ((3, 64), (3,))), normalise)
    exact = rng.gamma(1, 1, (pictures + 1000, 64)).astype(np.float32)
    # What INT8 does to an embedding: a shift and a scale of its own for each number, and noise.
    moved = exact * rng.uniform(0.9, 1.1, 64) + rng.normal(0, 0.1, 64) + rng.normal(0, 0.02, exact.shape)
    moved = moved.astype(np.float32)
    found = nearer_head(head, moved[:pictures], head.logits(exact[:pictures]))
    assert found.normalise == normalise
    rest, wanted = moved[pictures:], head.logits(exact[pictures:])
    before, after = (float(np.square(h.logits(rest) - wanted).mean()) for h in (head, found))
    assert after < {2: 1.0, 30: 0.7, 3000: 0.2}[pictures] * before


@pytest.mark.parametrize("strategy", ["probe", "finetune"])
def test_the_val_split_judges_probes_and_fine_tuned_models(copied: tuple[Project, Run], strategy: str) -> None:
    project, run = copied
    with Catalog.open(project) as catalog:
        for session in {sample.session_id for sample in catalog.samples(split="test")}:
            catalog.set_split(session, "val")
        val, training = catalog.samples(split="val"), catalog.samples(split="train")
        latest = trained_again(project, catalog, run, strategy)
        data = run_samples(project, catalog, latest)
    assert {sample.id for sample in data.val} == {sample.id for sample in val}
    assert {sample.id for sample in data.training} == {sample.id for sample in training}
