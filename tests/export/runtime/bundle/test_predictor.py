"""A bundle as one call."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from export.runtime.bundle.manifest import bundle_files, read_manifest, write_sums
from export.runtime.bundle.predictor import Predictor, answer_text, select_model
from export.runtime.errors import BundleError, EngineError, ImageError
from export.runtime.inference.decision import Decision
from export.runtime.inference.preprocess import preprocess

Frames = list[NDArray[np.uint8]]


def change(bundle: Path, **values: Any) -> None:
    """Change values of the manifest and make the sums right again."""
    path = bundle / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), **values}), "utf-8")
    write_sums(bundle)


@pytest.mark.parametrize("engine", ["auto", "openvino", "onnxruntime"])
def test_predicts_what_numpy_computes(tiny_bundle: Path, tiny_net: Any, frames: Frames, engine: str) -> None:
    predictor = Predictor.open(tiny_bundle, engine)
    assert predictor.engine.name == predictor.model.engine == ("openvino" if engine == "auto" else engine)
    labels = set()
    for frame in frames:
        prediction = predictor.predict(frame)
        logits, embedding = tiny_net.reference(preprocess(frame, predictor.manifest.input)[None])
        assert np.abs(prediction.logits - logits[0]).max() < 1e-5
        assert np.abs(prediction.embedding - embedding[0]).max() < 1e-5
        scaled = np.exp(logits[0] / 1.5)
        decision = prediction.decision
        assert decision.label == predictor.manifest.classes[int(logits[0].argmax())]
        assert decision.probability == pytest.approx(float((scaled / scaled.sum()).max()), abs=1e-5)
        assert decision.unknown == (decision.probability < 0.9)
        assert prediction.preprocess_ms > 0
        assert prediction.infer_ms > 0
        assert prediction.total_ms == prediction.preprocess_ms + prediction.infer_ms
        labels.add((decision.label, decision.unknown))
    assert len(labels) > 1


def test_the_path_may_be_a_text(tiny_bundle: Path) -> None:
    assert Predictor.open(str(tiny_bundle)).manifest.name == "tiny"


def test_many_threads(tiny_bundle: Path, frames: Frames) -> None:
    predictor = Predictor.open(tiny_bundle)
    expected = [predictor.predict(frame).logits for frame in frames]

    def work(index: int) -> bool:
        frame, wanted = frames[index % len(frames)], expected[index % len(frames)]
        return all((predictor.predict(frame).logits == wanted).all() for _ in range(10))

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(8)))


@pytest.mark.parametrize(
    "frame",
    [np.zeros((8, 8), np.uint8), np.zeros((8, 8, 4), np.uint8), np.full((8, 8, 3), np.nan), np.zeros((0, 8, 3), "u1")],
    ids=["2D", "4 channels", "NaN", "no pixel"],
)
def test_what_is_no_picture(tiny_bundle: Path, frame: Any) -> None:
    predictor = Predictor.open(tiny_bundle)
    with pytest.raises(ImageError, match=r"must be .*, got shape"):
        predictor.predict(frame)


def test_another_model_where_the_chosen_engine_is_missing(
    tiny_bundle: Path, hide_engines: Callable[..., None], frames: Frames
) -> None:
    with_openvino = Predictor.open(tiny_bundle).predict(frames[0])
    hide_engines("openvino")
    predictor = Predictor.open(tiny_bundle)
    assert predictor.model.file == "model.onnx"
    assert predictor.predict(frames[0]).decision.label == with_openvino.decision.label
    with pytest.raises(EngineError, match=r"no engine that this bundle can use is installed: pip install openvino$"):
        Predictor.open(tiny_bundle, "openvino")
    hide_engines("openvino", "onnxruntime")
    with pytest.raises(EngineError, match="pip install openvino or onnxruntime"):
        Predictor.open(tiny_bundle)


def test_an_engine_that_the_bundle_does_not_have(tiny_bundle: Path, bundle: Path) -> None:
    with pytest.raises(EngineError, match="no model for the engine 'tensorrt'; it has models for openvino, onnxruntim"):
        Predictor.open(tiny_bundle, "tensorrt")
    models = json.loads((bundle / "manifest.json").read_text("utf-8"))["models"]
    change(bundle, models=models[:1])
    with pytest.raises(EngineError, match="no model for the engine 'onnxruntime'; it has models for openvino"):
        Predictor.open(bundle, "onnxruntime")


def test_the_chosen_model_comes_first(tiny_bundle: Path, bundle: Path) -> None:
    models = json.loads((bundle / "manifest.json").read_text("utf-8"))["models"]
    models[0]["chosen"], models[1]["chosen"] = False, True
    change(bundle, models=models)
    assert select_model(read_manifest(bundle)).file == "model.onnx"
    assert select_model(read_manifest(bundle), "openvino").file == "model.xml"
    assert select_model(read_manifest(tiny_bundle)).file == "model.xml"


def test_a_flipped_byte_in_any_file_is_refused(bundle: Path) -> None:
    for name in bundle_files(bundle):
        path = bundle / name
        data = path.read_bytes()
        path.write_bytes(data[:-1] + bytes([data[-1] ^ 0x20]))
        with pytest.raises(BundleError):
            Predictor.open(bundle)
        path.write_bytes(data)
    assert Predictor.open(bundle).manifest.name == "tiny"


def test_an_added_or_removed_file_is_refused(bundle: Path) -> None:
    (bundle / "onnxruntime.py").write_text("raise SystemExit('shadowed')\n", "utf-8")
    with pytest.raises(BundleError, match="is not a part of the bundle"):
        Predictor.open(bundle)
    (bundle / "onnxruntime.py").unlink()
    (bundle / "edge_runtime" / "sources" / "source.py").unlink()
    with pytest.raises(BundleError, match=r"source\.py is missing"):
        Predictor.open(bundle)


def test_a_model_that_does_not_fit_the_manifest(bundle: Path) -> None:
    values = json.loads((bundle / "manifest.json").read_text("utf-8"))
    change(bundle, input={**values["input"], "side": 64})
    with pytest.raises(BundleError, match=r"model\.xml takes 32 px, the manifest says 64 px"):
        Predictor.open(bundle)
    change(bundle, input=values["input"], classes=["a", "b"])
    with pytest.raises(EngineError, match=r"2 classes need 2 logits, got shape \(3,\)"):
        Predictor.open(bundle)


def test_weights_of_another_model(bundle: Path) -> None:
    """The manifest and the sums agree, the two files of the model do not."""
    (bundle / "model.bin").write_bytes((bundle / "model.bin").read_bytes()[:-100])
    write_sums(bundle)
    with pytest.raises(EngineError, match=r"OpenVINO cannot load model\.xml"):
        Predictor.open(bundle)
    (bundle / "model.bin").unlink()
    write_sums(bundle)
    with pytest.raises(EngineError, match=r"model\.xml needs model\.bin beside it"):
        Predictor.open(bundle)


def test_a_newer_bundle(bundle: Path) -> None:
    change(bundle, schema_version=3)
    with pytest.raises(BundleError, match="has format version 3, this runtime reads up to 2"):
        Predictor.open(bundle)


def test_a_bundle_in_a_folder_with_any_name(tiny_bundle: Path, tmp_path: Path, frames: Frames) -> None:
    folder = tmp_path / "Prüf stand 🔩 #1 %20"
    shutil.copytree(tiny_bundle, folder)
    for engine in ("openvino", "onnxruntime"):
        assert Predictor.open(folder, engine).predict(frames[0]).logits.shape == (3,)


DECISION = Decision("washer", 0.4123456789, True, (("washer", 0.4123456789), ("hex_nut", 0.3), ("bolt", 0.2876543211)))


def test_answers_as_text() -> None:
    assert answer_text(DECISION) == "unknown (perhaps washer 0.41)"
    assert answer_text(Decision("washer", 0.9312, False, (("washer", 0.9312),))) == "washer 0.93"
