"""Tiles: read only where they are seen, and described in words."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from gui.pages.review.gallery.gallery import Gallery
from gui.pages.review.gallery.tiles import PAGE, Tiles, describe, finding_words
from tests.gui.pages.review.gallery.conftest import Asked, Shelf, review_of

MANY = 20_000


def test_only_what_is_on_the_screen_is_read_and_decoded(
    gallery: Gallery, thumbnails: Asked, shelf: Shelf, fill: Callable[..., Tiles]
) -> None:
    fill(MANY)
    visible = gallery.across * 5
    assert 0 < len(set(thumbnails.asked)) <= visible
    assert len(shelf.pages) == 1
    assert len(shelf.pages[0]) == PAGE
    thumbnails.asked.clear()
    gallery.verticalScrollBar().setValue(gallery.verticalScrollBar().maximum() // 2)
    QApplication.processEvents()
    numbers = sorted({int(path[-68:-4], 16) for path in thumbnails.asked})
    assert 0 < len(numbers) <= visible
    assert MANY // 2 - 2 * visible < numbers[0] <= numbers[-1] < MANY // 2 + 2 * visible
    assert len(shelf.pages) <= 3


def test_an_empty_gallery_says_what_to_do(gallery: Gallery, fill: Callable[..., Tiles]) -> None:
    gallery.set_hint("Record some")
    gallery.show_tiles(None)
    assert gallery.accessibleDescription() == "Record some"
    QTest.keyClick(gallery, Qt.Key.Key_Down)
    assert gallery.current == -1
    fill(0)
    assert gallery.count == 0


def test_a_tile_says_what_was_found(fill: Callable[..., Tiles]) -> None:
    own = np.full(10, 0.9, np.float32)
    own[0] = 0.04
    suggested = np.array([2, 1, 1, 1, 1, 2, 2, 2, 2, 1])
    tiles = fill(10, None, review_of(10, own=own, suggested=suggested, suspects=(1,), duplicates=(3,), outliers=(4,)))
    by_id = {number: tiles.tile(place) for place, number in enumerate(tiles.ids.tolist())}
    assert finding_words(by_id[1]) == "⚠ washer <b>? Label 4%"
    assert describe(by_id[1]).startswith("nut, learn, perhaps “washer <b>”")
    assert finding_words(by_id[3]) == "⧉ repeats another"
    assert finding_words(by_id[4]) == "◌ unusual"
    assert finding_words(by_id[10]) == "≠ nut"
    assert finding_words(by_id[2]) == ""
    assert (by_id[1].place, by_id[10].place) == (0, 1)
