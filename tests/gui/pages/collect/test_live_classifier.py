"""Learning while recording, in a process beside the window."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from edge_transfer.backbones.weights import WEIGHTS_DIR_VARIABLE
from edge_transfer.dataset.project import Project
from export.runtime.inference.preprocess import InputSpec
from gui.main_window import MainWindow
from gui.pages.collect.page import CollectPage
from gui.pages.collect.recorder import Burst
from gui.session import Session
from tests.gui.pages.collect.conftest import Until, record


def test_without_weights_a_sentence_says_what_to_do(page: CollectPage, until: Until) -> None:
    until(lambda: ".safetensors or " in page.panel.sentence)
    assert page.learning.worker.pid is None


@pytest.mark.slow
def test_record_two_classes_and_see_the_right_one_live(
    window: MainWindow,
    session: Session,
    tmp_path: Path,
    until: Until,
    random_weights: Callable[[str], Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(WEIGHTS_DIR_VARIABLE, str(random_weights("squeezenet").parent))
    root = tmp_path / "live"
    Project.create(root, input=InputSpec(128))
    session.open(root)
    for name in ("hex_nut", "empty"):
        session.do(lambda catalog, name=name: catalog.add_class(name))
    window.show_page("collect")
    page: CollectPage = window.page("collect")
    page.bar.set_burst(Burst(fps=20))
    for card in page.classes.cards:
        page.camera.source_bar.show_part(card.name)
        until(lambda: page.camera.live and page.camera.feed.latest().number > 2)
        record(page, until, lambda c=card: page.record(c.class_id), page.recorder.release, 25)
    until(lambda: page.learning.status.stage == "ready", 120)
    learned = page.learning.status.learned
    assert learned is not None
    assert learned.classes == ("hex_nut", "empty")
    for name in ("hex_nut", "empty", "hex_nut"):
        page.camera.source_bar.show_part(name)
        until(lambda name=name: page.panel.winner == name, 30)
    # A worker that was killed is started again and learns again by itself, or says why it ended.
    killed = page.learning.worker.pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    until(lambda: page.learning.worker.pid not in (None, killed) or "SIGKILL" in page.panel.sentence, 30)
    if "SIGKILL" in page.panel.sentence:
        page.panel.retry_wanted.emit()
    until(lambda: page.learning.worker.pid not in (None, killed) and page.learning.status.stage == "ready", 60)
    until(lambda: page.panel.winner == "hex_nut", 30)
