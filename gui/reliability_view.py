"""Whether the model's confidence can be believed: stated against true accuracy, in bins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPen
from PySide6.QtWidgets import QToolTip, QWidget

from gui import theme
from gui.evaluate_plot import SharePlot
from gui.numbers import percent
from gui.widgets import plain

if TYPE_CHECKING:
    from edge_transfer.evaluation.metrics import ReliabilityBin

_FEW = 10


class ReliabilityView(SharePlot):
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

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802  (Qt's name)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
