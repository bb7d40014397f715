"""The grid: keys, mouse, rubber band, selection and drag."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from gui.pages.review.gallery.gallery import MIME, Gallery
from gui.pages.review.gallery.tiles import Tiles


def test_keys_move_and_extend_and_the_selection_follows(gallery: Gallery, fill: Callable[..., Tiles]) -> None:
    fill(200)
    gallery.setFocus()
    QTest.keyClick(gallery, Qt.Key.Key_Home)
    assert gallery.selected_ids.tolist() == [1]
    QTest.keyClick(gallery, Qt.Key.Key_Down)
    assert gallery.selected_ids.tolist() == [1 + gallery.across]
    QTest.keyClick(gallery, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert gallery.selected_ids.tolist() == [1 + gallery.across, 2 + gallery.across]
    QTest.keyClick(gallery, Qt.Key.Key_End)
    assert gallery.selected_ids.tolist() == [200]
    assert gallery.tile_box(199).bottom() < gallery.viewport().height()
    QTest.keyClick(gallery, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert len(gallery.selected_ids) == 200
    QTest.keyClick(gallery, Qt.Key.Key_Escape)
    assert len(gallery.selected_ids) == 0
    opened: list[bool] = []
    gallery.opened.connect(lambda: opened.append(True))
    QTest.keyClick(gallery, Qt.Key.Key_Return)
    assert opened == [True]


def test_mouse_with_control_and_shift(gallery: Gallery, fill: Callable[..., Tiles]) -> None:
    fill(200)
    left, view = Qt.MouseButton.LeftButton, gallery.viewport()
    QTest.mouseClick(view, left, pos=gallery.tile_box(1).center())
    QTest.mouseClick(view, left, Qt.KeyboardModifier.ControlModifier, gallery.tile_box(3).center())
    assert gallery.selected_ids.tolist() == [2, 4]
    QTest.mouseClick(view, left, Qt.KeyboardModifier.ShiftModifier, gallery.tile_box(6).center())
    assert gallery.selected_ids.tolist() == [4, 5, 6, 7]
    QTest.mouseClick(view, left, pos=gallery.tile_box(5).center())
    assert gallery.selected_ids.tolist() == [6]
    opened: list[bool] = []
    gallery.opened.connect(lambda: opened.append(True))
    QTest.mouseDClick(view, left, pos=gallery.tile_box(2).center())
    assert opened == [True]


def test_a_rubber_band_from_between_the_tiles(gallery: Gallery, fill: Callable[..., Tiles]) -> None:
    fill(200)
    view, left = gallery.viewport(), Qt.MouseButton.LeftButton
    end = gallery.tile_box(gallery.across + 1).center()
    QTest.mousePress(view, left, pos=QPoint(2, 2))
    QTest.mouseMove(view, QPoint(60, 60))
    QTest.mouseMove(view, end)
    QTest.mouseRelease(view, left, pos=end)
    across = gallery.across
    assert gallery.selected_ids.tolist() == [1, 2, across + 1, across + 2]


def test_what_is_dragged_names_the_samples(gallery: Gallery, fill: Callable[..., Tiles]) -> None:
    fill(50)
    gallery.select_ids([3, 9])
    assert bytes(gallery.drag_data().data(MIME).data()) == b"3,9"
