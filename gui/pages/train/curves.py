"""Training curves: loss and accuracy per epoch, or cross-validation scores per strength."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from PySide6.QtCore import QEvent, QLocale, Qt, QTimer
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from gui.widgets import theme
from gui.widgets.controls import Card, text_label
from gui.widgets.retranslating import RetranslationMixin
from gui.wording.locale import localise
from gui.wording.runs import percent

_LINE_PX = 2.5
_SYMBOL_PX = 8
_AXIS_PX = 64
_LEAST_POINTS = 5.0
"""Percentage points that the axis of the accuracy spans at least: a tenth of a point is no mountain."""


class Curves(RetranslationMixin, Card):
    """Draws whatever it is given last. The charts come from pyqtgraph, which is imported after `warm_up`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._epochs: list[Any] = []
        self._trials: list[Mapping[str, float]] = []
        self._chosen = 0.0
        self._library: Any = None
        self._plots: list[Any] = []
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self._import)
        self._heading = text_label("heading", self)
        self._text = text_label("muted", self, wrap=True)
        self._charts = charts = QWidget(self)
        charts.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        self._column = QVBoxLayout(charts)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(4)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.setSpacing(6)
        layout.addWidget(self._heading)
        layout.addWidget(charts, 1)
        layout.addWidget(self._text)
        layout.addStretch(0)
        self._layout = layout
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        self.retranslate()

    def warm_up(self) -> None:
        """Import the library of the charts as soon as the page is painted."""
        if self._library is None:
            self._soon.start(0)

    def shut_down(self) -> None:
        self._soon.stop()

    def clear(self) -> None:
        """Show nothing: another training begins."""
        self._epochs, self._trials = [], []
        self._draw()

    def add_epoch(self, event: Any) -> None:
        """A round of a fine-tuning: `epoch`, `train_loss`, and where measured `val_loss` and `val_top1`."""
        self._trials = []
        if self._epochs and event.epoch <= self._epochs[-1].epoch:
            # Trained once more on all images: nothing is held out from that, so the first curves say more.
            if not _known(getattr(event, "val_loss", None)):
                return
            self._epochs = []
        self._epochs.append(event)
        self._draw()

    def show_rounds(self, reports: Sequence[Mapping[str, float]]) -> None:
        """The rounds of a fine-tuning that is over; keys as the attributes in `add_epoch`."""
        self._trials, self._epochs = [], [SimpleNamespace(**report) for report in reports]
        self._draw()

    def show_trials(self, trials: Sequence[Mapping[str, float]], chosen: float) -> None:
        """What held-out folds said about each strength: `strength`, `nll`, `top1`."""
        self._epochs, self._trials, self._chosen = [], list(trials), chosen
        self._draw()

    @property
    def text(self) -> str:
        """The numbers of the curves in words."""
        return self._text.text()

    def points(self) -> list[tuple[list[float], list[float]]]:
        """The points of every line that is drawn, as x and y."""
        return [
            (list(map(float, item.getData()[0])), list(map(float, item.getData()[1])))
            for plot in self._plots
            for item in plot.listDataItems()
        ]

    # Drawing

    def _import(self) -> None:
        # Never in a thread: it defines classes of Qt's, while the window uses them.
        import pyqtgraph

        pyqtgraph.setConfigOptions(antialias=True)
        self._build(pyqtgraph)

    def _build(self, library: Any) -> None:
        self._library = library
        for _ in range(2):
            plot = library.PlotWidget(self)
            item = plot.getPlotItem()
            item.setMenuEnabled(False)
            item.setMouseEnabled(False, False)
            item.hideButtons()
            item.showGrid(x=False, y=True, alpha=0.2)
            item.getAxis("left").setWidth(_AXIS_PX)
            for side in ("left", "bottom"):
                item.getAxis(side).enableAutoSIPrefix(False)
                localise(item.getAxis(side))
            plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            plot.setMinimumHeight(90)
            # The wheel belongs to the page.
            plot.wheelEvent = lambda event: event.ignore()
            self._column.addWidget(plot, 1)
            self._plots.append(item)
        self._draw()

    def _draw(self) -> None:
        self._text.setText(self._say())
        empty = not (self._epochs or self._trials)
        self._charts.setVisible(not empty)
        self._layout.setStretch(3, 1 if empty else 0)
        if self._library is None:
            return
        for item in self._plots:
            item.clear()
            if item.legend is not None:
                item.legend.scene().removeItem(item.legend)
                item.legend = None
            item.getViewWidget().setVisible(bool(self._epochs or self._trials))
        if self._epochs:
            self._draw_epochs()
        elif self._trials:
            self._draw_trials()

    def _draw_epochs(self) -> None:
        now = theme.colours()
        rounds = [event.epoch for event in self._epochs]
        loss, accuracy = self._plots
        self._prepare(loss, self.tr("loss"), "")
        self._prepare(accuracy, self.tr("right, %"), self.tr("round"))
        self._line(
            loss, rounds, [event.train_loss for event in self._epochs], self.tr("learned images"), now.muted, "s"
        )
        self._line(loss, rounds, self._values("val_loss"), self.tr("held-out images"), now.accent, "o")
        shares = [100 * value for value in self._values("val_top1")]
        self._line(accuracy, rounds, shares, "", now.accent, "o")
        for item in self._plots:
            item.setLogMode(x=False, y=False)
            item.setXRange(rounds[0], max(rounds[-1], rounds[0] + 1))
        self._fit(loss, accuracy)

    def _draw_trials(self) -> None:
        now = theme.colours()
        strengths = [trial["strength"] for trial in self._trials]
        loss, accuracy = self._plots
        self._prepare(loss, self.tr("log loss"), "")
        self._prepare(accuracy, self.tr("right, %"), self.tr("strength C"))
        for item in self._plots:
            item.setLogMode(x=True, y=False)
        self._line(loss, strengths, [trial["nll"] for trial in self._trials], "", now.accent, "o")
        self._line(accuracy, strengths, [100 * trial["top1"] for trial in self._trials], "", now.accent, "o")
        pen = self._library.mkPen(now.text, width=1, style=Qt.PenStyle.DashLine)
        logs = [math.log10(strength) for strength in strengths]
        for item in self._plots:
            item.addItem(self._library.InfiniteLine(math.log10(self._chosen), pen=pen))
            item.getAxis("bottom").setTicks([[(log, QLocale().toString(10**log, "g", 3)) for log in logs]])
            item.setXRange(logs[0] - 0.2, logs[-1] + 0.2)
        self._fit(loss, accuracy)

    @staticmethod
    def _fit(loss: Any, accuracy: Any) -> None:
        """A loss stands on zero, so that a small difference looks small."""
        for item, least, most in ((loss, 1e-3, math.inf), (accuracy, _LEAST_POINTS, 100.0)):
            values = [
                float(value) for line in item.listDataItems() for value in line.getData()[1] if not math.isnan(value)
            ]
            if not values:
                continue
            low, high = (0.0, max(values)) if item is loss else (min(values), max(values))
            middle, span = (low + high) / 2, max(high - low, least)
            top = min(most, high if item is loss else middle + span / 2)
            item.setYRange(top - span, top, padding=0.08)

    def _values(self, name: str) -> list[float]:
        found = (getattr(event, name, None) for event in self._epochs)
        return [math.nan if value is None else float(value) for value in found]

    def _prepare(self, item: Any, left: str, bottom: str) -> None:
        now = theme.colours()
        item.getViewWidget().setBackground(now.card)
        for side, label in (("left", left), ("bottom", bottom)):
            axis = item.getAxis(side)
            axis.setPen(now.line)
            axis.setTextPen(now.muted)
            axis.setTicks(None)
            axis.setLabel(label) if label else axis.showLabel(False)
        item.enableAutoRange()

    def _line(self, item: Any, x: Sequence[float], y: Sequence[float], name: str, colour: str, symbol: str) -> None:
        if all(math.isnan(value) for value in y):
            return
        if name and item.legend is None:
            item.addLegend(offset=(-8, 6), labelTextColor=theme.colours().text)
        # The lines differ in their stroke and their symbols too, never in colour alone.
        style = Qt.PenStyle.SolidLine if symbol == "o" else Qt.PenStyle.DashLine
        item.plot(
            list(x),
            list(y),
            name=name or None,
            pen=self._library.mkPen(colour, width=_LINE_PX, style=style),
            symbol=symbol,
            symbolSize=_SYMBOL_PX,
            symbolBrush=colour,
            symbolPen=None,
            connect="finite",
        )

    # Words

    def _say(self) -> str:
        number = QLocale().toString
        if self._epochs:
            last = self._epochs[-1]
            text = self.tr("Round {epoch}: loss {loss} on what is learned").format(
                epoch=last.epoch, loss=number(float(last.train_loss), "f", 3)
            )
            if _known(getattr(last, "val_loss", None)):
                held_out = self.tr("{loss} on held-out images, {share} of them right")
                share = percent(getattr(last, "val_top1", None))
                text += "; " + held_out.format(loss=number(float(last.val_loss), "f", 3), share=share)
            return text + "."
        chosen = next((trial for trial in self._trials if trial["strength"] == self._chosen), None)
        if chosen is None:
            return self.tr("The curves of the training appear here.")
        if len(self._trials) == 1:
            return self.tr("A single strength was tried: {share} of the held-out images were right.").format(
                share=percent(chosen["top1"])
            )
        text = self.tr(
            "{count} strengths were tried on held-out images; the one with the smallest log loss, {strength} (dashed), "
            "was taken: {share} right."
        )
        strength, share = number(self._chosen, "g", 3), percent(chosen["top1"])
        return text.format(count=len(self._trials), strength=strength, share=share)

    def retranslate(self) -> None:
        self._heading.setText(self.tr("How it went"))
        self.setAccessibleName(self._heading.text())
        self._draw()

    def restyle(self) -> None:
        self._draw()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802  (Qt's name)
        if event.type() == QEvent.Type.StyleChange:
            self.restyle()
        super().changeEvent(event)


def _known(value: float | None) -> bool:
    return value is not None and not math.isnan(value)
