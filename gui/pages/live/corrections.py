"""Store corrected live frames in the project, each as its own capture session."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Generator
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from gui.jobs.job import Job

if TYPE_CHECKING:
    from edge_transfer.dataset.catalog import Catalog
    from edge_transfer.dataset.project import Project
    from edge_transfer.ingest.capture import CaptureProgress, CaptureResult
    from export.runtime.sources.frame import Frame, SourceEvent


class FrameReturns(QObject):
    """Stores one frame after another; whoever sends never waits."""

    stored = Signal(str)
    """The class under which a frame is in the project now."""
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.counts: Counter[str] = Counter()
        """Frames that went back since the project was opened and are still there, by class."""
        self._sessions: dict[int, str] = {}
        self._waiting: deque[tuple[Project, str, Frame, str]] = deque()
        self._job: Job | None = None
        self._class_name = ""

    @property
    def working(self) -> bool:
        """Whether a frame is not on the disk yet."""
        return self._job is not None or bool(self._waiting)

    def send(self, project: Project, source: str, frame: Frame, class_name: str) -> None:
        """Store a frame of a source under a class."""
        self._waiting.append((project, source, frame, class_name))
        self._next()

    def forget(self) -> None:
        """Another project: count anew."""
        self._sessions.clear()
        self.counts.clear()

    def read(self, catalog: Catalog) -> None:
        """Count again what is there: an undo takes frames away."""
        if self._sessions:
            live = {row.id: row.samples for row in catalog.sessions()}
            self.counts = Counter()
            for session_id, class_name in self._sessions.items():
                self.counts[class_name] += live.get(session_id, 0)

    def wait(self) -> None:
        """Wait until everything that was sent is on the disk."""
        while self._job is not None and self._job.wait():
            pass

    def _next(self) -> None:
        if self._job is not None or not self._waiting:
            return
        project, source, frame, class_name = self._waiting.popleft()
        self._class_name = class_name
        self._job = Job(_store(project, _Shown(source, frame), class_name), f"send back {class_name}", self)
        self._job.succeeded.connect(self._on_stored)
        self._job.failed.connect(lambda message, _: self.failed.emit(message))
        self._job.ended.connect(self._over)
        self._job.start()

    def _on_stored(self, result: CaptureResult | None) -> None:
        if result is None:
            self.failed.emit(
                self.tr("This picture is in the project already: take it back there first, or wait for another.")
            )
            return
        self._sessions[result.session_id] = self._class_name
        self.stored.emit(self._class_name)

    def _over(self) -> None:
        self._job = None
        self._next()


class _Shown:
    """A source of the one frame that was on the screen."""

    live = False

    def __init__(self, name: str, frame: Frame) -> None:
        self.name = name
        self._frame = frame

    def events(self) -> Generator[SourceEvent, None, None]:
        yield self._frame


def _store(project: Project, source: _Shown, class_name: str) -> Generator[CaptureProgress, None, CaptureResult | None]:
    """None where the picture is in the project already."""
    from edge_transfer.dataset.catalog import Catalog
    from edge_transfer.dataset.quality import Gates
    from edge_transfer.errors import DatasetError
    from edge_transfer.ingest.capture import capture

    # The user has seen the frame and wants it: no gate. It is to be learned from: a test made of the model's own
    # mistakes would say nothing about the rest.
    gates = Gates(min_sharpness=0, min_brightness=0, max_brightness=255, min_contrast=0)
    with Catalog.open(project) as catalog:
        try:
            events = capture(project, catalog, source, class_name, seconds=None, fps=1, split="train", gates=gates)
            return (yield from events)
        except DatasetError:
            return None  # with no gate and a class that exists there is no other reason
