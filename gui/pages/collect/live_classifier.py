"""Thread that feeds camera frames to the live learner in a worker process."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal

from export.runtime.errors import EdgeTransferError
from gui.camera.frame_feed import FrameFeed
from gui.jobs.worker import Worker

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from edge_transfer.curation.live_learner import Learned, LearnProgress, LiveLearner
    from edge_transfer.dataset.project import Project

_PERIOD_S = 0.12


@dataclass(frozen=True)
class Status:
    """Where the live classifier stands."""

    stage: str
    """`off`, `no weights`, `prepare`, `embed`, `fit`, `waiting` (too few classes), `ready` or `failed`."""
    message: str = ""
    learned: Learned | None = None


@dataclass(frozen=True)
class Answer:
    """Probabilities for one frame, in the order of `learned.classes`."""

    learned: Learned
    probabilities: tuple[float, ...]
    received: float
    """When the frame came, as in `Snapshot`."""


class LiveLearning(QObject):
    """Learns what a project holds after every `refresh`, and predicts the newest frame of a feed in between."""

    changed = Signal()
    """The status is another one. The answers come without a signal: ask for `answer` when the picture is drawn."""

    _noted = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worker = Worker("live learning")
        self._wake = threading.Condition()
        self._project: Project | None = None
        self._feed: FrameFeed | None = None
        self._wanted = False
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._status = Status("off")
        self.answer: Answer | None = None
        self._noted.connect(self.changed, Qt.ConnectionType.QueuedConnection)

    @property
    def status(self) -> Status:
        return self._status

    @property
    def worker(self) -> Worker:
        return self._worker

    def watch(self, feed: FrameFeed | None) -> None:
        """Predict the frames of this feed from now on."""
        with self._wake:
            self._feed, self.answer = feed, None

    def refresh(self, project: Project | None) -> None:
        """Learn again from what the project holds now; None forgets everything and rests."""
        with self._wake:
            if project != self._project:
                self.answer = None
            self._project, self._wanted = project, project is not None
            if self._thread is None and project is not None and not self._stop.is_set():
                self._thread = threading.Thread(target=self._run, name="live learning", daemon=True)
                self._thread.start()
            self._wake.notify_all()
        if project is None:
            self._note(Status("off"))

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
        learned: Learned | None = None
        shown = 0
        while not self._stop.is_set():
            with self._wake:
                project, feed, wanted = self._project, self._feed, self._wanted
                self._wanted = False
            try:
                if project is None:
                    learned = self.answer = None
                elif wanted:
                    learned = self._learn(project)
                elif learned is not None and feed is not None:
                    shown = self._predict(project, feed, learned, shown)
            except EdgeTransferError as error:
                learned = self.answer = None
                if not self._stop.is_set():
                    self._note(Status("failed", str(error)))
            with self._wake:
                self._wake.wait_for(lambda: self._wanted or self._stop.is_set(), _PERIOD_S)

    def _learn(self, project: Project) -> Learned | None:
        from edge_transfer.backbones.weights import available_backbones, cache_dir, default_backbone
        from edge_transfer.errors import DatasetError

        if not available_backbones():
            self._note(Status("no weights", f"{cache_dir() / 'weights'}\n{default_backbone().name}"))
            return None
        try:
            learning = self._worker.events(_refresh, project)
            try:
                while not self._stop.is_set():
                    progress = next(learning)
                    if progress is not None:
                        self._note(Status(progress.stage, f"{progress.done}/{progress.total}", self._status.learned))
            except StopIteration as stop:
                learned: Learned = stop.value
                self._note(Status("ready", "", learned))
                return learned
            finally:
                learning.close()
        except DatasetError as error:
            self.answer = None
            self._note(Status("waiting", str(error)))
        return None

    def _predict(self, project: Project, feed: FrameFeed, learned: Learned, shown: int) -> int:
        now = feed.latest()
        if now.frame is None or now.number == shown or now.state != "live":
            return shown
        probabilities = self._worker.call(_predict, now.frame.image, project)
        if not probabilities:  # the process has died and was started again: it knows nothing
            with self._wake:
                self._wanted = True
            return shown
        if feed is self._feed and self._project == project:
            self.answer = Answer(learned, probabilities, time.monotonic())
        return now.number

    def _note(self, status: Status) -> None:
        if status != self._status:
            self._status = status
            self._noted.emit()


# In the worker process


@cache
def _learner() -> LiveLearner:
    from edge_transfer.curation.live_learner import LiveLearner

    return LiveLearner()


def _refresh(project: Project) -> Generator[LearnProgress, None, Learned]:
    learned = yield from _learner().refresh(project)
    return learned


def _predict(image: NDArray[np.uint8], project: Project) -> tuple[float, ...]:
    return _learner().predict(image, project)
