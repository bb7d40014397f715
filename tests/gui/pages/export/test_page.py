from __future__ import annotations

import json
import os
import shutil
import signal
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from edge_transfer.runs.run import Run
from export.bundling.bundle import Exported, export_bundle
from export.bundling.bundle_writer import pack_bundle
from export.runtime.bundle.benchmark import Latency, Timing, timing_json
from export.runtime.bundle.manifest import read_manifest
from export.runtime.events import run_to_end
from export.runtime.sinks.messages import json_line
from gui.main_window import MainWindow
from gui.pages.export.page import ExportPage
from gui.session import Session
from gui.wording import locale as language
from gui.wording.bundles import candidates_of, decision_sentence, engine_words, number, percent, stage_words

Until = Callable[..., None]


@pytest.fixture(scope="module")
def exported(trained: tuple[Project, Run], tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """The trained project's bundle. Not to be changed."""
    project, run = trained
    with Catalog.open(project) as catalog:
        return run_to_end(
            export_bundle(project, catalog, run, tmp_path_factory.mktemp("bundles") / "earlier", precision="fp32")
        )


@pytest.fixture
def opened(copied: tuple[Project, Run], exported: Exported) -> Project:
    """The trained project with one bundle."""
    project, _ = copied
    shutil.copytree(exported.path, project.bundles_dir / "earlier")
    return project


@pytest.fixture
def page(window: MainWindow, session: Session, opened: Project, until: Until) -> ExportPage:
    session.open(opened.root)
    window.show_page("export")
    found: ExportPage = window.page("export")
    until(lambda: found.listing.runs and found.listing.bundles)
    return found


def timing(engine: str, p50: float) -> Timing:
    latency = Latency(p50, 2 * p50, 3 * p50, 1000 / p50, 100)
    return Timing("model", engine, "fp32", 1, latency, latency, 0, "squeezenet", 64)


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


def test_a_target_that_is_there_and_a_path_that_is_none_are_said_before(page: ExportPage, tmp_path: Path) -> None:
    form = page.form
    assert form.problem == ""
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    for text, says in ((str(tmp_path / "full"), "already"), ("somewhere", "whole path"), ("", "whole path")):
        form.target.setText(text)
        assert says in form.problem
        assert not form.button.isEnabled()
    form.target.setText(str(tmp_path / "new"))
    assert form.button.isEnabled()


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


def test_the_name_says_whether_it_is_a_folder_or_a_file(page: ExportPage, opened: Project, tmp_path: Path) -> None:
    form, run = page.form, page.form.run.currentData()
    assert (form.shape.currentText(), form.target.text()) == ("a folder", str(opened.bundles_dir / run))
    form.shape.setCurrentIndex(1)
    assert form.target.text() == str(opened.bundles_dir / f"{run}.zip")
    form.shape.setCurrentIndex(0)
    assert form.target.text() == str(opened.bundles_dir / run)
    (opened.bundles_dir / f"{run}.zip").write_bytes(b"")
    form.shape.setCurrentIndex(1)
    assert form.target.text() == str(opened.bundles_dir / f"{run}-2.zip")
    # Who types the name decides as well.
    form.target.setText(str(tmp_path / "mine"))
    assert form.shape.currentData() == ""
    form.target.setText(str(tmp_path / "mine.ZIP"))
    assert form.shape.currentData() == ".zip"
    assert form.button.isEnabled()
    wishes: list[Path] = []
    form.export_wanted.disconnect()
    form.export_wanted.connect(lambda wish: wishes.append(wish.target))
    form.start()
    form.shape.setCurrentIndex(0)
    form.start()
    assert wishes == [tmp_path / "mine.ZIP", tmp_path / "mine"]
    (tmp_path / "mine.zip").write_bytes(b"x")
    form.shape.setCurrentIndex(1)
    assert "already" in form.problem
    language.choose("es")
    try:
        QApplication.processEvents()
        assert [form.shape.itemText(row) for row in (0, 1)] == ["una carpeta", "un solo archivo .zip"]
        assert form.shape.currentData() == ".zip"
    finally:
        language.choose("en")


def test_a_packed_bundle_is_listed_checked_and_deleted(page: ExportPage, opened: Project, until: Until) -> None:
    packed = opened.bundles_dir / "sent off.zip"
    pack_bundle(opened.bundles_dir / "earlier", packed)
    (opened.bundles_dir / "cut.zip").write_bytes(packed.read_bytes()[:-30])
    page.activated()
    until(lambda: len(page.listing.bundles) == 3)
    found = {bundle.path.name: bundle for bundle in page.listing.bundles}
    assert found["sent off.zip"].manifest == found["earlier"].manifest
    assert found["sent off.zip"].bytes == packed.stat().st_size
    assert "it is cut off" in found["cut.zip"].why
    page.bundles.list.setCurrentRow([bundle.path for bundle in page.listing.bundles].index(packed))
    assert page.view.bundle == packed
    assert page.view.commands.text.splitlines()[0] == f"scp '{packed}' user@box:"
    assert page.view.commands.text.splitlines()[1].startswith(
        "python3 -m zipfile -e 'sent off.zip' 'sent off' && cd 'sent off' && "
    )
    page.check_again()
    until(lambda: page.view.certificate.state == "verified", 60)
    page.ask = lambda question: True  # type: ignore[method-assign]
    page.bundles.delete_button.click()
    until(lambda: len(page.listing.bundles) == 2)
    assert sorted(path.name for path in opened.bundles_dir.iterdir()) == ["cut.zip", "earlier"]


def test_the_boxes_benchmark_decides_which_engine_the_commands_name(page: ExportPage, tmp_path: Path) -> None:
    manifest = page.view._manifest
    assert manifest is not None
    other = next(model.engine for model in manifest.models if model.engine != manifest.chosen.engine)
    lines = [json_line(timing_json(replace(timing(manifest.chosen.engine, 40.0), file="a")))]
    lines.append(json_line(timing_json(replace(timing(other, 20.0), file="b"))))
    page.form.read_box("\n".join(lines), "benchmark.json")
    assert page.form.machine.currentText() == "a box (2 models measured, benchmark.json)"
    assert "20.00 ms" in page.view.box_sentence
    assert page.view.commands.text.endswith(f"--engine {other}")
    column = {texts[0].removeprefix("★ "): texts[6] for texts in page.view.table.texts()}
    assert column[engine_words(other, "fp32")] == "20.00 ms"
    page.view.commands.copy_button.click()
    assert QGuiApplication.clipboard().text() == page.view.commands.text
    assert {(each.backbone, each.side) for each in page.form.timings} == {("squeezenet", 64)}
    # A box of an earlier version does not say backbone and side.
    older = [
        {key: value for key, value in json.loads(line).items() if key not in ("backbone", "side")} for line in lines
    ]
    page.form.read_box("\n".join(map(json.dumps, older)), "older.json")
    assert page.form.machine.currentText() == "a box (2 models measured, older.json)"
    assert {(each.backbone, each.side) for each in page.form.timings} == {("", 0)}
    assert page.view.commands.text.endswith(f"--engine {other}")
    # What is no benchmark is refused, and this machine is the target again.
    page.form.read_box(json.dumps({"file": "model.xml"}), "clipboard")
    assert "it lacks" in page.form.problem
    assert page.form.machine.currentText() == "this machine"
    assert page.form.button.isEnabled()
    assert "--engine" not in page.view.commands.text
    assert page.view.box_sentence == "" or page.view._box_sentence.isHidden()


def test_bundles_are_listed_and_deleted_after_a_question(page: ExportPage, opened: Project, until: Until) -> None:
    assert page.bundles.current == opened.bundles_dir / "earlier"
    (opened.bundles_dir / "no bundle").mkdir()
    page.activated()
    until(lambda: len(page.listing.bundles) == 2)
    assert [bundle.path.name for bundle in page.listing.bundles if bundle.manifest is None] == ["no bundle"]
    page.bundles.list.setCurrentRow([bundle.path.name for bundle in page.listing.bundles].index("no bundle"))
    assert page.view.isHidden()
    assert "is not a bundle" in page._hint.text()
    page.bundles.list.setCurrentRow([bundle.path.name for bundle in page.listing.bundles].index("earlier"))
    assert not page.view.isHidden()
    asked: list[str] = []
    page.ask = lambda question: bool(asked.append(question))  # type: ignore[method-assign]
    page.bundles.delete_button.click()
    assert "“earlier”" in asked[0]
    page.ask = lambda question: True  # type: ignore[method-assign]
    page.bundles.delete_button.click()
    until(lambda: len(page.listing.bundles) == 1)
    assert [path.name for path in opened.bundles_dir.iterdir()] == ["no bundle"]
    assert page.view.isHidden()


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
