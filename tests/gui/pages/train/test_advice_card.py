"""Advice on the Train page: in the worker process, kept, in both languages, and its side can be taken."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QCoreApplication

from edge_transfer.advice.cache import save_advice
from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from gui.main_window import MainWindow
from gui.pages.train import advice_job
from gui.pages.train.page import TrainPage
from gui.session import Session
from gui.wording import locale
from tests.edge_transfer.advice.test_result import example

Until = Callable[..., None]


def test_kept_advice_is_shown_at_once_and_its_side_can_be_taken(
    advice_page: TrainPage, window: MainWindow, session: Session, project: Project, until: Until
) -> None:
    save_advice(project, example())
    window.show_page("train")
    until(lambda: advice_page.advice.advising.told is not None)
    assert not advice_page.advice.advising.working
    assert advice_page.advice.isVisible()
    assert "Big at 160 px" in advice_page.advice.text
    assert "worth 40.0 points" in advice_page.advice.text
    assert "The images have changed since." in advice_page.advice.text  # the example is about others
    advice_page.advice.more.setChecked(False)
    assert "Big at 160 px" in advice_page.advice.text
    assert "worth 40.0 points" not in advice_page.advice.text
    english = advice_page.advice.text
    locale.choose("es")
    QCoreApplication.processEvents()
    assert "Big a 160 px" in advice_page.advice.text
    assert advice_page.advice.take.text() == "Tomar 160 px"
    assert not set(english.splitlines()) & set(advice_page.advice.text.splitlines())
    advice_page.advice.take.click()
    assert Project.open(project.root).input.side == 160
    assert session.project is not None
    assert session.project.input.side == 160
    until(advice_page.advice.take.isHidden)


def test_a_read_only_project_and_one_class_are_left_in_peace(
    advice_page: TrainPage, window: MainWindow, project: Project, monkeypatch: pytest.MonkeyPatch, until: Until
) -> None:
    monkeypatch.setattr(advice_job, "START_AFTER_MS", 0)
    with Catalog.open(project) as catalog:
        catalog.trash([sample.id for sample in catalog.samples() if sample.class_name == "bolt"])
    window.show_page("train")
    until(
        lambda: (
            advice_page._facts is not None and not advice_page._jobs and advice_page.advice.advising._reading is None
        )
    )
    assert not advice_page.advice.advising.working
    assert advice_page.advice.isHidden()
