from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QPixmap

from export.runtime.imaging.images import encode_png
from gui.widgets.thumbnails import Thumbnails

Until = Callable[..., None]


@pytest.fixture
def thumbnails() -> Iterator[Thumbnails]:
    made = Thumbnails(64)
    yield made
    made.close()


def test_small_pictures_come_in_their_own_shape(thumbnails: Thumbnails, tmp_path: Path, until: Until) -> None:
    image = np.zeros((100, 200, 3), np.uint8)
    image[..., 2] = 250
    path = tmp_path / "red.png"
    path.write_bytes(encode_png(image))
    assert thumbnails.pixmap(path) is None
    until(lambda: thumbnails.pixmap(path) is not None)
    made = thumbnails.pixmap(path)
    assert made is not None
    assert (made.width(), made.height()) == (64, 32)
    assert made.toImage().pixelColor(30, 15).red() == 250


def test_what_is_no_picture_gives_an_empty_one(thumbnails: Thumbnails, tmp_path: Path, until: Until) -> None:
    (tmp_path / "text.jpg").write_text("no picture")
    for name in ("text.jpg", "gone.jpg"):
        until(lambda name=name: thumbnails.pixmap(tmp_path / name) is not None)
        made = thumbnails.pixmap(tmp_path / name)
        assert isinstance(made, QPixmap)
        assert made.isNull()
