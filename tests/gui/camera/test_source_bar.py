"""The choice of a source: what cannot be used, and what is kept in the settings."""

from __future__ import annotations

from PySide6.QtCore import QSettings

from gui.pages.collect.page import CollectPage
from gui.session import Session
from tests.gui.pages.collect.conftest import Until


def test_a_source_that_cannot_be_used_says_why(page: CollectPage, session: Session, until: Until) -> None:
    said: list[str] = []
    session.failed.connect(said.append)
    page.camera.source_bar.choose("demo://conveyor?class=cow")
    until(lambda: "class=cow is not possible" in page.camera.view.overlay)
    page.record(page.classes.cards[0].class_id)
    assert not page.recorder.recording
    assert "no live picture" in said[0]


def test_passwords_are_not_kept_in_the_settings(page: CollectPage) -> None:
    page.camera.source_bar.choose("rtsp://user:secret@127.0.0.1:9/x")
    assert "secret" not in str(QSettings().value("source"))
    page.camera.source_bar.choose("demo://conveyor")
    assert QSettings().value("source") == "demo://conveyor"


def test_the_conveyor_shows_one_class_and_never_the_same_frame(page: CollectPage) -> None:
    bar = page.camera.source_bar
    bar.show_part("washer", 3)
    assert "class=washer" in bar.text
    assert "seed=3" in bar.text
    assert "start=" in bar.text
