from __future__ import annotations

import numpy as np
from PySide6.QtGui import QColor, QPixmap

from gui.pages.evaluate.mistakes.heat_map import MistakesPicture, heat_image
from gui.pages.evaluate.worker_calls import SaliencyProgress


def test_heat_is_clear_where_it_is_cold_and_bright_where_it_is_hot() -> None:
    heat = np.linspace(0, 1, 50, dtype=np.float32)[None].repeat(3, 0)
    image = heat_image(heat)
    assert (image.width(), image.height()) == (50, 3)
    colours = [image.pixelColor(x, 1) for x in range(50)]
    assert colours[0].alpha() == 0
    assert [colour.alpha() for colour in colours] == sorted(colour.alpha() for colour in colours)
    light = [colour.red() + colour.green() + colour.blue() for colour in colours]
    assert light[-1] > light[25] > light[5]
    assert heat_image(heat, opaque=True).pixelColor(0, 0).alpha() == 255


def test_the_heat_lies_on_the_part_that_the_network_saw() -> None:
    view = MistakesPicture()
    view.resize(416, 416)
    white = QPixmap(100, 100)
    white.fill(QColor("#ffffff"))
    view.show_picture(white)
    view.show_look(SaliencyProgress(1, 1, np.ones((8, 8), np.float32), (0.5, 0.0, 0.5, 0.5), 0.9, 1.0))
    image = view.grab().toImage()
    assert image.pixelColor(100, 300) == QColor("#ffffff"), "not seen by the network"
    assert image.pixelColor(310, 100) != QColor("#ffffff")
    view.set_heat_shown(False)
    assert view.grab().toImage().pixelColor(310, 100) == QColor("#ffffff")
    view.deleteLater()
