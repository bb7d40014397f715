"""The list of classes: their keys, and the field for a new name."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from edge_transfer.dataset.project import Project
from gui.pages.collect.page import CollectPage
from tests.gui.pages.collect.conftest import Until, counts, record


@pytest.mark.parametrize(("key", "name"), [(Qt.Key.Key_Space, "nut"), (Qt.Key.Key_2, "washer")])
def test_keys_record_while_they_are_held(
    page: CollectPage, project: Project, until: Until, key: Qt.Key, name: str
) -> None:
    page.classes.cards[0].setFocus()
    card = page.classes.cards[0]
    record(page, until, lambda: QTest.keyPress(card, key), lambda: QTest.keyRelease(card, key), 2)
    assert counts(project)[name] >= 2
    assert sum(counts(project).values()) == counts(project)[name]


def test_a_digit_typed_into_the_field_records_nothing(page: CollectPage) -> None:
    page.add_class()
    field = page.window().focusWidget()
    assert field is not None
    QTest.keyClicks(field, "bolt 1")
    assert not page.recorder.recording
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert [card.name for card in page.classes.cards] == ["nut", "washer", "bolt 1"]
