"""Corrections: an image sent back with its label, undone, or refused."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from gui.pages.live.page import LivePage
from gui.session import Session
from tests.gui.pages.live.conftest import Until, counts


def test_a_key_sends_the_picture_back_and_undo_takes_it_away(
    page: LivePage, session: Session, opened: Project, until: Until
) -> None:
    before = counts(opened)
    said: list[str] = []
    session.failed.connect(said.append)
    QTest.keyClick(page.camera.view, Qt.Key.Key_2)
    until(lambda: page.returns.counts["Schraube <b>"] == 1)
    after = counts(opened)
    assert after["Schraube <b>"]["train"] == before["Schraube <b>"]["train"] + 1
    with Catalog.open(opened, read_only=True) as catalog:
        newest = catalog.samples()[-1]
        assert newest.session_kind == "recording"
        assert catalog.sessions()[-1].samples == 1
    assert page.keys.keys[1].text().endswith("+1")
    # A click does the same, and each is a step of its own.
    number = page.camera.feed.latest().number  # type: ignore[union-attr]
    until(lambda: page.camera.feed.latest().number > number + 2)  # type: ignore[union-attr]
    page.keys.keys[0].click()
    until(lambda: page.returns.counts["hex nut"] == 1)
    session.undo()
    assert page.returns.counts["hex nut"] == 0
    assert counts(opened) == after
    session.undo()
    assert counts(opened) == before
    assert page.returns.counts.total() == 0
    assert said == []


def test_a_picture_that_is_there_already_is_refused_in_words(
    page: LivePage, session: Session, opened: Project, until: Until
) -> None:
    page.camera._ticker.stop()  # the same picture stays on the screen
    said: list[str] = []
    session.failed.connect(said.append)
    for _ in range(2):
        page.keys.keys[0].click()
    assert page.busy()
    until(lambda: not page.returns.working)
    assert page.returns.counts["hex nut"] == 1
    assert ["in the project already" in text for text in said] == [True]
