"""The advice as one HTML page: summary, accuracy against time, and the table of candidates."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from edge_transfer.advice.result import Advice, Candidate
from edge_transfer.advice.wording import hint_sentences, paragraph
from edge_transfer.report_pages import Numbers, SpeedPlot, rendered, rounded_up, texts
from export.runtime.storage import atomic_write

_WIDTH, _HEIGHT = 760, 360
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 190, 16, 44
_NAMES = {"openvino": "OpenVINO", "onnxruntime": "ONNX Runtime"}


@dataclass(frozen=True)
class _Point:
    """A candidate's place in the plot, in pixels."""

    x: float
    y: float
    name: str
    candidate: Candidate
    label_y: float = 0.0


def write_advice_report(path: Path, advice: Advice, name: str, *, language: str = "en") -> None:
    """Write the page to `path`. Raises StorageError when it cannot be written, ValueError for another language."""
    atomic_write(path, render_advice_report(advice, name, language=language).encode("utf-8", "backslashreplace"))


def render_advice_report(advice: Advice, name: str, *, language: str = "en") -> str:
    """The page as text; `name` is the project's. Every name is escaped, and nothing is loaded from elsewhere."""
    text = texts("advice", language)
    return rendered(
        "advice",
        a=advice,
        t=text,
        name=name,
        language=language,
        paragraph=paragraph(advice, language),
        number=Numbers(language).plain,
        rows=advice.candidates,
        chosen=advice.choice.candidate if advice.choice else None,
        where=text["box" if advice.box_factor else "here"],
        engine=_NAMES.get(advice.engine, advice.engine),
        hints=hint_sentences(advice, language),
        width=_WIDTH,
        height=_HEIGHT,
        plot={"left": _LEFT, "right": _WIDTH - _RIGHT, "top": _TOP, "bottom": _HEIGHT - _BOTTOM},
        **_plot(advice.candidates, text["random"]),
    )


def _plot(rows: Sequence[Candidate], random: str) -> dict[str, object]:
    """Points joined backbone by backbone: milliseconds from 0 to the right, expected accuracy upwards."""
    if not rows:
        return {"points": [], "lines": [], "labels": [], "across": [], "up": []}
    slowest = rounded_up(max(row.p50_ms for row in rows) * 1.05)
    low = max(0.0, math.floor(min(row.top1 for row in rows) * 20 - 0.2) / 20)
    high = min(1.0, math.ceil(max(row.top1 for row in rows) * 20 + 0.2) / 20)
    plot = SpeedPlot(_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM, slowest, low, high)
    backbones: dict[str, list[_Point]] = {}
    for row in sorted(rows, key=lambda row: row.side):
        title = row.title if row.pretrained else random
        point = _Point(plot.x(row.p50_ms), plot.y(row.top1), f"{title}, {row.side} px", row)
        backbones.setdefault(row.backbone, []).append(point)
    labels = []
    lowest = -math.inf
    # A backbone's name stands beside its largest side; names at the same height would lie on each other.
    for points in sorted(backbones.values(), key=lambda points: points[-1].y):
        last = points[-1]
        lowest = max(last.y + 4, lowest + 16)
        title = last.candidate.title if last.candidate.pretrained else random
        labels.append(_Point(last.x, last.y, title, last.candidate, lowest))
    return {
        "points": [point for points in backbones.values() for point in points],
        "lines": [" ".join(f"{point.x},{point.y}" for point in points) for points in backbones.values()],
        "labels": labels,
        "across": plot.across,
        "up": plot.up,
    }
