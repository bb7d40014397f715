"""The `predict` command: classify image files and the images in folders, one answer or one reason for each file."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..bundle.predictor import Prediction, Predictor, answer_json
from ..errors import EdgeTransferError, ImageError
from ..imaging.images import IMAGE_SUFFIXES, decode_image, read_image_file
from ..storage import storage_error


@dataclass(frozen=True)
class PredictedFile:
    """A picture file and its answer."""

    path: str
    prediction: Prediction


@dataclass(frozen=True)
class RejectedFile:
    """A file that is not a picture we can use."""

    path: str
    reason: str


def predict_files(predictor: Predictor, paths: Iterable[Path]) -> Generator[PredictedFile | RejectedFile, None, None]:
    """Classify picture files, one after another; a folder stands for the pictures in it, by name.

    A file that cannot be read or decoded is rejected with its reason, and the others go on.
    """
    for path in paths:
        try:
            for file in _pictures(path):
                yield _predict_file(predictor, file)
        except EdgeTransferError as error:
            yield RejectedFile(str(path), str(error))


def _pictures(path: Path) -> Sequence[Path]:
    if not path.is_dir():
        return [path]
    try:
        files = [file for file in path.iterdir() if file.suffix.lower() in IMAGE_SUFFIXES]
    except OSError as error:
        raise storage_error(error, path, "read") from error
    found = sorted(file for file in files if not file.name.startswith("."))
    if not found:
        raise ImageError("no pictures in this folder")
    return found


def _predict_file(predictor: Predictor, path: Path) -> PredictedFile | RejectedFile:
    try:
        return PredictedFile(str(path), predictor.predict(decode_image(read_image_file(path))))
    except EdgeTransferError as error:
        return RejectedFile(str(path), str(error))


def prediction_json(path: str, prediction: Prediction) -> dict[str, Any]:
    """`{path, label, probability, unknown, top, ms}`; `label` is the likeliest class also where `unknown` is true."""
    return {"path": path, **answer_json(prediction)}
