"""The page people read: everything is in it, nothing is loaded, and no name gets out of its place."""

from __future__ import annotations

import base64
import json
import re
import string
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge_transfer.dataset.catalog import Sample
from edge_transfer.errors import StorageError
from edge_transfer.evaluation.evaluate import Evaluation, evaluate
from edge_transfer.evaluation.report import render_evaluation_report, write_evaluation_report
from edge_transfer.report_pages import LANGUAGES

SIX = ["cardboard", "glass", "metal", "paper", "plastic", "trash"]
JPEG = b"\xff\xd8\xff a small picture \xff\xd9"
VOID = {"meta", "img", "br", "link", "input"}


def evaluation_of(classes: list[str], n: int = 300, split: str = "test", **changed: Any) -> Evaluation:
    generator = np.random.default_rng(7)
    labels = generator.integers(0, len(classes), n)
    logits = generator.normal(0, 1, (n, len(classes))).astype(np.float32)
    logits[np.arange(n), labels] += generator.gamma(2, 1.2, n).astype(np.float32)
    samples = [
        Sample(
            *(f"{k:064x}", ".jpg", int(label), 64, 48, 1000, k, None, 1.0, 99.0, 0),
            id=k,
            class_name=classes[label],
            session_id=1 + k % 4,
            split=split,
            session_kind="recording",
        )
        for k, label in enumerate(labels)
    ]
    wanted = {"run": "r1", "temperature": 1.0, "threshold": 0.5, **changed}
    return evaluate(logits, labels, split=split, classes=classes, samples=samples, **wanted)


class Page(HTMLParser):
    """Elements, attributes and visible text of a page; fails when the tags do not match."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] != "style":
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def having(self, tag: str, name: str) -> list[dict[str, str | None]]:
        return [attributes for kind, attributes in self.elements if kind == tag and name in attributes]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("classes", [SIX[:2], SIX, [f"a rather long name of a part, number {k}" for k in range(12)]])
def test_page_is_whole_and_loads_nothing(classes: list[str], language: str) -> None:
    html = render_evaluation_report(evaluation_of(classes), lambda _: JPEG, language=language)
    page = Page(html)
    kinds = {kind for kind, _ in page.elements}
    assert not kinds & {"script", "link", "iframe", "object", "embed", "base", "form"}
    assert "http" not in html.replace("http-equiv", "")
    assert "@import" not in html
    assert "url(" not in html
    for _, attributes in page.elements:
        assert not any(name.startswith("on") for name in attributes)
        assert (attributes.get("src") or "data:").startswith("data:")
        assert "href" not in attributes
    assert page.having("html", "lang") == [{"lang": language}]
    assert "default-src 'none'" in html
    assert not re.search(r"\{\w*\}|\{\{|\{%", page.text)  # no placeholder is left


def test_numbers_stand_on_the_page() -> None:
    found = evaluation_of(SIX)
    text = Page(render_evaluation_report(found, lambda _: JPEG)).text
    right = round(found.top1 * found.n)
    assert f"Of 300 pictures of the test split, {right} were recognised: {100 * found.top1:.1f}%." in text
    low, high = found.top1_interval
    assert f"between {100 * low:.1f}% and {100 * high:.1f}% (95% interval)" in text
    assert "An honest number" in text
    assert "Frames of one recording resemble each other" in text
    assert f"Always answering the most frequent class would reach {100 * found.baseline:.1f}%." in text
    for share in (found.macro_f1, found.coverage, found.accuracy_covered, found.ece):
        assert share is not None
        assert f"{100 * share:.1f}%" in text
    assert f"{found.brier:.3f}" in text
    assert f"{found.nll:.3f}" in text
    wrong = sum(map(sum, found.confusion)) - right
    assert f"24 of {wrong} mistakes." in text


def test_spanish_uses_decimal_commas_and_spanish_words() -> None:
    found = evaluation_of(SIX, split="val")
    html = render_evaluation_report(found, lambda _: JPEG, language="es")
    assert f"{100 * found.top1:.1f}".replace(".", ",") + "\u00a0%" in html
    text = Page(html).text
    assert f"{100 * found.top1:.1f}" not in text
    assert "Evaluación de r1" in text
    assert "el modelo se eligió con estas imágenes" in text


def test_an_optimistic_number_says_why() -> None:
    reason = "glass has a single capture session: record a second one"
    text = Page(render_evaluation_report(evaluation_of(SIX, optimistic_reasons=[reason]), lambda _: None)).text
    assert "Optimistic: expect less in use" in text
    assert reason in text
    assert "An honest number" not in text


def test_a_model_no_better_than_guessing_is_called_so() -> None:
    found = replace(evaluation_of(SIX), baseline=0.99)
    assert "the model is not clearly better than that" in Page(render_evaluation_report(found, lambda _: None)).text


def test_untested_classes_are_named() -> None:
    found = evaluation_of([*SIX, "eye bolt"])
    kept = [row[:] for row in found.confusion]
    kept[6] = [0] * 7
    found = replace(found, confusion=kept, missing_classes=["eye bolt"])
    text = Page(render_evaluation_report(found, lambda _: None)).text
    assert "Nothing is known about eye bolt: no pictures were tested." in text


def test_names_are_escaped_wherever_they_stand() -> None:
    nasty = ["<script>alert(1)</script>", "\"><img src=x onerror='alert(1)'>", "{0} {{ e.run }} {% raw %}", "a & b"]
    found = evaluation_of(nasty, run="<b>run</b> {x}", optimistic_reasons=["<i>reason</i>"])
    html = render_evaluation_report(found, lambda _: JPEG)
    page = Page(html)
    assert not {kind for kind, _ in page.elements} & {"script", "i"}
    assert all("onerror" not in attributes for _, attributes in page.elements)
    assert len(page.having("img", "src")) == len(found.mistakes)
    for name in (*nasty, "<b>run</b> {x}", "<i>reason</i>"):
        assert name in page.text


def test_long_and_foreign_names_are_cut_beside_the_matrix_and_whole_elsewhere() -> None:
    names = ["W" * 100, "六角ナット ステンレス鋼製 メッキ加工済み 特大", "صمولة سداسية مجلفنة", "short"]
    page = Page(render_evaluation_report(evaluation_of(names), lambda _: None))
    for name in names:
        assert name in page.text
    assert any(word.endswith("…") and word.startswith("WW") and len(word) < 20 for word in page.words)
    assert any(word.endswith("…") and word.startswith("六角") for word in page.words)


def numbers(attributes: dict[str, str | None], *names: str) -> Iterator[float]:
    for name in names:
        yield float(attributes[name] or "nan")


def test_matrix_shades_follow_the_share_of_the_row() -> None:
    found = replace(evaluation_of(SIX[:2]), confusion=[[100, 0], [1, 99]])
    page = Page(render_evaluation_report(found, lambda _: None))
    cells = [a for a in page.having("rect", "class") if re.fullmatch(r"s\d+", a["class"] or "")]
    assert [cell["class"] for cell in cells[:4]] == ["s10", "s0", "s1", "s10"]
    assert "glass answered as cardboard: 1 of 100" in page.text
    for cell in cells[:4]:
        x, y, side, height = numbers(cell, "x", "y", "width", "height")
        assert x > 0
        assert y > 0
        assert side == height


@pytest.mark.parametrize("threshold", [0.0, 0.5, 1.0])
def test_charts_stay_within_their_frames(threshold: float) -> None:
    page = Page(render_evaluation_report(evaluation_of(SIX, threshold=threshold), lambda _: None))
    (curve,) = page.having("polyline", "points")
    points = [tuple(map(float, pair.split(","))) for pair in (curve["points"] or "").split()]
    assert [x for x, _ in points] == sorted(x for x, _ in points)
    assert all(62 <= x <= 428 and 14 <= y <= 268 for x, y in points)
    dots = [a for a in page.having("circle", "r") if a["r"] == "6.5"]
    assert len(dots) == (threshold < 1)  # with every answer withheld there is no point to mark
    for bar in [a for a in page.having("rect", "class") if (a["class"] or "").startswith("bar") and "x" in a]:
        x, y, width, height = numbers(bar, "x", "y", "width", "height")
        assert 62 <= x <= x + width <= 428
        assert 14 <= y <= y + height <= 268.01


def test_thumbnails_are_embedded_and_missing_ones_are_said() -> None:
    found = evaluation_of(SIX)
    first = found.mistakes[0].sha256
    page = Page(render_evaluation_report(found, lambda sha256: JPEG if sha256 == first else None))
    (image,) = page.having("img", "src")
    assert base64.b64decode((image["src"] or "").removeprefix("data:image/jpeg;base64,")) == JPEG
    assert image["alt"] == f"{found.mistakes[0].truth}, taken for {found.mistakes[0].predicted}"
    assert page.text.count("picture not found") == 23


def test_a_run_without_mistakes() -> None:
    found = evaluation_of(SIX[:2])
    confusion = [[150, 0], [0, 150]]
    page = Page(render_evaluation_report(replace(found, confusion=confusion, mistakes=[]), lambda _: None))
    assert "Not a single mistake on these pictures." in page.text
    assert "Most frequent confusions" not in page.text


def test_one_picture_of_one_session() -> None:
    text = Page(render_evaluation_report(evaluation_of(SIX, n=1), lambda _: None)).text
    assert "1 picture · 6 classes · 1 capture session" in text


def placeholders(value: Any) -> Any:
    """The structure of a table of texts: its keys, and in place of each text the names of its placeholders."""
    if isinstance(value, dict):
        return {key: placeholders(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [placeholders(inner) for inner in value]
    return {field for _, field, _, _ in string.Formatter().parse(value) if field}


def test_both_languages_have_the_same_texts() -> None:
    folder = files("edge_transfer") / "templates"
    english, spanish = (json.loads((folder / f"report.{language}.json").read_text("utf-8")) for language in LANGUAGES)
    english.pop("reasons")
    spanish.pop("reasons")
    assert placeholders(english) == placeholders(spanish)


def test_page_is_written_and_a_missing_folder_is_said(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    found = evaluation_of(SIX)
    write_evaluation_report(path, found, lambda _: JPEG, language="es")
    assert path.read_text("utf-8") == render_evaluation_report(found, lambda _: JPEG, language="es")
    assert [entry.name for entry in tmp_path.iterdir()] == ["report.html"]
    with pytest.raises(StorageError, match="the folder is gone"):
        write_evaluation_report(tmp_path / "gone" / "report.html", found, lambda _: None)
    with pytest.raises(ValueError, match="language must be one of en, es"):
        render_evaluation_report(found, lambda _: None, language="de")
