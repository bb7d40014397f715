"""The Evaluate page on a real run: what it shows is what the core measures, and every wish of it comes true."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QUrl

from edge_transfer.dataset.project import Project
from edge_transfer.runs.run import Run, load_run
from gui.main_window import MainWindow
from gui.pages.evaluate import page as page_module
from gui.pages.evaluate.page import EvaluatePage
from gui.session import Session
from gui.wording import locale
from tests.gui.pages.evaluate.conftest import Until, settle


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


def test_the_report_opens_in_the_language_of_the_window(
    page: EvaluatePage, copied: tuple[Project, Run], until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[QUrl] = []
    monkeypatch.setattr(page_module.QDesktopServices, "openUrl", lambda url: not opened.append(url))
    locale.choose("es")
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
