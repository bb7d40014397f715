"""The check of the labels: planted errors, suggestions, and the process it runs in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from edge_transfer.backbones.weights import WEIGHTS_DIR_VARIABLE
from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from gui.pages.review.page import ReviewPage
from gui.session import Session
from tests.gui.pages.review.conftest import PLANTED, Until, labels, review_of, shown

NUTS, WASHERS = list(range(1, 13)), list(range(13, 25))


def test_planted_errors_come_first_and_one_key_puts_them_right(
    checked: ReviewPage, session: Session, project: Project, until: Until
) -> None:
    page = checked
    assert shown(page)[:3] == PLANTED
    assert page.check.text.text() == "3 suspected labels · 1 repeated image · 1 unusual image"
    page.show_suspects()
    assert shown(page) == PLANTED
    page.gallery.setFocus()
    page.gallery.go(0)
    for left in ([7, 15], [15], []):
        QTest.keyClick(page.gallery, Qt.Key.Key_S)
        until(lambda left=left: shown(page) == left)
        assert page.gallery.selected_ids.tolist() == left[:1]
    assert [labels(project)[number] for number in PLANTED] == ["washer", "washer", "nut"]
    assert "No label is suspected here." in page.gallery.accessibleDescription()
    session.undo()
    until(lambda: shown(page) == [15])


def test_suggestions_are_accepted_in_bulk(checked: ReviewPage, project: Project) -> None:
    checked.gallery.select_all()
    assert checked.accept.isEnabled()
    checked.accept.click()
    found = labels(project)
    assert [number for number in NUTS if found[number] != "nut"] == [3, 7]
    assert [number for number in WASHERS if found[number] != "washer"] == [15]


@pytest.mark.slow
def test_a_check_in_its_process_finds_planted_errors(
    page: ReviewPage,
    session: Session,
    project: Project,
    record: Callable[..., object],
    until: Until,
    random_weights: Callable[[str], Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(WEIGHTS_DIR_VARIABLE, str(random_weights("squeezenet").parent))
    with Catalog.open(project) as catalog:
        record(project, catalog, "nut", 12)
        record(project, catalog, "washer", 12)
    session.do(lambda catalog: (catalog.relabel([4], 2), catalog.relabel([20], 1)))
    until(lambda: page.gallery.tiles is not None and page.gallery.tiles.tile(3).class_name == "washer")
    page.check_labels()
    assert page.busy()
    until(lambda: not page.check.running, 120)
    until(lambda: page._contents is not None and page._contents.findings is not None, 20)
    assert {4, 20} <= set(shown(page)[:4])
    page.check_labels()
    page.check.cancel()
    until(lambda: not page.check.running, 30)
    assert page.busy() == ""


def test_the_check_of_labels_says_nothing_of_a_guess(returned: ReviewPage, until: Until) -> None:
    returned.show_review(review_of())
    until(lambda: returned._contents is not None and returned._contents.findings is not None)
    assert shown(returned)[:6] == [25, 26, 27, *PLANTED]
    returned.gallery.select_ids([3, 25])
    returned.accept_suggestions()
    assert returned.gallery.tiles is not None
    tiles = {returned.gallery.tiles.tile(place).id: returned.gallery.tiles.tile(place) for place in range(27)}
    assert (tiles[3].class_name, tiles[25].class_name, tiles[25].split) == ("washer", "washer", "train")
    assert tiles[26].suggested_id is None
