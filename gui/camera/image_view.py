"""Image view of the newest frame, optionally mirrored, with a selectable region of interest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QTransform
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.widgets import theme
from gui.widgets.retranslating import RetranslationMixin

if TYPE_CHECKING:
    from export.runtime.sources.frame import Frame

Region = tuple[float, float, float, float]
_SMALLEST_PX = 24
_STEP_PX = 8
_ARROWS = {
    Qt.Key.Key_Left: QPoint(-1, 0),
    Qt.Key.Key_Right: QPoint(1, 0),
    Qt.Key.Key_Up: QPoint(0, -1),
    Qt.Key.Key_Down: QPoint(0, 1),
}


class ImageView(RetranslationMixin, QWidget):
    """Shows one frame at a time. `mirrored` turns what is seen, never what is recorded."""

    region_chosen = Signal(object)
    """A Region (x, y, width, height) in fractions of the frame as it is recorded; None for the whole frame."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMinimumSize(240, 180)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._frame: Frame | None = None
        self._image = QImage()
        self._mirrored = False
        self._region: Region | None = None
        self._choosing = self._keyed = False
        self._start: QPoint | None = None
        self._end: QPoint | None = None
        self._overlay = ""
        self._mark = ""
        self.retranslate()

    def sizeHint(self) -> QSize:  # noqa: N802  (Qt's name)
        return QSize(640, 480)

    @property
    def overlay(self) -> str:
        """The text over the picture; empty while it is live."""
        return self._overlay

    @property
    def frame(self) -> Frame | None:
        return self._frame

    def show_frame(self, frame: Frame | None) -> None:
        """Show a frame; None for an empty canvas."""
        if frame is self._frame:
            return
        # The image shares the frame's memory: the frame is kept as long as the image, and nobody writes into it.
        self._frame = frame
        if frame is None:
            self._image = QImage()
        else:
            height, width = frame.image.shape[:2]
            self._image = QImage(frame.image.data, width, height, frame.image.strides[0], QImage.Format.Format_BGR888)
        self.update()

    def set_overlay(self, text: str) -> None:
        """A sentence over the picture, which dims it; empty to take it away."""
        if text != self._overlay:
            self._overlay = text
            self.setAccessibleDescription(text)
            self.update()

    def set_mark(self, text: str) -> None:
        """A word in the corner, such as the class that is being recorded; empty to take it away."""
        if text != self._mark:
            self._mark = text
            self.update()

    def set_mirrored(self, mirrored: bool) -> None:
        self._mirrored = mirrored
        self.update()

    def set_region(self, region: Region | None) -> None:
        """The part of the frame that the network sees; None for the whole."""
        self._region = region
        self.update()

    def choose_region(self) -> None:
        """Let the user drag a rectangle or move one by the arrow keys; Escape gives up, a click takes the whole."""
        self._choosing, self._keyed = True, False
        self._start = self._end = None
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setFocus()
        self.update()

    def picture_rect(self) -> QRectF:
        """Where the picture lies in the widget."""
        size = QSize(self._image.size())
        if size.isEmpty():
            size = QSize(4, 3)
        size.scale(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        return QRectF(QPointF((self.width() - size.width()) / 2, (self.height() - size.height()) / 2), size)

    def retranslate(self) -> None:
        self.setAccessibleName(self.tr("Camera picture"))

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802  (Qt's name)
        colours = theme.colours()
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.canvas))
        painter.drawRoundedRect(self.rect(), 10, 10)
        target = self.picture_rect()
        if not self._image.isNull():
            painter.save()
            if self._mirrored:
                painter.setTransform(QTransform(-1, 0, 0, 1, 2 * target.center().x(), 0), True)
            painter.drawImage(target, self._image)
            painter.restore()
            self._paint_region(painter, target)
        if self._mark:
            self._paint_mark(painter, target, QColor(colours.recording))
        text = self._overlay or (self._how_to_choose() if self._choosing else "")
        if text:
            self._paint_text(painter, target, text, dim=bool(self._overlay))

    def _paint_region(self, painter: QPainter, target: QRectF) -> None:
        dragged = self._dragged()
        inner = QRectF(dragged) if dragged is not None else self._to_widget(self._region, target)
        if inner is None:
            return
        painter.setBrush(QColor(0, 0, 0, 120))
        for x, y, right, bottom in (
            (target.left(), target.top(), target.right(), inner.top()),
            (target.left(), inner.bottom(), target.right(), target.bottom()),
            (target.left(), inner.top(), inner.left(), inner.bottom()),
            (inner.right(), inner.top(), target.right(), inner.bottom()),
        ):
            painter.drawRect(QRectF(QPointF(x, y), QPointF(right, bottom)))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor("#ffffff"), 2, Qt.PenStyle.DashLine))
        painter.drawRect(inner)
        painter.setPen(Qt.PenStyle.NoPen)

    def _paint_mark(self, painter: QPainter, target: QRectF, colour: QColor) -> None:
        metrics = painter.fontMetrics()
        text = metrics.elidedText(self._mark, Qt.TextElideMode.ElideRight, int(target.width()) - 70)
        box = QRectF(target.left() + 12, target.top() + 12, metrics.horizontalAdvance(text) + 44, metrics.height() + 12)
        painter.setBrush(QColor(0, 0, 0, 190))
        painter.drawRoundedRect(box, box.height() / 2, box.height() / 2)
        painter.setBrush(QColor("#ff5a4f"))
        painter.drawEllipse(QPointF(box.left() + 17, box.center().y()), 6, 6)
        painter.setPen(QColor("#ffffff"))
        painter.drawText(box.adjusted(31, 0, -10, 0), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
        painter.setPen(Qt.PenStyle.NoPen)

    def _paint_text(self, painter: QPainter, target: QRectF, text: str, *, dim: bool) -> None:
        if dim and not self._image.isNull():
            painter.setBrush(QColor(0, 0, 0, 130))
            painter.drawRect(target)
        wrap = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignCenter
        box = painter.fontMetrics().boundingRect(target.adjusted(32, 16, -32, -16).toRect(), int(wrap), text)
        painter.setBrush(QColor(0, 0, 0, 200))
        painter.drawRoundedRect(QRectF(box.adjusted(-14, -9, 14, 9)), 8, 8)
        painter.setPen(QColor("#ffffff"))
        painter.drawText(box, int(wrap), text)
        painter.setPen(Qt.PenStyle.NoPen)

    # Choosing a region

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802  (Qt's name)
        if self._choosing and event.button() == Qt.MouseButton.LeftButton:
            self._start = self._end = event.position().toPoint()
            self._keyed = False
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802  (Qt's name)
        if self._start is not None:
            self._end = event.position().toPoint()
            self.update()
        super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802  (Qt's name)
        if self._start is not None:
            self._end = event.position().toPoint()
            dragged = self._dragged()
            self._stop_choosing()
            self.region_chosen.emit(self._to_frame(dragged) if dragged is not None else None)
        super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  (Qt's name)
        if not self._choosing:
            super().keyPressEvent(event)
        elif event.key() == Qt.Key.Key_Escape:
            self._stop_choosing()
        elif event.key() in _ARROWS:
            self._move_by_key(event)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._dragged() is not None:
            dragged = self._dragged()
            assert dragged is not None
            self._stop_choosing()
            self.region_chosen.emit(self._to_frame(dragged))
        else:
            super().keyPressEvent(event)

    def _move_by_key(self, event: QKeyEvent) -> None:
        """Arrows move the rectangle, with Shift its lower right corner; it begins in the middle or where it was."""
        self._keyed = True
        if self._start is None or self._end is None:
            target = self.picture_rect()
            now = self._to_widget(self._region or (0.25, 0.25, 0.5, 0.5), target)
            assert now is not None
            self._start, self._end = now.topLeft().toPoint(), now.bottomRight().toPoint()
            self.update()
            return
        step = _ARROWS[Qt.Key(event.key())] * _STEP_PX
        frame, corner = self.picture_rect().toRect(), self._end + step
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            smallest = self._start + QPoint(_SMALLEST_PX, _SMALLEST_PX)
            if frame.contains(corner) and corner.x() > smallest.x() and corner.y() > smallest.y():
                self._end = corner
        elif frame.contains(corner) and frame.contains(self._start + step):
            self._start, self._end = self._start + step, corner
        self.update()

    def _how_to_choose(self) -> str:
        if self._keyed:
            return self.tr("Arrow keys move it, with Shift they size it; Enter takes it, Escape gives up")
        if self._start is not None:
            return ""
        return self.tr("Drag the region that the model shall see, or press an arrow key")

    def _stop_choosing(self) -> None:
        self._choosing, self._start = False, None
        self.unsetCursor()
        self.update()

    def _dragged(self) -> QRect | None:
        if self._start is None or self._end is None:
            return None
        inside = QRect(self._start, self._end).normalized().intersected(self.picture_rect().toRect())
        return inside if min(inside.width(), inside.height()) >= _SMALLEST_PX else None

    def _to_frame(self, rect: QRect) -> Region:
        target = self.picture_rect()
        x, y = (rect.left() - target.left()) / target.width(), (rect.top() - target.top()) / target.height()
        width, height = min(1.0, rect.width() / target.width()), min(1.0, rect.height() / target.height())
        if self._mirrored:
            x = 1 - x - width
        x, y = min(max(x, 0.0), 1 - width), min(max(y, 0.0), 1 - height)
        # Whole ten-thousandths are finer than a pixel, and their sum stays inside the frame.
        left, top = int(x * 10_000), int(y * 10_000)
        across, down = min(int(width * 10_000), 9_999 - left), min(int(height * 10_000), 9_999 - top)
        return left / 10_000, top / 10_000, across / 10_000, down / 10_000

    def _to_widget(self, region: Region | None, target: QRectF) -> QRectF | None:
        if region is None:
            return None
        x, y, width, height = region
        if self._mirrored:
            x = 1 - x - width
        return QRectF(
            target.left() + x * target.width(),
            target.top() + y * target.height(),
            width * target.width(),
            height * target.height(),
        )
