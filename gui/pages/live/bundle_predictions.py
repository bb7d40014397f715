"""Thread that runs bundles on the newest frame, in a worker process."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal

from export.runtime.errors import EdgeTransferError
from gui.camera.frame_feed import FrameFeed
from gui.jobs.worker import Worker
from gui.pages.live.worker_calls import BundleAnswer, OpenedBundle, answer, close_bundle, open_bundle

if TYPE_CHECKING:
    from export.runtime.sources.frame import Frame

PLACES = 2
_WAIT_S = 0.1
_MOST_ANSWERS = 64


@dataclass(frozen=True)
class BundleStatus:
    """Where the bundle at a place stands."""

    stage: str
    """`off`, `opening`, `ready` or `failed`."""
    path: Path | None = None
    message: str = ""
    opened: OpenedBundle | None = None


@dataclass(frozen=True)
class FrameAnswers:
    """One frame and what the bundles say about it."""

    frame: Frame
    at: float
    """`time.monotonic()` when the last answer came."""
    answers: tuple[BundleAnswer | None, ...]
    """By place; None where no bundle is open."""


class LiveBundles(QObject):
    """Up to two bundles side by side: each sees the same frames, one after the other, so neither slows the other.

    The newest frame goes to the worker when it is free; there is no queue of frames.
    """

    changed = Signal()
    """A status is another one. The answers come without a signal: `take` them when the picture is drawn."""

    _noted = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worker = Worker("live bundle")
        self._wake = threading.Condition()
        self._wanted: dict[int, Path | None] = {}
        self._feed: FrameFeed | None = None
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._statuses = [BundleStatus("off")] * PLACES
        self._answers: deque[FrameAnswers] = deque(maxlen=_MOST_ANSWERS)
        self._noted.connect(self.changed, Qt.ConnectionType.QueuedConnection)

    @property
    def worker(self) -> Worker:
        return self._worker

    def status(self, place: int) -> BundleStatus:
        """Where the bundle at a place stands."""
        return self._statuses[place]

    def open(self, place: int, bundle: Path | None) -> None:
        """Open a bundle at a place, again where it is open already; None closes what is there."""
        with self._wake:
            self._wanted[place] = bundle
            if self._thread is None and bundle is not None and not self._stop.is_set():
                self._thread = threading.Thread(target=self._run, name="live bundle", daemon=True)
                self._thread.start()
            self._wake.notify_all()
        stage = BundleStatus("off") if bundle is None else BundleStatus("opening", bundle)
        self._note(place, stage)

    def watch(self, feed: FrameFeed | None) -> None:
        """Answer the frames of this feed from now on."""
        with self._wake:
            self._feed = feed
            self._answers.clear()
            self._wake.notify_all()

    def take(self) -> list[FrameAnswers]:
        """The answers that came since the last call, oldest first."""
        taken = []
        while self._answers:
            taken.append(self._answers.popleft())
        return taken

    def close(self) -> None:
        """End the thread and the process."""
        self._stop.set()
        with self._wake:
            self._wake.notify_all()
        self._worker.close()
        if self._thread is not None:
            self._thread.join(5.0)
            self._thread = None

    # The thread's side

    def _run(self) -> None:
        feed: FrameFeed | None = None
        shown = 0
        while not self._stop.is_set():
            with self._wake:
                wanted, self._wanted = self._wanted, {}
                if feed is not self._feed:
                    feed, shown = self._feed, 0
            for place, bundle in wanted.items():
                self._open(place, bundle)
            if feed is None or not any(status.stage == "ready" for status in self._statuses):
                with self._wake:
                    if not (self._wanted or self._feed is not feed or self._stop.is_set()):
                        self._wake.wait(_WAIT_S)
                continue
            now = feed.wait_newer(shown, _WAIT_S)
            if now.frame is not None and now.number > shown:
                shown = now.number
                self._answer(feed, now.frame)
            elif feed.stopped:
                self._stop.wait(_WAIT_S)  # a feed that has stopped does not wait

    def _open(self, place: int, bundle: Path | None) -> None:
        try:
            if bundle is None:
                if self._worker.pid is not None:
                    self._worker.call(close_bundle, place)
                return
            opened = self._worker.call(open_bundle, place, bundle)
            status = BundleStatus("ready", bundle, "", opened)
        except EdgeTransferError as error:
            status = BundleStatus("failed", bundle, str(error))
        with self._wake:
            if place in self._wanted or self._stop.is_set():
                return  # another one is wanted meanwhile
        self._note(place, status)

    def _answer(self, feed: FrameFeed, frame: Frame) -> None:
        answers: list[BundleAnswer | None] = [None] * PLACES
        for place, status in enumerate(self._statuses):
            if status.stage != "ready":
                continue
            try:
                answers[place] = self._worker.call(answer, place, frame.image, frame.index)
            except EdgeTransferError as error:
                if not self._stop.is_set():
                    self._note(place, BundleStatus("failed", status.path, str(error)))
                continue
            if answers[place] is None and self._statuses[place] is status:
                # The process has ended and was started again: it knows nothing.
                with self._wake:
                    self._wanted.setdefault(place, status.path)
        with self._wake:
            if feed is self._feed and any(each is not None for each in answers):
                self._answers.append(FrameAnswers(frame, time.monotonic(), tuple(answers)))

    def _note(self, place: int, status: BundleStatus) -> None:
        if status != self._statuses[place]:
            self._statuses[place] = status
            self._noted.emit()
