from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from edge_transfer.backbones.weights import WEIGHTS_DIR_VARIABLE
from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from export.runtime.errors import SourceError
from export.runtime.inference.preprocess import InputSpec
from export.runtime.sources.live import LiveSource
from gui.main_window import MainWindow
from gui.pages.collect.page import CollectPage
from gui.pages.collect.recorder import Burst
from gui.session import Session

Until = Callable[..., None]
CONVEYOR = "demo://conveyor?size=160x120&fps=60&class=hex_nut"


@pytest.fixture
def page(window: MainWindow, session: Session, project: Project, until: Until) -> CollectPage:
    """The page with two classes and the conveyor running."""
    session.open(project.root)
    for name in ("nut", "washer"):
        session.do(lambda catalog, name=name: catalog.add_class(name))
    window.show_page("collect")
    found: CollectPage = window.page("collect")
    found.camera.source_bar.choose(CONVEYOR)
    found.bar.set_burst(Burst(fps=30))
    until(lambda: found.camera.view.frame is not None)
    return found


def record(page: CollectPage, until: Until, press: Callable[[], None], release: Callable[[], None], least: int) -> None:
    press()
    assert page.recorder.recording
    until(lambda: page.recorder.progress is not None and page.recorder.progress.kept >= least)
    release()
    until(lambda: not page.recorder.recording)


def counts(project: Project) -> dict[str, int]:
    with Catalog.open(project, read_only=True) as catalog:
        catalog.check()
        return {name: sum(splits.values()) for name, splits in catalog.counts().items()}


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


@pytest.mark.parametrize(("key", "name"), [(Qt.Key.Key_Space, "nut"), (Qt.Key.Key_2, "washer")])
def test_keys_record_while_they_are_held(
    page: CollectPage, project: Project, until: Until, key: Qt.Key, name: str
) -> None:
    page.classes.cards[0].setFocus()
    card = page.classes.cards[0]
    record(page, until, lambda: QTest.keyPress(card, key), lambda: QTest.keyRelease(card, key), 2)
    assert counts(project)[name] >= 2
    assert sum(counts(project).values()) == counts(project)[name]


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


def test_a_digit_typed_into_the_field_records_nothing(page: CollectPage) -> None:
    page.add_class()
    field = page.window().focusWidget()
    assert field is not None
    QTest.keyClicks(field, "bolt 1")
    assert not page.recorder.recording
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert [card.name for card in page.classes.cards] == ["nut", "washer", "bolt 1"]


def test_a_burst_of_fixed_length_with_a_delay(page: CollectPage, until: Until) -> None:
    page.bar.set_burst(Burst(fps=30, length_s=0.3, delay_s=0.2))
    button = page.classes.cards[0].record_button
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert page.recorder.waiting_s > 0
    until(lambda: not page.recorder.recording)
    assert page.recorder.result is not None
    assert page.recorder.result.kept >= 2
    assert page.recorder.result.seconds < 2
    assert Burst.load() == Burst(fps=30, length_s=0.3, delay_s=0.2)


def test_skipped_frames_are_shown_with_the_reason(page: CollectPage, until: Until) -> None:
    page.bar.set_burst(Burst(fps=30, min_distance=32))
    button = page.classes.cards[0].record_button
    QTest.mousePress(button, Qt.MouseButton.LeftButton)
    until(lambda: "like the one before" in page.bar.counts)
    QTest.mouseRelease(button, Qt.MouseButton.LeftButton)
    until(lambda: not page.recorder.recording)
    assert "skipped:" in page.bar.counts


def test_meters_of_a_dark_picture(page: CollectPage, until: Until) -> None:
    page.camera.source_bar.choose("demo://conveyor?size=160x120&light=0.1&class=empty&seed=3")
    until(lambda: page.bar.chips["exposed"].text().startswith("✗"))
    page.camera.source_bar.choose(CONVEYOR)
    until(lambda: page.bar.chips["exposed"].text() == "✓ well lit")


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
    monkeypatch.setattr("export.runtime.sources.source.open_source", lambda text: source)
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


def test_closing_while_recording_asks_once_and_loses_nothing(
    page: CollectPage, window: MainWindow, project: Project, until: Until
) -> None:
    asked: list[str] = []
    answers = [False, True]

    def ask(question: str) -> bool:
        asked.append(question)
        return answers.pop(0)

    window.ask = ask  # type: ignore[method-assign]
    page.record(page.classes.cards[0].class_id)
    until(lambda: page.recorder.progress is not None and page.recorder.progress.kept > 2)
    kept = page.recorder.progress.kept  # type: ignore[union-attr]
    assert not window.close()
    assert page.recorder.recording
    assert window.close()
    assert len(asked) == 2
    assert "“nut” is being recorded." in asked[0]
    assert counts(project)["nut"] >= kept


def test_without_weights_a_sentence_says_what_to_do(page: CollectPage, until: Until) -> None:
    until(lambda: ".safetensors or " in page.panel.sentence)
    assert page.learning.worker.pid is None


def test_a_read_only_project_can_be_looked_at_only(page: CollectPage, session: Session) -> None:
    session._why_read_only = (0, "")
    session.opened.emit()
    assert not page.classes.cards[0].record_button.isEnabled()
    page.record(page.classes.cards[0].class_id)
    assert not page.recorder.recording


def test_a_long_class_name_is_elided_and_plain(page: CollectPage, session: Session) -> None:
    name = "<b>" + "very long name " * 6
    session.do(lambda catalog: catalog.rename_class(page.classes.cards[0].class_id, name))
    card = page.classes.cards[0]
    assert card.name == name.strip()
    assert card.width() <= page.classes.width()
    card._name.resize(100, 20)
    assert "&lt;b&gt;" in card._name.toolTip()


@pytest.mark.slow
def test_record_two_classes_and_see_the_right_one_live(
    window: MainWindow,
    session: Session,
    tmp_path: Path,
    until: Until,
    random_weights: Callable[[str], Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(WEIGHTS_DIR_VARIABLE, str(random_weights("squeezenet").parent))
    root = tmp_path / "live"
    Project.create(root, input=InputSpec(128))
    session.open(root)
    for name in ("hex_nut", "empty"):
        session.do(lambda catalog, name=name: catalog.add_class(name))
    window.show_page("collect")
    page: CollectPage = window.page("collect")
    page.bar.set_burst(Burst(fps=20))
    for card in page.classes.cards:
        page.camera.source_bar.show_part(card.name)
        until(lambda: page.camera.live and page.camera.feed.latest().number > 2)
        record(page, until, lambda c=card: page.record(c.class_id), page.recorder.release, 25)
    until(lambda: page.learning.status.stage == "ready", 120)
    learned = page.learning.status.learned
    assert learned is not None
    assert learned.classes == ("hex_nut", "empty")
    for name in ("hex_nut", "empty", "hex_nut"):
        page.camera.source_bar.show_part(name)
        until(lambda name=name: page.panel.winner == name, 30)
    # A worker that was killed is started again and learns again by itself, or says why it ended.
    killed = page.learning.worker.pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    until(lambda: page.learning.worker.pid not in (None, killed) or "SIGKILL" in page.panel.sentence, 30)
    if "SIGKILL" in page.panel.sentence:
        page.panel.retry_wanted.emit()
    until(lambda: page.learning.worker.pid not in (None, killed) and page.learning.status.stage == "ready", 60)
    until(lambda: page.panel.winner == "hex_nut", 30)


def test_the_coach_speaks_before_there_is_a_model_and_after_each_burst(
    page: CollectPage, session: Session, until: Until
) -> None:
    assert page.coach.sentence.startswith("Record “nut”, then a second class")
    card = page.classes.cards[0]
    record(page, until, lambda: QTest.keyPress(card, Qt.Key.Key_1), lambda: QTest.keyRelease(card, Qt.Key.Key_1), 2)
    assert page.coach.sentence.startswith("Only “nut” has images")
    session.close()
    assert page.coach.sentence == "What to record next will stand here."
