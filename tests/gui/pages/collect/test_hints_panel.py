from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from edge_transfer.curation.recording_hints import Hint
from gui.pages.collect.hints_panel import CoachPanel
from gui.wording import locale

HINTS = [
    Hint("no class"),
    Hint("one class", ("nut",), (0,)),
    Hint("one class", ("nut",), (1,)),
    Hint("few images", ("nut",), (1, 10)),
    Hint("confused", ("nut", "bolt"), (12, 60)),
    Hint("one session", ("nut",)),
    Hint("one session", ("nut", "bolt")),
    Hint("alike", ("nut",), (0.1,)),
    Hint("imbalance", ("nut", "bolt"), (300, 20)),
    Hint("no test"),
    Hint("no background"),
]


@pytest.fixture
def panel(qtbot: QtBot) -> CoachPanel:
    made = CoachPanel()
    qtbot.addWidget(made)
    made.resize(400, made.sizeHint().height())
    made.show()
    return made


@pytest.mark.parametrize("hint", HINTS, ids=lambda hint: f"{hint.kind} {len(hint.classes)}")
def test_every_hint_has_words_with_its_classes_and_numbers(panel: CoachPanel, hint: Hint) -> None:
    panel.show_hints([hint])
    assert all(name in panel.sentence for name in hint.classes)
    assert "{" not in panel.sentence
    if hint.kind in ("few images", "confused", "imbalance"):
        assert all(f"{number:.0f}" in panel.sentence for number in hint.numbers)
    assert panel._sign.text()


def test_the_height_is_the_same_whatever_it_says(panel: CoachPanel) -> None:
    heights = set()
    for hints in (None, [], HINTS[:1], HINTS[4:9]):
        panel.show_hints(hints)
        heights.add(panel.sizeHint().height())
    panel._more.click()
    opened = set()
    for hints in (HINTS[4:9], HINTS[:2], []):
        panel.show_hints(hints)
        opened.add(panel.sizeHint().height())
    assert (len(heights), len(opened)) == (1, 1)
    assert max(opened) > max(heights)


def test_more_on_demand(panel: CoachPanel) -> None:
    panel.show_hints(HINTS[4:9])
    assert panel.more == ()
    assert panel._more.text() == "+4"
    panel._more.click()
    assert len(panel.more) == 4
    assert "nut, bolt" in panel.more[1]


def test_class_names_are_plain_text_and_the_language_changes(panel: CoachPanel) -> None:
    panel.show_hints([Hint("one session", ("<b>nut {x}</b>",))])
    assert "“<b>nut {x}</b>” was recorded once" in panel.sentence
    assert "&lt;b&gt;" in panel._sentence.toolTip()
    assert panel.accessibleName() == "What to record next"
    locale.choose("en")
