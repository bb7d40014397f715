"""The paragraph: the numbers are in it, in both languages, whatever the verdict."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from edge_transfer.advice.result import (
    Advice,
    Budget,
    Choice,
    ClassSize,
    DataFacts,
    Leakage,
    Strategy,
    Transfer,
    choose,
)
from edge_transfer.advice.wording import hint_sentences, paragraph
from edge_transfer.curation.recording_hints import Hint
from edge_transfer.report_pages import texts
from tests.edge_transfer.advice.test_result import BIG, NOTHING, example


def fields(text: str) -> list[str]:
    return sorted(re.findall(r"{(\w+)}", text))


def test_both_languages_say_the_same_with_the_same_numbers() -> None:
    english, spanish = texts("advice", "en"), texts("advice", "es")
    assert english.keys() == spanish.keys()
    for key, text in english.items():
        if isinstance(text, str):
            assert fields(text) == fields(spanish[key]), key
    assert english["hints"].keys() == spanish["hints"].keys()
    for kind, text in english["hints"].items():
        assert fields(text) == fields(spanish["hints"][kind]), kind
    with pytest.raises(ValueError, match="language must be one of en, es"):
        texts("advice", "fr")


def test_the_numbers_are_in_the_paragraph() -> None:
    english, spanish = paragraph(example(), "en"), paragraph(example(), "es")
    for said in (
        *("100 images of 2 classes", "4 recordings", "40 (hex nut)", "60 (<b>)", "3 of 100 repeat"),
        *("Big at 160 px", "89.0% (± 1.0)", "20.0 ms here, 50 a second"),
        *("Big at 224 px, is right on 1.0 points more and takes 40.0 ms", "optimistic"),
        *("worth 40.0 points", "reaches 50.0%", "70% lie farther", "10 independent images", "needs 15", "second rec"),
        "would have promised 97.0%: 8.0 points (± 4.0) too many",
    ):
        assert said in english, said
    for said in (
        *("100 imágenes de 2 clases", "4 grabaciones", "89,0\u00a0% (± 1,0)", "20,0 ms aquí, 50 por segundo"),
        *("1,0 puntos más", "vale 40,0 puntos", "10 imágenes independientes", "segunda grabación"),
        "habría prometido el 97,0\u00a0%: 8,0 puntos (± 4,0) de más",
    ):
        assert said in spanish, said
    assert "{" not in english + spanish


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_verdict_has_its_words(language: str) -> None:
    said = set()
    for verdict in ("helps", "easy", "useless", "unclear"):
        said.add(paragraph(replace(example(), transfer=Transfer(verdict, 0.5, 0.9, 0.4, 0.02)), language))
    for why in ("few images", "right already", "time"):
        said.add(paragraph(replace(example(), strategy=Strategy("probe", why, 0.98, 0.97)), language))
    for name in ("finetune", "scratch"):
        said.add(paragraph(replace(example(), strategy=Strategy(name, "", 300, 200)), language))
    for gap in (0.4, 0.97, None):
        said.add(paragraph(replace(example(), gap=gap), language))
    for choice in (Choice(BIG[0], False, False), Choice(BIG[0], True, False), Choice(BIG[3], True, True)):
        said.add(paragraph(replace(example(), choice=choice), language))
    said.add(paragraph(replace(example(), busy=True), language))
    said.add(paragraph(replace(example(), box_factor=4.0), language))
    assert len(said) == 17
    assert not any("{" in text for text in said)


def test_without_anything_to_compare_it_says_what_is_missing() -> None:
    nothing = Advice(DataFacts((), 0, 0, 0, (Hint("no class"),), ()), 224)
    assert paragraph(nothing).startswith("There is no image to learn from yet")
    assert "Next: add a class" in paragraph(nothing)
    one = Advice(DataFacts((ClassSize("nut", 7, 1, 0),), 7, 7, 0, (Hint("one class", ("nut",), (1.0,)),), ()), 224)
    assert "Only nut has images to learn from (7)" in paragraph(one)
    assert "Solo nut tiene imágenes" in paragraph(one, "es")
    single = Advice(DataFacts((ClassSize("nut", 1, 0, 1), ClassSize("bolt", 1, 0, 1)), 2, 2, 0, (), ()), 224)
    assert "nothing can be said about accuracy yet" in paragraph(single)


def test_hints_are_sentences_in_both_languages() -> None:
    hints = tuple(
        Hint(kind, ("nut", "bolt"), (3.0, 20.0))
        for kind in ("few images", "confused", "one session", "alike", "imbalance", "no background", "one class")
    )
    advice = replace(example(), data=replace(example().data, hints=hints))
    for language in ("en", "es"):
        sentences = hint_sentences(advice, language)
        assert len(set(sentences)) == len(hints)
        assert "nut" in sentences[0]
        assert "20" in sentences[1]


@pytest.mark.parametrize("leakage", [None, Leakage(0.9, 0.009, 0.0), Leakage(0.97, 0.08, 0.041)])
def test_leakage_that_is_small_or_noise_is_not_said(leakage: Leakage | None) -> None:
    said = paragraph(replace(example(), leakage=leakage))
    assert "promised" not in said
    assert "  " not in said


def test_a_choice_of_the_project_s_own_is_said() -> None:
    advice = replace(example(), choice=choose([BIG[3], NOTHING], Budget()))
    assert "what this project uses" in paragraph(advice)
    assert "most accurate at hand." in paragraph(replace(advice, side=128))
