"""Accuracy against latency: one point for each candidate, the chosen one a star with its name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pyqtgraph
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gui import theme
from gui.bundle_words import engine_words

if TYPE_CHECKING:
    from export.candidates import Candidate


class CandidatesPlot(QWidget):
    """A circle is in the bundle, a cross was left out, the star is the one that the bundle uses."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: list[Candidate] = []
        self._plot = pyqtgraph.PlotWidget(self)
        self._plot.setMenuEnabled(False)
        self._plot.hideButtons()
        self._plot.setMouseEnabled(False, False)
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

    def show_candidates(self, rows: Sequence[Candidate]) -> None:
        """Show those that were measured and evaluated."""
        self._rows = [row for row in rows if row.p50_ms > 0 and row.top1 is not None]
        self._draw()

    def _label(self, row: Candidate) -> str:
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
        taken: list[tuple[float, float]] = []
        widest = max((x for x, _, _ in self.points), default=0.0)
        for x, y, label, row in ((*point, row) for point, row in zip(self.points, self._rows, strict=True)):
            symbol, size = ("star", 20) if row.chosen else ("o", 12) if row.shipped else ("x", 12)
            brush = QColor(colours.accent if row.shipped else colours.muted)
            self._plot.plot(
                [x], [y], pen=None, symbol=symbol, symbolSize=size, symbolBrush=brush, symbolPen=QColor(colours.text)
            )
            # The text lies on the side of the point where there is room.
            anchor = (0.0 if x < widest / 2 else 1.0, 1.4 if row.chosen else -0.4)
            text = pyqtgraph.TextItem(label, color=colours.text, anchor=anchor)
            text.setPos(x, y)
            self._plot.addItem(text)
            taken.append((x, y))
        if taken:
            self._set_range([x for x, _ in taken], [y for _, y in taken])

    def _set_range(self, across: list[float], up: list[float]) -> None:
        low, high = min(up), max(up)
        room = max(2.0, high - low) * 0.45
        # Latency begins at 0: half the time must look like half the time.
        self._plot.setXRange(0, 1.25 * max(across), padding=0)
        self._plot.setYRange(low - room, high + room, padding=0)

    def retranslate(self) -> None:
        self._plot.setAccessibleName(self.tr("Accuracy against latency"))
        self._draw()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802  (Qt's name)
        if event.type() in (QEvent.Type.LanguageChange, QEvent.Type.PaletteChange):
            self.retranslate()
        super().changeEvent(event)
