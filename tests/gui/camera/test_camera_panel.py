"""The camera panel: meters of what it shows."""

from __future__ import annotations

from gui.pages.collect.page import CollectPage
from tests.gui.pages.collect.conftest import CONVEYOR, Until


def test_meters_of_a_dark_picture(page: CollectPage, until: Until) -> None:
    page.camera.source_bar.choose("demo://conveyor?size=160x120&light=0.1&class=empty&seed=3")
    until(lambda: page.bar.chips["exposed"].text().startswith("✗"))
    page.camera.source_bar.choose(CONVEYOR)
    until(lambda: page.bar.chips["exposed"].text() == "✓ well lit")
