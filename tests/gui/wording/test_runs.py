from __future__ import annotations

import pytest

from gui.wording import locale
from gui.wording.runs import percent, reason_words, source_words


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("val", "set apart to validate"),
        ("5 held-out folds of train", "held out in turn, in 5 parts"),
        ("val, which also chose the epoch", "set apart to validate; they also chose the round"),
        (
            "a held-out tenth of train, which also chose the epoch; then trained on all of train",
            "a tenth, held out; they also chose the round; then trained on all",
        ),
        ("something of tomorrow", "something of tomorrow"),
    ],
)
def test_sources_in_words(source: str, words: str) -> None:
    assert source_words(source) == words


def test_a_reason_names_its_classes_and_an_unknown_one_stays() -> None:
    core = "all training frames of nut, bolt come from one capture session: frames of one session resemble each other"
    assert reason_words(core).startswith("all images of nut, bolt come from one recording")
    assert reason_words("another reason") == "another reason"


def test_percentages_in_the_notation_of_the_language() -> None:
    assert [percent(share) for share in (0.9876, 1, None)] == ["98.8%", "100.0%", "–"]
    locale.choose("es")
    assert percent(0.9876) == "98,8\u00a0%"
