"""Record labelled frames from a source into a project: frame rate, quality gates, interruption-safe."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Generator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_transfer.dataset.catalog import Catalog, SessionRow
from edge_transfer.dataset.image_store import Picture, counted, ensure_class, picture, store, why_stopped
from edge_transfer.dataset.project import Project
from edge_transfer.dataset.quality import Gates, measure
from edge_transfer.dataset.records import check_class_name, check_split
from edge_transfer.errors import DatasetError, EdgeTransferError, SourceError, StorageError
from export.runtime.imaging.images import encode_jpeg
from export.runtime.sources.source import Frame, FrameSource, SourceState

DEFAULT_GATES = Gates()

_HEARTBEAT_S = 0.25
_BATCH_S = 1.0
_FIRST_FRAME_S = 10.0
_TIME_TOLERANCE_S = 0.0005


@dataclass(frozen=True)
class CaptureProgress:
    """Where a capture stands; comes at least four times a second while the source gives frames."""

    kept: int
    """Images whose file and row are on the disk."""
    skipped: dict[str, int]
    """Frames that were not kept, by reason."""
    elapsed_s: float
    """Time since the first frame, in the time of the source."""
    state: str
    """State of the source: "connecting", "live", "stalled", "lost", "ended" or "damaged"."""
    message: str
    """What the source says about its state; empty while it is live."""
    last_reason: str | None
    """Why the newest frame was not kept; None when it was."""


@dataclass(frozen=True)
class CaptureResult:
    """What a capture has recorded."""

    session_id: int
    split: str
    kept: int
    skipped: dict[str, int]
    seconds: float
    ended: str
    """"time" when it is over, "source ended", or "damaged" when the source broke off; a source's own words follow."""


def capture(
    project: Project,
    catalog: Catalog,
    source: FrameSource,
    class_name: str,
    *,
    seconds: float | None,
    fps: float,
    start_s: float = 0.0,
    split: str | None = None,
    gates: Gates = DEFAULT_GATES,
    jpeg_quality: int = 95,
) -> Generator[CaptureProgress, None, CaptureResult]:
    """Record frames of one class as one session: `fps` frames a second of the source's time, for `seconds`.

    `start_s` passes over the beginning; without `seconds` it goes on until the source ends. The session, and the class
    if it is new, begin with the first kept frame; without `split` the catalogue chooses one. A frame that a gate stops
    or that is identical to the one before is counted, and the next frame looked at is the one of the next period.
    A still scene can be recorded all the same: the noise of a sensor makes each of its frames another.

    A kept frame is a JPEG with OpenCV's chroma subsampling (4:2:0): cameras and videos deliver hardly more colour, and
    4:4:4 takes up to twice the space for half a grey level less error once the frame is reduced to 224 px. Frames of a
    live source are recorded one by one, so that a kill loses the frame in flight only; those of a file every second.

    Closing the generator keeps what is recorded. Raises DatasetError when no frame was worth keeping, SourceError when
    none came or the source fails, StorageError when the disk is full, read-only or gone; the message counts the images
    that were kept.
    """
    pace = _Pace(source.live, fps, start_s, seconds)
    recording = _Recording(project, catalog, source.name, check_class_name(class_name), split and check_split(split))
    state, message, reason = "connecting", "", None
    last_image: NDArray[np.uint8] | None = None
    ended = ""
    told_at = -math.inf
    events = source.events()
    try:
        try:
            for event in events:
                if isinstance(event, SourceState):
                    state, message = event.state, event.message
                    due = False
                else:
                    state, message = "live", ""
                    due = pace.is_due(event)
                if pace.is_over(message):
                    ended = "time"
                    break
                if due and isinstance(event, Frame):
                    time_s = pace.elapsed_s if source.live else event.time_s
                    reason = recording.take(event.image, time_s, gates, jpeg_quality, last_image)
                    last_image = event.image
                    if source.live or time.monotonic() - recording.recorded_at >= _BATCH_S:
                        recording.record()
                if due or isinstance(event, SourceState) or time.monotonic() - told_at >= _HEARTBEAT_S:
                    told_at = time.monotonic()
                    yield CaptureProgress(
                        recording.kept, dict(recording.skipped), pace.elapsed_s, state, message, reason
                    )
        finally:
            events.close()
            recording.record()
    except (StorageError, SourceError) as error:
        if not recording.kept and isinstance(error, SourceError):
            raise
        raise type(error)(f"{why_stopped(error)}: {counted(recording.kept, 'image')} kept, capture stopped") from error
    session = recording.session
    if session is None or not recording.kept:
        raise _nothing_kept(source.name, recording.skipped, message, start_s)
    ended = ended or ("damaged" if state == "damaged" else "source ended") + (f": {message}" if message else "")
    return CaptureResult(session.id, session.split, recording.kept, dict(recording.skipped), pace.elapsed_s, ended)


class _Pace:
    """Which frames are due, by the time they carry."""

    def __init__(self, live: bool, fps: float, start_s: float, seconds: float | None) -> None:
        if not (0 < fps < math.inf and start_s >= 0 and (seconds is None or seconds > 0)):
            raise DatasetError(
                f"cannot record {fps:g} frames a second for {seconds} s from {start_s:g} s: use numbers above 0"
            )
        self._live, self._period_s, self._start_s, self._seconds = live, 1 / fps, start_s, seconds
        self._opened_at = time.monotonic()
        self._origin_s: float | None = None
        self._due_s = 0.0
        self.elapsed_s = 0.0

    def is_due(self, frame: Frame) -> bool:
        if frame.time_s < self._start_s - _TIME_TOLERANCE_S:
            return False
        if self._origin_s is None:
            self._origin_s, self._opened_at = frame.time_s, time.monotonic()
        self.elapsed_s = max(self.elapsed_s, frame.time_s - self._origin_s)
        late_s = self.elapsed_s + _TIME_TOLERANCE_S - self._due_s
        if late_s < 0:
            return False
        # The grid stays where the first frame put it, whatever the source's own rate.
        self._due_s += self._period_s * (1 + math.floor(late_s / self._period_s))
        return True

    def is_over(self, message: str) -> bool:
        """Whether the time is up. A live source is held to the clock, because a lost one gives no frame to tell by."""
        open_s = time.monotonic() - self._opened_at
        if self._live and self._origin_s is None and self._seconds is not None:
            limit_s = self._start_s + max(self._seconds, _FIRST_FRAME_S)
            if open_s > limit_s:
                raise SourceError(f"no frame came within {limit_s:.0f} s" + (f": {message}" if message else ""))
        if self._seconds is None or self._origin_s is None:
            return False
        elapsed_s = max(self.elapsed_s, open_s) if self._live else self.elapsed_s
        return elapsed_s >= self._seconds - _TIME_TOLERANCE_S


class _Recording:
    """The session that is being recorded, and the frames that are kept but not yet recorded."""

    def __init__(self, project: Project, catalog: Catalog, source: str, class_name: str, split: str | None) -> None:
        self._project, self._catalog = project, catalog
        self._source, self._class_name, self._split = source, class_name, split
        self._pending: list[Picture] = []
        self._class_id = 0
        self._taken = 0
        self._recent: list[int] = []
        self.session: SessionRow | None = None
        self.kept = 0
        self.skipped: Counter[str] = Counter()
        self.recorded_at = time.monotonic()

    def take(
        self,
        image: NDArray[np.uint8],
        time_s: float,
        gates: Gates,
        jpeg_quality: int,
        last_image: NDArray[np.uint8] | None,
    ) -> str | None:
        """Keep a frame, or count it as skipped and say why."""
        quality = measure(image)
        reason = gates.reason_to_skip(quality, self._recent)
        if reason is None and last_image is not None and np.array_equal(image, last_image):
            reason = "duplicate"
        if reason is not None:
            self.skipped[reason] += 1
            return reason
        self._class_id = self._class_id or ensure_class(self._catalog, self._class_name).id
        self._pending.append(
            picture(
                encode_jpeg(image, jpeg_quality),
                ".jpg",
                (image.shape[1], image.shape[0]),
                quality,
                class_id=self._class_id,
                position=self._taken,
                time_s=time_s,
            )
        )
        self._taken += 1
        self._recent = [quality.dhash]
        return None

    def record(self) -> None:
        """Store what is pending."""
        pending, self._pending = self._pending, []
        self.recorded_at = time.monotonic()
        if not pending:
            return
        if self.session is None:
            self.session = self._catalog.begin_session("recording", self._source, self._split, self._class_id)
        added = store(self._project, self._catalog, self.session.id, pending)
        self.kept += added.added
        for reason, count in (("already there", added.duplicates), ("in another class", len(added.conflicts))):
            if count:
                self.skipped[reason] += count


def _nothing_kept(name: str, skipped: Counter[str], message: str, start_s: float) -> EdgeTransferError:
    if not skipped:
        after = f" after {start_s:g} s" if start_s else ""
        return SourceError(f"no image was kept: {name} gave no frame{after}" + (f": {message}" if message else ""))
    reasons = ", ".join(f"{count} {reason}" for reason, count in skipped.most_common())
    return DatasetError(f"no image was kept: all {skipped.total()} frames were skipped: {reasons}")
