"""Parts of an answer: the class or `unknown` in large type, a bar for each class, and a slider with a marked value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import (
    QGridLayout,
    QLabel,
    QProgressBar,
    QSizePolicy,
    QSlider,
    QStyle,
    QStyleOptionSlider,
    QWidget,
)

from gui.widgets import theme
from gui.widgets.controls import ElidedLabel, text_label
from gui.widgets.retranslating import RetranslationMixin
from gui.wording.locale import percent

if TYPE_CHECKING:
    from export.runtime.inference.decision import Decision

_HEIGHT_PX = 84
_LARGE_PX = 30
_SMALL_PX = 14


class Verdict(RetranslationMixin, QWidget):
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


_STEPS = 1000
_MOST_ROWS = 6


class ProbabilityBars(QWidget):
    """In the order of the classes: bars that change places cannot be read. Only more than six are ranked."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._classes: tuple[str, ...] = ()
        self._rows: list[tuple[ElidedLabel, QProgressBar, QLabel]] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnStretch(0, 1)
        self._grid.setColumnStretch(1, 1)

    @property
    def shares(self) -> list[tuple[str, str]]:
        """What stands in the rows: class and percentage."""
        return [(label.text(), share.text()) for label, _, share in self._rows if not label.isHidden()]

    def show_classes(self, classes: Sequence[str]) -> None:
        """The classes of a bundle."""
        self._classes = tuple(classes)
        while len(self._rows) < min(_MOST_ROWS, len(classes)):
            self._add_row()
        for row, widgets in enumerate(self._rows):
            for widget in widgets:
                widget.setVisible(row < len(classes))
        self.show_probabilities(None)

    def show_probabilities(self, probabilities: Sequence[float] | None) -> None:
        """Probabilities in the order of the classes; None empties the bars and leaves the rows where they are."""
        order = list(range(len(self._classes)))
        if probabilities is not None and len(order) > _MOST_ROWS:
            order.sort(key=lambda index: -probabilities[index])
        for (label, bar, share), index in zip(self._rows, order, strict=False):
            probability = probabilities[index] if probabilities is not None else 0.0
            label.setText(self._classes[index])
            bar.setValue(round(probability * _STEPS))
            bar.setAccessibleName(self._classes[index])
            share.setText(percent(probability if probabilities is not None else None, 0))

    def _add_row(self) -> None:
        row = len(self._rows)
        label, bar, share = ElidedLabel(parent=self), QProgressBar(self), text_label(parent=self)
        bar.setRange(0, _STEPS)
        bar.setTextVisible(False)
        bar.setMinimumWidth(40)
        share.setFixedWidth(share.fontMetrics().horizontalAdvance("100\u00a0%") + 4)
        share.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        for column, widget in enumerate((label, bar, share)):
            self._grid.addWidget(widget, row, column)
        self._rows.append((label, bar, share))


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
