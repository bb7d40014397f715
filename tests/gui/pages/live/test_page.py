from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from edge_transfer.dataset.project import Project
from export.runtime.bundle.manifest import read_manifest
from gui.main_window import MainWindow
from gui.pages.live.page import LivePage
from gui.session import Session
from tests.gui.pages.live.conftest import CONVEYOR, Until, counts


def test_the_bundle_answers_what_a_folder_shows(
    page: LivePage, opened: Project, pictures: Callable[[int], str], until: Until
) -> None:
    card = page.cards[0]
    for position, name in enumerate(("hex nut", "Schraube <b>")):
        page.camera.source_bar.choose(pictures(position))
        until(lambda name=name: card.verdict.text == name)
        until(lambda: "at its end" in page._state.text())
        assert card.verdict.text == name, "the last answer stays beside the last picture"
        assert max(card.bars.shares, key=lambda row: int(row[1].rstrip("%")))[0] == name
    card.show_rates()
    assert "p50" in card.latency
    assert not {"openvino", "onnxruntime"} & {name for name in sys.modules if sys.modules[name] is None}
    # The sliders change what is shown, and nothing else.
    own = card.threshold.mark
    assert own == 0
    card.threshold.setValue(100)
    card.show_decision(1)
    assert card.verdict.text == "? unknown"
    assert card.verdict.detail.startswith("perhaps Schraube <b>")
    card.own.click()
    card.show_decision(1)
    assert card.verdict.text == "Schraube <b>"
    assert read_manifest(opened.bundles_dir / "sure").confidence.threshold == 0.0


def test_a_lost_source_takes_the_answer_away(page: LivePage, until: Until) -> None:
    page.camera.source_bar.choose("demo://conveyor?class=cow")
    until(lambda: page._say_state().startswith("✗"))
    until(lambda: page.cards[0].verdict.text == "–")


def test_in_a_read_only_project_the_bundle_answers_and_nothing_is_sent(
    page: LivePage, session: Session, opened: Project, until: Until
) -> None:
    before = counts(opened)
    session._why_read_only = (0, "")
    session.opened.emit()
    until(lambda: page.cards[0].decision is not None, 60)
    assert not page.keys.keys[0].isEnabled()
    assert page.keys.hint == session.read_only
    QTest.keyClick(page.camera.view, Qt.Key.Key_1)
    assert not page.returns.working
    assert counts(opened) == before


def test_without_a_project_a_bundle_from_a_folder_runs(window: MainWindow, sure: Path, until: Until) -> None:
    window.show_page("live")
    page: LivePage = window.page("live")
    assert page.camera.feed is None
    assert "Open a project" in page.keys.hint
    page.open_bundle(0, sure)
    page.camera.source_bar.choose(CONVEYOR)
    until(lambda: page.cards[0].decision is not None, 60)
    page.deactivated()
    assert page.camera.feed is None
