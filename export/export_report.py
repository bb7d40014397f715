"""What an export tried, as one page for people: a table, and accuracy against latency; in English or Spanish."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from edge_transfer.report import LANGUAGES
from export.candidates import Candidate
from export.runtime.files import atomic_write
from export.runtime.manifest import Manifest
from export.runtime.processor import processor_text

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
    candidate: Candidate


def write_export_report(
    path: Path, manifest: Manifest, candidates: Sequence[Candidate], *, language: str = "en"
) -> None:
    """Write the page to `path`. Raises StorageError when it cannot be written, ValueError for another language."""
    page = render_export_report(manifest, candidates, language=language)
    atomic_write(path, page.encode("utf-8", "backslashreplace"))


def render_export_report(manifest: Manifest, candidates: Sequence[Candidate], *, language: str = "en") -> str:
    """The page as text. Every name is escaped, and nothing is loaded from elsewhere."""
    import jinja2

    if language not in LANGUAGES:
        raise ValueError(f"language must be one of {', '.join(LANGUAGES)}, got {language!r}")
    folder = files("edge_transfer") / "templates"
    text = json.loads((folder / f"export.{language}.json").read_text("utf-8"))
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )

    def number(value: float | None, digits: int) -> str:
        shown = "–" if value is None else f"{value:.{digits}f}"
        return shown if language == "en" else shown.replace(".", ",")

    placed = [row for row in candidates if row.top1 is not None and row.p50_ms > 0]
    return environment.from_string((folder / "export.html.j2").read_text("utf-8")).render(
        m=manifest,
        t=text,
        language=language,
        rows=candidates,
        number=number,
        names=_NAMES,
        split=text["splits"].get(str(manifest.evaluated_on.get("split")), manifest.evaluated_on.get("split")),
        processor=processor_text(),
        width=_WIDTH,
        height=_HEIGHT,
        plot={"left": _LEFT, "right": _WIDTH - _RIGHT, "top": _TOP, "bottom": _HEIGHT - _BOTTOM},
        **_plot(placed),
    )


def _plot(rows: Sequence[Candidate]) -> dict[str, object]:
    """Points and ticks: milliseconds from 0 to the right, top-1 upwards around the values there are."""
    if not rows:
        return {"points": [], "across": [], "up": []}
    slowest = _rounded_up(max(row.p50_ms for row in rows) * 1.05)
    scores = [row.top1 or 0.0 for row in rows]
    low = max(0.0, math.floor(min(scores) * 100 - 1) / 100)
    high = min(1.0, math.ceil(max(scores) * 100 + 1) / 100)
    inner_w, inner_h = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM

    def x(p50_ms: float) -> float:
        return round(_LEFT + inner_w * p50_ms / slowest, 1)

    def y(top1: float) -> float:
        return round(_TOP + inner_h * (high - top1) / (high - low), 1)

    points: list[_Point] = []
    lowest_label = -math.inf
    # Labels of candidates with equal accuracy would lie on each other.
    for row in sorted(rows, key=lambda row: (y(row.top1 or 0.0), row.p50_ms)):
        at = y(row.top1 or 0.0)
        lowest_label = max(at + 4, lowest_label + 15)
        name = f"{_NAMES.get(row.engine, row.engine)} {row.precision.upper()}"
        points.append(_Point(x(row.p50_ms), at, lowest_label, name, row))
    return {
        "points": points,
        "across": [(x(slowest * k / 4), slowest * k / 4) for k in range(5)],
        "up": [(y(low + (high - low) * k / 4), low + (high - low) * k / 4) for k in range(5)],
    }


def _rounded_up(value: float) -> float:
    """The next 1, 2, 4 or 8 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 4, 8, 10) if step * power >= value)
