"""The card of an answer: the mean of the last answers, and drift in words."""

from __future__ import annotations

from dataclasses import replace

from gui.pages.live.page import LivePage
from gui.pages.live.worker_calls import BundleAnswer


def test_the_answer_is_the_mean_of_the_last_answers(page: LivePage) -> None:
    card = page.cards[0]
    page.camera.end()
    page.bundles.take()
    card.forget()
    for row in ((1.0, 0.0, 0.0), (0.4, 0.6, 0.0)):
        card._recent.append(row)
    card.show_decision(1)
    assert card.decision is not None
    assert (card.decision.label, round(card.decision.probability, 3)) == ("Schraube <b>", 0.6)
    card.show_decision(2)
    assert (card.decision.label, round(card.decision.probability, 3)) == ("hex nut", 0.7)


def test_drift_is_said_in_plain_words_while_it_holds(page: LivePage) -> None:
    card = page.cards[0]
    page.deactivated()
    assert card.drift.isHidden()
    usual = BundleAnswer((0.8, 0.1, 0.1), "hex nut", False, 2.0)
    card.add(replace(usual, drifting=True), 0.0)
    assert not card.drift.isHidden()
    assert "moved away from what was learned" in card.drift.text()
    assert card.drift.accessibleName() == card.drift.text()
    card.add(usual, 0.1)
    assert card.drift.isHidden()
    card.add(replace(usual, drifting=True), 0.2)
    card.forget()
    assert card.drift.isHidden(), "another source says nothing yet"
