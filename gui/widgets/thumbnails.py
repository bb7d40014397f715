"""Thumbnails decoded in a thread, cached in memory and, for large files, on disk."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QBuffer, QObject, Qt, Signal
from PySide6.QtGui import QImage, QPixmap

from export.runtime.errors import EdgeTransferError

KEPT = 2000
_WAITING = 500
_LARGE_BYTES = 300_000
"""A small picture of a larger file is kept on disk: 640 × 480 takes 5 ms to decode, 1280 × 720 10 ms, 4000 × 3000
270 ms, a small picture from the disk 0.5 ms."""


class Thumbnails(QObject):
    """Ask for a picture; one that is not there yet comes with `ready`. The newest wish is served first."""

    ready = Signal()
    _made = Signal()

    def __init__(self, side_px: int, parent: QObject | None = None, *, kept: int = KEPT) -> None:
        """`kept` is the most pictures that stay in memory."""
        super().__init__(parent)
        self._side_px = side_px
        self._most = kept
        self._folder: Path | None = None
        self._kept: OrderedDict[str, QPixmap] = OrderedDict()
        self._wishes: OrderedDict[str, None] = OrderedDict()
        self._done: deque[tuple[str, QImage]] = deque()
        self._changed = threading.Condition()
        self._stop = False
        self._thread: threading.Thread | None = None
        self._made.connect(self._take, Qt.ConnectionType.QueuedConnection)

    def keep_in(self, folder: Path | None) -> None:
        """Keep small pictures of large files in this folder, which is safe to delete; None to keep none.

        A file there has the name of the picture's own file, so these must be unique and never change.
        """
        with self._changed:
            self._folder = folder

    def pixmap(self, path: str | Path) -> QPixmap | None:
        """The picture of a file, at most `side_px` long; None while it is being made, a null one where it is none."""
        key = str(path)
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
            return found
        with self._changed:
            self._wishes[key] = None
            self._wishes.move_to_end(key)
            if len(self._wishes) > _WAITING:
                self._wishes.popitem(last=False)
            if self._thread is None and not self._stop:
                self._thread = threading.Thread(target=self._run, name="thumbnails", daemon=True)
                self._thread.start()
            self._changed.notify()
        return None

    def close(self) -> None:
        """End the thread."""
        with self._changed:
            self._stop = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join(5.0)

    def _take(self) -> None:
        while self._done:
            key, image = self._done.popleft()
            self._kept[key] = QPixmap.fromImage(image)
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)
        self.ready.emit()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._wishes or self._stop)
                if self._stop:
                    return
                key, _ = self._wishes.popitem()
                folder = self._folder
            self._done.append((key, self._make(Path(key), folder)))
            if len(self._done) == 1:
                self._made.emit()

    def _make(self, path: Path, folder: Path | None) -> QImage:
        if folder is None or not _is_large(path):
            return thumbnail(path, self._side_px)
        small = folder / path.name[:2] / f"{path.stem}-{self._side_px}.jpg"
        image = QImage(str(small)) if small.is_file() else QImage()
        if image.isNull():
            image = thumbnail(path, self._side_px)
            # A full or read-only disk costs only time.
            with suppress(EdgeTransferError, OSError):
                _write(image, small)
        return image


def thumbnail(path: Path, side_px: int) -> QImage:
    """A picture of at most `side_px` × `side_px` for a file; a null one where the file is gone or no picture."""
    from edge_transfer.dataset.image_formats import decode_image
    from export.runtime.imaging.images import read_image_file
    from export.runtime.inference.preprocess import InputSpec, preprocess

    try:
        image = decode_image(read_image_file(path))
        height, width = image.shape[:2]
        small = preprocess(image, InputSpec(side_px, "letterbox"))
    except EdgeTransferError:
        return QImage()
    scale = side_px / max(height, width)
    across, down = max(1, round(width * scale)), max(1, round(height * scale))
    left, top = (side_px - across) // 2, (side_px - down) // 2
    whole = QImage(small.data, side_px, side_px, small.strides[0], QImage.Format.Format_RGB888)
    return whole.copy(left, top, across, down)  # a copy owns its pixels


def _is_large(path: Path) -> bool:
    try:
        return path.stat().st_size > _LARGE_BYTES
    except OSError:
        return False


def _write(image: QImage, path: Path) -> None:
    from export.runtime.storage import atomic_write

    buffer = QBuffer()
    if not image.isNull() and buffer.open(QBuffer.OpenModeFlag.WriteOnly) and image.save(buffer, b"JPG", 88):
        path.parent.mkdir(parents=True, exist_ok=True)
        atomic_write(path, bytes(buffer.data().data()))
