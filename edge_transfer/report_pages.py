"""Shared parts of the HTML reports: language, number formats, templates and the accuracy-latency plot."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

LANGUAGES = ("en", "es")
_FOLDER = files("edge_transfer") / "templates"


@cache
def texts(page: str, language: str) -> dict[str, Any]:
    """The sentences of a page in a language, not to be changed. Raises ValueError for one that is not spoken here."""
    if language not in LANGUAGES:
        raise ValueError(f"language must be one of {', '.join(LANGUAGES)}, got {language!r}")
    found: dict[str, Any] = json.loads((_FOLDER / f"{page}.{language}.json").read_text("utf-8"))
    return found


def rendered(page: str, **values: Any) -> str:
    """The page's template filled with values. Every name is escaped, and nothing is loaded from elsewhere."""
    import jinja2

    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string((_FOLDER / f"{page}.html.j2").read_text("utf-8")).render(**values)


@dataclass(frozen=True)
class Numbers:
    """Numbers as the readers of a language write them."""

    language: str

    def share(self, value: float | None, digits: int = 1) -> str:
        if value is None:
            return "–"
        text = f"{100 * value:.{digits}f}"
        return f"{text}%" if self.language == "en" else f"{text}\u00a0%".replace(".", ",")

    def plain(self, value: float | None, digits: int = 3) -> str:
        text = "–" if value is None else f"{value:.{digits}f}"
        return text if self.language == "en" else text.replace(".", ",")

    def whole(self, value: int) -> str:
        if self.language == "en":
            return f"{value:,}"
        return f"{value:,}".replace(",", "\u202f") if value >= 10_000 else str(value)


@dataclass(frozen=True)
class SpeedPlot:
    """Milliseconds from 0 to the right, accuracy from `low` to `high` upwards; places are pixels of the picture."""

    width: int
    height: int
    left: int
    right: int
    """Margins, like `left`, `top` and `bottom`."""
    top: int
    bottom: int
    slowest_ms: float
    low: float
    high: float

    def x(self, ms: float) -> float:
        return round(self.left + (self.width - self.left - self.right) * ms / self.slowest_ms, 1)

    def y(self, top1: float) -> float:
        inner = self.height - self.top - self.bottom
        return round(self.top + inner * (self.high - top1) / (self.high - self.low), 1)

    @property
    def across(self) -> list[tuple[float, float]]:
        """Where the numbers of the lower axis stand, and which."""
        return [(self.x(ms), ms) for ms in (self.slowest_ms * k / 4 for k in range(5))]

    @property
    def up(self) -> list[tuple[float, float]]:
        """Where the numbers of the left axis stand, and which."""
        return [(self.y(at), at) for at in (self.low + (self.high - self.low) * k / 4 for k in range(5))]


def rounded_up(value: float) -> float:
    """The next 1, 2, 4 or 8 times a power of ten, for the end of an axis."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 4, 8, 10) if step * power >= value)
