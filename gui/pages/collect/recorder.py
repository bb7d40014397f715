"""Record from the camera panel into the open project."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSettings, QTimer, Signal

from gui.camera.frame_feed import FeedReplay, FrameFeed
from gui.jobs.job import Job

if TYPE_CHECKING:
    from edge_transfer.dataset.project import Project
    from edge_transfer.ingest.capture import CaptureProgress, CaptureResult


_LET_GO_MS = 60
"""A key that comes down again so soon was held: some X servers repeat it as releases and presses."""


@dataclass(frozen=True)
class Burst:
    """How a burst is recorded."""

    fps: float = 8.0
    """Frames a second that are looked at."""
    length_s: float = 0.0
    """0: as long as the button is held."""
    delay_s: float = 0.0
    """Between the press and the first frame, to get one's hands to the part."""
    min_distance: int = 0
    """Bits of the difference hash by which a frame must differ from the one before; 0: frames that look alike stay."""

    @staticmethod
    def load() -> Burst:
        """As the user left it; a value that is bad falls back to the default."""
        settings, default = QSettings(), Burst()

        def number(name: str, low: float, high: float) -> float:
            try:
                value = float(str(settings.value(f"burst/{name}", getattr(default, name))))
            except ValueError:
                value = float(getattr(default, name))
            return value if low <= value <= high else float(getattr(default, name))

        return Burst(
            number("fps", 1, 30),
            number("length_s", 0, 60),
            number("delay_s", 0, 10),
            int(number("min_distance", 0, 32)),
        )

    def save(self) -> None:
        for name, value in vars(self).items():
            QSettings().setValue(f"burst/{name}", value)


class Recorder(QObject):
    """One burst at a time: `start` on the press, `release` on the release; `stop` ends it whatever its length."""

    changed = Signal()
    """Recording has begun, goes on, or is over."""
    finished = Signal()
    """A burst is over, and the catalogue may hold more."""
    failed = Signal(str, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.class_name = ""
        """The class that is being recorded; empty while nothing is."""
        self.progress: CaptureProgress | None = None
        """Of the burst that goes on, or the last one."""
        self.result: CaptureResult | None = None
        self._burst = Burst()
        self._job: Job | None = None
        self._replay: FeedReplay | None = None
        self._delay = QTimer(self)
        self._delay.setSingleShot(True)
        self._delay.timeout.connect(self._begin)
        self._what: tuple[Project, FrameFeed] | None = None
        self._let_go = QTimer(self)
        self._let_go.setSingleShot(True)
        self._let_go.setInterval(_LET_GO_MS)
        self._let_go.timeout.connect(self.stop)

    @property
    def recording(self) -> bool:
        return bool(self.class_name)

    @property
    def waiting_s(self) -> float:
        """Seconds until the first frame; 0 when there is nothing to wait for."""
        return max(0, self._delay.remainingTime()) / 1000 if self._delay.isActive() else 0.0

    def start(self, project: Project, feed: FrameFeed, class_name: str, burst: Burst) -> bool:
        """Begin a burst; False when one goes on already."""
        if self.recording:
            return False
        self.class_name, self.progress, self.result = class_name, None, None
        self._what, self._burst = (project, feed), burst
        if burst.delay_s:
            self._delay.start(round(burst.delay_s * 1000))
        else:
            self._begin()
        self.changed.emit()
        return True

    def release(self) -> None:
        """The button was let go: ends a burst that has no length of its own, unless `hold_on` follows at once."""
        if self.recording and not self._burst.length_s:
            self._let_go.start()

    def hold_on(self) -> None:
        """The button is down again."""
        self._let_go.stop()

    def stop(self) -> None:
        """End the burst now; what is recorded stays."""
        self._let_go.stop()
        if self._delay.isActive():
            self._delay.stop()
            self._over()
        elif self._replay is not None:
            self._replay.stop()

    def wait(self, timeout_s: float = 5.0) -> bool:
        """Wait until the burst is on the disk; False when it still is not."""
        return self._job is None or self._job.wait(timeout_s)

    def _begin(self) -> None:
        assert self._what is not None
        project, feed = self._what
        self._replay = FeedReplay(feed)
        events = _record(project, self._replay, self.class_name, self._burst)
        self._job = Job(events, f"record {self.class_name}", self)
        self._job.progressed.connect(self._on_progress)
        self._job.succeeded.connect(self._on_result)
        self._job.failed.connect(self.failed)
        self._job.ended.connect(self._over)
        self._job.start()

    def _on_progress(self, progress: CaptureProgress) -> None:
        self.progress = progress
        self.changed.emit()

    def _on_result(self, result: CaptureResult) -> None:
        self.result = result

    def _over(self) -> None:
        self._let_go.stop()
        self.class_name, self._job, self._replay, self._what = "", None, None, None
        self.changed.emit()
        self.finished.emit()


def _record(
    project: Project, source: FeedReplay, class_name: str, burst: Burst
) -> Generator[CaptureProgress, None, CaptureResult]:
    from edge_transfer.dataset.catalog import Catalog
    from edge_transfer.dataset.quality import Gates
    from edge_transfer.ingest.capture import capture

    # A catalogue belongs to the thread that opens it, and this runs in the job's.
    with Catalog.open(project) as catalog:
        result = yield from capture(
            project,
            catalog,
            source,
            class_name,
            seconds=burst.length_s or None,
            fps=burst.fps,
            gates=Gates(min_distance=burst.min_distance),
        )
    return result
