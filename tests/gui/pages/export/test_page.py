from __future__ import annotations

import os
import signal
import zipfile
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from edge_transfer.dataset.project import Project
from export.runtime.bundle.manifest import read_manifest
from gui.main_window import MainWindow
from gui.pages.export.page import ExportPage
from gui.session import Session
from gui.wording.bundles import candidates_of, decision_sentence, engine_words, number, percent, stage_words
from tests.gui.pages.export.conftest import Until


@pytest.mark.slow
def test_a_run_becomes_a_bundle_that_is_shown_and_verified(
    page: ExportPage, session: Session, opened: Project, until: Until, tmp_path: Path
) -> None:
    said: list[str] = []
    session.failed.connect(said.append)
    stages: list[str] = []
    page.form.precision.setCurrentIndex(page.form.precision.findData("fp32"))  # INT8 takes its time elsewhere
    QTest.mouseClick(page.form.button, Qt.MouseButton.LeftButton)
    assert page.exporting
    assert "exported" in page.busy()
    assert not page.form.button.isEnabled()
    page._job.progressed.connect(lambda step: stages.append(page.progress.text))  # type: ignore[union-attr]
    until(lambda: not page.exporting, 120)
    assert said == []
    bundle = page.view.bundle
    assert bundle.parent == opened.bundles_dir
    assert bundle.name == page.form.run.currentData()
    manifest = read_manifest(bundle)
    # The table and the plot say what the manifest says.
    rows = candidates_of(manifest)
    assert [row[0].removeprefix("★ ") for row in page.view.table.texts()] == [
        engine_words(row.engine, row.precision) for row in rows
    ]
    for row, texts in zip(rows, page.view.table.texts(), strict=True):
        assert texts[0].startswith("★") == row.chosen
        assert texts[1:4] == [f"{number(row.bytes / 1e6, 1)} MB", percent(row.top1), percent(row.agreement)]
        assert texts[4:6] == [f"{number(row.p50_ms, 2)} ms", f"{number(row.p95_ms, 2)} ms"]
        assert texts[7] == ("Chosen" if row.chosen else "In the bundle" if row.shipped else "Left out")
        assert decision_sentence(row).startswith(engine_words(row.engine, row.precision))
    measured = [row for row in rows if row.p50_ms and row.top1 is not None]
    assert [(x, y) for x, y, _ in page.view.plot.points] == [(row.p50_ms, 100 * row.top1) for row in measured]  # type: ignore[operator]
    assert [label.endswith("(chosen)") for *_, label in page.view.plot.points] == [row.chosen for row in measured]
    assert engine_words(manifest.chosen.engine, manifest.chosen.precision) in page.view.sentence
    assert f"{stage_words('measure')}…" in stages
    # It was checked on this machine, by the runtime.
    until(lambda: page.view.certificate.state == "verified", 60)
    assert "Verified on this machine" in page.view.certificate.sentence
    assert "21 picture" in page.view.certificate._compared.text()
    until(lambda: len(page.listing.bundles) == 2)
    assert page.bundles.current == bundle
    assert page.form.target.text().endswith("-2"), "the next one goes elsewhere"
    # A changed file is found, with its name.
    (bundle / "labels.txt").write_text("other\n")
    page.check_again()
    until(lambda: page.view.certificate.state == "failed", 60)
    assert "labels.txt does not match" in page.view.certificate.sentence


@pytest.mark.slow
def test_cancelling_and_a_crash_leave_nothing(
    page: ExportPage, session: Session, opened: Project, until: Until
) -> None:
    before = sorted(opened.root.rglob("*"))
    told: list[str] = []
    session.told.connect(told.append)
    said: list[str] = []
    session.failed.connect(said.append)
    page.form.precision.setCurrentIndex(page.form.precision.findData("fp32"))
    for end, stage in (("cancel", "Comparing"), ("kill", "Asking"), ("close", "Starting")):
        page.form.start()
        until(lambda stage=stage: page.progress.text.startswith(stage), 120)
        if end == "cancel":
            assert any(path.name.startswith(".tmp-export-") for path in opened.bundles_dir.iterdir())
            QTest.mouseClick(page.progress.cancel_button, Qt.MouseButton.LeftButton)
            assert page.progress.text == "Cancelling…"
        elif end == "kill":
            assert page.worker.pid is not None
            os.kill(page.worker.pid, signal.SIGKILL)
        else:
            page.shut_down()
        until(lambda: not page.exporting, 30)
        assert sorted(opened.root.rglob("*")) == before
        assert page.progress.isHidden()
    assert told == ["The export was cancelled; nothing of it stays."]
    assert len(said) == 1
    assert "SIGKILL" in said[0]


@pytest.mark.slow
def test_a_run_becomes_one_file(page: ExportPage, session: Session, opened: Project, until: Until) -> None:
    said: list[str] = []
    session.failed.connect(said.append)
    page.form.precision.setCurrentIndex(page.form.precision.findData("fp32"))
    page.form.shape.setCurrentIndex(1)
    page.form.start()
    assert page.exporting
    until(lambda: not page.exporting, 120)
    assert said == []
    bundle = page.view.bundle
    assert bundle == opened.bundles_dir / f"{page.form.run.currentData()}.zip"
    assert zipfile.is_zipfile(bundle)
    until(lambda: page.view.certificate.state == "verified", 60)
    until(lambda: len(page.listing.bundles) == 2)
    assert page.bundles.current == bundle
    assert page.form.target.text().endswith("-2.zip"), "the next one goes elsewhere, and is one file as well"
    assert sorted(path.name for path in opened.bundles_dir.iterdir()) == sorted([bundle.name, "earlier"])


def test_a_read_only_project_is_looked_at_only(page: ExportPage, session: Session) -> None:
    session._why_read_only = (0, "")
    session.opened.emit()
    assert not page.form.button.isEnabled()
    assert page.form.problem == session.read_only
    assert not page.bundles.delete_button.isEnabled()
    page.form.start()
    assert not page.exporting


def test_without_a_project_and_without_a_run_the_page_says_what_to_do(
    window: MainWindow, session: Session, project: Project, until: Until
) -> None:
    window.show_page("export")
    page: ExportPage = window.page("export")
    assert "Open a project" in page._hint.text()
    assert not page.form.button.isEnabled()
    session.open(project.root)
    until(lambda: "train a model first" in page._hint.text())
    assert "Train a model first" in page.form.problem
