"""The pyqtgraph plot of the embedding map, imported when a map is first shown."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QGraphicsPolygonItem, QWidget

from gui.widgets import theme
from gui.widgets.class_colours import class_colour, class_symbol

_POINT_PX = 9
_NEAR_PX = 12.0
_RASTER_PX = 1024
_MARGIN = 0.03


class _LassoBox(pyqtgraph.ViewBox):  # type: ignore[misc]
    """The left button draws a lasso; the others move and zoom as usual, and so does the wheel."""

    lassoed = Signal(object)
    """The corners, (K, 2) float64, in the plot's coordinates."""

    def __init__(self) -> None:
        super().__init__(enableMenu=False)
        self._corners: list[QPointF] = []
        self._line = QGraphicsPolygonItem()
        self._line.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIsSelectable, False)
        self.addItem(self._line, ignoreBounds=True)

    def mouseDragEvent(self, event: Any, axis: int | None = None) -> None:  # noqa: N802  (pyqtgraph's name)
        if event.button() != Qt.MouseButton.LeftButton:
            super().mouseDragEvent(event, axis)
            return
        event.accept()
        if event.isStart():
            self._corners = [self.mapToView(event.buttonDownPos())]
        self._corners.append(self.mapToView(event.pos()))
        accent = QColor(theme.colours().accent)
        self._line.setPen(pyqtgraph.mkPen(accent, width=2))
        accent.setAlpha(40)
        self._line.setBrush(accent)
        self._line.setPolygon(QPolygonF(self._corners))
        if event.isFinish():
            corners = np.array([(point.x(), point.y()) for point in self._corners], np.float64)
            self._corners = []
            self._line.setPolygon(QPolygonF())
            self.lassoed.emit(corners)


class EmbeddingPlot(pyqtgraph.PlotWidget):  # type: ignore[misc]
    """Points in [0, 1]²; it knows their places in a list and nothing else of them."""

    lassoed = Signal(object)
    hovered = Signal(int)
    """Place of the point under the mouse; -1 for none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        self._box = _LassoBox()
        super().__init__(parent, viewBox=self._box)
        self._points: NDArray[np.float32] = np.zeros((0, 2), np.float32)
        self._drawn: NDArray[np.int64] = np.zeros(0, np.int64)
        self._near = -1
        for side in ("left", "bottom"):
            self.hideAxis(side)
        self.hideButtons()
        self._box.setRange(QRectF(-_MARGIN, -_MARGIN, 1 + 2 * _MARGIN, 1 + 2 * _MARGIN), padding=0)
        self._box.setLimits(xMin=-0.5, xMax=1.5, yMin=-0.5, yMax=1.5)
        self._classes: list[Any] = []
        self._ring = pyqtgraph.ScatterPlotItem(size=_POINT_PX + 6, symbol="o", brush=None, pxMode=True)
        self._ring.setZValue(10)
        self.addItem(self._ring)
        self._box.lassoed.connect(self.lassoed)
        self.scene().sigMouseMoved.connect(self._on_move)
        self.set_colours()

    def set_colours(self) -> None:
        """Take the colours of the theme in use."""
        colours = theme.colours()
        self.setBackground(colours.card)
        self._ring.setPen(pyqtgraph.mkPen(colours.text, width=2))
        for item in self._classes:
            item.setPen(pyqtgraph.mkPen(colours.text, width=0.5))

    def show_points(self, points: NDArray[np.float32], places: NDArray[np.int64], drawn: NDArray[np.int64]) -> None:
        """Show of the points (N, 2) those at `drawn` (M,); `places` (N,) gives each a class's colour and symbol."""
        self._points, self._drawn, self._near = points, drawn, -1
        for item in self._classes:
            self.removeItem(item)
        self._classes = []
        pen = pyqtgraph.mkPen(theme.colours().text, width=0.5)
        for place in np.unique(places[drawn]).tolist():
            these = points[drawn[places[drawn] == place]]
            item = pyqtgraph.ScatterPlotItem(
                pos=these, size=_POINT_PX, symbol=class_symbol(place), brush=class_colour(place), pen=pen, pxMode=True
            )
            self._classes.append(item)
            self.addItem(item)
        self.mark(np.zeros(0, np.int64))

    def mark(self, chosen: NDArray[np.int64]) -> None:
        """Put a ring around the points at these places."""
        shown = chosen[np.isin(chosen, self._drawn)]
        self._ring.setData(pos=self._points[shown])

    def to_screen(self, point: tuple[float, float]) -> QPointF:
        """Where a point of the map lies on the widget."""
        place = self._box.mapViewToScene(QPointF(*point))
        return QPointF(self.mapFromScene(place))

    def _on_move(self, place: QPointF) -> None:
        near = -1
        if len(self._drawn) and self._box.sceneBoundingRect().contains(place):
            at, scale = self._box.mapSceneToView(place), self._box.viewPixelSize()
            across = (self._points[self._drawn, 0] - at.x()) / scale[0]
            down = (self._points[self._drawn, 1] - at.y()) / scale[1]
            distance = np.hypot(across, down)
            best = int(np.argmin(distance))
            near = int(self._drawn[best]) if distance[best] <= _NEAR_PX else -1
        if near != self._near:
            self._near = near
            self.hovered.emit(near)

    def leaveEvent(self, event: Any) -> None:  # noqa: N802  (Qt's name)
        self._near = -1
        self.hovered.emit(-1)
        super().leaveEvent(event)


def inside(points: NDArray[np.float32], corners: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which of the points (N, 2) lie in the polygon (K, 2), by the odd-even rule. (N,) bool.

    The polygon is painted into a raster of 1024 × 1024 over its own bounds, in which each point is looked up: 100,000
    points take 3 ms, however many corners there are.
    """
    found = np.zeros(len(points), np.bool_)
    if len(corners) < 3:
        return found
    low, high = corners.min(axis=0), corners.max(axis=0)
    size = np.maximum(high - low, 1e-9)
    candidates = np.flatnonzero(((points >= low) & (points <= high)).all(axis=1))
    raster = QImage(_RASTER_PX, _RASTER_PX, QImage.Format.Format_Grayscale8)
    raster.fill(0)
    painter = QPainter(raster)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(255, 255, 255))
    painter.drawPolygon(QPolygonF([QPointF(x, y) for x, y in ((corners - low) / size * _RASTER_PX).tolist()]))
    painter.end()
    pixels = np.frombuffer(raster.constBits(), np.uint8).reshape(_RASTER_PX, raster.bytesPerLine())
    cells = np.minimum(((points[candidates] - low) / size * _RASTER_PX).astype(np.int64), _RASTER_PX - 1)
    found[candidates] = pixels[cells[:, 1], cells[:, 0]] > 0
    return found
