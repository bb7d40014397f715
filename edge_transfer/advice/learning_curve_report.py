"""The learning curve as an HTML page and as a CSV table."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from itertools import pairwise
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

from edge_transfer.advice.learning_curve import STRATEGIES, Study, StudyPoint
from edge_transfer.report_pages import Numbers, rendered, texts
from export.runtime.storage import atomic_write

_WIDTH, _HEIGHT = 720, 360
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 150, 16, 48
_LABEL_PX = 16.0


@dataclass(frozen=True)
class StudyRow:
    """All draws of a strategy at one number of images a class."""

    strategy: str
    per_class: int
    images: int
    """Of the largest draw."""
    draws: int
    """That could be trained."""
    top1: float | None
    spread: float | None
    """Standard deviation over the draws; None for fewer than two."""
    wall_s: float
    cpu_s: float
    notes: tuple[str, ...]


def summary(points: Sequence[StudyPoint]) -> list[StudyRow]:
    """The draws put together, in the order of strategies and images."""
    rows = []
    for strategy in STRATEGIES:
        counts = {point.per_class for point in points if point.strategy == strategy}
        for count in sorted(counts, key=lambda n: n or math.inf):
            own = [point for point in points if (point.strategy, point.per_class) == (strategy, count)]
            known = [point.top1 for point in own if point.top1 is not None]
            done = [point for point in own if point.top1 is not None] or own
            rows.append(
                StudyRow(
                    strategy,
                    count,
                    max(point.images for point in own),
                    len(known),
                    fmean(known) if known else None,
                    stdev(known) if len(known) > 1 else None,
                    fmean(point.wall_s for point in done),
                    fmean(point.cpu_s for point in done),
                    tuple(dict.fromkeys(point.note for point in own if point.note)),
                )
            )
    return rows


def write_study(folder: Path, study: Study, *, language: str = "en") -> tuple[Path, Path]:
    """Write `study.html` and `study.csv` into `folder`, and return both paths. Raises StorageError when that cannot be
    done, ValueError for another language."""
    page, table = folder / "study.html", folder / "study.csv"
    atomic_write(page, render_study(study, language=language).encode("utf-8", "backslashreplace"))
    atomic_write(table, study_csv(study).encode())
    return page, table


def study_csv(study: Study) -> str:
    """One line a point; `per_class` 0 stands for all."""
    text = io.StringIO()
    writer = csv.DictWriter(text, [field.name for field in fields(StudyPoint)], lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(point) for point in study.points)
    return text.getvalue()


def render_study(study: Study, *, language: str = "en") -> str:
    """The page as text. Every name is escaped, nothing is loaded from elsewhere, and there is no script."""
    text = texts("study", language)
    rows = summary(study.points)
    return rendered(
        "study",
        s=study,
        t=text,
        language=language,
        rows=rows,
        number=Numbers(language).plain,
        test_images=max((point.test_images for point in study.points), default=0),
        classes=max((point.classes for point in study.points), default=0),
        plot=_plot(rows, study.points),
    )


# The plot: places for the template to draw, in pixels of the picture's own coordinates


def _plot(rows: Sequence[StudyRow], points: Sequence[StudyPoint]) -> dict[str, Any]:
    """Images a class to the right, each doubling as far as the last; top-1 from 0 to 1 upwards."""
    images = {(p.per_class, p.images / max(1, p.classes)) for p in points}
    per_class = {count: max(n for each, n in images if each == count) for count, _ in images}
    highest = math.log2(max([2.0, *per_class.values()]))

    def x(count: int) -> float:
        across = math.log2(max(1.0, per_class[count])) / highest
        return round(_LEFT + across * (_WIDTH - _LEFT - _RIGHT), 1)

    def y(top1: float) -> float:
        return round(_HEIGHT - _BOTTOM - top1 * (_HEIGHT - _TOP - _BOTTOM), 1)

    lines = []
    for strategy in STRATEGIES:
        own = [row for row in rows if row.strategy == strategy and row.top1 is not None]
        if not own:
            continue
        corners = [(x(row.per_class), y(row.top1 or 0.0)) for row in own]
        lines.append(
            {"strategy": strategy, "corners": corners, "label_y": corners[-1][1], "label_x": corners[-1][0] + 10}
        )
    _apart(lines)
    dots = [
        {"x": x(p.per_class), "y": y(p.top1), "strategy": p.strategy, "point": p} for p in points if p.top1 is not None
    ]
    ticks = [{"x": x(count), "count": count} for count in sorted(per_class, key=lambda n: n or math.inf)]
    return {
        "width": _WIDTH,
        "height": _HEIGHT,
        "left": _LEFT,
        "right": _WIDTH - _RIGHT,
        "bottom": _HEIGHT - _BOTTOM,
        "lines": lines,
        "dots": dots,
        # "all" stands where its images are, which may be beside a number.
        "across": [
            tick
            for tick in ticks
            if tick["count"] == 0 or all(abs(tick["x"] - o["x"]) > 24 for o in ticks if o["count"] == 0)
        ],
        "up": [{"y": y(k / 5), "share": k / 5} for k in range(6)],
    }


def _apart(lines: list[dict[str, Any]]) -> None:
    """Move the labels of lines that end together away from each other."""
    ordered = sorted(lines, key=lambda line: line["label_y"])
    for upper, lower in pairwise(ordered):
        lower["label_y"] = max(lower["label_y"], upper["label_y"] + _LABEL_PX)
