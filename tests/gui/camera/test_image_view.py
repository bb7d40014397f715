from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from export.runtime.sources.frame import Frame
from gui.camera.image_view import ImageView


@pytest.fixture
def view(qapp: QApplication) -> Iterator[ImageView]:
    made = ImageView()
    made.resize(400, 300)
    made.show()
    yield made
    made.close()


def frame(width: int = 40, height: int = 30) -> Frame:
    """Red on the left, blue on the right; BGR."""
    image = np.zeros((height, width, 3), np.uint8)
    image[:, : width // 2, 2] = 255
    image[:, width // 2 :, 0] = 255
    return Frame(image, 0, 0.0)


def colour(view: ImageView, x: float, y: float) -> str:
    image = view.grab().toImage()
    return QColor(image.pixel(int(x * image.width()), int(y * image.height()))).name()


@pytest.mark.parametrize("width", [40, 41, 5])
def test_colours_and_widths_that_are_no_multiple_of_four(view: ImageView, width: int) -> None:
    view.show_frame(frame(width, width))
    assert colour(view, 0.3, 0.5) == "#ff0000"
    assert colour(view, 0.7, 0.5) == "#0000ff"


def test_mirroring_turns_the_view_and_not_the_frame(view: ImageView) -> None:
    shown = frame()
    before = shown.image.copy()
    view.show_frame(shown)
    view.set_mirrored(True)
    assert colour(view, 0.3, 0.5) == "#0000ff"
    assert np.array_equal(shown.image, before)


def test_the_shape_is_kept(view: ImageView) -> None:
    view.show_frame(frame(100, 20))
    rect = view.picture_rect()
    assert (rect.width(), rect.height()) == (400, 80)
    assert rect.top() == 110


@pytest.mark.parametrize(("mirrored", "left"), [(False, 0.25), (True, 0.5)])
def test_a_dragged_region_is_in_fractions_of_the_recorded_frame(view: ImageView, mirrored: bool, left: float) -> None:
    chosen: list[tuple[float, ...] | None] = []
    view.region_chosen.connect(chosen.append)
    view.show_frame(frame())
    view.set_mirrored(mirrored)
    view.choose_region()
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(100, 75))
    QTest.mouseMove(view, QPoint(150, 100))
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(199, 224))
    assert chosen[0] is not None
    assert chosen[0] == pytest.approx((left, 0.25, 0.25, 0.5), abs=0.004)


def test_a_region_beyond_the_edge_stays_inside_and_a_click_means_the_whole(view: ImageView) -> None:
    chosen: list[tuple[float, float, float, float] | None] = []
    view.region_chosen.connect(chosen.append)
    view.show_frame(frame())
    for end in (QPoint(2000, 2000), QPoint(203, 152)):
        view.choose_region()
        QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(200, 150))
        QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=end)
    region = chosen[0]
    assert region is not None
    assert region[0] + region[2] <= 1
    assert region[1] + region[3] <= 1
    assert chosen[1] is None


def test_a_region_by_the_keyboard_alone(view: ImageView) -> None:
    chosen: list[tuple[float, float, float, float]] = []
    view.region_chosen.connect(chosen.append)
    view.show_frame(frame())
    view.choose_region()
    for _ in range(3):  # the first shows it, the others move it
        QTest.keyClick(view, Qt.Key.Key_Right)
    QTest.keyClick(view, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClick(view, Qt.Key.Key_Return)
    assert chosen[0] == pytest.approx((0.25 + 16 / 400, 0.25, 0.5, 0.5 + 8 / 300), abs=0.004)
    QTest.keyClick(view, Qt.Key.Key_Return)
    assert len(chosen) == 1


def test_a_region_by_the_keyboard_stays_on_the_picture(view: ImageView) -> None:
    chosen: list[tuple[float, float, float, float]] = []
    view.region_chosen.connect(chosen.append)
    view.show_frame(frame())
    view.choose_region()
    for _ in range(200):
        QTest.keyClick(view, Qt.Key.Key_Right)
    for _ in range(200):
        QTest.keyClick(view, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClick(view, Qt.Key.Key_Return)
    x, y, width, height = chosen[0]
    assert x + width <= 1
    assert y == pytest.approx(0.25, abs=0.004)
    assert height > 0


def test_escape_gives_up(view: ImageView) -> None:
    chosen: list[object] = []
    view.region_chosen.connect(chosen.append)
    view.choose_region()
    QTest.keyClick(view, Qt.Key.Key_Escape)
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(100, 75))
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(199, 224))
    assert chosen == []


def test_the_overlay_dims_the_picture_and_is_read_aloud(view: ImageView) -> None:
    view.show_frame(frame())
    view.set_overlay("Lost; reconnecting…")
    assert view.accessibleDescription() == "Lost; reconnecting…"
    assert QColor(colour(view, 0.1, 0.1)).red() < 200
    view.set_overlay("")
    assert colour(view, 0.1, 0.1) == "#ff0000"
