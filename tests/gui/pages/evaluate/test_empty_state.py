"""What the page says without a run or without test images."""

from __future__ import annotations

from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from edge_transfer.runs.run import Run
from gui.main_window import MainWindow
from gui.pages.evaluate.page import EvaluatePage
from gui.session import Session
from tests.gui.pages.evaluate.conftest import Until, settle


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
