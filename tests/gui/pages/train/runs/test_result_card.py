"""The card of a result: its number, what flatters it, and which run stays in use."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from edge_transfer.dataset.project import Project
from edge_transfer.runs.run import Run
from gui.pages.train.runs.records import RunRecord
from gui.pages.train.runs.result_card import RunResult
from gui.wording.runs import percent


@pytest.fixture
def card(qapp: QApplication) -> Iterator[RunResult]:
    made = RunResult()
    yield made
    made.deleteLater()


def test_without_a_run_it_says_what_will_stand_here(card: RunResult) -> None:
    assert card.text.startswith("No model yet")
    assert card.use.isHidden()
    assert card.evaluate.isHidden()


def test_the_run_in_use_says_its_number_and_where_to_go_on(card: RunResult, trained: tuple[Project, Run]) -> None:
    run = replace(trained[1], notes=tuple(f"note {k}" for k in range(6)))
    card.show_record(RunRecord(run, {}, True), run.id, just_trained=True)
    assert card.text.startswith("Trained\n")
    assert f"{percent(run.validation['top1'])} right" in card.text
    assert f"{run.samples} images" in card.text
    assert "note 3" in card.text
    assert "note 4" not in card.text
    assert "Evaluate asks the recordings that are kept aside" in card.text
    assert card.use.isHidden()


def test_another_run_can_be_used_unless_there_is_a_reason(card: RunResult, trained: tuple[Project, Run]) -> None:
    run = trained[1]
    wanted: list[str] = []
    card.use_wanted.connect(wanted.append)
    card.show_record(RunRecord(run, {}, False), "older", just_trained=False)
    assert card.text.startswith("The model in use\n")
    assert "The older run older stays in use, as you have chosen it." in card.text
    card.set_why_not("a training runs")
    assert not card.use.isEnabled()
    QTest.mouseClick(card.use, Qt.MouseButton.LeftButton)
    assert wanted == []
    card.set_why_not("")
    QTest.mouseClick(card.use, Qt.MouseButton.LeftButton)
    assert wanted == [run.id]
