"""Base of live sources: a reader thread keeps the newest frame and reconnects."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Generator
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..errors import SourceError
from .frame import Frame, SourceEvent, SourceState

TIMEOUT_S = 3.0
STALLED_AFTER_S = 2.0
JOIN_S = 3.5
_PULSE_S = 1.0
_LONGEST_WAIT_S = 30.0


class EndOfStream(SourceError):
    """The source came to its regular end; nothing to reconnect to."""


class Reader(Protocol):
    """A connection to a camera or stream. One thread calls everything but `abort`: a foreign release crashes cv2."""

    def open(self, stop: threading.Event) -> None:
        """Connect, in about TIMEOUT_S at the most. Raises SourceError with the reason."""

    def read(self) -> NDArray[np.uint8] | None:
        """The next frame (H, W, 3) BGR, or None for a damaged one. Raises SourceError when the connection broke."""

    def abort(self) -> None:
        """Make a waiting `open` or `read` return soon where that is possible; may be called by any thread."""

    def release(self) -> None:
        """Give everything back; may be called twice and without `open`."""


class LiveSource:
    """A `FrameSource` around a `Reader`: a thread per call of `events`, and a new reader per connection."""

    live = True

    def __init__(
        self, name: str, make_reader: Callable[[], Reader], *, reconnect: bool = True, first_wait_s: float = 1.0
    ) -> None:
        self.name = name
        self._make_reader = make_reader
        self._reconnect = reconnect
        self._first_wait_s = first_wait_s

    def events(self) -> Generator[SourceEvent, None, None]:
        """See `FrameSource.events`. After the first frame a broken connection is "lost" and tried again after
        1, 2, 4 … 30 s; without `reconnect` the events then end."""
        feed = _Feed(self.name, self._make_reader, self._reconnect, self._first_wait_s)
        feed.start()
        try:
            yield from feed.events()
        finally:
            feed.close()


class _Feed:
    """The thread and what it shares with the consumer; everything shared is guarded by `_changed`."""

    def __init__(self, name: str, make_reader: Callable[[], Reader], reconnect: bool, first_wait_s: float) -> None:
        self._name = name
        self._make_reader = make_reader
        self._reconnect = reconnect
        self._first_wait_s = first_wait_s
        self._changed = threading.Condition()
        self._items: deque[SourceEvent] = deque(maxlen=16)
        self._stop = threading.Event()
        self._reader: Reader | None = None
        self._error: Exception | None = None
        self._done = False
        self._state = SourceState("connecting", f"connecting to {name}")
        self._state_since = self._started = time.monotonic()
        self._retry_at = 0.0
        self._last_frame = 0.0
        self._count = 0
        self._damaged = 0
        self._thread = threading.Thread(target=self._run, name=f"source {name}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """End the thread. It is left to end by itself only where the system offers no time-out (a name look-up)."""
        self._stop.set()
        with self._changed:
            reader = self._reader
        if reader is not None:
            reader.abort()
        self._thread.join(JOIN_S)

    # The consumer's side

    def events(self) -> Generator[SourceEvent, None, None]:
        shown = ""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._items or self._done, timeout=_PULSE_S)
                item = self._items.popleft() if self._items else None
                done = self._done
            if item is None and done:
                if self._error is not None:
                    raise self._error
                return
            if item is None:
                item = self._pulse()
            if isinstance(item, Frame) and shown != "live":
                yield SourceState("live", "")
            shown = item.state if isinstance(item, SourceState) else "live"
            yield item

    def _pulse(self) -> SourceState:
        with self._changed:
            state, now = self._state, time.monotonic()
            age, quiet = now - self._state_since, now - self._last_frame
            if state.state == "connecting":
                if age > 2 * TIMEOUT_S and self._reader is not None:  # answers drop by drop
                    self._reader.abort()
                return SourceState("connecting", f"{state.message} ({age:.0f} s)")
            if state.state == "lost":
                wait = max(1, round(self._retry_at - now))
                return SourceState("lost", f"{state.message}; trying again in {wait} s")
            if quiet < STALLED_AFTER_S:
                return SourceState("live", "")
            dropped = f", {self._damaged} damaged ones dropped" if self._damaged else ""
            return SourceState("stalled", f"no frame from {self._name} for {quiet:.0f} s{dropped}")

    # The thread's side

    def _put(self, item: SourceEvent) -> None:
        with self._changed:
            if isinstance(item, SourceState):
                self._state, self._state_since = item, time.monotonic()
            elif self._items and isinstance(self._items[-1], Frame):
                self._items.pop()  # the newest replaces the one nobody took
            self._items.append(item)
            self._changed.notify_all()

    def _run(self) -> None:
        wait_s = self._first_wait_s
        try:
            while not self._stop.is_set():
                before = self._last_frame
                try:
                    self._one_connection()
                except EndOfStream as error:
                    self._put(SourceState("ended", str(error)))
                    return
                except SourceError as error:
                    if self._last_frame == 0.0:
                        raise
                    wait_s = self._first_wait_s if self._last_frame > before else min(2 * wait_s, _LONGEST_WAIT_S)
                    self._retry_at = time.monotonic() + wait_s
                    self._put(SourceState("lost", str(error)))
                    if not self._reconnect:
                        return
                self._stop.wait(wait_s)
        except Exception as error:  # whatever it is, the consumer must hear of it
            self._error = error
        finally:
            with self._changed:
                self._done = True
                self._changed.notify_all()

    def _one_connection(self) -> None:
        reader = self._make_reader()
        with self._changed:
            self._reader = reader
        self._put(SourceState("connecting", f"connecting to {self._name}"))
        try:
            reader.open(self._stop)
            whole_at = time.monotonic()
            while not self._stop.is_set():
                image = reader.read()
                now = time.monotonic()
                if image is not None:
                    with self._changed:
                        self._last_frame, self._damaged = now, 0
                        if self._state.state != "live":
                            self._state, self._state_since = SourceState("live", ""), now
                    self._put(Frame(image, self._count, now - self._started))
                    whole_at = now
                else:
                    with self._changed:
                        self._damaged += 1
                        dropped = self._damaged
                    if now - whole_at > TIMEOUT_S:
                        raise SourceError(f"{self._name} sends damaged frames only: {dropped} dropped")
                self._count += 1
        finally:
            with self._changed:
                self._reader = None
            reader.release()
