"""Gallery grid: tiles of equal size; only visible ones are read, decoded and painted.

An own view, because QListView lays every row out: with 100,000 rows it was measured at 160 to 480 ms for each change
and each resize, and at 800 ms for "select all"; here a change costs no more than its arrays.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFocusEvent, QPainter, QPaintEvent, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

from gui.pages.review.gallery.tiles import THUMBNAIL_PX, TILE_PX, Tile, Tiles, describe, paint_tile
from gui.widgets import theme
from gui.widgets.retranslating import RetranslationMixin
from gui.widgets.thumbnails import Thumbnails

GAP_PX = 8
_LEAST_PX = THUMBNAIL_PX + 14
_PAINT_MS = 33


class GalleryGrid(RetranslationMixin, QAbstractScrollArea):
    """Shows `Tiles` and knows which are selected."""

    selection_changed = Signal()

    def __init__(self, thumbnails: Thumbnails, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._thumbnails = thumbnails
        self._tiles: Tiles | None = None
        self._picked: NDArray[np.bool_] = np.zeros(0, np.bool_)
        self._current = self._anchor = -1
        self._band: QRect | None = None
        """Rubber band, in the coordinates of the contents."""
        self._hint = ""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # A bar that comes and goes would change the number of columns to and fro.
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.verticalScrollBar().rangeChanged.connect(
            lambda least, most: self.verticalScrollBar().setEnabled(most > least)
        )
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.verticalScrollBar().setSingleStep(TILE_PX // 3)
        self.viewport().setAutoFillBackground(False)
        # Pictures come one by one: the screen is painted anew at most 30 times a second.
        self._paint_soon = QTimer(self)
        self._paint_soon.setSingleShot(True)
        self._paint_soon.setInterval(_PAINT_MS)
        self._paint_soon.timeout.connect(self.viewport().update)
        thumbnails.ready.connect(self._on_ready)
        self.retranslate()

    # What it shows

    @property
    def tiles(self) -> Tiles | None:
        return self._tiles

    @property
    def count(self) -> int:
        return len(self._tiles) if self._tiles is not None else 0

    @property
    def current(self) -> int:
        """Place of the tile with the keyboard; -1 for none."""
        return self._current

    @property
    def current_tile(self) -> Tile | None:
        if self._tiles is None or not 0 <= self._current < len(self._tiles):
            return None
        return self._tiles.tile(self._current)

    @property
    def selected_ids(self) -> NDArray[np.int64]:
        """The ids of the selected samples, in the order shown."""
        return self._tiles.ids[self._picked] if self._tiles is not None else np.zeros(0, np.int64)

    def show_tiles(self, tiles: Tiles | None) -> None:
        """Show other tiles; what stays keeps its place on the screen, its selection and the keyboard.

        Where all selected tiles are gone, the one that has come into the current one's place is selected.
        """
        bar, old = self.verticalScrollBar(), self._tiles
        first, last = self._visible()
        seen = old.ids[first:last].tolist() if old is not None else []
        into = [bar.value() - self._tile_rect(place).top() for place in range(first, last)]
        selected, current = self.selected_ids, self._current
        current_id = int(old.ids[current]) if old is not None and 0 <= current < len(old) else -1
        had = bool(self._picked.any())
        self._tiles, self._band = tiles, None
        count = self.count
        self._picked = tiles.where(selected) if tiles is not None else np.zeros(0, np.bool_)
        self._current = self._place_of(current_id)
        if self._current < 0 <= current and count:
            self._current = min(current, count - 1)
            if had and not self._picked.any():
                self._picked[self._current] = True
        self._anchor = self._current
        self._set_range()
        for number, offset in zip(seen, into, strict=True):
            place = self._place_of(number)
            if place >= 0:  # the first that stays keeps its height on the screen
                bar.setValue(self._tile_rect(place).top() + offset)
                break
        self._changed()

    def set_hint(self, text: str) -> None:
        """What stands in place of tiles where there are none."""
        self._hint = text
        self.viewport().update()

    def select_ids(self, ids: NDArray[np.int64] | Sequence[int]) -> None:
        """Select these of the shown samples, and scroll to the first."""
        if self._tiles is None:
            return
        self._picked = self._tiles.where(np.asarray(ids, np.int64))
        first = int(np.argmax(self._picked)) if self._picked.any() else -1
        if first >= 0:
            self._current = self._anchor = first
            self.scroll_to(first)
        self._changed()

    def select_all(self) -> None:
        self._picked = np.ones(self.count, np.bool_)
        self._changed()

    def go(self, place: int, *, extend: bool = False) -> None:
        """Move the keyboard to a tile, and select it, or all from the anchor to it."""
        if not self.count:
            return
        place = min(max(place, 0), self.count - 1)
        self._picked = np.zeros(self.count, np.bool_)
        if extend and self._anchor >= 0:
            self._picked[min(self._anchor, place) : max(self._anchor, place) + 1] = True
        else:
            self._anchor = place
            self._picked[place] = True
        self._current = place
        self.scroll_to(place)
        self._changed()

    def scroll_to(self, place: int) -> None:
        """Scroll no farther than needed to see a tile whole."""
        bar, rect = self.verticalScrollBar(), self._tile_rect(place)
        if rect.top() - GAP_PX < bar.value():
            bar.setValue(rect.top() - GAP_PX)
        elif rect.bottom() + GAP_PX > bar.value() + self.viewport().height():
            bar.setValue(rect.bottom() + GAP_PX - self.viewport().height())

    # Where tiles lie, in the coordinates of the contents

    @property
    def across(self) -> int:
        """Tiles in a row."""
        return max(1, (self.viewport().width() - GAP_PX) // (_LEAST_PX + GAP_PX))

    def _tile_rect(self, place: int) -> QRect:
        width = (self.viewport().width() - GAP_PX) // self.across - GAP_PX
        row, column = divmod(place, self.across)
        return QRect(GAP_PX + column * (width + GAP_PX), GAP_PX + row * (TILE_PX + GAP_PX), width, TILE_PX)

    def tile_box(self, place: int) -> QRect:
        """Where a tile lies on the viewport."""
        return self._tile_rect(place).translated(0, -self.verticalScrollBar().value())

    def _place_at(self, point: QPoint) -> int:
        """The tile at a point of the viewport; -1 between tiles."""
        inside = point + QPoint(0, self.verticalScrollBar().value())
        width = (self.viewport().width() - GAP_PX) // self.across
        column, row = (inside.x() - GAP_PX) // width, (inside.y() - GAP_PX) // (TILE_PX + GAP_PX)
        place = row * self.across + column
        fits = 0 <= column < self.across and 0 <= place < self.count
        return place if fits and self._tile_rect(place).contains(inside) else -1

    def _places_in(self, box: QRect) -> NDArray[np.int64]:
        """The tiles that a box of the contents touches."""
        pitch = (self.viewport().width() - GAP_PX) // self.across
        step = TILE_PX + GAP_PX
        left, right = (max(0, (x - GAP_PX) // pitch) for x in (box.left() + GAP_PX, box.right()))
        top, bottom = (max(0, (y - GAP_PX) // step) for y in (box.top() + GAP_PX, box.bottom()))
        rows = np.arange(top, bottom + 1, dtype=np.int64)
        columns = np.arange(left, min(right, self.across - 1) + 1, dtype=np.int64)
        if box.bottom() < GAP_PX or box.right() < GAP_PX:
            return np.zeros(0, np.int64)
        places = (rows[:, None] * self.across + columns).ravel()
        return places[places < self.count]

    def _visible(self) -> tuple[int, int]:
        """First place on the screen, and one past the last."""
        top, step = self.verticalScrollBar().value(), TILE_PX + GAP_PX
        first, last = max(0, (top - GAP_PX) // step), (top + self.viewport().height()) // step + 1
        return min(first * self.across, self.count), min(last * self.across, self.count)

    def _place_of(self, number: int) -> int:
        if self._tiles is None or number < 0:
            return -1
        found = np.flatnonzero(self._tiles.ids == number)
        return int(found[0]) if len(found) else -1

    def _set_range(self) -> None:
        rows = -(-self.count // self.across)
        height = rows * (TILE_PX + GAP_PX) + GAP_PX if rows else 0
        self.verticalScrollBar().setPageStep(self.viewport().height())
        self.verticalScrollBar().setRange(0, max(0, height - self.viewport().height()))

    def _on_ready(self) -> None:
        if not self._paint_soon.isActive():
            self._paint_soon.start()

    def _changed(self) -> None:
        tile = self.current_tile
        self.setAccessibleDescription(describe(tile) if tile is not None else self._hint)
        self.viewport().update()
        self.selection_changed.emit()

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802  (Qt's name)
        painter = QPainter(self.viewport())
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        if self._tiles is None or not len(self._tiles):
            painter.setPen(QColor(theme.colours().muted))
            box = self.viewport().rect().adjusted(40, 20, -40, -20)
            painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap), self._hint)
            return
        focused, colours = self.hasFocus(), theme.colours()
        for place in range(*self._visible()):
            box = self.tile_box(place)
            if not box.intersects(event.rect()):
                continue
            tile = self._tiles.tile(place)
            pixmap = QPixmap() if tile.sample is None else self._thumbnails.pixmap(self._tiles.path_of(tile.sample))
            current = focused and place == self._current
            paint_tile(painter, QRectF(box), tile, pixmap, colours, selected=bool(self._picked[place]), current=current)
        if self._band is not None:
            colour = QColor(theme.colours().accent)
            painter.setPen(QPen(colour, 1))
            colour.setAlpha(50)
            painter.setBrush(colour)
            painter.drawRect(self._band.translated(0, -self.verticalScrollBar().value()))

    def scrollContentsBy(self, dx: int, dy: int) -> None:  # noqa: N802  (Qt's name)
        if self._band is None:
            self.viewport().scroll(0, dy)  # what stays on the screen is moved, not painted again
        else:
            self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  (Qt's name)
        self._set_range()
        super().resizeEvent(event)

    def sizeHint(self) -> QSize:  # noqa: N802  (Qt's name)
        return QSize(640, 480)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802  (Qt's name)
        if self._current < 0 and self.count:
            self._current = self._anchor = self._visible()[0]
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802  (Qt's name)
        self.viewport().update()

    # Words

    def retranslate(self) -> None:
        self.setAccessibleName(self.tr("Images"))

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802  (Qt's name)
        self.viewport().update()
        super().changeEvent(event)
