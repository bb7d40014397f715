"""The gallery of the mistakes."""

from __future__ import annotations

from PySide6.QtCore import Qt

from gui.pages.evaluate.mistakes.gallery import MistakesGallery
from tests.gui.pages.evaluate.conftest import measured


def test_the_gallery_says_what_each_picture_is() -> None:
    gallery = MistakesGallery()
    gallery.show_rows(measured(), [8, 9])
    first = gallery.model().index(0, 0)
    said = first.data(Qt.ItemDataRole.AccessibleTextRole)
    assert said == "It is <b>screw; the model says nut, 70%. Below the threshold: the box would say “unknown”."
    gallery.close_thumbnails()
    gallery.deleteLater()
