"""The documents that both command lines print."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from export.runtime.bundle.benchmark import Latency, Timing, timing_json, timing_text
from export.runtime.bundle.check import CheckStep, check_json
from export.runtime.bundle.predictor import Prediction, Predictor, Watched, answer_text
from export.runtime.commands.predict import PredictedFile, RejectedFile, predict_files, prediction_json
from export.runtime.errors import CheckFailed
from export.runtime.imaging.images import encode_png
from export.runtime.inference.decision import Decision
from export.runtime.sinks.messages import json_line, state_json, watched_json
from export.runtime.sources.source import Frame, SourceState

DECISION = Decision("washer", 0.4123456789, True, (("washer", 0.4123456789), ("hex_nut", 0.3), ("bolt", 0.2876543211)))
PREDICTION = Prediction(DECISION, np.zeros(3, np.float32), np.zeros(8, np.float32), 1.23456, 2.0)
ANSWER = {
    "label": "washer",
    "probability": 0.412346,
    "unknown": True,
    "top": [["washer", 0.412346], ["hex_nut", 0.3], ["bolt", 0.287654]],
    "ms": {"preprocess": 1.235, "infer": 2.0, "total": 3.235},
}


@pytest.fixture(scope="module")
def predictor(tiny_bundle: Path) -> Predictor:
    return Predictor.open(tiny_bundle, "onnxruntime")


def test_documents() -> None:
    assert prediction_json("a.jpg", PREDICTION) == {"path": "a.jpg", **ANSWER}
    frame = Frame(np.zeros((4, 4, 3), np.uint8), 7, 0.23333)
    assert watched_json(Watched(frame, PREDICTION, 12.345)) == {
        "index": 7,
        "time_s": 0.233,
        **ANSWER,
        "per_second": 12.3,
    }
    assert state_json(SourceState("lost", "camera disconnected")) == {"state": "lost", "message": "camera disconnected"}
    step = CheckStep("labels", True, "3 classes")
    assert check_json([step], None) == {
        "ok": True,
        "steps": [{"name": "labels", "ok": True, "detail": "3 classes"}],
        "error": None,
    }
    assert check_json([], CheckFailed("no")) == {"ok": False, "steps": [], "error": "no"}
    assert not check_json([CheckStep("labels", False, "")], None)["ok"]


def test_timing() -> None:
    latency = Latency(1.0, 2.0, 3.0, 900.0, 200)
    timing = Timing("model.xml", "openvino", "fp32", 1, latency, Latency(2.0, 3.0, 4.0, 450.0, 200), 123_400_000)
    values = timing_json(timing)
    assert values["engine_ms"] == {"p50": 1.0, "p95": 2.0, "p99": 3.0, "per_second": 900.0, "n": 200}
    assert json.loads(json_line(values)) == values
    text = timing_text(timing)
    assert text == (
        "model.xml (openvino fp32, 1 thread): network p50 1.00 ms, p95 2.00 ms; "
        "frame to answer p50 2.00 ms, p95 3.00 ms, 450 a second, peak memory 123 MB"
    )
    unknown = Timing("model.xml", "openvino", "fp32", 2, latency, latency, 0)
    assert "2 threads" in timing_text(unknown)
    assert "memory" not in timing_text(unknown)


def test_answers_as_text() -> None:
    assert answer_text(DECISION) == "unknown (perhaps washer 0.41)"
    assert answer_text(Decision("washer", 0.9312, False, (("washer", 0.9312),))) == "washer 0.93"


@pytest.mark.parametrize("text", ["Schräubchen", "a\nb", "\u2028", "\udc80", '"', "\x00"])
def test_a_document_is_one_ascii_line(text: str) -> None:
    line = json_line({"label": text})
    assert line.isascii()
    assert len(line.splitlines()) == 1
    assert json.loads(line) == {"label": text}


def test_a_document_is_strict_json() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        json_line({"value": float("nan")})


def test_files_are_predicted_or_rejected(predictor: Predictor, frames: list[NDArray[np.uint8]], tmp_path: Path) -> None:
    (tmp_path / "good.png").write_bytes(encode_png(frames[0]))
    (tmp_path / "cut.png").write_bytes(encode_png(frames[0])[:-20])
    (tmp_path / "text.jpg").write_text("no picture", "utf-8")
    names = ["good.png", "cut.png", "missing.jpg", "text.jpg", "good.png"]
    answers = list(predict_files(predictor, [tmp_path / name for name in names]))
    assert [Path(answer.path).name for answer in answers] == names
    assert [isinstance(answer, PredictedFile) for answer in answers] == [True, False, False, False, True]
    for answer in answers:
        if isinstance(answer, RejectedFile):
            assert answer.reason
        else:
            assert (answer.prediction.logits == predictor.predict(frames[0]).logits).all()


def test_a_folder_stands_for_its_pictures(
    predictor: Predictor, frames: list[NDArray[np.uint8]], tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    for name in ("b.png", "a.PNG"):
        (tmp_path / name).write_bytes(encode_png(frames[0]))
    (tmp_path / "notes.txt").write_text("x", "utf-8")
    (tmp_path / "._a.png").write_bytes(b"what a Mac leaves beside a.png")
    answers = list(predict_files(predictor, [tmp_path, tmp_path / "empty"]))
    assert [Path(answer.path).name for answer in answers] == ["a.PNG", "b.png", "empty"]
    assert answers[-1] == RejectedFile(str(tmp_path / "empty"), "no pictures in this folder")


@pytest.mark.skipif(os.name == "nt", reason="names are text on Windows")
def test_a_name_that_is_no_text(predictor: Predictor, frames: list[NDArray[np.uint8]], tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.png"))
    path.write_bytes(encode_png(frames[0]))
    [answer] = predict_files(predictor, [path])
    assert isinstance(answer, PredictedFile)
    values: dict[str, Any] = json.loads(json_line(prediction_json(answer.path, answer.prediction)))
    assert os.fsencode(values["path"]) == os.fsencode(path)
