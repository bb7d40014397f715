"""Class card: name, image count, newest images and the record button."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QMouseEvent, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from gui.widgets.controls import Card, ElidedLabel, set_property, text_label
from gui.widgets.retranslating import RetranslationMixin

THUMBNAIL_PX = 48
SHOWN = 5


class _Strip(QWidget):
    """As many small pictures side by side as there is room for."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._pixmaps: list[QPixmap] = []
        self.setFixedHeight(THUMBNAIL_PX)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def show_pictures(self, pixmaps: Sequence[QPixmap | None]) -> None:
        # While one is being made, the others stay as they are.
        if all(pixmap is not None for pixmap in pixmaps):
            self._pixmaps = [pixmap for pixmap in pixmaps if pixmap is not None and not pixmap.isNull()]
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802  (Qt's name)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        left = 0.0
        for pixmap in self._pixmaps:
            size = QSizeF(pixmap.size()).scaled(72, THUMBNAIL_PX, Qt.AspectRatioMode.KeepAspectRatio)
            if left + size.width() > self.width():
                break
            top = (self.height() - size.height()) / 2
            painter.drawPixmap(QRectF(QPointF(left, top), size), pixmap, QRectF(pixmap.rect()))
            left += size.width() + 4


class ClassCard(RetranslationMixin, Card):
    """Emits what the user wants; it changes nothing itself."""

    pressed = Signal(int)
    """The record button went down; the class's id."""
    released = Signal()
    selected = Signal(int)
    rename_wanted = Signal(int)

    def __init__(self, class_id: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.class_id = class_id
        self._number = 0
        self._counts: dict[str, int] = {}
        self._recording = False
        self.setObjectName("classcard")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._badge = text_label("chip", self)
        self._name = ElidedLabel(parent=self)
        self._name.setObjectName("heading")
        self._name.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._rename = QToolButton(self)
        self._rename.setObjectName("flat")
        self._rename.setText("✎")
        self._rename.clicked.connect(lambda: self.rename_wanted.emit(self.class_id))
        self._count = text_label("muted", self)
        self._record = QPushButton(self)
        self._record.setObjectName("primary")
        self._record.setCursor(Qt.CursorShape.PointingHandCursor)
        self._record.pressed.connect(lambda: self.pressed.emit(self.class_id))
        self._record.released.connect(self.released)
        self._strip = _Strip(self)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self._badge)
        head.addWidget(self._name, 1)
        head.addWidget(self._count)
        head.addWidget(self._rename)
        body = QHBoxLayout()
        body.setSpacing(8)
        body.addWidget(self._strip, 1)
        body.addWidget(self._record)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 12)
        layout.setSpacing(8)
        layout.addLayout(head)
        layout.addLayout(body)

    @property
    def name(self) -> str:
        return self._name.text()

    @property
    def count(self) -> int:
        return sum(self._counts.values())

    @property
    def record_button(self) -> QPushButton:
        return self._record

    def show_class(self, name: str, number: int, counts: dict[str, int]) -> None:
        """`number` is the key that records it, above 9 there is none; `counts` are live images by split."""
        self._number, self._counts = number, dict(counts)
        self._name.setText(name)
        self._badge.setVisible(number <= 9)
        self.retranslate()

    def show_pictures(self, pixmaps: Sequence[QPixmap | None]) -> None:
        """The newest pictures first; None for one that is not ready yet."""
        self._strip.show_pictures(pixmaps)

    def set_recording(self, recording: bool) -> None:
        self._recording = recording
        set_property(self._record, "recording", recording)
        self.retranslate()

    def set_enabled(self, enabled: bool, why: str = "") -> None:
        """Whether the class can be recorded and renamed now; `why` not stands in the tooltip."""
        self._record.setEnabled(enabled)
        self._record.setToolTip(why)
        self._rename.setEnabled(enabled)

    def retranslate(self) -> None:
        name = self._name.text()
        self._badge.setText(str(self._number))
        self._count.setText(self.tr("%n image(s)", "", self.count))
        test = self._counts.get("test", 0) + self._counts.get("val", 0)
        self._count.setToolTip(
            self.tr("{train} to learn from, {test} held out to test").format(train=self.count - test, test=test)
        )
        self._record.setText(self.tr("Recording…") if self._recording else self.tr("Hold to record"))
        # The longer of the two texts decides, so that nothing moves under the mouse.
        metrics = self._record.fontMetrics()
        texts = (self.tr("Recording…"), self.tr("Hold to record"))
        self._record.setMinimumWidth(max(metrics.horizontalAdvance(text) for text in texts) + 36)
        self._record.setAccessibleName(self.tr("Hold to record {name}").format(name=name))
        self._rename.setToolTip(self.tr("Rename the class"))
        self._rename.setAccessibleName(self.tr("Rename {name}").format(name=name))
        self.setAccessibleName(f"{name}, {self._count.text()}")

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802  (Qt's name)
        self.selected.emit(self.class_id)
        super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802  (Qt's name)
        self.rename_wanted.emit(self.class_id)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802  (Qt's name)
        self.selected.emit(self.class_id)
        super().focusInEvent(event)
