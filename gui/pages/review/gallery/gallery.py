"""Gallery interaction: selection by mouse and keys, opening, and dragging samples."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QByteArray, QEvent, QMimeData, QPoint, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QDrag, QHelpEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QToolTip, QWidget

from gui.pages.review.gallery.grid import GAP_PX, GalleryGrid
from gui.pages.review.gallery.tiles import TILE_PX, Tiles, describe
from gui.widgets.controls import plain
from gui.widgets.thumbnails import Thumbnails

MIME = "application/x-edge-transfer-samples"
"""What is dragged: the ids of samples, as text, with commas between."""
_SCROLL_MS = 30
_Control, _Shift = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


class Gallery(GalleryGrid):
    """A key it does not know goes on to its parent."""

    opened = Signal()
    """The current tile is wanted large: Enter or a double click."""

    def __init__(self, thumbnails: Thumbnails, parent: QWidget | None = None) -> None:
        super().__init__(thumbnails, parent)
        self._pressed: QPoint | None = None
        self._on_tile = self._keep_until_release = False
        self._before_band = self._picked
        self._pulling = QTimer(self)
        self._pulling.setInterval(_SCROLL_MS)
        self._pulling.timeout.connect(self._pull)

    def show_tiles(self, tiles: Tiles | None) -> None:
        """See `GalleryGrid.show_tiles`; what the mouse had begun ends."""
        self._pressed = None
        self._pulling.stop()
        super().show_tiles(tiles)

    # Mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802  (Qt's name)
        point, place = event.position().toPoint(), self._place_at(event.position().toPoint())
        if event.button() not in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton) or not self.count:
            return
        left, modifiers = event.button() == Qt.MouseButton.LeftButton, event.modifiers()
        self._pressed, self._on_tile = (point if left else None), place >= 0
        # A press on one of many selected tiles may begin to drag all of them.
        self._keep_until_release = place >= 0 and bool(self._picked[place]) and not modifiers & (_Control | _Shift)
        if place < 0:
            if not modifiers & (_Control | _Shift):
                self._picked = np.zeros(self.count, np.bool_)
                self._changed()
            self._before_band = self._picked.copy()
        elif self._keep_until_release:
            self._current = place
            self._changed()
        elif modifiers & _Control:
            self._picked[place] = not self._picked[place]
            self._current = self._anchor = place
            self._changed()
        else:
            self.go(place, extend=bool(modifiers & _Shift))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802  (Qt's name)
        point = event.position().toPoint()
        if self._pressed is None:
            return
        far = (point - self._pressed).manhattanLength() >= QApplication.startDragDistance()
        if self._on_tile:
            if far:
                self._pressed = None
                self.start_drag()
            return
        if self._band is None and far:
            start = self._pressed + QPoint(0, self.verticalScrollBar().value())
            self._band = QRect(start, start)
            self._pulling.start()
        if self._band is not None:
            self._stretch(point)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802  (Qt's name)
        place = self._place_at(event.position().toPoint())
        if self._pressed is not None and self._keep_until_release and place >= 0:
            self.go(place)
        self._pressed, self._band = None, None
        self._pulling.stop()
        self.viewport().update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802  (Qt's name)
        if self._place_at(event.position().toPoint()) >= 0:
            self._pressed = None
            self.opened.emit()

    def _stretch(self, point: QPoint) -> None:
        assert self._band is not None
        self._band = QRect(self._band.topLeft(), point + QPoint(0, self.verticalScrollBar().value()))
        picked = self._before_band.copy()
        picked[self._places_in(self._band.normalized())] = True
        self._picked = picked
        self._changed()

    def _pull(self) -> None:
        """Scroll on while the rubber band is held beyond the edge."""
        point = self.viewport().mapFromGlobal(self.cursor().pos())
        over = min(0, point.y()) + max(0, point.y() - self.viewport().height())
        if over and self._band is not None:
            self.verticalScrollBar().setValue(self.verticalScrollBar().value() + over)
            self._stretch(point)

    def drag_data(self) -> QMimeData:
        """The selected samples as they are dragged."""
        data = QMimeData()
        data.setData(MIME, QByteArray(",".join(map(str, self.selected_ids.tolist())).encode()))
        return data

    def start_drag(self) -> None:
        """Let the user drag the selected samples onto a class."""
        drag = QDrag(self)
        drag.setMimeData(self.drag_data())
        tile = self.current_tile
        if self._tiles is not None and tile is not None and tile.sample is not None:
            pixmap = self._thumbnails.pixmap(self._tiles.path_of(tile.sample))
            if pixmap is not None and not pixmap.isNull():
                drag.setPixmap(pixmap.scaledToHeight(72, Qt.TransformationMode.SmoothTransformation))
        drag.exec(Qt.DropAction.MoveAction)

    # Keys

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  (Qt's name)
        key, modifiers = event.key(), event.modifiers()
        page = max(1, self.viewport().height() // (TILE_PX + GAP_PX)) * self.across
        steps: dict[int, int] = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Up: -self.across,
            Qt.Key.Key_Down: self.across,
            Qt.Key.Key_PageUp: -page,
            Qt.Key.Key_PageDown: page,
            Qt.Key.Key_Home: -self.count,
            Qt.Key.Key_End: self.count,
        }
        if key in steps and not modifiers & _Control:
            start = self._current if self._current >= 0 else (-1 if key == Qt.Key.Key_Right else 0)
            self.go(start + steps[key], extend=bool(modifiers & _Shift))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not modifiers and self._current >= 0:
            self.opened.emit()
        elif key == Qt.Key.Key_A and modifiers == _Control:
            self.select_all()
        elif key == Qt.Key.Key_Space and self._current >= 0:
            self._picked[self._current] = not self._picked[self._current]
            self._changed()
        elif key == Qt.Key.Key_Escape and self._picked.any():
            self._picked = np.zeros(self.count, np.bool_)
            self._changed()
        else:
            event.ignore()

    def viewportEvent(self, event: QEvent) -> bool:  # noqa: N802  (Qt's name)
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip and self._tiles is not None:
            place = self._place_at(event.pos())
            QToolTip.showText(event.globalPos(), plain(describe(self._tiles.tile(place))) if place >= 0 else "")
            return True
        return super().viewportEvent(event)
