"""Preview of one sample with its details and the gallery's keys."""

from __future__ import annotations

from PySide6.QtCore import QDateTime, QLocale, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QDialog, QFormLayout, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from gui.pages.review.gallery.tiles import Tile, finding_words, split_word
from gui.widgets import theme
from gui.widgets.controls import text_label
from gui.widgets.retranslating import RetranslationMixin
from gui.widgets.thumbnails import Thumbnails
from gui.wording.locale import percent

_SIDE_PX = 1000
_KEPT = 12


class _Canvas(QWidget):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.pixmap: QPixmap | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(320, 240)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802  (Qt's name)
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.colours().canvas))
        painter.drawRoundedRect(self.rect(), 10, 10)
        if self.pixmap is not None and not self.pixmap.isNull():
            size = QSizeF(self.pixmap.size()).scaled(QSizeF(self.size()), Qt.AspectRatioMode.KeepAspectRatio)
            target = QRectF(0, 0, size.width(), size.height())
            target.moveCenter(QRectF(self.rect()).center())
            painter.drawPixmap(target, self.pixmap, QRectF(self.pixmap.rect()))
        else:
            painter.setPen(QColor("#ffffff"))
            text = "…" if self.pixmap is None else self.tr("The picture cannot be read")
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, text)


class Preview(RetranslationMixin, QDialog):
    """Emits what the user wants; it changes nothing itself."""

    stepped = Signal(int)
    """Another tile is wanted: so many places on."""
    key_pressed = Signal(QKeyEvent)
    """A key that is the page's: a digit, S, Delete."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._thumbnails = Thumbnails(_SIDE_PX, self, kept=_KEPT)
        self._thumbnails.ready.connect(self._show_picture)
        self._path: str | None = None
        self._tile: Tile | None = None
        self._source = self._started = ""
        self.canvas = _Canvas(self)
        self._facts = QFormLayout()
        self._facts.setHorizontalSpacing(16)
        self._facts.setVerticalSpacing(6)
        self._title = text_label("heading", self, wrap=True)
        self._finding = text_label("chip", self, wrap=True)
        self._keys = text_label("muted", self, wrap=True)
        side = QVBoxLayout()
        side.setSpacing(12)
        side.addWidget(self._title)
        side.addWidget(self._finding)
        side.addLayout(self._facts)
        side.addStretch(1)
        side.addWidget(self._keys)
        panel = QWidget(self)
        panel.setFixedWidth(300)
        panel.setLayout(side)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(16)
        layout.addWidget(self.canvas, 1)
        layout.addWidget(panel)
        self.resize(1000, 640)
        self.retranslate()

    @property
    def facts(self) -> list[tuple[str, str]]:
        """What stands beside the picture: names and values."""
        rows = []
        for row in range(self._facts.rowCount()):
            name = self._facts.itemAt(row, QFormLayout.ItemRole.LabelRole)
            value = self._facts.itemAt(row, QFormLayout.ItemRole.FieldRole)
            if name is not None and value is not None:
                rows.append((_text_of(name.widget()), _text_of(value.widget())))
        return rows

    def show_tile(self, tile: Tile, path: str | None, source: str, started: str) -> None:
        """Show this sample; `path` is its file, None where it is gone, the others tell of its session."""
        self._tile, self._path, self._source, self._started = tile, path, source, started
        self.retranslate()
        self._show_picture()

    def close_thread(self) -> None:
        """End the thread that decodes."""
        self._thumbnails.close()

    def _show_picture(self) -> None:
        self.canvas.pixmap = self._thumbnails.pixmap(self._path) if self._path is not None else QPixmap()
        self.canvas.update()

    def _rows(self, tile: Tile) -> list[tuple[str, str]]:
        when = QDateTime.fromString(self._started, Qt.DateFormat.ISODate).toLocalTime()
        rows = [(self.tr("Used to"), split_word(tile.split))]
        if tile.own is not None:
            rows.append((self.tr("Label, held out"), percent(tile.own)))
        if tile.suggested_id is not None:
            rows.append((self.tr("Model's choice"), tile.suggested))
        sample = tile.sample
        if sample is not None:
            locale = QLocale()
            rows += [
                (self.tr("Recording"), f"{sample.session_id} · {self._source}"),
                (self.tr("Recorded"), locale.toString(when, QLocale.FormatType.ShortFormat)),
                (self.tr("Place in it"), str(sample.position + 1)),
                (self.tr("Size"), f"{sample.width} × {sample.height}, {locale.formattedDataSize(sample.bytes)}"),
                (self.tr("Sharpness"), locale.toString(sample.sharpness, "f", 2)),
                (self.tr("Brightness"), locale.toString(sample.brightness, "f", 0)),
                (self.tr("Number"), str(sample.id)),
                (self.tr("File"), f"{sample.sha256[:12]}…{sample.suffix}"),
            ]
            if sample.note:
                rows.append((self.tr("Note"), sample.note))
        return rows

    def retranslate(self) -> None:
        self.setWindowTitle(self.tr("Image"))
        keys = self.tr("← → next image · 1–9 move to a class · S accept the suggestion · Del to the trash · Esc close")
        self._keys.setText(keys)
        while self._facts.rowCount():
            self._facts.removeRow(0)
        tile = self._tile
        if tile is None:
            return
        self._title.setText(tile.class_name)
        finding = finding_words(tile)
        self._finding.setText(finding)
        self._finding.setVisible(bool(finding))
        self.canvas.setAccessibleName(f"{tile.class_name}, {finding}" if finding else tile.class_name)
        for name, value in self._rows(tile):
            text = text_label(parent=self, wrap=True)
            text.setText(value)
            label = text_label("muted", self)
            label.setText(name)
            self._facts.addRow(label, text)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  (Qt's name)
        steps: dict[int, int] = {Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1}
        if event.key() in steps:
            self.stepped.emit(steps[event.key()])
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.close()
        elif event.key() == Qt.Key.Key_Escape:
            super().keyPressEvent(event)
        else:
            self.key_pressed.emit(event)


def _text_of(widget: QWidget | None) -> str:
    return widget.text() if isinstance(widget, QLabel) else ""
