"""Text about bundles and exports in the window's language."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QLocale

from gui.wording.locale import percent
from gui.wording.runs import source_words

if TYPE_CHECKING:
    from export.conversion.candidates import ExportCandidate
    from export.runtime.bundle.manifest import Manifest

__all__ = [
    "best_for",
    "candidates_of",
    "decision_sentence",
    "decision_words",
    "engine_words",
    "number",
    "percent",
    "reason_words",
    "split_words",
    "stage_words",
    "time_words",
]

ENGINES = {"openvino": "OpenVINO", "onnxruntime": "ONNX Runtime", "torch": "PyTorch"}
"""Names of products: the same in every language."""


def engine_words(engine: str, precision: str) -> str:
    """ "OpenVINO FP32"."""
    return f"{ENGINES.get(engine, engine)} {precision.upper()}"


def number(value: float, digits: int) -> str:
    """A number with the decimal sign of the user's country."""
    return QLocale().toString(value, "f", digits)


def candidates_of(manifest: Manifest) -> tuple[ExportCandidate, ...]:
    """What the export tried. A bundle of format version 1 tells only what it ships."""
    from export.conversion.candidates import ExportCandidate, read_candidates

    if manifest.candidates:
        return read_candidates(manifest.candidates)
    return tuple(
        ExportCandidate(
            engine=model.engine,
            precision=model.precision,
            file=model.file,
            bytes=model.bytes,
            top1=model.top1,
            worst_class_loss=0.0,
            agreement=model.parity.get("top1_agreement", 0.0),
            p50_ms=model.latency_ms.get("p50", 0.0),
            p95_ms=model.latency_ms.get("p95", 0.0),
            per_second=0.0,
            memory_mb=None,
            shipped=True,
            chosen=model.chosen,
            reason=model.reason,
        )
        for model in sorted(manifest.models, key=lambda model: not model.chosen)
    )


def decision_words(candidate: ExportCandidate) -> str:
    """Chosen, in the bundle or left out."""
    if candidate.chosen:
        return QCoreApplication.translate("Decisions", "Chosen")
    if candidate.shipped:
        return QCoreApplication.translate("Decisions", "In the bundle")
    return QCoreApplication.translate("Decisions", "Left out")


def decision_sentence(candidate: ExportCandidate) -> str:
    """Which model, what became of it, and why."""
    model = engine_words(candidate.engine, candidate.precision)
    return f"{model} – {decision_words(candidate)}: {reason_words(candidate.reason)}"


def reason_words(reason: str) -> str:
    """A reason of the export. What is not known here stays as the core wrote it."""
    here, box = QCoreApplication.translate("Decisions", "here"), QCoreApplication.translate("Decisions", "on the box")
    ways = _ways()
    attempts = re.split(rf"; (?=(?:{'|'.join(ways)}): )", reason)
    if len(attempts) > 1:
        return "; ".join(map(reason_words, attempts))
    for pattern, words in _reasons():
        found = re.fullmatch(pattern, reason)
        if found:
            parts = found.groupdict()
            for inner in {"equal", "problem"} & set(parts):
                parts[inner] = reason_words(parts[inner])
            if "source" in parts:
                parts["source"] = source_words(parts["source"])
            if "way" in parts:
                parts["way"] = ways[parts["way"]]
            if parts.get("where") in ("here", "on the box"):
                parts["where"] = here if parts["where"] == "here" else box
            return words.format(**{name: _local(value) for name, value in parts.items()})
    return reason


def _local(part: str) -> str:
    """A number with the decimal sign of the user's country; anything else as it is."""
    found = re.fullmatch(r"([+-]?)(\d+\.(\d+))", part)
    return found[1] + number(float(found[2]), len(found[3])) if found else part


def _ways() -> dict[str, str]:
    """The core's names for the ways to quantise, and those of the user's language."""
    return {
        "percentile": QCoreApplication.translate("Decisions", "percentile"),
        "entropy": QCoreApplication.translate("Decisions", "entropy"),
        "minmax": QCoreApplication.translate("Decisions", "minimum and maximum"),
        "bias correction": QCoreApplication.translate("Decisions", "bias correction"),
        "accuracy control": QCoreApplication.translate("Decisions", "accuracy control"),
    }


def _reasons() -> tuple[tuple[str, str], ...]:
    """The core's sentences as patterns, and the same in the user's language."""
    return (
        ("the only engine here", QCoreApplication.translate("Decisions", "the only engine here")),
        ("equal to the trained model", QCoreApplication.translate("Decisions", "equal to the trained model")),
        (
            r"(?P<equal>.+) and the fastest (?P<where>here|on the box)",
            QCoreApplication.translate("Decisions", "{equal} and the fastest {where}"),
        ),
        (
            r"(?P<equal>.+), (?P<times>[\d.]+) times the chosen one's latency (?P<where>here|on the box)",
            QCoreApplication.translate("Decisions", "{equal}, takes {times} times as long as the chosen one {where}"),
        ),
        (
            r"(?P<equal>.+), not measured on the box",
            QCoreApplication.translate("Decisions", "{equal}, not measured on the box"),
        ),
        ("not measured on the box", QCoreApplication.translate("Decisions", "not measured on the box")),
        (
            r"slower than FP32 \((?P<slow>[\d.]+) against (?P<full>[\d.]+) ms\) on (?P<processor>.+)",
            QCoreApplication.translate("Decisions", "slower than FP32 ({slow} against {full} ms) on {processor}"),
        ),
        (
            rf"(?P<way>{'|'.join(_ways())}): (?P<problem>.+)",
            QCoreApplication.translate("Decisions", "{way}: {problem}"),
        ),
        (
            r"not quantised: (?P<why>.+)",
            QCoreApplication.translate("Decisions", "could not be quantised: {why}"),
        ),
        (
            rf"(?P<equal>.+), by (?P<way>{'|'.join(_ways())})",
            QCoreApplication.translate("Decisions", "{equal}, by {way}"),
        ),
        (
            r"(?P<gain>[+-][\d.]+) points on (?P<n>\d+) held-out samples \((?P<source>.+)\)",
            QCoreApplication.translate("Decisions", "{gain} points on {n} held-out samples ({source})"),
        ),
        (
            r"loses (?P<lost>[\d.]+) points on (?P<n>\d+) held-out samples, allowed are (?P<allowed>[\d.]+)",
            QCoreApplication.translate(
                "Decisions", "loses {lost} points on {n} held-out samples, allowed are {allowed}"
            ),
        ),
        (
            r"(?P<name>.+) loses (?P<lost>[\d.]+) points on held-out samples, allowed are (?P<allowed>[\d.]+)",
            QCoreApplication.translate(
                "Decisions", "{name} loses {lost} points on held-out samples, allowed are {allowed}"
            ),
        ),
    )


def stage_words(stage: str) -> str:
    """A stage of an export."""
    words = {
        "prepare": QCoreApplication.translate("Stages", "Starting"),
        "convert": QCoreApplication.translate("Stages", "Converting the network"),
        "calibrate": QCoreApplication.translate("Stages", "Looking at the pictures to calibrate with"),
        "torch": QCoreApplication.translate("Stages", "Asking the trained model"),
        "measure": QCoreApplication.translate("Stages", "Measuring latency and memory"),
        "drift": QCoreApplication.translate("Stages", "Learning what the usual picture looks like"),
        "write": QCoreApplication.translate("Stages", "Writing the bundle"),
    }
    if stage in words:
        return words[stage]
    kind, _, model = stage.partition(" ")
    of_model = {
        "quantise": QCoreApplication.translate("Stages", "Making the INT8 model for {model}"),
        "fit": QCoreApplication.translate("Stages", "Fitting the head of {model}"),
    }
    if kind in of_model:
        engine, _, precision = model.partition(" ")
        return of_model[kind].format(model=engine_words(engine, precision).strip())
    if kind in ENGINES:
        compared = QCoreApplication.translate("Stages", "Comparing {model} with the trained model")
        return compared.format(model=engine_words(kind, model))
    return stage


def split_words(split: str) -> str:
    """The split that a number comes from."""
    words = {
        "train": QCoreApplication.translate("Splits", "that it learned from"),
        "val": QCoreApplication.translate("Splits", "held out to validate"),
        "test": QCoreApplication.translate("Splits", "held out to test"),
    }
    return words.get(split, split)


def time_words(seconds: float) -> str:
    """A rough time: whole seconds below a minute and a half, minutes above."""
    count, minutes = max(1, round(seconds)), round(seconds / 60)
    if seconds < 90:
        return QCoreApplication.translate("Times", "%n s", "", count)
    return QCoreApplication.translate("Times", "%n min", "", minutes)


def best_for(rows: Sequence[ExportCandidate], p50_ms: dict[tuple[str, str], float]) -> ExportCandidate | None:
    """The shipped candidate with the lowest median on another machine, by engine and precision; None for no match."""
    measured = [row for row in rows if row.shipped and (row.engine, row.precision) in p50_ms]
    return min(measured, key=lambda row: p50_ms[row.engine, row.precision], default=None)
