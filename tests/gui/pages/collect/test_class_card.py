"""The card of a class."""

from __future__ import annotations

from gui.pages.collect.page import CollectPage
from gui.session import Session


def test_a_long_class_name_is_elided_and_plain(page: CollectPage, session: Session) -> None:
    name = "<b>" + "very long name " * 6
    session.do(lambda catalog: catalog.rename_class(page.classes.cards[0].class_id, name))
    card = page.classes.cards[0]
    assert card.name == name.strip()
    assert card.width() <= page.classes.width()
    card._name.resize(100, 20)
    assert "&lt;b&gt;" in card._name.toolTip()
