"""The command `predict`: files and folders, classified or rejected."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from export.runtime.bundle.predictor import Predictor
from export.runtime.commands.predict import PredictedFile, RejectedFile, predict_files, prediction_json
from export.runtime.imaging.images import encode_png
from export.runtime.sinks.messages import json_line


@pytest.fixture(scope="module")
def predictor(tiny_bundle: Path) -> Predictor:
    return Predictor.open(tiny_bundle, "onnxruntime")


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
