"""The progress of an export: its stage in words, the time left as the last export took it, and cancelling."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication, QProgressBar

from gui.pages.export import progress_card
from gui.pages.export.progress_card import ExportProgressCard, StageClock

SECONDS = "export/seconds"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time in seconds, as a list of one number that a test moves on."""
    now = [1000.0]
    monkeypatch.setattr(progress_card.time, "monotonic", lambda: now[0])
    return now


@pytest.fixture
def card(qapp: QApplication) -> Iterator[ExportProgressCard]:
    made = ExportProgressCard()
    yield made
    made.deleteLater()


def test_the_first_export_knows_its_own_stage_only_and_the_next_the_rest(clock: list[float]) -> None:
    first = StageClock()
    first.enter("convert", 0, 4)
    assert first.left_s() is None
    clock[0] += 10
    first.enter("convert", 1, 4)
    assert first.left_s() == 30
    clock[0] += 30
    first.enter("measure", 0, 0)
    clock[0] += 5
    first.finish()
    second = StageClock()
    second.enter("convert", 0, 0)
    clock[0] += 10
    assert second.left_s() == 30 + 5
    clock[0] += 100
    assert second.left_s() == 5, "what takes longer than before is about to end"


@pytest.mark.parametrize("kept", ["{", "[1]", '{"convert": "x"}', "null"])
def test_bad_settings_are_as_none(clock: list[float], kept: str) -> None:
    QSettings().setValue(SECONDS, kept)
    bad = StageClock()
    bad.enter("convert", 0, 0)
    assert bad.left_s() is None


def test_absurd_times_are_cut(clock: list[float]) -> None:
    QSettings().setValue(SECONDS, json.dumps({"convert": 1e9, "measure": -5}))
    absurd = StageClock()
    absurd.enter("convert", 0, 0)
    assert absurd.left_s() == 3600


def test_the_bar_counts_where_the_total_is_known(card: ExportProgressCard) -> None:
    card.begin()
    bar = card.findChild(QProgressBar)
    assert (bar.minimum(), bar.maximum()) == (0, 0), "not known"
    card.show_step("convert", 3, 8)
    assert (bar.value(), bar.maximum()) == (3, 8)
    assert card.text == "Converting the network…"
    card.end(whole=False)
    assert card.isHidden()
    assert not QSettings().value(SECONDS), "a cancelled export says nothing about the next"


def test_cancelling_is_asked_once_and_said(card: ExportProgressCard) -> None:
    asked: list[bool] = []
    card.cancel_wanted.connect(lambda: asked.append(True))
    card.begin()
    card.cancel_button.click()
    card.cancel_button.click()
    assert asked == [True]
    assert card.text == "Cancelling…"
    card.show_step("convert", 1, 2)
    assert card.text == "Cancelling…"
    card.end(whole=True)
    card.begin()
    assert card.cancel_button.isEnabled()
    card.end(whole=False)
