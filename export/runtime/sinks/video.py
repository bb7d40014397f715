"""Write the watched frames with their predictions to a video file."""

from __future__ import annotations

import os
import shutil
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import Optional

import cv2
import numpy as np
from numpy.typing import NDArray

from ..errors import StorageError
from ..storage import storage_error
from .annotate import AnnotatedFrame, annotated

CODECS = {".avi": "MJPG", ".mp4": "mp4v"}
"""What the OpenCV of PyPI can write without any other library; it has no H.264."""
FASTEST = 25.0
"""Frames a second of a video at the most."""
_SLOWEST = 1.0
_LONGEST_GAP_S = 5.0
_SPARE_BYTES = 50_000_000
"""What the disk must have left: OpenCV does not say when a disk is full, and such a video has no end."""
_LOOK_EVERY = 25


class VideoWriter:
    """A `Sink` for frames: their places in the video are their times, at a constant rate.

    A frame that follows too soon takes the place of none, and a pause is filled with the frame before it, for five
    seconds at the longest. The video ends by itself, finished as it should be, at `max_bytes` or on a disk that is
    nearly full. Opened, written and closed in the outbox's thread; killed at once, an .avi can still be played.
    """

    name = "video"

    def __init__(self, path: Path, per_second: float, max_bytes: int) -> None:
        """Take the file's name. Raises StorageError where there is one already, or it cannot be written."""
        self.notes: deque[str] = deque()
        self._path, self._max_bytes = path, max_bytes
        self._rate = min(max(per_second, _SLOWEST), FASTEST)
        codec = CODECS.get(path.suffix.lower())
        if codec is None:
            raise StorageError(f"cannot write {path}: use a name that ends in {' or '.join(CODECS)}")
        self._codec = cv2.VideoWriter.fourcc(*codec)
        try:
            path.open("xb").close()
        except FileExistsError as error:
            raise StorageError(f"cannot write {path}: it is there already; choose another name") from error
        except OSError as error:
            raise storage_error(error, path) from error
        self._writer: Optional[cv2.VideoWriter] = None
        self._size = (0, 0)
        self._last = np.zeros((0, 0, 3), np.uint8)
        self._first_s = 0.0
        self._written = 0
        self._over = False
        try:
            self._open((64, 64)).release()
        except StorageError:
            self._path.unlink()
            raise

    def deliver(self, item: AnnotatedFrame) -> None:
        """Write a frame at its place. Raises StorageError where OpenCV refuses."""
        if self._over:
            return
        image = annotated(item)
        if self._writer is None:
            self._size = (max(2, image.shape[1] // 2 * 2), max(2, image.shape[0] // 2 * 2))
            self._writer = self._open(self._size)
            self._first_s = item.time_s
        longest = int(_LONGEST_GAP_S * self._rate)
        ahead = round((item.time_s - self._first_s) * self._rate) - self._written
        if not -longest <= ahead <= longest:
            # A longer pause, or a clock that was set: from here on as if five seconds, or none, had passed.
            ahead = longest if ahead > 0 else 0
            self._first_s = item.time_s - (self._written + ahead) / self._rate
        frame = fitted(image, self._size)
        try:
            for _ in range(ahead):
                self._write(self._last)
            if ahead >= 0:
                self._write(frame)
        except cv2.error as error:
            raise StorageError(f"cannot write {self._path}: {error}") from error
        self._last = frame

    def abandon(self) -> None:
        """A file does not wait."""

    def close(self) -> None:
        """Finish the video; one without a frame is removed."""
        if self._writer is not None:
            self._writer.release()
            self._writer = None
        elif not self._over:
            with suppress(OSError):
                self._path.unlink()
        self._over = True

    def _open(self, size: tuple[int, int]) -> cv2.VideoWriter:
        writer = cv2.VideoWriter(os.fspath(self._path), cv2.CAP_FFMPEG, self._codec, self._rate, size)
        if not writer.isOpened():
            raise StorageError(
                f"cannot write {self._path}: OpenCV cannot open a video of {size[0]} x {size[1]} pixels there; install "
                "opencv-python-headless from PyPI, and try another folder or .avi"
            )
        return writer

    def _write(self, frame: NDArray[np.uint8]) -> None:
        if self._writer is None:
            return
        self._writer.write(frame)
        self._written += 1
        if self._written % _LOOK_EVERY:
            return
        try:
            size, free = self._path.stat().st_size, shutil.disk_usage(self._path.parent).free
        except OSError as error:
            raise storage_error(error, self._path) from error
        if size >= self._max_bytes:
            self._end(f"{self._path} has reached {self._max_bytes / 1e6:.0f} MB and ends here")
        elif free < _SPARE_BYTES:
            self._end(f"{self._path} ends here: the disk is nearly full")

    def _end(self, why: str) -> None:
        self.close()
        self.notes.append(why)


def fitted(image: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """`image` (H, W, 3) in the middle of a frame of `size` (width, height), made smaller or larger where it must."""
    width, height = size
    if image.shape[0] // 2 * 2 == height and image.shape[1] // 2 * 2 == width:
        return np.ascontiguousarray(image[:height, :width])
    scale = min(width / image.shape[1], height / image.shape[0])
    inner = (max(1, min(width, round(image.shape[1] * scale))), max(1, min(height, round(image.shape[0] * scale))))
    small = cv2.resize(image, inner, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    canvas = np.zeros((height, width, 3), np.uint8)
    top, left = (height - inner[1]) // 2, (width - inner[0]) // 2
    canvas[top : top + inner[1], left : left + inner[0]] = small
    return canvas
