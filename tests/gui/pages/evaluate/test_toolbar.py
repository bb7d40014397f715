"""The bar of the Evaluate page: its choices, their counts, and what a choice asks for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from gui.jobs.task import Task
from gui.pages.evaluate.toolbar import EvaluateBar
from gui.pages.evaluate.worker_calls import EvaluationView, RunRow
from gui.wording import locale
from tests.gui.pages.evaluate.conftest import measured

RUNS = (
    RunRow("old", "squeezenet", "probe", 12, "2026-01-01T00:00:00Z"),
    RunRow("broken", "", "", 0, ""),
    RunRow("new", "resnet18", "finetune", 1, "2026-01-02T00:00:00Z"),
)
COUNTS = {"test": 21, "val": 0, "train": 66, "validation": 60}


@pytest.fixture
def bar(qapp: QApplication) -> Iterator[EvaluateBar]:
    task = Task("evaluate")
    made = EvaluateBar(task)
    made.show_survey(EvaluationView(RUNS, "old", "validation", COUNTS, measured()))
    yield made
    task.close()
    made.deleteLater()


def test_runs_come_newest_first_and_a_damaged_one_is_called_so(bar: EvaluateBar) -> None:
    assert [bar.runs.itemData(place) for place in range(bar.runs.count())] == ["new", "broken", "old"]
    texts = [bar.runs.itemText(place) for place in range(bar.runs.count())]
    assert texts[0].endswith("· finetune · resnet18 · 1 picture")
    assert texts[1] == "broken (damaged)"
    assert texts[2].endswith("· probe · squeezenet · 12 pictures")
    assert (bar.run, bar.split) == ("old", "validation")
    assert bar.report.isEnabled()


def test_splits_have_their_counts_and_an_empty_one_says_so(bar: EvaluateBar) -> None:
    texts = [bar.splits.itemText(place) for place in range(bar.splits.count())]
    assert texts[0] == "Test: held-out recordings (21)"
    assert texts[3] == "Training: learned from (66)"
    role = Qt.ItemDataRole.ToolTipRole
    assert bar.splits.itemData(1, role) == "There is no picture yet"
    assert not bar.splits.itemData(0, role)
    locale.choose("es")
    QApplication.processEvents()
    assert bar.splits.itemText(0) != texts[0]
    assert bar.splits.itemText(0).endswith("(21)")


def test_a_choice_asks_for_a_run_on_a_split_and_without_a_run_for_nothing(bar: EvaluateBar) -> None:
    asked: list[tuple[str, str]] = []
    bar.chosen.connect(lambda run, split: asked.append((run, split)))
    bar.choose_split("train")
    bar.show_survey(EvaluationView((), "", "test", {}, None))
    assert not bar.report.isEnabled()
    bar.choose_split("val")
    assert asked == [("old", "train")]
