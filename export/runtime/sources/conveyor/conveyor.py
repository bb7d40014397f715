"""The simulated conveyor: nuts, washers and bolts pass a virtual camera."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from functools import cached_property
from typing import Optional, TypeVar
from urllib.parse import parse_qsl, urlsplit

import numpy as np
from numpy.typing import NDArray

from ...errors import SourceError
from ..frame import Frame, FrameSource, SourceEvent, SourceKind, SourceState, Wanted
from .belt import PARTS, BeltSession

T = TypeVar("T")
CLASSES = (*PARTS, "empty")
_FORM = "demo://conveyor?class=hex_nut&seed=1&fps=30&size=640x480&light=0.8&pace=1&frames=100"
_PART = 135.0  # half the length of the longest part, in units (1/480 of the frame's height)


class Conveyor:
    """A `FrameSource` that draws its frames; each is a pure function of the address and the frame's index.

    A seed stands for one capture session: it fixes belt, lamp, camera and noise. With `class=` every frame shows that
    class (two parts of it may be in view); without it the parts of all classes come by in turn, one at a time.
    """

    def __init__(self, text: str) -> None:
        """Take `demo://conveyor?…` apart; draws nothing. Raises SourceError for an unknown or impossible setting."""
        parts = urlsplit(text)
        if parts.netloc != "conveyor" or parts.path not in ("", "/"):
            raise SourceError(f"unknown demonstration {parts.netloc + parts.path!r}: write {_FORM}")
        given = dict(parse_qsl(parts.query, keep_blank_values=True))
        values = _Values(given)
        self.name = text
        self._class = values.take("class", str, "", lambda v: v in ("", *CLASSES), f"one of {', '.join(CLASSES)}")
        self._seed = values.take("seed", int, 0, lambda v: 0 <= v < 2**63, "a whole number from 0 on")
        self._fps = values.take("fps", float, 30.0, lambda v: 1 <= v <= 240, "1 to 240")
        self._size = values.take(
            "size", _size, (640, 480), lambda v: min(v) >= 64 and max(v) <= 4096, "like 640x480, 64 to 4096"
        )
        self._light = values.take("light", _light, None, lambda v: v is None or 0.1 <= v <= 3, "0.1 to 3")
        self._frames = values.take("frames", int, 0, lambda v: v >= 0, "a whole number; 0 for no end")
        self._start = values.take("start", int, 0, lambda v: 0 <= v < 2**31, "a whole number from 0 on")
        self.live = values.take("pace", int, 1, lambda v: v in (0, 1), "1 (real time) or 0 (as fast as asked)") == 1
        if given:
            raise SourceError(f"unknown setting {sorted(given)[0]!r} of the conveyor: write {_FORM}")

    @cached_property
    def _session(self) -> BeltSession:
        return BeltSession(self._seed, *self._size, self._light)

    def frame(self, index: int) -> NDArray[np.uint8]:
        """Frame `index` (from 0) as a fresh (H, W, 3) uint8 BGR array."""
        shift = self._shift(index)
        parts = [
            (number, kind, x, self._random(number, 1) * 60)
            for number, kind, x in self._parts(shift, self._reach + 200)
            if kind != "empty"
        ]
        return self._session.draw(index, shift, parts)

    def truth(self, index: int) -> str | None:
        """The class that frame `index` shows; None while a part of another class is only partly in view."""
        if self._class:
            return self._class
        parts = self._parts(self._shift(index), self._reach + _PART)
        near = [(kind, abs(x)) for _, kind, x in parts if kind != "empty"]
        if not near:
            return "empty"
        kind, distance = min(near, key=lambda pair: pair[1])
        return kind if distance <= self._reach / 2 else None

    @property
    def _reach(self) -> float:
        """Half of what the camera sees of the belt's length, in units."""
        return self._session.scene_width / self._size[1] * 240

    def _shift(self, index: int) -> float:
        return self._session.belt_per_s * index / self._fps

    def _parts(self, shift: float, reach: float) -> list[tuple[int, str, float]]:
        """Number, kind and distance from the middle of the parts that are within `reach`; they move to the right."""
        width = self._size[0] / self._size[1] * 480
        spacing, jitter = (0.55 * width, 0.06) if self._class else (1.15 * width, 0.04)
        found = []
        for number in range(int((shift - reach) // spacing), int((shift + reach) // spacing) + 2):
            x = shift - number * spacing + self._random(number, 0) * jitter * spacing
            if abs(x) < reach:
                found.append((number + 2**20, self._kind(number), x))
        return found

    def _kind(self, number: int) -> str:
        return self._class or CLASSES[(number + self._seed) % len(CLASSES)]

    def _random(self, number: int, what: int) -> float:
        """-1 to 1, fixed by the seed, the part's number and what it is for."""
        return float(np.random.default_rng([self._seed, 4, number % 2**20, what]).uniform(-1, 1))

    def events(self) -> Generator[SourceEvent, None, None]:
        """See `FrameSource.events`. In real time (`pace=1`) frames that nobody asked for in time are left out."""
        yield SourceState("live", "")
        self.frame(0)  # belt and camera are drawn once; that must not cost frames
        started = time.monotonic()
        index = given = 0
        while not self._frames or index < self._frames:
            if self.live:
                time.sleep(max(0.0, started + index / self._fps - time.monotonic()))
            # `start` runs the belt on, so that a conveyor that is opened again shows other frames than before.
            image = self.frame(self._start + index)
            yield Frame(image, index, index / self._fps)
            given += 1
            index += 1
            if self.live:
                index = max(index, int((time.monotonic() - started) * self._fps))
        yield SourceState("ended", f"{given} frames shown")


class _Values:
    """The settings in an address, taken one by one."""

    def __init__(self, given: dict[str, str]) -> None:
        self._given = given

    def take(self, key: str, kind: Callable[[str], T], default: T, allowed: Callable[[T], bool], expected: str) -> T:
        text = self._given.pop(key, None)
        if text is None:
            return default
        try:
            value = kind(text)
            good = allowed(value)
        except ValueError:
            good = False
        if not good:
            raise SourceError(f"{key}={text} is not possible for the conveyor: expected {expected}")
        return value


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.lower().partition("x")
    return int(width), int(height)


def _light(text: str) -> float | None:
    return float(text)


def _open_source(wanted: Wanted) -> Optional[FrameSource]:
    return Conveyor(wanted.text) if wanted.scheme == "demo" else None


CONVEYOR = SourceKind(
    (
        (
            "demo://conveyor?class=hex_nut&seed=1",
            "a simulated conveyor; also fps, size, light, pace, frames and start",
        ),
    ),
    _open_source,
)
