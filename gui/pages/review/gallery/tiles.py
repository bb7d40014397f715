"""Gallery tiles: read records page by page and paint them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication, QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap

from edge_transfer.dataset.records import PLACES, UNLABELLED
from gui.widgets import theme
from gui.widgets.class_colours import paint_symbol
from gui.wording.locale import percent

if TYPE_CHECKING:
    from edge_transfer.dataset.project import Project
    from edge_transfer.dataset.records import ClassRow, Sample
    from gui.pages.review.gallery.rows import Contents

PAGE = 128
_PAGES = 48
PICTURE_PX = 120
"""Height of the picture in a tile."""
THUMBNAIL_PX = 160
"""Longer side of a small picture on a screen of the usual density: 4:3 has just the height of the tile's."""
_LINE_PX = 20
TILE_PX = PICTURE_PX + 2 * _LINE_PX + 14


@dataclass(frozen=True)
class Tile:
    """What one tile says."""

    id: int
    class_id: int
    place: int
    """Place of its class in the order of classes, which gives it colour and symbol."""
    class_name: str
    split: str
    """One of PLACES."""
    own: float | None
    """Held-out probability of the label, 0 to 1; None where it is not known."""
    suggested_id: int | None
    """Another class that the model would choose; None where it agrees or is not asked."""
    suggested: str
    suspect: bool
    repeat: bool
    outlier: bool
    sample: Sample | None
    """The whole row; None where it is gone meanwhile."""


class Tiles:
    """The samples that pass a filter, in its order; whole rows are read for the tiles that are looked at."""

    def __init__(
        self,
        project: Project,
        contents: Contents,
        rows: NDArray[np.int64],
        load: Callable[[Sequence[int]], list[Sample]],
    ) -> None:
        """`rows` index the columns of `contents`; `load` reads whole samples of some ids."""
        self._project = project
        self.contents = contents
        self.rows = rows
        self.ids = contents.columns.ids[rows]
        self._load = load
        self._places: dict[int, tuple[int, ClassRow]] = {
            row.id: (place, row) for place, row in enumerate(contents.tally.classes)
        }
        class_ids = contents.columns.class_ids
        place_of = np.zeros(1 + max([*self._places, int(class_ids.max(initial=0))], default=0), np.int64)
        place_of[list(self._places)] = np.arange(len(self._places))
        self.places = place_of[class_ids]
        """For each row of the columns, the place of its class in the order of classes."""
        self._pages: OrderedDict[int, dict[int, Sample]] = OrderedDict()

    def __len__(self) -> int:
        return len(self.rows)

    def where(self, ids: NDArray[np.int64]) -> NDArray[np.bool_]:
        """For each tile, whether it is one of `ids`."""
        columns = self.contents.columns
        mask = np.zeros(len(columns), np.bool_)
        mask[columns.rows_of(np.sort(ids))] = True
        return mask[self.rows]

    def path_of(self, sample: Sample) -> str:
        """The picture file of a sample."""
        return str(self._project.image_path(sample.sha256, sample.suffix))

    def class_name(self, class_id: int) -> str:
        found = self._places.get(class_id)
        return found[1].name if found is not None else f"#{class_id}"

    def tile(self, index: int) -> Tile:
        """What the tile at this place says; reads a page of rows where that was not looked at for a while."""
        row, columns, findings = int(self.rows[index]), self.contents.columns, self.contents.findings
        class_id = int(columns.class_ids[row])
        own: float | None = None
        other: int | None = None
        suspect = repeat = outlier = False
        if findings is not None:
            own = None if np.isnan(findings.own[row]) else float(findings.own[row])
            suggested = int(findings.suggested[row])
            other = suggested if suggested not in (-1, class_id) else None
            suspect = bool(findings.suspect[row] >= 0) and other is not None
            repeat, outlier = bool(findings.repeat[row]), bool(findings.outlier[row] >= 0)
        number = int(self.ids[index])
        return Tile(
            number,
            class_id,
            self._places.get(class_id, (0, None))[0],
            self.class_name(class_id),
            PLACES[columns.splits[row]],
            own,
            other,
            self.class_name(other) if other is not None else "",
            suspect,
            repeat,
            outlier,
            self._page(index // PAGE).get(number),
        )

    def _page(self, page: int) -> dict[int, Sample]:
        found = self._pages.get(page)
        if found is None:
            ids = self.ids[page * PAGE : (page + 1) * PAGE].tolist()
            found = self._pages[page] = {sample.id: sample for sample in self._load(ids)}
            if len(self._pages) > _PAGES:
                self._pages.popitem(last=False)
        else:
            self._pages.move_to_end(page)
        return found


def split_word(split: str) -> str:
    """The split as the window says it."""
    words = {
        "train": QCoreApplication.translate("Tiles", "learn"),
        "val": QCoreApplication.translate("Tiles", "validate"),
        "test": QCoreApplication.translate("Tiles", "test"),
        UNLABELLED: QCoreApplication.translate("Tiles", "to label"),
    }
    return words[split]


def finding_words(tile: Tile) -> str:
    """What is to be said of a tile, in one short line; empty where that is nothing."""
    if tile.split == UNLABELLED:
        return QCoreApplication.translate("Tiles", "? only a guess")
    if tile.suspect:
        text = QCoreApplication.translate("Tiles", "⚠ {name}? Label {percent}")
        return text.format(name=tile.suggested, percent=percent(tile.own or 0.0, 0))
    if tile.repeat:
        return QCoreApplication.translate("Tiles", "⧉ repeats another")
    if tile.outlier:
        return QCoreApplication.translate("Tiles", "◌ unusual")
    if tile.suggested_id is not None:
        return QCoreApplication.translate("Tiles", "≠ {name}").format(name=tile.suggested)
    return ""


def describe(tile: Tile) -> str:
    """The whole tile in words, for a tooltip and for a screen reader."""
    parts = [tile.class_name, split_word(tile.split)]
    if tile.suspect:
        text = QCoreApplication.translate("Tiles", "perhaps “{name}”: without it the model gives its label {percent}")
        parts.append(text.format(name=tile.suggested, percent=percent(tile.own or 0.0, 0)))
    elif finding_words(tile):
        parts.append(finding_words(tile))
    return ", ".join(parts)


def paint_tile(
    painter: QPainter,
    box: QRectF,
    tile: Tile,
    pixmap: QPixmap | None,
    colours: theme.Colours,
    *,
    selected: bool,
    current: bool,
) -> None:
    """Paint a tile; `pixmap` is None while it is being made, and a null one where there is no picture."""
    painter.setPen(QPen(QColor(colours.accent if selected or current else colours.line), 3 if selected else 1))
    painter.setBrush(QColor(colours.accent_soft if selected else colours.card))
    painter.drawRoundedRect(box.adjusted(1.5, 1.5, -1.5, -1.5), 7, 7)
    if current:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(colours.text), 1, Qt.PenStyle.DotLine))
        painter.drawRoundedRect(box.adjusted(4.5, 4.5, -4.5, -4.5), 5, 5)
    picture = QRectF(box.left() + 6, box.top() + 6, box.width() - 12, PICTURE_PX)
    if pixmap is not None and not pixmap.isNull():
        ratio = painter.device().devicePixelRatio()
        size = QSizeF(pixmap.size()) / ratio
        # A picture that fits is copied: to scale it again would take four times as long.
        if size.width() > picture.width() or size.height() > picture.height():
            size.scale(picture.size(), Qt.AspectRatioMode.KeepAspectRatio)
        target = QRectF(0, 0, size.width(), size.height())
        target.moveCenter(picture.center())
        target.moveTopLeft(QPointF(target.topLeft().toPoint()))
        painter.drawPixmap(target, pixmap, QRectF(pixmap.rect()))
    else:
        painter.setPen(QColor(colours.muted))
        missing = QCoreApplication.translate("Tiles", "no picture")
        painter.drawText(picture, Qt.AlignmentFlag.AlignCenter, "…" if pixmap is None else missing)
    first = QRectF(box.left() + 8, picture.bottom() + 2, box.width() - 16, _LINE_PX)
    second = first.translated(0, _LINE_PX)
    paint_symbol(painter, QRectF(first.left(), first.top() + 4, 12, 12), tile.place, QColor(colours.text))
    metrics = painter.fontMetrics()
    split = split_word(tile.split)
    middle = Qt.AlignmentFlag.AlignVCenter
    painter.setPen(QColor(colours.muted))
    painter.drawText(first, middle | Qt.AlignmentFlag.AlignRight, split)
    room = first.adjusted(18, 0, -metrics.horizontalAdvance(split) - 6, 0)
    painter.setPen(QColor(colours.text))
    shown = f"{tile.class_name}?" if tile.split == UNLABELLED else tile.class_name
    name = metrics.elidedText(shown, Qt.TextElideMode.ElideRight, int(room.width()))
    painter.drawText(room, middle | Qt.AlignmentFlag.AlignLeft, name)
    found = finding_words(tile)
    if found:
        if tile.suspect:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.warning))
            painter.drawRoundedRect(second.adjusted(-2, 0, 2, 0), 4, 4)
        painter.setPen(QColor(colours.on_warning if tile.suspect else colours.muted))
        text = metrics.elidedText(found, Qt.TextElideMode.ElideRight, int(second.width()) - 4)
        painter.drawText(second.adjusted(2, 0, 0, 0), middle | Qt.AlignmentFlag.AlignLeft, text)
