"""Types that a source yields: frames and status messages."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Optional, Protocol, Union

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Frame:
    """One picture of a source; nobody else writes into its array."""

    image: NDArray[np.uint8]
    """(H, W, 3) uint8 BGR, a fresh contiguous array."""
    index: int
    """Running number in this source from 0, with gaps where frames were dropped."""
    time_s: float
    """Media time for files, seconds since the first opening for live sources."""


@dataclass(frozen=True)
class SourceState:
    """How a source is doing, sent when that changes and every second while no frame comes."""

    state: str
    """"connecting", "live", "stalled", "lost", "ended" or "damaged" (a file that ended too early)."""
    message: str
    """A plain sentence without any password; empty for "live"."""


SourceEvent = Union[Frame, SourceState]


class FrameSource(Protocol):
    """Anything that gives frames."""

    @property
    def name(self) -> str:
        """What the user sees; never holds a password."""

    @property
    def live(self) -> bool:
        """False for a file, a folder or anything else that drops no frame and ends by itself."""

    def events(self) -> Generator[SourceEvent, None, None]:
        """Open, then give frames and states until the source ends; `close()` stops and releases within 3.5 s.

        A live source gives its newest frame and drops the others; it never waits for longer than a second without
        an event, so that whoever loops over it can stop. Raises SourceError when it cannot be opened at first.
        """


@dataclass(frozen=True)
class Wanted:
    """What somebody asks of `open_source`."""

    text: str
    scheme: Optional[str]
    """In small letters, of a text with `://`."""
    path: Optional[Path]
    """Where there is something at the text as a path."""
    reconnect: bool
    """Whether a live source that was lost is tried again for ever."""
    fps: float
    """Pictures a second of a folder."""


@dataclass(frozen=True)
class SourceKind:
    """A row of the table of sources: how its texts look, and how one is recognised and opened."""

    forms: Sequence[tuple[str, str]]
    """An example of each form and what it names."""
    open: Callable[[Wanted], Optional[FrameSource]]
    """The source; None where the text is none of this kind. Raises SourceError for a form that cannot be used."""
