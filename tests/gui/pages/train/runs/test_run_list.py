"""The list of runs: used, deleted, taken over, damaged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from edge_transfer.dataset.project import Project
from edge_transfer.evaluation.forgetting import ClassChange, Forgetting, keep_forgetting
from edge_transfer.runs.current_run import current_run, pin_run
from edge_transfer.runs.run import list_runs, load_run
from gui.pages.train.page import TrainPage
from gui.pages.train.runs.forgetting_dialog import ForgettingDialog
from tests.gui.pages.train.conftest import Until


def test_an_older_run_is_used_until_the_newest_is(
    three: tuple[Project, list[str]], show: Callable[[Project], TrainPage], until: Until
) -> None:
    project, ids = three
    page = show(project)
    page.runs.table.select_runs({ids[1]})
    page.runs.use.click()
    until(lambda: page._book.in_use is not None and page._book.in_use.run.id == ids[1])
    assert load_run(project, "current").id == ids[1]
    assert load_run(project, "latest").id == ids[2]
    page.use_run(ids[2])
    until(lambda: not page._jobs)
    assert load_run(project, "current").id == ids[2]
    assert not (project.runs_dir / "current").exists()


def test_deleting_asks_and_falls_back_to_the_newest(
    three: tuple[Project, list[str]], show: Callable[[Project], TrainPage], until: Until
) -> None:
    project, ids = three
    page = show(project)
    page.use_run(ids[0])
    until(lambda: not page._jobs)
    page.ask = lambda question: False  # type: ignore[method-assign]
    page.runs.table.select_runs({ids[0], ids[1]})
    page.runs.delete.click()
    until(lambda: not page._jobs)
    assert list_runs(project) == ids
    asked: list[str] = []
    page.ask = lambda question: bool(asked.append(question)) or True  # type: ignore[method-assign, func-returns-value]
    QTest.keyClick(page.runs.table, Qt.Key.Key_Delete)
    until(lambda: list_runs(project) == ids[2:] and not page._jobs)
    assert "cannot be undone" in asked[0]
    assert page._book.in_use is not None
    assert page._book.in_use.run.id == ids[2]
    assert page.tabs.tabText(1) == "Runs (1)"


def test_the_settings_of_a_run_are_taken_over(
    three: tuple[Project, list[str]], show: Callable[[Project], TrainPage]
) -> None:
    project, ids = three
    page = show(project)
    page.runs.table.select_runs({ids[2]})
    page.runs.settings.click()
    recipe = page.form.recipe()
    assert recipe == load_run(project, ids[2]).recipe
    assert recipe is not None
    assert recipe.head == "prototypes"
    assert page.form.isVisible()
    assert recipe != replace(recipe, head="svm")


def test_a_damaged_run_is_named_and_the_others_stay(
    three: tuple[Project, list[str]], show: Callable[[Project], TrainPage]
) -> None:
    project, ids = three
    (project.runs_dir / ids[1] / "run.json").write_text("{")
    page = show(project)
    assert [record.run.id for record in page._book.records] == [ids[2], ids[0]]
    assert ids[1] in page._book.damaged[0]


def test_a_run_that_has_forgotten_something_is_used_only_after_a_yes(
    three: tuple[Project, list[str]], show: Callable[[Project], TrainPage], until: Until
) -> None:
    project, ids = three
    pin_run(project, ids[1])
    lost = (ClassChange("nut", 50, 48, 40),)
    keep_forgetting(project, Forgetting(ids[1], ids[2], "test", lost, (), 2.0))
    page = show(project)
    assert page._book.in_use is not None
    assert page._book.in_use.run.id == ids[1]
    page.use_run(ids[2])
    dialog = page.findChild(ForgettingDialog)
    assert dialog is not None
    dialog.reject()
    until(lambda: not page._jobs)
    assert current_run(project) == ids[1]
    page._shown = ids[2]
    page._show()
    assert f"forgotten something (nut), so the older run {ids[1]} stays in use" in page.result.text
    page.use_run(ids[2])
    page.findChildren(ForgettingDialog)[-1].use.click()
    until(lambda: page._book.in_use is not None and page._book.in_use.run.id == ids[2])
    assert current_run(project) == ids[2]
