"""The recorder: bursts by button and key, of fixed length, and when the source or the window goes."""

from __future__ import annotations

import time

import numpy as np
import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from edge_transfer.dataset.project import Project
from export.runtime.errors import SourceError
from export.runtime.sources import source as source_module
from export.runtime.sources.live import LiveSource
from gui.pages.collect.page import CollectPage
from gui.session import Session
from tests.gui.pages.collect.conftest import Until, counts, record


def test_hold_the_button_undo_and_redo(page: CollectPage, session: Session, project: Project, until: Until) -> None:
    button = page.classes.cards[1].record_button
    record(
        page,
        until,
        lambda: QTest.mousePress(button, Qt.MouseButton.LeftButton),
        lambda: QTest.mouseRelease(button, Qt.MouseButton.LeftButton),
        5,
    )
    kept = counts(project)["washer"]
    assert kept >= 5
    assert page.classes.cards[1].count == kept
    assert f"{kept} kept" in page.bar.counts
    assert page.sessions.model().rowCount() == 1
    session.undo()
    assert counts(project)["washer"] == page.classes.cards[1].count == page.sessions.model().rowCount() == 0
    session.redo()
    assert page.classes.cards[1].count == kept


def test_a_key_that_the_screen_repeats_as_releases_and_presses_is_one_burst(
    page: CollectPage, project: Project, until: Until
) -> None:
    card = page.classes.cards[0]
    QTest.keyPress(card, Qt.Key.Key_1)
    until(lambda: page.recorder.progress is not None and page.recorder.progress.kept >= 2)
    for _ in range(5):
        QTest.keyRelease(card, Qt.Key.Key_1)
        QTest.keyPress(card, Qt.Key.Key_1)
        QApplication.processEvents()
        assert page.recorder.recording
    QTest.keyRelease(card, Qt.Key.Key_1)
    until(lambda: not page.recorder.recording)
    assert page.sessions.model().rowCount() == 1


def test_the_key_is_let_go_when_the_window_loses_the_keyboard(page: CollectPage, until: Until) -> None:
    QTest.keyPress(page.classes.cards[0], Qt.Key.Key_1)
    until(lambda: page.recorder.progress is not None)
    page.window().clearFocus()
    page.isActiveWindow = lambda: False  # type: ignore[method-assign]
    QApplication.sendEvent(page, QEvent(QEvent.Type.ActivationChange))
    until(lambda: not page.recorder.recording)


class Reader:
    """A camera that is unplugged when told."""

    plugged = True

    def open(self, stop: object) -> None:
        if not Reader.plugged:
            raise SourceError("HD Webcam is gone")

    def read(self) -> np.ndarray:
        if not Reader.plugged:
            raise SourceError("HD Webcam was unplugged")
        time.sleep(0.02)
        return np.random.default_rng().integers(0, 255, (48, 64, 3), np.uint8)

    def abort(self) -> None:
        pass

    def release(self) -> None:
        pass


def test_a_lost_camera_stops_the_burst_says_so_and_comes_back(
    page: CollectPage, project: Project, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    Reader.plugged = True
    source = LiveSource("HD Webcam", Reader, first_wait_s=0.05)
    monkeypatch.setattr(source_module, "open_source", lambda text: source)
    page.camera.source_bar.choose("HD Webcam")
    until(lambda: page.camera.live and page.camera.view.overlay == "")
    page.record(page.classes.cards[0].class_id)
    until(lambda: page.recorder.progress is not None and page.recorder.progress.kept > 1)
    Reader.plugged = False
    until(lambda: "Lost; reconnecting…" in page.camera.view.overlay)
    assert "HD Webcam" in page.camera.view.overlay
    assert "s old." in page.camera.view.overlay
    until(lambda: not page.recorder.recording)
    assert counts(project)["nut"] >= 2
    Reader.plugged = True
    until(lambda: page.camera.view.overlay == "")
