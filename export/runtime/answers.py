"""What the command lines print, as JSON values and as text: one form for the box and for the laptop."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .check import CheckStep
from .decision import Decision
from .errors import EdgeTransferError, ImageError
from .images import IMAGE_SUFFIXES, decode_image, read_image_file
from .predictor import Prediction, Predictor
from .source import SourceState
from .storage import storage_error
from .timing import Timing
from .watching import Watched


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


def watched_json(watched: Watched) -> dict[str, Any]:
    """`{index, time_s, label, probability, unknown, top, ms, per_second}` of one frame of a source."""
    frame = watched.frame
    return {
        "index": frame.index,
        "time_s": round(frame.time_s, 3),
        **answer_json(watched.prediction),
        "per_second": round(watched.per_second, 1),
    }


def state_json(state: SourceState) -> dict[str, Any]:
    """`{state, message}` of a source."""
    return {"state": state.state, "message": state.message}


def check_json(steps: Sequence[CheckStep], error: EdgeTransferError | None) -> dict[str, Any]:
    """`{ok, steps: [{name, ok, detail}], error}`; `error` is what ended the check early, or None."""
    return {
        "ok": error is None and all(step.ok for step in steps),
        "steps": [asdict(step) for step in steps],
        "error": None if error is None else str(error),
    }


def timing_json(timing: Timing) -> dict[str, Any]:
    """`{file, engine, precision, threads, engine_ms, end_to_end_ms, peak_memory_bytes}`.

    Both times are `{p50, p95, p99, per_second, n}`; `peak_memory_bytes` is 0 where the system does not say.
    """
    return asdict(timing)


def json_line(values: dict[str, Any]) -> str:
    """One line of strict JSON, in ASCII, so that it survives every terminal and pipe."""
    return json.dumps(values, allow_nan=False)


def answer_text(decision: Decision) -> str:
    """`washer 0.93`, or `unknown (perhaps washer 0.41)` below the threshold."""
    text = f"{decision.label} {decision.probability:.2f}"
    return f"unknown (perhaps {text})" if decision.unknown else text


def timing_text(timing: Timing) -> str:
    """One line on what a model costs here."""
    engine, whole = timing.engine_ms, timing.end_to_end_ms
    threads = "1 thread" if timing.threads == 1 else f"{timing.threads} threads"
    memory = f", peak memory {timing.peak_memory_bytes / 1e6:.0f} MB" if timing.peak_memory_bytes else ""
    return (
        f"{timing.file} ({timing.engine} {timing.precision}, {threads}): "
        f"network p50 {engine.p50:.2f} ms, p95 {engine.p95:.2f} ms; "
        f"frame to answer p50 {whole.p50:.2f} ms, p95 {whole.p95:.2f} ms, {whole.per_second:.0f} a second{memory}"
    )


def answer_json(prediction: Prediction) -> dict[str, Any]:
    """`{label, probability, unknown, top, ms}`; `label` is the likeliest class also where `unknown` is true."""
    decision = prediction.decision
    return {
        "label": decision.label,
        "probability": round(decision.probability, 6),
        "unknown": decision.unknown,
        "top": [[label, round(probability, 6)] for label, probability in decision.top],
        "ms": {
            "preprocess": round(prediction.preprocess_ms, 3),
            "infer": round(prediction.infer_ms, 3),
            "total": round(prediction.total_ms, 3),
        },
    }
