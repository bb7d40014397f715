"""The panel with the button."""

from __future__ import annotations

from PySide6.QtTest import QTest

from gui.pages.train.page import TrainPage


def test_a_refused_setting_stops_the_button_and_says_why(page: TrainPage) -> None:
    page.toggle_settings()
    row = page.form.rows["folds"]
    row.control.clear()  # type: ignore[attr-defined]
    QTest.keyClicks(row.control, "1")
    assert row.error == "folds is 1; allowed is 2 to 20"
    assert not page.panel.train.isEnabled()
    QTest.keyClicks(row.control, "0")
    assert row.error == ""
    assert page.panel.train.isEnabled()
