"""The export report: one HTML page with all candidates and accuracy against latency."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from edge_transfer.report_pages import Numbers, SpeedPlot, rendered, rounded_up, texts
from export.conversion.candidates import ExportCandidate
from export.runtime.bundle.manifest import Manifest
from export.runtime.inference.processor import processor_text
from export.runtime.storage import atomic_write

_WIDTH, _HEIGHT = 640, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 150, 16, 44
_NAMES = {"openvino": "OpenVINO", "onnxruntime": "ONNX Runtime"}


@dataclass(frozen=True)
class _Point:
    """A candidate's place in the plot, in pixels."""

    x: float
    y: float
    label_y: float
    name: str
    candidate: ExportCandidate


def write_export_report(
    path: Path, manifest: Manifest, candidates: Sequence[ExportCandidate], *, language: str = "en"
) -> None:
    """Write the page to `path`. Raises StorageError when it cannot be written, ValueError for another language."""
    page = render_export_report(manifest, candidates, language=language)
    atomic_write(path, page.encode("utf-8", "backslashreplace"))


def render_export_report(manifest: Manifest, candidates: Sequence[ExportCandidate], *, language: str = "en") -> str:
    """The page as text. Every name is escaped, and nothing is loaded from elsewhere."""
    text = texts("export", language)
    placed = [row for row in candidates if row.top1 is not None and row.p50_ms > 0]
    return rendered(
        "export",
        m=manifest,
        t=text,
        language=language,
        rows=candidates,
        number=Numbers(language).plain,
        names=_NAMES,
        split=text["splits"].get(str(manifest.evaluated_on.get("split")), manifest.evaluated_on.get("split")),
        processor=processor_text(),
        width=_WIDTH,
        height=_HEIGHT,
        plot={"left": _LEFT, "right": _WIDTH - _RIGHT, "top": _TOP, "bottom": _HEIGHT - _BOTTOM},
        **_plot(placed),
    )


def _plot(rows: Sequence[ExportCandidate]) -> dict[str, object]:
    """Points and ticks: milliseconds from 0 to the right, top-1 upwards around the values there are."""
    if not rows:
        return {"points": [], "across": [], "up": []}
    slowest = rounded_up(max(row.p50_ms for row in rows) * 1.05)
    scores = [row.top1 or 0.0 for row in rows]
    low = max(0.0, math.floor(min(scores) * 100 - 1) / 100)
    high = min(1.0, math.ceil(max(scores) * 100 + 1) / 100)
    plot = SpeedPlot(_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM, slowest, low, high)
    points: list[_Point] = []
    lowest_label = -math.inf
    # Labels of candidates with equal accuracy would lie on each other.
    for row in sorted(rows, key=lambda row: (plot.y(row.top1 or 0.0), row.p50_ms)):
        at = plot.y(row.top1 or 0.0)
        lowest_label = max(at + 4, lowest_label + 15)
        name = f"{_NAMES.get(row.engine, row.engine)} {row.precision.upper()}"
        points.append(_Point(plot.x(row.p50_ms), at, lowest_label, name, row))
    return {
        "points": points,
        "across": plot.across,
        "up": plot.up,
    }
