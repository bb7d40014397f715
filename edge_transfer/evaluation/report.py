"""The evaluation report: one self-contained HTML file without scripts, in English or Spanish."""

from __future__ import annotations

import base64
import math
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge_transfer.evaluation.evaluate import Evaluation
from edge_transfer.evaluation.metrics import CoveragePoint
from edge_transfer.report_pages import Numbers, rendered, texts
from export.runtime.storage import atomic_write

SHADES = 10
_LABEL_PX = 150
_MOST_SESSIONS = 30
_FEWEST_ANSWERS = 9
_MOST_PAIRS = 6


def write_evaluation_report(
    path: Path, evaluation: Evaluation, thumbnail: Callable[[str], bytes | None], *, language: str = "en"
) -> None:
    """Write the page to `path`. `thumbnail` gives a small JPEG for a SHA-256, or None where the picture is gone.

    `language` is "en" or "es". Raises StorageError when the file cannot be written, and ValueError for another
    language.
    """
    page = render_evaluation_report(evaluation, thumbnail, language=language)
    atomic_write(path, page.encode("utf-8", "backslashreplace"))


def render_evaluation_report(
    evaluation: Evaluation, thumbnail: Callable[[str], bytes | None], *, language: str = "en"
) -> str:
    """The page as text. Every name is escaped, nothing is loaded from elsewhere, and there is no script."""
    text, numbers = texts("report", language), Numbers(language)
    return rendered(
        "report",
        e=evaluation,
        t=text,
        language=language,
        share=numbers.share,
        plain=numbers.plain,
        whole=numbers.whole,
        shades=range(SHADES + 1),
        counted=lambda kind, n: text[kind][n != 1].format(n=numbers.whole(n)),
        sentences=_sentences(evaluation, text, numbers),
        sessions=_few([str(session) for session in evaluation.sessions], _MOST_SESSIONS),
        confusion=_confusion_chart(evaluation, text),
        reliability=_Plot(),
        most_answers=max(group.count for group in evaluation.reliability),
        curve=_curve(evaluation),
        pictures=[_data_url(thumbnail(mistake.sha256)) for mistake in evaluation.mistakes],
        mistakes_total=evaluation.n - sum(row[k] for k, row in enumerate(evaluation.confusion)),
    )


def _sentences(evaluation: Evaluation, text: dict[str, Any], numbers: Numbers) -> list[str]:
    """What the numbers mean, in plain words."""
    low, high = evaluation.top1_interval
    right = sum(row[k] for k, row in enumerate(evaluation.confusion))
    shares = {name: numbers.share(getattr(evaluation, name)) for name in ("top1", "baseline")}
    pictures = text["pictures"][evaluation.n != 1].format(n=numbers.whole(evaluation.n))
    split = text["splits"].get(evaluation.split, evaluation.split)
    sentences = [
        text["result"].format(pictures=pictures, split=split, right=numbers.whole(right), **shares),
        text["interval"].format(low=numbers.share(low), high=numbers.share(high)),
    ]
    if evaluation.recorded:
        sentences.append(text["recorded"])
    sentences.append(text["better" if low > evaluation.baseline else "not_better"].format(**shares))
    if evaluation.missing_classes:
        sentences.append(text["missing"].format(names=_few(evaluation.missing_classes, 12)))
    return sentences


def _few(names: list[str], most: int) -> str:
    return ", ".join(names[:most]) + (", …" if len(names) > most else "")


def _data_url(jpeg: bytes | None) -> str:
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode('ascii')}" if jpeg else ""


def _width_px(name: str) -> float:
    """About how wide a name is in the 13 px letters of the page, in a wide font."""
    return sum(_letter_px(letter) for letter in name)


def _letter_px(letter: str) -> float:
    if unicodedata.combining(letter):
        return 0.0
    if unicodedata.east_asian_width(letter) in "WF" or letter in "MWmw@%":
        return 13.0
    if letter.isupper():
        return 9.5
    return 5.0 if letter in "fijlrt.,:;'|!()[] " else 8.2


def _short(name: str) -> str:
    """The name cut to what fits beside the matrix, with an ellipsis."""
    if _width_px(name) <= _LABEL_PX:
        return name
    while _width_px(name) > _LABEL_PX - 13:
        name = name[:-1]
    return name.rstrip(" ,.;:-") + "…"


# Charts: numbers for the template to draw, in pixels of the picture's own coordinates


def _confusion_chart(evaluation: Evaluation, text: dict[str, Any]) -> dict[str, Any]:
    classes = evaluation.classes
    side = min(60, max(16, 660 // len(classes)))
    labels = [
        {"short": _short(name), "name": name, "middle": round((k + 0.5) * side, 1)} for k, name in enumerate(classes)
    ]
    longest = max(_width_px(_short(name)) for name in classes)
    left, top = round(longest + 14), round(longest * 0.71 + 22)
    cells: list[dict[str, Any]] = []
    pairs: list[dict[str, Any]] = []
    for row, counts in enumerate(evaluation.confusion):
        total = sum(counts)
        for column, count in enumerate(counts):
            words = {"truth": classes[row], "answer": classes[column], "count": count, "total": total}
            # The root, so that a few percent of confusion can be seen beside the diagonal.
            shade = max(1, round(SHADES * math.sqrt(count / total))) if count else 0
            place = {"x": left + column * side, "y": top + row * side}
            cells.append({**place, "shade": shade, "count": count, "title": text["cell"].format(**words)})
            if count and row != column:
                pairs.append(words)
    return {
        "side": side,
        "name_font": 13 if side >= 20 else 10,
        "font": 13 if side >= 34 else 10 if side >= 22 else 8,
        "left": left,
        "top": top,
        "width": left + len(classes) * side + max(8, top - side // 2),
        "height": top + len(classes) * side + 2,
        "labels": labels,
        "cells": cells,
        "pairs": sorted(pairs, key=lambda words: -words["count"])[:_MOST_PAIRS],
    }


@dataclass(frozen=True)
class _Plot:
    """A square of shares, x from 0 to 1 and y from `lowest` to 1."""

    lowest: float = 0.0
    width: int = 440
    height: int = 330
    left: int = 62
    right: int = 428
    top: int = 14
    bottom: int = 268

    @property
    def ticks(self) -> list[float]:
        """Where the y axis has its numbers."""
        return [self.lowest + (1 - self.lowest) * k / 5 for k in range(6)]

    def x(self, share: float) -> float:
        return round(self.left + share * (self.right - self.left), 1)

    def y(self, share: float) -> float:
        height = max(0.0, (share - self.lowest) / (1 - self.lowest))
        return round(self.bottom - height * (self.bottom - self.top), 1)


def _curve(evaluation: Evaluation) -> tuple[_Plot, list[CoveragePoint]]:
    """The plot and points of the coverage curve, without those of too few answers to mean anything."""
    points = [point for point in evaluation.coverage_curve if point.coverage * evaluation.n > _FEWEST_ANSWERS]
    points = points or evaluation.coverage_curve[-1:]
    shown = [point.accuracy for point in points]
    if evaluation.accuracy_covered is not None:
        shown.append(evaluation.accuracy_covered)
    worst = min(shown)
    return _Plot(max(floor for floor in (0.0, 0.5, 0.75, 0.9) if floor <= worst)), points
