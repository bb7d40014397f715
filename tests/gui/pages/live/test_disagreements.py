"""Images on which two bundles differ."""

from __future__ import annotations

import shutil
from pathlib import Path

from gui.pages.live.page import LivePage
from tests.gui.pages.live.conftest import Until, with_threshold


def test_two_bundles_that_differ_are_counted_with_their_pictures(
    page: LivePage, sure: Path, tmp_path: Path, until: Until
) -> None:
    doubtful = with_threshold(Path(shutil.copytree(sure, tmp_path / "doubtful")), 1.0)
    page.open_bundle(1, doubtful)  # from outside the project
    assert not page.cards[1].isHidden()
    until(lambda: page.bundles.status(1).stage == "ready", 60)
    until(lambda: page.disagreements.count >= 5)
    assert page.disagreements.count == page.disagreements.frames
    assert page.disagreements.thumbnails
    page.disagreements.retranslate()
    assert "100.0%" in page.disagreements.text
    assert page.cards[1].choice.currentText() == "doubtful"
    # The same bundle twice never disagrees.
    page.open_bundle(1, sure)
    until(lambda: page.bundles.status(1).path == sure and page.bundles.status(1).stage == "ready", 60)
    page.clear_disagreements()
    until(lambda: page.disagreements.frames >= 5)
    assert page.disagreements.count == 0
    assert page.disagreements.thumbnails == []
    page.toggle_compare()
    assert page.bundles.status(1).stage == "off"
