"""Class list beside the gallery, with keys and counts; images can be dropped on a class."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QMenu, QWidget

from gui.pages.review.gallery.gallery import MIME
from gui.widgets import theme
from gui.widgets.class_colours import paint_symbol
from gui.widgets.controls import plain
from gui.widgets.retranslating import RetranslationMixin

if TYPE_CHECKING:
    from edge_transfer.dataset.reader import CatalogCounts

_ICON_PX = 16
_ID = Qt.ItemDataRole.UserRole


class ReviewClasses(RetranslationMixin, QListWidget):
    """A drop, a double click or Enter moves images to that class; it changes nothing itself."""

    dropped = Signal(object, int)
    """Ids of the samples that were dragged, and the class they were dropped on."""
    chosen = Signal(int)
    """The class that the selected images shall have."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAcceptDrops(True)
        self.setIconSize(QSize(_ICON_PX, _ICON_PX))
        self.setUniformItemSizes(True)
        self.setFrameShape(QListWidget.Shape.NoFrame)
        self.itemActivated.connect(lambda item: self.chosen.emit(item.data(_ID)))
        self._tally: CatalogCounts | None = None
        self._why_not = ""
        self.retranslate()

    def show_tally(self, tally: CatalogCounts | None) -> None:
        """Show these classes; the first nine have a key."""
        if tally is not None and self._tally is not None and tally.classes == self._tally.classes:
            self._tally = tally
            self._set_texts()
            return
        self._tally = tally
        self._fill()

    def set_why_not(self, why: str) -> None:
        """Why nothing can be changed; empty where it can."""
        self._why_not = why
        self.setAcceptDrops(not why)
        self.retranslate()

    def class_at(self, place: int) -> int | None:
        """The id of the class with the key `place` + 1."""
        item = self.item(place)
        return int(item.data(_ID)) if item is not None else None

    def menu(self) -> QMenu:
        """The classes as a menu, which does what a double click does."""
        menu = QMenu(self)
        for place, row in enumerate(self._tally.classes if self._tally is not None else ()):
            key = f"\t{place + 1}" if place < 9 else ""
            action = menu.addAction(class_icon(place), row.name.replace("&", "&&") + key)
            action.triggered.connect(partial(self._choose, row.id))
        menu.aboutToHide.connect(menu.deleteLater)
        return menu

    def _choose(self, class_id: int, _checked: bool = False) -> None:
        self.chosen.emit(class_id)

    def _fill(self) -> None:
        self.clear()
        for place, row in enumerate(self._tally.classes if self._tally is not None else ()):
            item = QListWidgetItem(class_icon(place), "")
            item.setData(_ID, row.id)
            item.setSizeHint(QSize(100, 32))
            self.addItem(item)
        self._set_texts()

    def _set_texts(self) -> None:
        if self._tally is None:
            return
        counts = self._tally.by_split()
        for place, row in enumerate(self._tally.classes):
            item, count = self.item(place), sum(counts.get(row.id, {}).values())
            key = f"{place + 1}   " if place < 9 else ""
            item.setText(f"{key}{row.name}   ({count})")
            item.setToolTip(plain(row.name))

    # Dropping

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802  (Qt's name)
        self._allow(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:  # noqa: N802  (Qt's name)
        self._allow(event)
        self.setCurrentIndex(self.indexAt(event.position().toPoint()))

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:  # noqa: N802  (Qt's name)
        self.setCurrentRow(-1)

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802  (Qt's name)
        item = self.itemAt(event.position().toPoint())
        if item is None or not event.mimeData().hasFormat(MIME) or self._why_not:
            event.ignore()
            return
        text = bytes(event.mimeData().data(MIME).data()).decode("ascii", "replace")
        ids = [int(part) for part in text.split(",") if part.isdigit()]
        event.setDropAction(Qt.DropAction.MoveAction)
        event.accept()
        if ids:
            self.dropped.emit(ids, int(item.data(_ID)))

    def _allow(self, event: QDragMoveEvent) -> None:
        inside = self.itemAt(event.position().toPoint()) is not None
        if event.mimeData().hasFormat(MIME) and not self._why_not and (inside or isinstance(event, QDragEnterEvent)):
            event.setDropAction(Qt.DropAction.MoveAction)
            event.accept()
        else:
            event.ignore()

    # Words

    def retranslate(self) -> None:
        self.setAccessibleName(self.tr("Classes"))
        tip = self.tr("Drag images here, or press the key of the class, or Enter on it")
        self.setToolTip(self._why_not or tip)
        self._fill()

    def restyle(self) -> None:
        self.retranslate()


def class_icon(place: int) -> QIcon:
    """Colour and symbol of the class at this place."""
    pixmap = QPixmap(2 * _ICON_PX, 2 * _ICON_PX)
    pixmap.setDevicePixelRatio(2)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    paint_symbol(painter, QRectF(1, 1, _ICON_PX - 2, _ICON_PX - 2), place, QColor(theme.colours().text))
    painter.end()
    return QIcon(pixmap)
