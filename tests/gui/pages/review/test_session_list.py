"""The list of recordings: a whole one moves to the test."""

from __future__ import annotations

from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from gui.main_window import MainWindow
from gui.pages.review.gallery.rows import Filter
from gui.pages.review.page import ReviewPage
from tests.gui.pages.review.conftest import Until, shown

NUTS, WASHERS = list(range(1, 13)), list(range(13, 25))


def test_a_whole_recording_moves_to_the_test_and_back(
    page: ReviewPage, window: MainWindow, project: Project, until: Until
) -> None:
    page.sessions.table.selectRow(1)
    assert page.sessions.table.selected == 1
    assert not page.sessions.learn.isEnabled()
    page.sessions.test.click()
    with Catalog.open(project, read_only=True) as catalog:
        assert {sample.id for sample in catalog.samples(split="test")} == set(NUTS)
    until(page.sessions.learn.isEnabled)
    assert page.sessions.table.selected == 1
    page.filter.choose(Filter(split="test"))
    assert sorted(shown(page)) == NUTS
    window.undo()
    until(lambda: page.gallery.count == 0)
    page.sessions.alone.click()
    assert shown(page) == NUTS
