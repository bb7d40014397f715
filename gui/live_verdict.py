"""The answer, large: a class on a plain ground, or `unknown` with a dashed frame on another one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui import theme
from gui.bundle_words import percent

if TYPE_CHECKING:
    from export.runtime.inference.decision import Decision

_HEIGHT_PX = 84
_LARGE_PX = 30
_SMALL_PX = 14


class Verdict(QWidget):
    """Two lines: the answer, and how sure it is."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._decision: Decision | None = None
        self.setFixedHeight(_HEIGHT_PX)
        self.setMinimumWidth(120)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.retranslate()

    @property
    def text(self) -> str:
        """The large line."""
        decision = self._decision
        if decision is None:
            return "–"
        return f"? {self.tr('unknown')}" if decision.unknown else decision.label

    @property
    def detail(self) -> str:
        """The small line."""
        decision = self._decision
        if decision is None:
            return ""
        if not decision.unknown:
            return percent(decision.probability, 0)
        return self.tr("perhaps {name}, {percent}").format(
            name=decision.label, percent=percent(decision.probability, 0)
        )

    def show_decision(self, decision: Decision | None) -> None:
        """Show an answer; None for none."""
        if decision != self._decision:
            self._decision = decision
            self.setAccessibleDescription(f"{self.text} {self.detail}")
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802  (Qt's name)
        colours = theme.colours()
        unknown = self._decision is not None and self._decision.unknown
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ink = QColor(colours.on_warning if unknown else colours.text)
        pen = QPen(ink if unknown else QColor(colours.accent), 2)
        pen.setStyle(Qt.PenStyle.DashLine if unknown else Qt.PenStyle.SolidLine)
        painter.setPen(pen)
        painter.setBrush(QColor(colours.warning if unknown else colours.accent_soft))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 10, 10)
        painter.setPen(ink)
        inner = self.rect().adjusted(14, 8, -14, -8)
        for text, size, weight, align in (
            (self.text, _LARGE_PX, QFont.Weight.Bold, Qt.AlignmentFlag.AlignTop),
            (self.detail, _SMALL_PX, QFont.Weight.Normal, Qt.AlignmentFlag.AlignBottom),
        ):
            font = QFont(self.font())
            font.setPixelSize(size)
            font.setWeight(weight)
            while size > _SMALL_PX and QFontMetrics(font).horizontalAdvance(text) > inner.width():
                size -= 2  # noqa: PLW2901  (a smaller word is read better than half a large one)
                font.setPixelSize(size)
            painter.setFont(font)
            shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, inner.width())
            painter.drawText(inner, int(align | Qt.AlignmentFlag.AlignLeft), shown)

    def retranslate(self) -> None:
        self.setAccessibleName(self.tr("Answer"))
        self.update()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802  (Qt's name)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
