"""Small pictures of files, made in a thread by the core's own decoder and kept in memory."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QImage, QPixmap

from export.runtime.errors import EdgeTransferError

_KEPT = 2000
_WAITING = 500


class Thumbnails(QObject):
    """Ask for a picture; one that is not there yet comes with `ready`. The newest wish is served first."""

    ready = Signal()
    _made = Signal()

    def __init__(self, side_px: int, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._side_px = side_px
        self._kept: OrderedDict[str, QPixmap] = OrderedDict()
        self._wishes: deque[str] = deque(maxlen=_WAITING)
        self._done: deque[tuple[str, QImage]] = deque()
        self._changed = threading.Condition()
        self._stop = False
        self._thread: threading.Thread | None = None
        self._made.connect(self._take, Qt.ConnectionType.QueuedConnection)

    def pixmap(self, path: str | Path) -> QPixmap | None:
        """The picture of a file, at most `side_px` long; None while it is being made, a null one where it is none."""
        key = str(path)
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
            return found
        with self._changed:
            if key not in self._wishes:
                self._wishes.append(key)
            if self._thread is None:
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
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        self.ready.emit()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._wishes or self._stop)
                if self._stop:
                    return
                key = self._wishes.pop()
            self._done.append((key, thumbnail(Path(key), self._side_px)))
            if len(self._done) == 1:
                self._made.emit()


def thumbnail(path: Path, side_px: int) -> QImage:
    """A picture of at most `side_px` × `side_px` for a file; a null one where the file is gone or no picture."""
    from export.runtime.images import decode_image, read_image_file
    from export.runtime.preprocess import InputSpec, preprocess

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
