"""The filter: lists, classes, splits and recordings."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from gui.pages.review.gallery.rows import Filter
from gui.pages.review.page import ReviewPage
from tests.gui.pages.review.conftest import PLANTED, Until, shown

NUTS, WASHERS = list(range(1, 13)), list(range(13, 25))


def test_the_other_lists_and_filters(checked: ReviewPage, until: Until) -> None:
    page = checked
    for listed, ids in (("disagreement", PLANTED), ("duplicates", [1, 5]), ("outliers", [20])):
        page.filter.choose(Filter(listed))
        assert shown(page) == ids
    page.filter.choose(Filter(class_id=2, order="recorded"))
    assert shown(page) == WASHERS
    page.filter.choose(Filter(session_id=1, order="newest"))
    assert shown(page) == NUTS[::-1]
    page.filter.choose(Filter(split="test"))
    assert shown(page) == []
    assert "Show all" in page.gallery.accessibleDescription()
    QTest.mouseClick(page.filter.everything, Qt.MouseButton.LeftButton)
    assert len(shown(page)) == 24
    assert not page.filter.everything.isEnabled()


def test_lists_that_need_a_check_say_so(page: ReviewPage) -> None:
    page.show_suspects()
    assert shown(page) == []
    assert "Check the labels" in page.gallery.accessibleDescription()
