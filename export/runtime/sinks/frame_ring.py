"""Bounded ring of frames on disk: keeps the frames that the model was unsure of, for relabelling.

RING/ring.json                       marks the folder as ours: nothing else is ever deleted
RING/.lock                           locked by the watch that writes
RING/RUN/STAMP-NUMBER.jpg and .json  the frame, and why it was kept; a frame counts once its .json is there
"""

from __future__ import annotations

import json
import os
import re
import time
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

import cv2
import numpy as np
from numpy.typing import NDArray

from ..errors import StorageError
from ..imaging.images import difference_hash, encode_jpeg, hamming
from ..inference.decision import Decision
from ..storage import FolderLock, atomic_write, remove_leftovers, storage_error
from .counters import RingSize
from .messages import utc_text

FORMAT = "edge-transfer-ring"
VERSION = 1
MARK = "ring.json"
FRAME_NAME = re.compile(r"([0-9]{13,15})-[0-9]{6,}\.(jpg|json)")
"""Milliseconds since 1970, and a number within the run."""
UNCERTAIN_MARGIN = 0.3
"""An answer is uncertain when the two likeliest classes lie closer together than this."""
LEAST_DISTANCE = 5
"""Bits of 64 in which the difference hash must differ from the last frame's that was kept."""
_QUALITY = 95
_CLOCK_SET = 1_704_067_200  # 2024: a box that has no time yet says 1970, which is no age


@dataclass(frozen=True)
class FrameToKeep:
    """A frame that is to be kept."""

    image: NDArray[np.uint8]
    """(H, W, 3) BGR."""
    at: float
    """Seconds since 1970."""
    values: dict[str, Any]
    """JSON values: reasons, answer, source."""


def reasons_to_keep(decision: Decision, drifting: bool = False) -> list[str]:
    """Why a frame is worth a person's look: `unknown`, `uncertain`, `drift`; empty when it is not."""
    probabilities = [probability for _, probability in decision.top]
    close = len(probabilities) > 1 and probabilities[0] - probabilities[1] < UNCERTAIN_MARGIN
    found = (("unknown", decision.unknown), ("uncertain", close), ("drift", drifting))
    return [reason for reason, holds in found if holds]


class FrameSelector:
    """Which frames are kept: those with a reason, one a second at most, no two alike in a row."""

    def __init__(self) -> None:
        self._last_s = float("-inf")
        self._last: Optional[int] = None

    def take(self, image: NDArray[np.uint8], time_s: float, reasons: list[str]) -> bool:
        """Whether to keep a frame (H, W, 3) BGR at a time of its source."""
        if not reasons or 0 <= time_s - self._last_s < 1:
            return False
        found = difference_hash(np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8))
        if self._last is not None and hamming(found, self._last) < LEAST_DISTANCE:
            return False
        self._last_s, self._last = time_s, found
        return True


class Ring:
    """A `Sink` for frames that keeps its folder within a size and an age, also after a restart, for itself alone."""

    name = "ring"

    def __init__(self, folder: Path, max_bytes: int, max_age_s: float, *, now: Callable[[], float] = time.time) -> None:
        """Open or make the ring.

        Raises StorageError where that is refused, the folder holds something else, or another watch writes into it.
        """
        self.notes: deque[str] = deque()
        self._folder, self._max_bytes, self._max_age_s, self._now = folder, max_bytes, max_age_s, now
        self._written = self._failed = 0
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if not (folder / MARK).is_file():
                if any(folder.iterdir()):
                    raise StorageError(f"{folder} is no ring of frames and not empty: give a folder of its own")
                atomic_write(folder / MARK, json.dumps({"format": FORMAT, "version": VERSION}).encode())
            self._lock = FolderLock(folder)
        except OSError as error:
            raise storage_error(error, folder) from error
        try:
            self._run = folder / f"{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime(now()))}-{uuid.uuid4().hex[:6]}"
            remove_leftovers(folder)
            self._frames = self._found()
        except OSError as error:
            self._lock.close()
            raise storage_error(error, folder) from error
        self._bytes = sum(size for _, _, size in self._frames)
        self._trim()

    @property
    def size(self) -> RingSize:
        return RingSize(len(self._frames), self._bytes, self._written, self._failed)

    def deliver(self, item: FrameToKeep) -> None:
        """Write a frame, then make room. Raises StorageError where the disk refuses; nothing half written is left."""
        stem = self._run / f"{int(item.at * 1000):013d}-{self._written + self._failed:06d}"
        data = encode_jpeg(item.image, _QUALITY)
        words = json.dumps({"at": utc_text(item.at), **item.values}, allow_nan=False).encode() + b"\n"
        try:
            self._run.mkdir(exist_ok=True)
            atomic_write(stem.with_suffix(".jpg"), data)
            atomic_write(stem.with_suffix(".json"), words)
        except (OSError, StorageError) as error:
            self._failed += 1
            stem.with_suffix(".jpg").unlink(missing_ok=True)
            if isinstance(error, StorageError):
                raise
            raise storage_error(error, self._run) from error
        self._written += 1
        self._frames.append((item.at, stem, len(data) + len(words)))
        self._bytes += len(data) + len(words)
        self._trim()

    def abandon(self) -> None:
        """A disk cannot be hurried."""

    def close(self) -> None:
        """Let another watch have the folder."""
        self._lock.close()

    def _found(self) -> deque[tuple[float, Path, int]]:
        """Time, path without suffix and size of every frame there, the oldest first."""
        sizes: dict[Path, int] = {}
        for path in self._folder.glob("*/*"):
            if FRAME_NAME.fullmatch(path.name) and path.is_file():
                stem = path.with_suffix("")
                sizes[stem] = sizes.get(stem, 0) + path.stat().st_size
        return deque(sorted((int(stem.name.partition("-")[0]) / 1000, stem, size) for stem, size in sizes.items()))

    def _trim(self) -> None:
        oldest = self._now() - self._max_age_s
        while self._frames:
            at, stem, size = self._frames[0]
            if self._bytes <= self._max_bytes and not _CLOCK_SET < at < oldest:
                return
            try:
                # The words first: a picture without them does not count.
                stem.with_suffix(".json").unlink(missing_ok=True)
                stem.with_suffix(".jpg").unlink(missing_ok=True)
            except OSError as error:
                self.notes.append(str(storage_error(error, stem, "delete")))
                return
            self._frames.popleft()
            self._bytes -= size
            if stem.parent != self._run and not os.listdir(stem.parent):
                stem.parent.rmdir()
