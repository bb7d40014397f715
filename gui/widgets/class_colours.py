"""A colour and a symbol per class, from the colour-blind-safe palette of Okabe and Ito.

With the symbol a class is told apart without its colour, and 56 classes have a pair of their own.
Source: M. Okabe and K. Ito, "Color Universal Design", 2008.
"""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF

_COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#56b4e9", "#f0e442", "#8c8c8c")
SYMBOLS = ("o", "s", "t", "d", "t1", "p", "star")
"""As pyqtgraph names them: disc, square, triangle, diamond, triangle upwards, pentagon, star."""

_SHAPES: dict[str, tuple[tuple[float, float], ...]] = {
    "s": ((-0.8, -0.8), (0.8, -0.8), (0.8, 0.8), (-0.8, 0.8)),
    "t": ((-0.95, -0.75), (0.95, -0.75), (0.0, 0.95)),
    "d": ((0.0, -1.0), (0.85, 0.0), (0.0, 1.0), (-0.85, 0.0)),
    "t1": ((-0.95, 0.75), (0.95, 0.75), (0.0, -0.95)),
    "p": ((0.0, -1.0), (0.95, -0.31), (0.59, 0.81), (-0.59, 0.81), (-0.95, -0.31)),
    "star": (
        *((0.0, -1.0), (0.25, -0.34), (0.95, -0.31), (0.4, 0.13), (0.59, 0.81)),
        *((0.0, 0.42), (-0.59, 0.81), (-0.4, 0.13), (-0.95, -0.31), (-0.25, -0.34)),
    ),
}


def class_colour(place: int) -> QColor:
    """The colour of the class at this place in the order of classes."""
    return QColor(_COLOURS[place % len(_COLOURS)])


def class_symbol(place: int) -> str:
    """The symbol of the class at this place; the pair with its colour repeats after 56 classes."""
    return SYMBOLS[(place + place // len(_COLOURS)) % len(SYMBOLS)]


def paint_symbol(painter: QPainter, box: QRectF, place: int, line: QColor) -> None:
    """Paint colour and symbol of a class into `box`, with a thin line around that shows on every ground."""
    symbol, centre, radius = class_symbol(place), box.center(), min(box.width(), box.height()) / 2
    path = QPainterPath()
    if symbol == "o":
        path.addEllipse(centre, 0.85 * radius, 0.85 * radius)
    else:
        path.addPolygon(QPolygonF([centre + QPointF(x * radius, y * radius) for x, y in _SHAPES[symbol]]))
        path.closeSubpath()
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(line, 1.0, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
    painter.setBrush(class_colour(place))
    painter.drawPath(path)
    painter.restore()
