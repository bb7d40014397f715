from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from edge_transfer.runs.run import Run
from export.bundling.bundle import export_bundle
from export.bundling.drift_statistics import fit_reference
from export.runtime.bundle.manifest import MANIFEST_NAME, read_manifest, write_sums
from export.runtime.bundle.predictor import Predictor
from export.runtime.events import run_to_end
from export.runtime.imaging.images import encode_png
from export.runtime.inference.decision import Confidence
from export.runtime.inference.drift import HOLD, WINDOW, DriftWatch
from gui.main_window import MainWindow
from gui.pages.live.page import LivePage
from gui.pages.live.worker_calls import BundleAnswer, _Place
from gui.session import Session

Until = Callable[..., None]
Scene = Callable[[int, int], NDArray[np.uint8]]
CONVEYOR = "demo://conveyor?size=160x120&fps=60&class=hex_nut"


@pytest.fixture(scope="module")
def sure(trained: tuple[Project, Run], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle of the trained project that is never in doubt. Not to be changed."""
    project, run = trained
    target = tmp_path_factory.mktemp("bundles") / "sure"
    with Catalog.open(project) as catalog:
        run_to_end(export_bundle(project, catalog, run, target, precision="fp32"))
    return with_threshold(target, 0.0)


def with_threshold(bundle: Path, threshold: float) -> Path:
    manifest = read_manifest(bundle)
    confidence = Confidence(manifest.confidence.temperature, threshold)
    models = tuple(replace(model, confidence=None) for model in manifest.models)
    changed = replace(manifest, confidence=confidence, models=models)
    (bundle / MANIFEST_NAME).write_text(changed.to_json() + "\n", "utf-8")
    write_sums(bundle)
    return bundle


@pytest.fixture
def opened(copied: tuple[Project, Run], sure: Path) -> Project:
    project, _ = copied
    shutil.copytree(sure, project.bundles_dir / "sure")
    return project


@pytest.fixture
def page(window: MainWindow, session: Session, opened: Project, until: Until) -> LivePage:
    """The page with a bundle that answers the conveyor."""
    session.open(opened.root)
    window.show_page("live")
    found: LivePage = window.page("live")
    found.camera.source_bar.choose(CONVEYOR)
    until(lambda: found.bundles.status(0).stage == "ready", 60)
    until(lambda: found.cards[0].decision is not None)
    return found


@pytest.fixture
def pictures(scene: Scene, tmp_path: Path) -> Callable[[int], str]:
    """Makes a folder with new pictures of the class at a position."""

    def make(position: int) -> str:
        folder = tmp_path / f"pictures {position}"
        folder.mkdir()
        for number in range(8):
            (folder / f"{number}.png").write_bytes(encode_png(scene(position, 90_000 + number)))
        return str(folder)

    return make


def counts(project: Project) -> dict[str, dict[str, int]]:
    with Catalog.open(project, read_only=True) as catalog:
        catalog.check()
        return catalog.counts()


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


def test_the_answer_is_the_mean_of_the_last_answers(page: LivePage) -> None:
    card = page.cards[0]
    page.camera.end()
    page.bundles.take()
    card.forget()
    for row in ((1.0, 0.0, 0.0), (0.4, 0.6, 0.0)):
        card._recent.append(row)
    card.show_decision(1)
    assert card.decision is not None
    assert (card.decision.label, round(card.decision.probability, 3)) == ("Schraube <b>", 0.6)
    card.show_decision(2)
    assert (card.decision.label, round(card.decision.probability, 3)) == ("hex nut", 0.7)


def test_a_key_sends_the_picture_back_and_undo_takes_it_away(
    page: LivePage, session: Session, opened: Project, until: Until
) -> None:
    before = counts(opened)
    said: list[str] = []
    session.failed.connect(said.append)
    QTest.keyClick(page.camera.view, Qt.Key.Key_2)
    until(lambda: page.returns.counts["Schraube <b>"] == 1)
    after = counts(opened)
    assert after["Schraube <b>"]["train"] == before["Schraube <b>"]["train"] + 1
    with Catalog.open(opened, read_only=True) as catalog:
        newest = catalog.samples()[-1]
        assert newest.session_kind == "recording"
        assert catalog.sessions()[-1].samples == 1
    assert page.keys.keys[1].text().endswith("+1")
    # A click does the same, and each is a step of its own.
    number = page.camera.feed.latest().number  # type: ignore[union-attr]
    until(lambda: page.camera.feed.latest().number > number + 2)  # type: ignore[union-attr]
    page.keys.keys[0].click()
    until(lambda: page.returns.counts["hex nut"] == 1)
    session.undo()
    assert page.returns.counts["hex nut"] == 0
    assert counts(opened) == after
    session.undo()
    assert counts(opened) == before
    assert page.returns.counts.total() == 0
    assert said == []


def test_a_picture_that_is_there_already_is_refused_in_words(
    page: LivePage, session: Session, opened: Project, until: Until
) -> None:
    page.camera._ticker.stop()  # the same picture stays on the screen
    said: list[str] = []
    session.failed.connect(said.append)
    for _ in range(2):
        page.keys.keys[0].click()
    assert page.busy()
    until(lambda: not page.returns.working)
    assert page.returns.counts["hex nut"] == 1
    assert ["in the project already" in text for text in said] == [True]


def test_two_bundles_that_differ_are_counted_with_their_pictures(
    page: LivePage, sure: Path, tmp_path: Path, until: Until
) -> None:
    doubtful = with_threshold(Path(shutil.copytree(sure, tmp_path / "doubtful")), 1.0)
    page.open_bundle(1, doubtful)  # from outside the project
    assert not page.cards[1].isHidden()
    until(lambda: page.bundles.status(1).stage == "ready", 60)
    until(lambda: page.disagreements.count >= 5)
    assert page.disagreements.count == page.disagreements.frames
    assert page.disagreements.thumbnails
    page.disagreements.retranslate()
    assert "100.0%" in page.disagreements.text
    assert page.cards[1].choice.currentText() == "doubtful"
    # The same bundle twice never disagrees.
    page.open_bundle(1, sure)
    until(lambda: page.bundles.status(1).path == sure and page.bundles.status(1).stage == "ready", 60)
    page.clear_disagreements()
    until(lambda: page.disagreements.frames >= 5)
    assert page.disagreements.count == 0
    assert page.disagreements.thumbnails == []
    page.toggle_compare()
    assert page.bundles.status(1).stage == "off"


def test_a_crash_of_the_worker_is_told_and_the_bundle_opened_again(page: LivePage, until: Until) -> None:
    pid = page.bundles.worker.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)  # so that it dies while it is asked
    until(lambda: page.camera.feed.latest().number > 0)  # type: ignore[union-attr]
    QTest.qWait(200)
    os.kill(pid, signal.SIGKILL)
    until(lambda: "SIGKILL" in page.cards[0].sentence)
    assert page.cards[0].decision is None
    assert not page.cards[0].again.isHidden()
    page.cards[0].again.click()
    until(lambda: page.cards[0].decision is not None, 60)
    # One that dies between two frames comes back by itself.
    page.bundles.watch(None)
    QTest.qWait(200)
    killed = page.bundles.worker.pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    until(lambda: page.bundles.worker.pid is None)
    page.bundles.watch(page.camera.feed)
    page.cards[0].forget()
    until(lambda: page.cards[0].decision is not None, 60)
    assert page.bundles.worker.pid not in (None, killed)


def test_a_bundle_that_does_not_fit_its_sums_is_refused(
    page: LivePage, sure: Path, tmp_path: Path, until: Until
) -> None:
    for name, file, says in (
        ("changed", "labels.txt", "labels.txt does not match"),
        ("added", "mine.txt", "mine.txt is not a part"),
    ):
        bundle = Path(shutil.copytree(sure, tmp_path / name))
        (bundle / file).write_text("x")
        page.open_bundle(0, bundle)
        until(lambda says=says: says in page.cards[0].sentence)
        assert page.cards[0].verdict.isHidden()
    page.open_bundle(0, tmp_path)
    until(lambda: "is not a bundle" in page.cards[0].sentence)
    page.open_bundle(0, sure)
    until(lambda: page.cards[0].decision is not None)


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


def test_drift_is_said_in_plain_words_while_it_holds(page: LivePage) -> None:
    card = page.cards[0]
    page.deactivated()
    assert card.drift.isHidden()
    usual = BundleAnswer((0.8, 0.1, 0.1), "hex nut", False, 2.0)
    card.add(replace(usual, drifting=True), 0.0)
    assert not card.drift.isHidden()
    assert "moved away from what was learned" in card.drift.text()
    assert card.drift.accessibleName() == card.drift.text()
    card.add(usual, 0.1)
    assert card.drift.isHidden()
    card.add(replace(usual, drifting=True), 0.2)
    card.forget()
    assert card.drift.isHidden(), "another source says nothing yet"


def test_drift_in_the_worker_begins_anew_with_another_source(sure: Path) -> None:
    """The bundle's own statistics, in this process: frames that go on, and an index that goes back."""
    vectors = np.random.default_rng(0).uniform(1, 2, (200, 12)).astype(np.float32)
    reference = fit_reference(vectors, np.arange(200) % 5, np.full(200, -1), "200 pictures")
    place = _Place(Predictor.open(sure, "onnxruntime"), DriftWatch(reference))
    away = np.array([9.0] + [1.0] * 11, np.float32)
    assert [place.drifting(index, away) for index in range(100)].count(True) == 100 - WINDOW - HOLD + 2
    assert not place.drifting(0, away)
    assert Predictor.open(sure, "onnxruntime").drift is not None, "an exported bundle has statistics"
    assert not _Place(place.predictor, None).drifting(0, away)
