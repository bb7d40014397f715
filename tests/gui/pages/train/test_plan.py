"""The plan of a training: what is there, what is missing, and what came meanwhile."""

from __future__ import annotations

from collections.abc import Callable

from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from gui.main_window import MainWindow
from gui.pages.train.page import TrainPage
from gui.session import Session
from tests.gui.pages.train.conftest import Record, Until


def test_too_few_classes_say_what_to_do_and_lead_to_collect(
    show: Callable[[Project], TrainPage], window: MainWindow, session: Session, project: Project, until: Until
) -> None:
    page = show(project)
    assert not page.panel.train.isEnabled()
    assert "Record at least two classes" in page.plan.text
    page.train()
    assert not page.training.running
    session.do(lambda catalog: catalog.add_class("nut"))
    page.plan.collect_wanted.emit()
    assert window._current == "collect"


def test_what_was_recorded_meanwhile_is_counted_once(
    page: TrainPage, session: Session, project: Project, record: Record, until: Until
) -> None:
    read: list[int] = []
    page.form.changed.connect(lambda: None)
    on_facts = page._on_facts
    page._on_facts = lambda facts: (read.append(facts.images), on_facts(facts))  # type: ignore[method-assign, assignment]
    with Catalog.open(project) as catalog:
        record(project, catalog, "bolt", 9)
    for _ in range(50):
        session.changed.emit()
    until(lambda: "bolt 24" in page.plan.text)
    assert read == [54]
    assert "single recording" not in page.plan.text
