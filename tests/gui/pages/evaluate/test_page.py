"""The Evaluate page on a real run: what it shows is what the core measures, and every wish of it comes true."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, Qt, QUrl
from PySide6.QtTest import QTest

from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from edge_transfer.evaluation.run_evaluation import evaluate_run
from edge_transfer.runs.run import Run, load_run
from export.runtime.events import run_to_end
from gui.main_window import MainWindow
from gui.pages.evaluate.page import EvaluatePage
from gui.session import Session
from gui.wording import locale as language

Until = Callable[..., None]


@pytest.fixture
def page(window: MainWindow, session: Session, copied: tuple[Project, Run], until: Until) -> EvaluatePage:
    """The page with a run of three classes, of whose 21 test pictures two have a wrong label."""
    project, run = copied
    with Catalog.open(project) as catalog:
        mislabelled = [sample.id for sample in catalog.samples(split="test", class_id=run.class_ids[0])][:2]
        catalog.relabel(mislabelled, run.class_ids[1])
    session.open(project.root)
    window.show_page("evaluate")
    found: EvaluatePage = window.page("evaluate")
    settle(found, until)
    return found


def settle(page: EvaluatePage, until: Until) -> None:
    until(lambda: not page.measuring.running and page._survey is not None, 60)


def test_what_is_shown_is_what_the_core_measures(
    page: EvaluatePage, window: MainWindow, copied: tuple[Project, Run], until: Until
) -> None:
    project, run = copied
    with Catalog.open(project) as catalog:
        evaluation = run_to_end(evaluate_run(project, catalog, run))
    result = page.result
    assert page._measured is not None
    assert page._measured.evaluation == evaluation
    assert result.headline.number == f"{100 * evaluation.top1:.1f}%"
    assert "Nothing was learned from these pictures" in result.headline.words
    assert "Few pictures" in result.headline.words
    assert page.bar.split == "test"
    kept = json.loads((project.runs_dir / run.id / "evaluation-test.json").read_text())
    assert np.sum(kept["confusion"]) == 21
    # Every cell has the pictures that it counts.
    for row, counts in enumerate(evaluation.confusion):
        for column, count in enumerate(counts):
            result.confusion.choose(row, column)
            assert len(result.cell_pictures.rows) == count
    wrong = [mistake.sample_id for mistake in evaluation.mistakes]
    assert len(wrong) >= 2
    assert page._measured.sample_ids[result.mistakes.rows].tolist() == wrong
    assert result.classes.model().rowCount() == 3
    # Other pictures, and a class name with signs of markup
    page.show_folds()
    settle(page, until)
    assert page._measured.evaluation.split == "validation"
    assert "Expect less in use: the model was chosen on these pictures." in result.headline.words
    language.choose("es")
    QCoreApplication.processEvents()
    assert result.headline.number.endswith("\u00a0%")
    assert window.banner == ""


def test_a_threshold_is_chosen_on_the_folds_and_taken_back(
    page: EvaluatePage, copied: tuple[Project, Run], until: Until
) -> None:
    project, run = copied
    panel = page.result.coverage
    assert not panel.use.isVisibleTo(panel), "nothing is chosen on the test pictures"
    assert panel.folds.isVisibleTo(panel)
    panel.folds.click()
    settle(page, until)
    assert panel.threshold == run.confidence.threshold
    assert not panel.use.isEnabled()
    panel.slider.setValue(1000)
    everything = panel.numbers
    panel.slider.setValue(0)
    assert panel.numbers.startswith("100.0% answered")
    assert panel.numbers != everything
    panel.slider.setValue(420)
    panel.use.click()
    until(lambda: load_run(project).confidence.threshold == 0.42, 30)
    until(lambda: page._measured is not None and page._measured.evaluation.threshold == 0.42, 30)
    assert panel.back.isVisibleTo(panel)
    panel.back.click()
    until(lambda: load_run(project) == run, 30)
    until(lambda: not panel.back.isVisibleTo(panel), 30)


def test_a_mistake_is_explained_and_its_label_mended(
    page: EvaluatePage, session: Session, copied: tuple[Project, Run], until: Until
) -> None:
    project, run = copied
    measured, dialog = page._measured, page.dialog
    assert measured is not None
    wrong = page.result.mistakes.rows
    row = next(row for row in wrong if measured.answers[row] == 0)
    page.result.mistakes.opened.emit(wrong.index(row))
    assert dialog.isVisible()
    until(lambda: dialog.look is not None and not page.looking.running, 60)
    assert dialog.look is not None
    assert dialog.look.heat.shape == (64, 64)
    assert 0 < dialog.look.heat.max() <= 1
    assert dialog.look.probability == pytest.approx(float(measured.stated[row]), abs=1e-4)
    sample = int(measured.sample_ids[row])

    def label() -> str:
        with Catalog.open(project, read_only=True) as catalog:
            return next(each.class_name for each in catalog.samples() if each.id == sample)

    assert label() == run.classes[1]
    QTest.keyClick(dialog, Qt.Key.Key_L)
    assert label() == run.classes[0]
    until(lambda: page._measured is not measured and not page.measuring.running, 30)
    assert page._measured is not None
    assert len(page.result.mistakes.rows) == len(wrong) - 1, "measured again with the new label"
    session.undo()
    assert label() == run.classes[1]


def test_the_robustness_is_measured_kept_and_cancelled(
    page: EvaluatePage, copied: tuple[Project, Run], until: Until
) -> None:
    project, run = copied
    panel, path = page.result.robustness, project.runs_dir / run.id / "robustness-test.json"
    assert panel.table.model().rowCount() == 0
    panel.measure.click()
    until(lambda: page.disturbing.share > 0, 60)
    assert "robustness" in page.busy()
    page.disturbing.cancel()
    until(lambda: not page.disturbing.running)
    assert not path.exists()
    panel.measure.click()
    until(lambda: path.exists() and not page.disturbing.running, 60)
    assert page.busy() == ""
    assert panel.table.model().rowCount() == 10
    said = panel.table.model().index(0, 3).data(Qt.ItemDataRole.AccessibleTextRole)
    assert said.startswith("darker, −3 EV: ")
    page.measure()
    settle(page, until)
    assert panel.table.model().rowCount() == 10, "what was kept is shown again"


def test_the_report_opens_in_the_language_of_the_window(
    page: EvaluatePage, copied: tuple[Project, Run], until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[QUrl] = []
    monkeypatch.setattr("gui.pages.evaluate.page.QDesktopServices.openUrl", lambda url: not opened.append(url))
    language.choose("es")
    page.open_report()
    until(lambda: bool(opened), 30)
    project, run = copied
    path = project.runs_dir / run.id / "evaluation-test.html"
    assert opened == [QUrl.fromLocalFile(str(path))]
    assert 'lang="es"' in path.read_text("utf-8")


def test_a_read_only_project_is_measured_and_not_written(
    window: MainWindow, session: Session, copied: tuple[Project, Run], until: Until
) -> None:
    project, run = copied
    session.open(project.root)
    session._why_read_only = (0, "")
    before = {path.name for path in (project.runs_dir / run.id).iterdir()}
    window.show_page("evaluate")
    page: EvaluatePage = window.page("evaluate")
    settle(page, until)
    page.show_folds()
    settle(page, until)
    assert {path.name for path in (project.runs_dir / run.id).iterdir()} == before
    page.result.coverage.slider.setValue(500)
    assert not page.result.coverage.use.isEnabled()
    assert page.result.coverage.use.toolTip() == session.read_only


def test_without_a_run_or_test_pictures_it_says_what_to_do(
    window: MainWindow, session: Session, copied: tuple[Project, Run], project: Project, until: Until
) -> None:
    window.show_page("evaluate")
    page: EvaluatePage = window.page("evaluate")
    wishes: list[str] = []
    page.page_wanted.disconnect()
    page.page_wanted.connect(wishes.append)
    assert page.empty.title == "Nothing is open"
    session.open(project.root)
    settle(page, until)
    assert page.empty.title == "There is no run yet"
    page.empty.help_on.click()
    trained = copied[0]
    with Catalog.open(trained) as catalog:
        for row in catalog.sessions():
            if row.split == "test":
                catalog.trash_session(row.id)
    session.open(trained.root)
    until(lambda: page._measured is not None, 60)
    assert page.bar.split == "validation", "the held-out folds stand in"
    page.bar.choose_split("test")
    until(lambda: page._measured is None and not page.measuring.running, 30)
    assert page.empty.title == "There are no such pictures yet"
    page.empty.help_on.click()
    assert wishes == ["train", "collect"]
    page.empty.folds.click()
    until(lambda: page._measured is not None, 30)
