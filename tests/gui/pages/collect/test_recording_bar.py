"""The recording bar: the burst that is set, what was kept, and what was skipped."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from gui.pages.collect.page import CollectPage
from gui.pages.collect.recorder import Burst
from tests.gui.pages.collect.conftest import Until


def test_a_burst_of_fixed_length_with_a_delay(page: CollectPage, until: Until) -> None:
    page.bar.set_burst(Burst(fps=30, length_s=0.3, delay_s=0.2))
    button = page.classes.cards[0].record_button
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert page.recorder.waiting_s > 0
    until(lambda: not page.recorder.recording)
    assert page.recorder.result is not None
    assert page.recorder.result.kept >= 2
    assert page.recorder.result.seconds < 2
    assert Burst.load() == Burst(fps=30, length_s=0.3, delay_s=0.2)


def test_skipped_frames_are_shown_with_the_reason(page: CollectPage, until: Until) -> None:
    page.bar.set_burst(Burst(fps=30, min_distance=32))
    button = page.classes.cards[0].record_button
    QTest.mousePress(button, Qt.MouseButton.LeftButton)
    until(lambda: "like the one before" in page.bar.counts)
    QTest.mouseRelease(button, Qt.MouseButton.LeftButton)
    until(lambda: not page.recorder.recording)
    assert "skipped:" in page.bar.counts
