"""A square of shares, 0 to 100 percent both ways, that the charts of the Evaluate page are painted into."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui import theme
from gui.numbers import percent

_TICKS = 5


class SharePlot(QWidget):
    """Axes with their names; what is drawn inside is the business of `paint_inside`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lowest_x, self.lowest_y = 0.0, 0.0
        self.x_name, self.y_name = "", ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(240, 170)

    def sizeHint(self) -> QSize:  # noqa: N802  (Qt's name)
        return QSize(400, 300)

    def area(self) -> QRectF:
        """Where the shares lie, in pixels of the widget."""
        metrics = self.fontMetrics()
        left = metrics.horizontalAdvance(percent(1.0, 0)) + metrics.height() + 16
        right = metrics.horizontalAdvance(percent(1.0, 0)) / 2 + 4
        bottom = 2 * metrics.height() + 12
        return QRectF(left, 8, self.width() - left - right, self.height() - bottom - 8)

    def place(self, x: float, y: float) -> QPointF:
        """The pixel of a pair of shares; what lies below the axes is put onto them."""
        area = self.area()
        across = max(0.0, (x - self.lowest_x) / (1 - self.lowest_x))
        up = max(0.0, (y - self.lowest_y) / (1 - self.lowest_y))
        return QPointF(area.left() + across * area.width(), area.bottom() - up * area.height())

    def paint_inside(self, painter: QPainter) -> None:
        """Draw the data."""

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802  (Qt's name)
        colours = theme.colours()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area, metrics = self.area(), painter.fontMetrics()
        line = metrics.height()
        for k in range(_TICKS + 1):
            x = self.lowest_x + (1 - self.lowest_x) * k / _TICKS
            y = self.lowest_y + (1 - self.lowest_y) * k / _TICKS
            here = self.place(x, y)
            painter.setPen(QPen(QColor(colours.line), 1))
            painter.drawLine(QPointF(area.left(), here.y()), QPointF(area.right(), here.y()))
            painter.setPen(QColor(colours.muted))
            right = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            painter.drawText(QRectF(line, here.y() - line / 2, area.left() - line - 6, line), right, percent(y, 0))
            centre = int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
            painter.drawText(QRectF(here.x() - 40, area.bottom() + 4, 80, line), centre, percent(x, 0))
        middle = int(Qt.AlignmentFlag.AlignCenter)
        painter.setPen(QColor(colours.text))
        painter.drawText(QRectF(area.left(), area.bottom() + line + 6, area.width(), line), middle, self.x_name)
        painter.save()
        painter.translate(0, area.bottom())
        painter.rotate(-90)
        painter.drawText(QRectF(0, 0, area.height(), line), middle, self.y_name)
        painter.restore()
        self.paint_inside(painter)
