"""The classes as buttons: keys, counts, and the reason why none can be pressed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication

from gui.pages.live.correction_keys import ClassKeys
from gui.widgets.controls import plain


@pytest.fixture
def keys(qapp: QApplication) -> Iterator[ClassKeys]:
    made = ClassKeys()
    made.resize(900, 300)
    yield made
    made.deleteLater()


def test_nine_classes_have_a_digit_and_counts_stand_beside_the_name(keys: ClassKeys) -> None:
    classes = [(100 + k, f"c{k}") for k in range(11)]
    keys.show_classes(classes, {"c0": 2})
    for key in keys.keys:
        key.resize(300, 30)
    texts = [key.text() for key in keys.keys]
    assert texts[0] == "1 · c0  +2"
    assert texts[8] == "9 · c8"
    assert texts[9:] == ["c9", "c10"]
    assert keys.hint == "2 pictures sent back to learn from. Ctrl+Z takes the last one back."


def test_a_click_names_the_class_by_its_id_also_after_the_classes_changed(keys: ClassKeys) -> None:
    wanted: list[int] = []
    keys.wanted.connect(wanted.append)
    keys.show_classes([(7, "nut"), (9, "a & b")], {})
    keys.keys[1].click()
    same = keys.keys[0]
    keys.show_classes([(7, "hex nut"), (9, "a & b")], {})
    assert keys.keys[0] is same, "a new name needs no new button"
    keys.show_classes([(9, "a & b")], {})
    keys.keys[0].click()
    assert wanted == [9, 9]
    assert [key.class_id for key in keys.keys] == [9]


def test_a_name_is_no_shortcut_and_a_long_one_is_elided(keys: ClassKeys) -> None:
    keys.show_classes([(1, "a & b"), (2, "x" * 200)], {})
    for key in keys.keys:
        key.resize(200, 30)
    assert keys.keys[0].text() == "1 · a && b"
    assert keys.keys[1].text().endswith("…")
    assert keys.keys[1].fontMetrics().horizontalAdvance(keys.keys[1].text()) <= 200


def test_a_reason_disables_all_and_stands_in_the_hint(keys: ClassKeys) -> None:
    assert "add one on the Collect page" in keys.hint
    keys.show_classes([(1, "nut")], {})
    keys.set_why_not("The project is read-only")
    assert not keys.keys[0].isEnabled()
    assert keys.keys[0].toolTip() == plain("The project is read-only")
    assert "The project is read-only" in keys.hint
    keys.set_why_not("")
    assert keys.keys[0].isEnabled()
    assert keys.keys[0].accessibleName() == "Send back as nut"
