"""What a threshold buys: the more doubtful answers are withheld, the more of the rest are right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from gui import theme
from gui.evaluate_plot import SharePlot

if TYPE_CHECKING:
    from edge_transfer.evaluation.metrics import CoveragePoint

_FEWEST_ANSWERS = 9


class CoverageView(SharePlot):
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

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802  (Qt's name)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
