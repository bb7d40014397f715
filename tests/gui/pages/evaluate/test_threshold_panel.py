from __future__ import annotations

from collections.abc import Iterator

import pytest

from gui.pages.evaluate.threshold_panel import CoveragePanel
from tests.gui.pages.evaluate.conftest import measured


@pytest.fixture
def panel() -> Iterator[CoveragePanel]:
    made = CoveragePanel()
    made.resize(500, 500)
    yield made
    made.deleteLater()


def test_moving_the_slider_says_at_once_what_it_does(panel: CoveragePanel) -> None:
    panel.show_measured(measured(), "")
    assert panel.numbers.startswith("80.0% answered, 100.0% of those right · 2 unknown")
    panel.slider.setValue(650)
    assert panel.numbers.startswith("90.0% answered, 88.9% of those right · 1 unknown")
    assert " · 1 wrong answer" in panel.numbers
    assert panel.threshold == 0.65
    panel.slider.setValue(1000)
    assert panel.numbers.startswith("0.0% answered, – of those right · 10 unknown")
    assert not panel.grab().isNull()


def test_a_threshold_is_kept_from_held_out_folds_only(panel: CoveragePanel) -> None:
    wanted: list[object] = []
    panel.threshold_wanted.connect(wanted.append)
    panel.show_measured(measured(), "")
    assert not panel.use.isEnabled(), "it is in use already"
    panel.slider.setValue(900)
    panel.use.click()
    panel.show_measured(measured(threshold=0.9), "")
    assert panel.back.isVisibleTo(panel)
    panel.back.click()
    assert wanted == [0.9, None]
    panel.show_measured(measured("test"), "")
    assert not panel.use.isVisibleTo(panel)
    assert panel.folds.isVisibleTo(panel)
    panel.show_measured(measured(), "read only")
    panel.slider.setValue(300)
    assert not panel.use.isEnabled()
