from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

import edge_transfer
import export
import gui
from gui.widgets.controls import Banner
from gui.wording import locale
from gui.wording.core_messages import SENTENCES, core_words

_FIELD = re.compile(r"\{[^{}]*\}")


@pytest.fixture
def spanish(qapp: object) -> object:
    locale.choose("es")
    yield
    locale.choose("en")


def texts_of(path: Path) -> list[str]:
    """Every text of a module with `{}` where it fills something in."""

    def text(node: ast.AST) -> str:
        if isinstance(node, ast.JoinedStr):
            return "".join(map(text, node.values))
        return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else "{}"

    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = [text(node) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr | ast.Constant)]
    # A sentence of two parts: name and reason, or what `or` offers.
    return [re.sub(r"(\{\})+", "{}", each) for each in found]


def test_every_sentence_is_one_of_the_core() -> None:
    folders = [Path(module.__path__[0]) for module in (edge_transfer, export)]
    files = [path for folder in folders for path in folder.rglob("*.py")]
    files += [
        Path(gui.__path__[0]) / name
        for name in ("jobs/worker.py", "pages/export/worker_calls.py", "dialogs/import_worker_calls.py")
    ]
    known = {text for path in files for text in texts_of(path)}
    together = "\0".join(known)
    beginnings = {text.removesuffix("{}") for text in known}
    unknown = []
    for sentence in SENTENCES:
        bare = _FIELD.sub("{}", sentence)
        parts = [part.strip(" :;()") for part in bare.split("{}") if part.strip(" :;()")]
        whole = bare in known or bare.removesuffix("{}") in beginnings
        # A sentence that the core joins of several texts: each of its parts is in one of them.
        joined = parts and all(part in together for part in parts)
        if not (whole or joined):
            unknown.append(sentence)
    assert unknown == []


def test_a_sentence_is_said_in_spanish_with_its_values(spanish: None) -> None:
    said = core_words("there is a class 'nut' already: use that one or choose another name")
    assert said == "Ya hay una clase 'nut': use esa o elija otro nombre"


def test_a_reason_within_a_sentence_is_said_in_spanish_too(spanish: None) -> None:
    said = core_words("cannot write /mnt/a/b.jpg: the disk is full")
    assert said == "No se puede escribir /mnt/a/b.jpg: el disco está lleno"
    nested = core_words("nothing listens at 10.0.0.1 (connection refused): check address and port; trying again in 4 s")
    assert nested.startswith("Nadie escucha en 10.0.0.1")
    assert nested.endswith("nuevo intento en 4 s")


def test_what_a_training_tells_of_itself_is_said_in_spanish(spanish: None) -> None:
    learned = "3 of 19 blocks learned; epoch 4 of 9 was the best"
    said = core_words(f"{learned}: on 77 held-out images it is right on 0.922, the probe on 0.900", capital=False)
    assert said.startswith("aprendieron 3 de 19 bloques; la ronda 4 de 9 fue la mejor: en 77 imágenes")
    assert said.endswith("acierta 0.922, la sonda, 0.900")
    assert core_words(learned, capital=False) == "aprendieron 3 de 19 bloques; la ronda 4 de 9 fue la mejor"


def test_what_is_not_known_stays_and_gets_a_capital() -> None:
    assert core_words("something new went wrong") == "Something new went wrong"
    assert core_words("clip.mp4 is not what it says") == "clip.mp4 is not what it says"
    assert core_words("") == ""


def test_values_with_braces_are_no_fields(spanish: None) -> None:
    assert "{x}" in core_words("there is a class '{x}' already: use that one or choose another name")


def test_every_sentence_finds_itself(spanish: None) -> None:
    for sentence in SENTENCES:
        filled = _FIELD.sub("7", sentence)
        assert core_words(filled, capital=False) != filled, sentence


def test_a_banner_changes_its_language_at_once(qapp: QApplication, spanish: None) -> None:
    banner = Banner()
    banner.say("the class name ' ' shows nothing: use letters, digits or signs")
    assert banner.text.startswith("El nombre de clase")
    locale.choose("en")
    qapp.processEvents()
    assert banner.text.startswith("The class name")


def test_a_banner_shows_the_beginning_of_a_long_text(qapp: object) -> None:
    banner = Banner()
    banner.say("\n".join(f"line number {number}" for number in range(40)))
    assert banner.text.count("\n") < 5
    assert banner.text.endswith("…")
