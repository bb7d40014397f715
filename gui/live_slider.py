"""A slider with a mark at one of its values."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPolygonF
from PySide6.QtWidgets import QSlider, QStyle, QStyleOptionSlider, QWidget

from gui import theme

_MARK_PX = 5


class MarkedSlider(QSlider):
    """Horizontal, with a triangle below the value that is marked."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._mark: int | None = None
        self.setMinimumHeight(26)
        self.setMinimumWidth(60)

    @property
    def mark(self) -> int | None:
        return self._mark

    def set_mark(self, value: int | None) -> None:
        """Mark a value; None marks none."""
        self._mark = value
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802  (Qt's name)
        super().paintEvent(event)
        if self._mark is None:
            return
        option = QStyleOptionSlider()
        self.initStyleOption(option)
        style, kind = self.style(), QStyle.ComplexControl.CC_Slider
        groove = style.subControlRect(kind, option, QStyle.SubControl.SC_SliderGroove, self)
        handle = style.subControlRect(kind, option, QStyle.SubControl.SC_SliderHandle, self)
        room = groove.width() - handle.width()
        x = (
            groove.left()
            + handle.width() / 2
            + QStyle.sliderPositionFromValue(self.minimum(), self.maximum(), self._mark, room)
        )
        bottom = float(self.height())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.colours().text))
        painter.drawPolygon(
            QPolygonF(
                [
                    QPointF(x, bottom - 1.4 * _MARK_PX),
                    QPointF(x - _MARK_PX, bottom),
                    QPointF(x + _MARK_PX, bottom),
                ]
            )
        )
