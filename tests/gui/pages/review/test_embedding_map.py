from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from edge_transfer.curation.label_review import Review
from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from gui.pages.review.catalog_access import ReviewReader
from gui.pages.review.embedding_map import MOST_DRAWN, EmbeddingMap, _thinned
from gui.pages.review.gallery.rows import Filter, Judged, read_contents, select_rows
from gui.pages.review.gallery.tiles import Tiles
from gui.widgets.class_colours import class_colour, class_symbol
from gui.widgets.thumbnails import Thumbnails

Until = Callable[..., None]
SQUARE = np.array([[0.0, 0.0], [0.5, 0.0], [0.5, 1.0], [0.0, 1.0]])


@pytest.fixture
def tiles(project: Project, record: Callable[..., object]) -> Iterator[Tiles]:
    """Four nuts on the left of the map, four washers on the right; the last one is not known."""
    with Catalog.open(project) as catalog:
        record(project, catalog, "nut", 4)
        record(project, catalog, "washer", 4)
    plain = read_contents(project, None)
    ids = plain.columns.ids
    position = np.array([[0.1, 0.1], [0.3, 0.1], [0.1, 0.9], [0.4, 0.4], *[[0.8, 0.2 + 0.2 * k] for k in range(4)]])
    empty: tuple[int, ...] = ()
    found = Review(
        *(ids[:7], np.full(7, 0.9, np.float32), plain.columns.class_ids[:7], np.zeros(7, np.float32)),
        *(np.full(7, -1), position[:7].astype(np.float32), "squeezenet", empty, empty, empty),
    )
    contents = read_contents(project, Judged(found, ids, plain.columns.class_ids))
    reader = ReviewReader()
    reader.set_project(project)
    yield Tiles(project, contents, select_rows(contents, Filter()), reader.samples)
    reader.close()


@pytest.fixture
def shown(tiles: Tiles, until: Until) -> Iterator[EmbeddingMap]:
    thumbnails = Thumbnails(64)
    made = EmbeddingMap(thumbnails)
    made.resize(500, 400)
    made.show_tiles(tiles)
    assert made.plot is None
    made.show()
    until(lambda: made.plot is not None)
    QApplication.processEvents()
    yield made
    made.shut_down()
    made.close()
    made.deleteLater()
    thumbnails.close()


def test_points_have_the_colour_and_symbol_of_their_class(shown: EmbeddingMap) -> None:
    assert shown.plot is not None
    first, second = shown.plot._classes
    assert (len(first.data), len(second.data)) == (4, 3)
    assert first.opts["symbol"] == class_symbol(0) != second.opts["symbol"] == class_symbol(1)
    assert first.opts["brush"].color() == class_colour(0) != second.opts["brush"].color()


def test_a_lasso_takes_what_lies_inside(shown: EmbeddingMap) -> None:
    taken: list[list[int]] = []
    shown.lassoed.connect(lambda ids: taken.append(ids.tolist()))
    shown.lasso(SQUARE)
    shown.lasso(np.array([[0.7, 0.1], [0.9, 0.1], [0.9, 0.5], [0.7, 0.5]]))
    shown.lasso(np.array([[0.5, 0.5], [0.6, 0.6]]))
    assert taken == [[1, 2, 3, 4], [5, 6], []]


def test_a_lasso_is_drawn_with_the_mouse(shown: EmbeddingMap) -> None:
    plot = shown.plot
    assert plot is not None
    taken: list[list[int]] = []
    shown.lassoed.connect(lambda ids: taken.append(ids.tolist()))
    view = plot.viewport()
    corners = [plot.to_screen((x, y)).toPoint() for x, y in ((0.05, 0.05), (0.35, 0.05), (0.35, 0.2), (0.05, 0.2))]
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=corners[0])
    for corner in [*corners[1:], corners[0] + QPoint(2, 2)]:
        QTest.mouseMove(view, corner)
        QTest.qWait(20)
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=corners[0])
    assert taken == [[1, 2]]


def test_hovering_shows_the_picture(shown: EmbeddingMap, until: Until) -> None:
    plot = shown.plot
    assert plot is not None
    plot.scene().sigMouseMoved.emit(plot._box.mapViewToScene(QPointF(0.8, 0.2)))
    until(shown.picture.isVisible)
    assert shown.picture.accessibleName() == "washer"
    plot.scene().sigMouseMoved.emit(plot._box.mapViewToScene(QPointF(0.55, 0.9)))
    assert not shown.picture.isVisible()


def test_the_selection_of_the_gallery_has_rings(shown: EmbeddingMap) -> None:
    assert shown.plot is not None
    shown.select_ids(np.array([2, 8]))
    assert len(shown.plot._ring.data) == 1
    shown.select_ids(np.array([], np.int64))
    assert len(shown.plot._ring.data) == 0


def test_without_a_check_it_says_what_to_do(shown: EmbeddingMap, project: Project) -> None:
    contents = read_contents(project, None)
    shown.show_tiles(Tiles(project, contents, select_rows(contents, Filter()), lambda ids: []))
    assert "Check the labels" in shown._hint.text()
    shown.lasso(SQUARE)


def test_thinning_keeps_the_suspects() -> None:
    first = np.zeros(10 * MOST_DRAWN, np.bool_)
    first[::101] = True
    drawn = _thinned(len(first), first)
    assert len(np.unique(drawn)) == len(drawn) <= MOST_DRAWN
    assert np.isin(np.flatnonzero(first), drawn).all()


def test_the_library_of_the_plot_is_imported_when_it_is_shown(tmp_path: Path) -> None:
    import subprocess
    import sys

    program = "import gui.pages.review.page, sys; sys.exit('pyqtgraph' in sys.modules or 'torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
