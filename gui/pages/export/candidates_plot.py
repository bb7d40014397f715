"""Scatter plot of accuracy against latency, one point per candidate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pyqtgraph
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gui.widgets import theme
from gui.widgets.retranslating import RetranslationMixin
from gui.wording.bundles import engine_words
from gui.wording.locale import localise

if TYPE_CHECKING:
    from export.conversion.candidates import ExportCandidate

_SYMBOL_PX = 20
_AXIS_PX = 50
_ANCHORS = ((0.5, 1.4), (0.5, -0.4), (-0.1, 0.5), (1.1, 0.5), (0.0, 1.4), (1.0, 1.4), (0.0, -0.4), (1.0, -0.4))
"""Places of a label as pyqtgraph's anchors, the best first: above, below, right, left, then the corners."""


class CandidatesPlot(RetranslationMixin, QWidget):
    """A circle is in the bundle, a cross was left out, the star is the one that the bundle uses."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: list[ExportCandidate] = []
        self._across, self._up = 1.0, (0.0, 100.0)
        self._plot = pyqtgraph.PlotWidget(self)
        self._plot.setMenuEnabled(False)
        self._plot.hideButtons()
        self._plot.setMouseEnabled(False, False)
        localise(self._plot.getAxis("bottom"))
        localise(self._plot.getAxis("left"), most=100.0)
        self._plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMinimumHeight(200)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._plot)
        self.retranslate()

    @property
    def points(self) -> list[tuple[float, float, str]]:
        """Median milliseconds, accuracy in percent, and the label of each point."""
        return [(row.p50_ms, 100 * row.top1, self._label(row)) for row in self._rows if row.top1 is not None]

    def show_candidates(self, rows: Sequence[ExportCandidate]) -> None:
        """Show those that were measured and evaluated."""
        self._rows = [row for row in rows if row.p50_ms > 0 and row.top1 is not None]
        self._draw()

    def _label(self, row: ExportCandidate) -> str:
        name = engine_words(row.engine, row.precision)
        return self.tr("{model} (chosen)").format(model=name) if row.chosen else name

    def _draw(self) -> None:
        colours = theme.colours()
        self._plot.clear()
        self._plot.setBackground(QColor(colours.card))
        for side, text in (
            ("left", self.tr("Top-1 (%)")),
            ("bottom", self.tr("Median latency (ms)")),
        ):
            axis = self._plot.getAxis(side)
            axis.setLabel(text, color=colours.text)
            axis.setPen(QColor(colours.muted))
            axis.setTextPen(QColor(colours.text))
            axis.enableAutoSIPrefix(False)
        self._plot.showGrid(x=True, y=True, alpha=0.15)
        if not self._rows:
            return
        self._set_range([x for x, _, _ in self.points], [y for _, y, _ in self.points])
        taken = [self._around(x, y, _SYMBOL_PX, _SYMBOL_PX, (0.5, 0.5)) for x, y, _ in self.points]
        for x, y, label, row in ((*point, row) for point, row in zip(self.points, self._rows, strict=True)):
            symbol, size = ("star", 20) if row.chosen else ("o", 12) if row.shipped else ("x", 12)
            brush = QColor(colours.accent if row.shipped else colours.muted)
            self._plot.plot(
                [x], [y], pen=None, symbol=symbol, symbolSize=size, symbolBrush=brush, symbolPen=QColor(colours.text)
            )
            anchor = self._free_anchor(x, y, label, taken)
            text = pyqtgraph.TextItem(label, color=colours.text, anchor=anchor)
            text.setPos(x, y)
            self._plot.addItem(text)

    def _free_anchor(self, x: float, y: float, label: str, taken: list[QRectF]) -> tuple[float, float]:
        """Where the label lies beside its point without covering another one; its place is then taken."""
        size = self.fontMetrics().size(0, label)
        width, height = size.width() + 8, size.height() + 8  # the margin of pyqtgraph's texts
        inside = self._area()
        places = [self._around(x, y, width, height, anchor) for anchor in _ANCHORS]
        costs = [
            sum(_common(place, other) for other in taken) + width * height - _common(place, inside) for place in places
        ]
        best = min(range(len(places)), key=costs.__getitem__)
        taken.append(places[best])
        return _ANCHORS[best]

    def _area(self) -> QRectF:
        return QRectF(0, 0, max(1, self._plot.width() - _AXIS_PX), max(1, self._plot.height() - _AXIS_PX))

    def _around(self, x: float, y: float, width: float, height: float, anchor: tuple[float, float]) -> QRectF:
        """The rectangle in pixels of something that is so wide and high and is held at a point of the chart."""
        area, (low, high) = self._area(), self._up
        left = x / self._across * area.width() - anchor[0] * width
        top = (high - y) / (high - low) * area.height() - anchor[1] * height
        return QRectF(left, top, width, height)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  (Qt's name)
        super().resizeEvent(event)
        self._draw()

    def _set_range(self, across: list[float], up: list[float]) -> None:
        low, high = min(up), max(up)
        room = max(2.0, high - low) * 0.45
        # Latency begins at 0: half the time must look like half the time.
        self._across, self._up = 1.25 * max(across), (low - room, high + room)
        self._plot.setXRange(0, self._across, padding=0)
        self._plot.setYRange(*self._up, padding=0)

    def retranslate(self) -> None:
        self._plot.setAccessibleName(self.tr("Accuracy against latency"))
        self._draw()

    def restyle(self) -> None:
        self.retranslate()


def _common(one: QRectF, other: QRectF) -> float:
    """Square pixels that two rectangles share."""
    both = one.intersected(other)
    return both.width() * both.height()
