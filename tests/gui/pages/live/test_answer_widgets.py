"""The widgets of an answer: the verdict, the bars of the classes, and the slider with a mark."""

from __future__ import annotations

from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication

from export.runtime.inference.decision import Decision
from gui.pages.live.answer_widgets import MarkedSlider, ProbabilityBars, Verdict
from gui.widgets import theme

SURE = Decision("nut", 0.93, False, (("nut", 0.93), ("bolt", 0.07)))
UNSURE = Decision("nut", 0.52, True, (("nut", 0.52), ("bolt", 0.48)))


def test_an_unknown_answer_says_what_it_may_be_and_looks_different(qapp: QApplication) -> None:
    verdict = Verdict()
    verdict.resize(300, 84)
    assert (verdict.text, verdict.detail) == ("–", "")
    verdict.show_decision(SURE)
    assert (verdict.text, verdict.detail) == ("nut", "93%")
    assert verdict.accessibleDescription() == "nut 93%"
    ground = verdict.grab().toImage().pixelColor(290, 42)
    assert ground == QColor(theme.colours().accent_soft)
    verdict.show_decision(UNSURE)
    assert (verdict.text, verdict.detail) == ("? unknown", "perhaps nut, 52%")
    assert verdict.grab().toImage().pixelColor(290, 42) == QColor(theme.colours().warning)
    verdict.deleteLater()


def test_few_classes_keep_their_order_and_many_are_ranked(qapp: QApplication) -> None:
    bars = ProbabilityBars()
    bars.show_classes(["a", "b", "c"])
    assert bars.shares == [("a", "–"), ("b", "–"), ("c", "–")]
    bars.show_probabilities([0.1, 0.2, 0.7])
    assert bars.shares == [("a", "10%"), ("b", "20%"), ("c", "70%")]
    bars.show_classes([f"c{k}" for k in range(8)])
    bars.show_probabilities([0.0, 0.02, 0.05, 0.08, 0.1, 0.15, 0.2, 0.4])
    assert bars.shares == [("c7", "40%"), ("c6", "20%"), ("c5", "15%"), ("c4", "10%"), ("c3", "8%"), ("c2", "5%")]
    bars.show_classes(["only"])
    assert [name for name, _ in bars.shares] == ["only"]
    bars.deleteLater()


def test_the_mark_stands_below_its_value(qapp: QApplication) -> None:
    slider = MarkedSlider()
    slider.setRange(0, 100)
    slider.resize(200, 30)
    plain = slider.grab().toImage()

    def changed() -> list[int]:
        image = slider.grab().toImage()
        return [x for x in range(200) if image.pixelColor(x, 28) != plain.pixelColor(x, 28)]

    assert slider.mark is None
    slider.set_mark(75)
    columns = changed()
    assert columns
    assert 130 < sum(columns) / len(columns) < 165
    slider.set_mark(None)
    assert changed() == []
    slider.deleteLater()
