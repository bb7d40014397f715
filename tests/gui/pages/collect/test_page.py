from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from edge_transfer.dataset.project import Project
from gui.main_window import MainWindow
from gui.pages.collect.page import CollectPage
from gui.session import Session
from tests.gui.pages.collect.conftest import Until, counts, record


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


def test_a_read_only_project_can_be_looked_at_only(page: CollectPage, session: Session) -> None:
    session._why_read_only = (0, "")
    session.opened.emit()
    assert not page.classes.cards[0].record_button.isEnabled()
    page.record(page.classes.cards[0].class_id)
    assert not page.recorder.recording


def test_the_coach_speaks_before_there_is_a_model_and_after_each_burst(
    page: CollectPage, session: Session, until: Until
) -> None:
    assert page.coach.sentence.startswith("Record “nut”, then a second class")
    card = page.classes.cards[0]
    record(page, until, lambda: QTest.keyPress(card, Qt.Key.Key_1), lambda: QTest.keyRelease(card, Qt.Key.Key_1), 2)
    assert page.coach.sentence.startswith("Only “nut” has images")
    session.close()
    assert page.coach.sentence == "What to record next will stand here."
