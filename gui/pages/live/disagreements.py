"""Disagreement rate of two bundles on the same frames, and the latest examples."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QHelpEvent, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QToolTip, QVBoxLayout, QWidget

from gui.pages.live.worker_calls import BundleAnswer
from gui.widgets.controls import Card, plain, text_label
from gui.widgets.retranslating import RetranslationMixin
from gui.wording.bundles import percent

if TYPE_CHECKING:
    from export.runtime.sources.frame import Frame

_KEPT = 8
_APART_S = 0.5
_HEIGHT_PX = 60
_WIDTH_PX = 80


class _Strip(QWidget):
    """The kept frames side by side, newest first; a tooltip says what the bundles said."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.frames: deque[tuple[QImage, str]] = deque(maxlen=_KEPT)
        self.setFixedHeight(_HEIGHT_PX)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:  # noqa: N802  (Qt's name)
        return QSize(3 * _WIDTH_PX, _HEIGHT_PX)

    def _places(self) -> list[tuple[QRectF, QImage, str]]:
        places, left = [], 0.0
        for image, text in self.frames:
            size = QSizeF(image.size()).scaled(_WIDTH_PX, _HEIGHT_PX, Qt.AspectRatioMode.KeepAspectRatio)
            if left + size.width() > self.width():
                break
            top = (self.height() - size.height()) / 2
            places.append((QRectF(QPointF(left, top), size), image, text))
            left += size.width() + 4
        return places

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802  (Qt's name)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        for place, image, _ in self._places():
            painter.drawImage(place, image)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            text = next((text for place, _, text in self._places() if place.contains(QPointF(event.pos()))), "")
            QToolTip.showText(event.globalPos(), plain(text) if text else "", self)
            return True
        return super().event(event)


class Disagreements(RetranslationMixin, Card):
    """Each bundle answers by its own threshold and without smoothing: the sliders change nothing here."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.frames = 0
        """Frames that both bundles have answered."""
        self.count = 0
        """Those on which the answers differ."""
        self._kept_at = 0.0
        self._heading = text_label("heading", self, wrap=True)
        self._last = text_label("muted", self, wrap=True)
        self._strip = _Strip(self)
        self.clear_button = QPushButton(self)
        self.clear_button.setObjectName("flat")
        self.clear_button.clicked.connect(self.clear)
        head = QHBoxLayout()
        head.addWidget(self._heading, 1)
        head.addWidget(self.clear_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 10, 12, 10)
        layout.setSpacing(6)
        layout.addLayout(head)
        layout.addWidget(self._strip)
        layout.addWidget(self._last)
        self.retranslate()

    @property
    def text(self) -> str:
        return self._heading.text()

    @property
    def thumbnails(self) -> list[QImage]:
        """The last frames on which they disagreed, newest first."""
        return [image for image, _ in self._strip.frames]

    def clear(self) -> None:
        """Count anew."""
        self.frames = self.count = 0
        self._kept_at = 0.0
        self._strip.frames.clear()
        self._strip.update()
        self.retranslate()

    def add(self, frame: Frame, first: BundleAnswer, second: BundleAnswer) -> None:
        """Both answers to one frame."""
        self.frames += 1
        said = [None if answer.unknown else answer.label for answer in (first, second)]
        if said[0] != said[1]:
            self.count += 1
            # Of one quarrel that goes on a picture now and then is enough.
            if time.monotonic() - self._kept_at >= _APART_S:
                self._kept_at = time.monotonic()
                self._strip.frames.appendleft((_small(frame), f"A: {self._say(first)} · B: {self._say(second)}"))
                self._strip.update()

    def _say(self, answer: BundleAnswer) -> str:
        share = percent(max(answer.probabilities), 0)
        if answer.unknown:
            return self.tr("unknown (perhaps {name} {percent})").format(name=answer.label, percent=share)
        return f"{answer.label} {share}"

    def retranslate(self) -> None:
        text = self.tr("They disagree on {count} of %n frame(s), {share}", "", self.frames)
        share = percent(self.count / self.frames if self.frames else 0.0)
        self._heading.setText(text.format(count=self.count, share=share))
        newest = self._strip.frames[0][1] if self._strip.frames else ""
        self._last.setText(newest or self.tr("The last frames on which they disagree will stand here."))
        self._strip.setVisible(bool(newest))
        self._strip.setAccessibleName(self.tr("The last frames on which the bundles disagree"))
        self._strip.setAccessibleDescription(newest)
        self.clear_button.setText(self.tr("Count anew"))
        self.setToolTip(self.tr("By each bundle's own threshold, without smoothing"))


def _small(frame: Frame) -> QImage:
    height, width = frame.image.shape[:2]
    image = QImage(frame.image.data, width, height, frame.image.strides[0], QImage.Format.Format_BGR888)
    # Twice the size for dense screens; a scaled image owns its pixels.
    return image.scaled(2 * _WIDTH_PX, 2 * _HEIGHT_PX, Qt.AspectRatioMode.KeepAspectRatio)
