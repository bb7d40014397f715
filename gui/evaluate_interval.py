"""A share with its interval, on a line from 0 to 100 percent."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui import theme
from gui.numbers import percent

_BAR_PX = 12


class IntervalBar(QWidget):
    """The share as a mark, its 95 % interval as a bar, and a dashed line for what guessing reaches."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._share, self._low, self._high, self._baseline = 0.0, 0.0, 1.0, 0.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.retranslate()

    def sizeHint(self) -> QSize:  # noqa: N802  (Qt's name)
        return QSize(320, _BAR_PX + 3 * self.fontMetrics().height() + 14)

    def show_share(self, share: float, interval: tuple[float, float], baseline: float) -> None:
        self._share, (self._low, self._high), self._baseline = share, interval, baseline
        self.retranslate()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802  (Qt's name)
        colours = theme.colours()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        line, metrics = painter.fontMetrics().height(), painter.fontMetrics()
        margin = metrics.horizontalAdvance(percent(1.0, 0)) / 2 + 2
        track = QRectF(margin, line + 5, self.width() - 2 * margin, _BAR_PX)

        def x(share: float) -> float:
            return track.left() + share * track.width()

        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.accent_soft))
        painter.drawRoundedRect(track, _BAR_PX / 2, _BAR_PX / 2)
        painter.setBrush(QColor(colours.accent))
        width = max(4.0, x(self._high) - x(self._low))
        painter.drawRoundedRect(QRectF(x(self._low), track.top(), width, _BAR_PX), _BAR_PX / 2, _BAR_PX / 2)
        painter.setPen(QPen(QColor(colours.card), 1.5))
        painter.setBrush(QColor(colours.text))
        painter.drawRoundedRect(QRectF(x(self._share) - 3, track.top() - 3, 6, _BAR_PX + 6), 3, 3)
        painter.setPen(QPen(QColor(colours.text), 1.5, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(x(self._baseline), track.top() - 5), QPointF(x(self._baseline), track.bottom() + 5))
        painter.setPen(QColor(colours.muted))
        for share in (0.0, 0.25, 0.5, 0.75, 1.0):
            place = QRectF(x(share) - 40, track.bottom() + 5, 80, line)
            painter.drawText(place, int(Qt.AlignmentFlag.AlignHCenter), percent(share, 0))
        painter.setPen(QColor(colours.text))
        ends = f"{percent(self._low)} – {percent(self._high)}"
        wide = metrics.horizontalAdvance(ends)
        left = min(max(track.left(), (x(self._low) + x(self._high) - wide) / 2), self.width() - wide - 1.0)
        painter.drawText(QPointF(left, metrics.ascent()), ends)
        painter.setPen(QColor(colours.muted))
        text = self.tr("┆ most frequent class: {share}").format(share=percent(self._baseline))
        painter.drawText(QPointF(track.left(), track.bottom() + 5 + line + metrics.ascent()), text)

    def retranslate(self) -> None:
        self.setAccessibleName(
            self.tr("{share} right; 95 % interval {low} to {high}; the most frequent class alone {baseline}").format(
                share=percent(self._share),
                low=percent(self._low),
                high=percent(self._high),
                baseline=percent(self._baseline),
            )
        )
        self.update()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802  (Qt's name)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
