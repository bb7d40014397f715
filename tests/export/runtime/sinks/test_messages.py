"""Messages as JSON: one strict ASCII line each."""

from __future__ import annotations

import json

import numpy as np
import pytest

from export.runtime.bundle.check import CheckStep, check_json
from export.runtime.bundle.predictor import Prediction, Watched
from export.runtime.commands.predict import prediction_json
from export.runtime.errors import CheckFailed
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


@pytest.mark.parametrize("text", ["Schräubchen", "a\nb", "\u2028", "\udc80", '"', "\x00"])
def test_a_document_is_one_ascii_line(text: str) -> None:
    line = json_line({"label": text})
    assert line.isascii()
    assert len(line.splitlines()) == 1
    assert json.loads(line) == {"label": text}


def test_a_document_is_strict_json() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        json_line({"value": float("nan")})
