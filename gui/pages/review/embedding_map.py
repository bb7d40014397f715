"""Embedding map: samples in 2-D, with lasso selection and previews."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QPixmap, QShowEvent
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from gui.jobs.job import Job
from gui.pages.review.gallery.tiles import Tiles
from gui.widgets.controls import text_label
from gui.widgets.retranslating import RetranslationMixin
from gui.widgets.thumbnails import Thumbnails

if TYPE_CHECKING:
    from gui.pages.review.embedding_plot import EmbeddingPlot

MOST_DRAWN = 4000
"""Points that are drawn at most: more take longer than a frame, and hide each other."""
_PICTURE_PX = 140


class EmbeddingMap(RetranslationMixin, QWidget):
    """Shows the tiles of the gallery as points."""

    lassoed = Signal(object)
    """The ids of the samples inside a lasso, (M,) int64."""

    def __init__(self, thumbnails: Thumbnails, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._thumbnails = thumbnails
        self._tiles: Tiles | None = None
        self._known: NDArray[np.int64] = np.zeros(0, np.int64)
        """Places in the tiles of the samples that are on the map."""
        self._selected: NDArray[np.int64] = np.zeros(0, np.int64)
        self._stale = False
        self._hovered = -1
        self._job: Job | None = None
        self.plot: EmbeddingPlot | None = None
        self._hint = text_label("muted", self, wrap=True)
        self.picture = QLabel(self)
        self.picture.setObjectName("chip")
        self.picture.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.picture.hide()
        thumbnails.ready.connect(self._show_picture)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 8, 0, 0)
        self._layout.setSpacing(8)
        self._layout.addWidget(self._hint)
        self._layout.addStretch(1)
        self.retranslate()

    def show_tiles(self, tiles: Tiles | None) -> None:
        """Show these samples; nothing is drawn before the map is on the screen."""
        self._tiles, self._stale = tiles, True
        if self.isVisible():
            self._draw()

    def select_ids(self, ids: NDArray[np.int64]) -> None:
        """Mark the samples that are selected in the gallery."""
        self._selected = ids
        if self.isVisible() and not self._stale:
            self._mark()

    def shut_down(self) -> None:
        """Wait for the import, where it is under way."""
        if self._job is not None:
            self._job.wait(10.0)

    def lasso(self, corners: NDArray[np.float64]) -> None:
        """Select what lies in the polygon (K, 2), also where it is not drawn."""
        from gui.pages.review.embedding_plot import inside

        if self._tiles is None or self._tiles.contents.findings is None:
            return
        points = self._tiles.contents.findings.position[self._tiles.rows[self._known]]
        self.lassoed.emit(self._tiles.ids[self._known[inside(points, corners)]])

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802  (Qt's name)
        super().showEvent(event)
        if self.plot is None and self._job is None:
            self._job = Job(_import(), "map", self)
            self._job.succeeded.connect(self._build)
            self._job.failed.connect(lambda message, _: self._hint.setText(message))
            self._job.start()
        elif self.plot is not None and self._stale:
            self._draw()

    def _build(self, plot: Any) -> None:
        self.plot = plot(self)
        self.plot.setMinimumHeight(200)
        self.plot.lassoed.connect(self.lasso)
        self.plot.hovered.connect(self._on_hovered)
        self._layout.takeAt(1)  # the stretch that kept its place
        self._layout.addWidget(self.plot, 1)
        self.picture.raise_()
        self._draw()

    def _draw(self) -> None:
        if self.plot is None:
            return
        self._stale = False
        findings = self._tiles.contents.findings if self._tiles is not None else None
        if self._tiles is None or findings is None:
            self._known = np.zeros(0, np.int64)
            points, places = np.zeros((0, 2), np.float32), self._known
            drawn = self._known
        else:
            position = findings.position[self._tiles.rows]
            self._known = np.flatnonzero(~np.isnan(position[:, 0]))
            rows = self._tiles.rows[self._known]
            points, places = position[self._known], self._tiles.places[rows]
            drawn = _thinned(len(rows), findings.suspect[rows] >= 0)
        self.plot.show_points(points, places, drawn)
        self.retranslate()
        self._mark()

    def _mark(self) -> None:
        if self.plot is not None and self._tiles is not None:
            self.plot.mark(np.flatnonzero(self._tiles.where(self._selected)[self._known]))

    def _on_hovered(self, place: int) -> None:
        self._hovered = int(self._known[place]) if 0 <= place < len(self._known) else -1
        self._show_picture()

    def _show_picture(self) -> None:
        tiles, findings = self._tiles, self._tiles.contents.findings if self._tiles is not None else None
        if self._hovered < 0 or tiles is None or findings is None or self.plot is None or not self.isVisible():
            self.picture.hide()
            return
        tile = tiles.tile(self._hovered)
        pixmap = self._thumbnails.pixmap(tiles.path_of(tile.sample)) if tile.sample is not None else QPixmap()
        if pixmap is None or pixmap.isNull():
            self.picture.hide()
            return
        size, mode = _PICTURE_PX, Qt.TransformationMode.SmoothTransformation
        self.picture.setPixmap(pixmap.scaled(size, size, Qt.AspectRatioMode.KeepAspectRatio, mode))
        self.picture.setAccessibleName(tile.class_name)
        self.picture.adjustSize()
        x, y = findings.position[tiles.rows[self._hovered]].tolist()
        corner = self.plot.mapTo(self, self.plot.to_screen((x, y)).toPoint()) + QPoint(12, 12)
        left = max(0, min(corner.x(), self.width() - self.picture.width()))
        top = corner.y() if corner.y() + self.picture.height() <= self.height() else corner.y() - 24
        top = top if top == corner.y() else max(0, top - self.picture.height())
        self.picture.move(left, top)
        self.picture.show()
        self.picture.raise_()

    def retranslate(self) -> None:
        self.setAccessibleName(self.tr("Map of the images"))
        if self._tiles is None or self._tiles.contents.findings is None:
            self._hint.setText(self.tr("“Check the labels” draws a map: what looks alike to the model lies together."))
            return
        text = self.tr("Draw around points with the left button to select them. Wheel: zoom; right button: move.")
        if len(self._known) > MOST_DRAWN:
            more = self.tr("{drawn} of {count} points are drawn; the lasso takes all.")
            text += " " + more.format(drawn=MOST_DRAWN, count=len(self._known))
        self._hint.setText(text)

    def restyle(self) -> None:
        if self.plot is not None:
            self.plot.set_colours()


def _thinned(count: int, first: NDArray[np.bool_]) -> NDArray[np.int64]:
    """At most MOST_DRAWN places of `count`, spread evenly, with those in `first` before all others."""
    if count <= MOST_DRAWN:
        return np.arange(count)
    kept = np.flatnonzero(first)[:MOST_DRAWN]
    others = np.flatnonzero(~first)
    step = np.linspace(0, len(others) - 1, max(0, MOST_DRAWN - len(kept))).astype(np.int64)
    return np.sort(np.concatenate([kept, others[step]]))


def _import() -> Generator[None, None, Any]:
    from gui.pages.review.embedding_plot import EmbeddingPlot

    yield None
    return EmbeddingPlot
