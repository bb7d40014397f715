"""One large image with its saliency map overlaid."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.pages.evaluate.mistakes.gallery import fitted
from gui.widgets import theme
from gui.widgets.retranslating import RetranslationMixin

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gui.pages.evaluate.worker_calls import SaliencyProgress

# From dark to light in every channel, so that more heat is brighter for every eye: stops of matplotlib's inferno.
_STOPS = np.array([[20, 11, 52], [101, 21, 110], [188, 55, 84], [246, 125, 21], [252, 255, 164]], np.float32)
_STRONGEST = 205
"""Opacity of the hottest place, of 255."""


class MistakesPicture(RetranslationMixin, QWidget):
    """Shows a picture and, where wanted, a heat map on the part that the network saw."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMinimumSize(320, 260)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._pixmap: QPixmap | None = None
        self._heat = QImage()
        self._part = (0.0, 0.0, 1.0, 1.0)
        self._shown = True
        self.retranslate()

    def sizeHint(self) -> QSize:  # noqa: N802  (Qt's name)
        return QSize(640, 520)

    @property
    def has_heat(self) -> bool:
        return not self._heat.isNull()

    def show_picture(self, pixmap: QPixmap | None) -> None:
        """None while it is being read; a null one where it is gone."""
        self._pixmap = pixmap
        self.update()

    def show_look(self, look: SaliencyProgress | None) -> None:
        """The heat map so far; None takes it away."""
        if look is None:
            self._heat = QImage()
        else:
            self._heat, self._part = heat_image(look.heat), look.part
        self.update()

    def set_heat_shown(self, shown: bool) -> None:
        self._shown = shown
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802  (Qt's name)
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.colours().canvas))
        painter.drawRoundedRect(self.rect(), 10, 10)
        if self._pixmap is None or self._pixmap.isNull():
            text = self.tr("Reading the picture…") if self._pixmap is None else self.tr("The picture is gone.")
            painter.setPen(QColor("#ffffff"))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, text)
            return
        target = fitted(self._pixmap, self.rect().adjusted(8, 8, -8, -8))
        painter.drawPixmap(target, self._pixmap)
        if self._shown and self.has_heat:
            painter.setClipRect(target)
            x, y, width, height = self._part
            place = QRectF(
                target.left() + x * target.width(),
                target.top() + y * target.height(),
                width * target.width(),
                height * target.height(),
            )
            painter.drawImage(place, self._heat)

    def retranslate(self) -> None:
        self.setAccessibleName(self.tr("Picture"))


class HeatScale(QWidget):
    """The colours of a heat map, from little to much."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(10)
        self._strip = heat_image(np.linspace(0, 1, 256, dtype=np.float32)[None], opaque=True)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802  (Qt's name)
        QPainter(self).drawImage(QRect(0, 0, self.width(), self.height()), self._strip)


def heat_image(heat: NDArray[np.float32], *, opaque: bool = False) -> QImage:
    """Colours for heat (H, W) 0 to 1: cold places are clear, so that the picture is seen."""
    place = np.clip(heat, 0, 1) * (len(_STOPS) - 1)
    below = np.minimum(place.astype(int), len(_STOPS) - 2)
    share = (place - below)[..., None]
    colours = _STOPS[below] * (1 - share) + _STOPS[below + 1] * share
    alpha = np.full(heat.shape, 255.0) if opaque else _STRONGEST * np.clip(heat, 0, 1) ** 0.8
    pixels = np.ascontiguousarray(np.dstack([colours, alpha]).round().astype(np.uint8))
    height, width = heat.shape
    return QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGBA8888).copy()
