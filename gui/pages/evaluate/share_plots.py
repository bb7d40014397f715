"""Plots of shares, 0 to 100 percent both ways: coverage against accuracy, and accuracy against stated confidence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from gui.widgets import theme
from gui.widgets.controls import plain
from gui.widgets.retranslating import RetranslationMixin
from gui.wording.locale import percent

if TYPE_CHECKING:
    from edge_transfer.evaluation.metrics import CoveragePoint, ReliabilityBin

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


_FEWEST_ANSWERS = 9


class CoverageView(RetranslationMixin, SharePlot):
    """Share of answers given (across) against share of them that is right (up), with the point of the threshold."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._curve: list[CoveragePoint] = []
        self._point: tuple[float, float] | None = None
        self.retranslate()

    def show_curve(self, curve: Sequence[CoveragePoint], n: int) -> None:
        """A curve over `n` samples; where it stands for a handful of answers it means nothing and is left out."""
        self._curve = [point for point in curve if point.coverage * n > _FEWEST_ANSWERS] or list(curve[-1:])
        worst = min(point.accuracy for point in self._curve)
        self.lowest_y = max(floor for floor in (0.0, 0.5, 0.75, 0.9) if floor <= worst)
        self.update()

    def show_point(self, coverage: float, accuracy: float | None) -> None:
        """Where the threshold stands now; no accuracy where nothing is answered."""
        self._point = None if accuracy is None else (coverage, accuracy)
        self.update()

    def paint_inside(self, painter: QPainter) -> None:
        colours = theme.colours()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(colours.accent), 2.5))
        painter.drawPolyline(QPolygonF([self.place(point.coverage, point.accuracy) for point in self._curve]))
        if self._point is None:
            return
        area, here = self.area(), self.place(*self._point)
        painter.setPen(QPen(QColor(colours.muted), 1, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(here.x(), area.bottom()), here)
        painter.drawLine(QPointF(area.left(), here.y()), here)
        painter.setPen(QPen(QColor(colours.card), 2))
        painter.setBrush(QColor(colours.text))
        painter.drawEllipse(here, 7, 7)

    def retranslate(self) -> None:
        self.x_name, self.y_name = self.tr("answers given"), self.tr("right among them")
        self.setAccessibleName(self.tr("Answers given against answers that are right"))


_FEW = 10


class ReliabilityView(RetranslationMixin, SharePlot):
    """Bars of the true accuracy over the stated one; pale bars have few answers."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bins: Sequence[ReliabilityBin] = ()
        self.retranslate()

    def show_bins(self, bins: Sequence[ReliabilityBin]) -> None:
        self._bins = bins
        self.retranslate()
        self.update()

    def paint_inside(self, painter: QPainter) -> None:
        colours = theme.colours()
        accent = QColor(colours.accent)
        for group in self._bins:
            pale = QColor(colours.accent_soft)
            painter.setPen(QPen(accent, 1))
            painter.setBrush(accent if group.count >= _FEW else pale)
            painter.drawRect(self._bar(group))
        painter.setPen(QPen(QColor(colours.text), 1.5, Qt.PenStyle.DashLine))
        painter.drawLine(self.place(0, 0), self.place(1, 1))
        painter.setPen(QPen(QColor(colours.card), 1.5))
        painter.setBrush(QColor(colours.text))
        for group in self._bins:
            painter.drawEllipse(self.place(group.confidence, group.accuracy), 4.5, 4.5)

    def _bar(self, group: ReliabilityBin) -> QRectF:
        top, bottom = self.place(group.lower, group.accuracy), self.place(group.upper, 0)
        return QRectF(top + QPointF(1.5, 0), bottom - QPointF(1.5, 0))

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            for group in self._bins:
                bar = self._bar(group)
                if bar.left() <= event.pos().x() <= bar.right():
                    QToolTip.showText(event.globalPos(), plain(self._say(group)), self)
                    return True
            QToolTip.hideText()
            return True
        return super().event(event)

    def _say(self, group: ReliabilityBin) -> str:
        return self.tr("says {stated}, is right in {right}: %n answer(s)", "", group.count).format(
            stated=percent(group.confidence), right=percent(group.accuracy)
        )

    def retranslate(self) -> None:
        self.x_name, self.y_name = self.tr("confidence stated"), self.tr("really right")
        self.setAccessibleName(self.tr("Reliability: what share is right at each confidence"))
        self.setAccessibleDescription("; ".join(self._say(group) for group in self._bins))
