"""Frames for the window: `FrameFeed` keeps the newest frame of a source, `FeedReplay` passes its frames to a recording.

Knows no Qt: the window asks for the newest frame at its own pace, so that a slow window never queues frames.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edge_transfer.environment import give_back
from export.runtime.errors import SourceError
from gui.jobs.job import _JOIN_S

if TYPE_CHECKING:
    from export.runtime.sources.frame import Frame, FrameSource, SourceEvent

_RETRY_S = 2.0
_WAIT_S = 0.5


@dataclass(frozen=True)
class Snapshot:
    """What a feed has at this moment."""

    frame: Frame | None
    """The newest frame; None before the first."""
    received: float
    """`time.monotonic()` when it came; 0 before the first."""
    number: int
    """Frames received so far."""
    state: str
    """As `SourceState.state`, or "failed" where the source cannot be used at all."""
    message: str
    """The source's own sentence; empty while it is live."""

    @property
    def age_s(self) -> float:
        """Age of the frame in seconds."""
        return time.monotonic() - self.received if self.frame is not None else 0.0


class FrameFeed:
    """Reads a source in a thread and keeps its newest frame, which the window asks for at its own pace.

    A live source that cannot be opened is tried again every two seconds; a file is shown at the pace of its own
    time, once.
    """

    def __init__(self, text: str, open_source: Callable[[str], FrameSource] | None = None) -> None:
        """`text` is a source as `open_source` takes it; nothing is opened before `start`."""
        self.text = text
        self._open = open_source
        self._changed = threading.Condition()
        self._now = Snapshot(None, 0.0, 0, "connecting", "")
        self._name = text
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="frame feed", daemon=True)

    @property
    def name(self) -> str:
        """The source's name; it never holds a password."""
        return self._name

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ask the thread to end; it does so within four seconds, and nobody needs to wait for it."""
        self._stop.set()
        with self._changed:
            self._changed.notify_all()

    def join(self, timeout_s: float = _JOIN_S) -> bool:
        """Wait for the thread; False when it is still at work."""
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    @property
    def stopped(self) -> bool:
        return self._stop.is_set()

    def latest(self) -> Snapshot:
        """The newest frame and the state of the source. Never waits."""
        return self._now

    def wait_newer(self, number: int, timeout_s: float) -> Snapshot:
        """The newest snapshot as soon as it has more than `number` frames, at the latest after `timeout_s`."""
        with self._changed:
            self._changed.wait_for(lambda: self._now.number > number or self._stop.is_set(), timeout_s)
            return self._now

    # The thread's side

    def _run(self) -> None:
        try:
            self._show()
        finally:
            # What drew or decoded the frames leaves small gaps everywhere.
            give_back(collect=False)

    def _show(self) -> None:
        while not self._stop.is_set():
            live = True
            try:
                if self._open is None:
                    from export.runtime.sources.source import open_source

                    self._open = open_source
                source = self._open(self.text)
                self._name, live = source.name, source.live
                self._read(source)
            except SourceError as error:
                self._put(state="lost" if live else "failed", message=str(error))
            except Exception as error:
                self._put(state="failed", message=f"{type(error).__name__}: {error}")
                return
            if not live or self._now.state == "ended":
                return
            self._stop.wait(_RETRY_S)

    def _read(self, source: FrameSource) -> None:
        events = source.events()
        first: tuple[float, float] | None = None
        try:
            for event in events:
                if self._stop.is_set():
                    return
                time_s = getattr(event, "time_s", None)
                if time_s is not None and not source.live:
                    first = first or (time_s, time.monotonic())
                    if self._stop.wait(max(0.0, first[1] + time_s - first[0] - time.monotonic())):
                        return
                self._take(event)
        finally:
            events.close()

    def _take(self, event: SourceEvent) -> None:
        from export.runtime.sources.frame import Frame

        if isinstance(event, Frame):
            self._put(frame=event, state="live", message="")
        else:
            self._put(state=event.state, message=event.message)

    def _put(self, *, state: str, message: str, frame: Frame | None = None) -> None:
        with self._changed:
            old = self._now
            if frame is None:
                self._now = Snapshot(old.frame, old.received, old.number, state, message)
            else:
                self._now = Snapshot(frame, time.monotonic(), old.number + 1, state, message)
            self._changed.notify_all()


class FeedReplay:
    """A `FrameSource` that passes on what a feed shows from now on: a saved frame is a shown frame."""

    live = True

    def __init__(self, feed: FrameFeed) -> None:
        self.name = feed.name
        self._feed = feed
        self._stop = threading.Event()

    def stop(self) -> None:
        """End the events soon; a capture then ends as with any source, and counts what it has kept."""
        self._stop.set()

    def events(self) -> Generator[SourceEvent, None, None]:
        """See `FrameSource.events`. The frame on the screen comes first, where the source is live."""
        from export.runtime.sources.frame import SourceState

        number = max(0, self._feed.latest().number - 1)
        quiet_since = time.monotonic()
        while True:
            now = self._feed.wait_newer(number, 0.05)
            if now.number > number and now.frame is not None and now.state == "live":
                number, quiet_since = now.number, time.monotonic()
                yield now.frame
            elif now.state != "live":
                number = max(number, now.number)
                yield SourceState(now.state, now.message)
                if now.state in ("lost", "ended", "failed", "damaged"):
                    return
            elif time.monotonic() - quiet_since > _WAIT_S:
                quiet_since = time.monotonic()
                yield SourceState("live", "")
            # After the frame: the shortest press keeps the frame that was on the screen.
            if self._stop.is_set() or self._feed.stopped:
                return
