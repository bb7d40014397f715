"""Training in the window: a real backbone with random weights at a small side, in the real worker process."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, Qt, QTimer
from PySide6.QtTest import QTest

from edge_transfer.backbones.weights import WEIGHTS_DIR_VARIABLE
from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from edge_transfer.evaluation.forgetting import ClassChange, Forgetting, keep_forgetting
from edge_transfer.runs.current_run import current_run, hold_run
from edge_transfer.runs.recipe import Recipe
from edge_transfer.runs.run import Run, list_runs, load_run
from gui.jobs.job import Job
from gui.main_window import MainWindow
from gui.pages.train.page import TrainPage
from gui.pages.train.runs.forgetting_dialog import ForgettingDialog
from gui.session import Session
from gui.wording import locale as language

Until = Callable[..., None]
Record = Callable[..., Any]


@pytest.fixture
def weights(random_weights: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of the small backbone, where the window and its worker find them."""
    path = random_weights("squeezenet")
    monkeypatch.setenv(WEIGHTS_DIR_VARIABLE, str(path.parent))
    return path


@pytest.fixture
def show(window: MainWindow, session: Session, until: Until) -> Callable[[Project], TrainPage]:
    """Opens a project and shows the page with its facts."""

    def shown(project: Project) -> TrainPage:
        session.open(project.root)
        window.show_page("train")
        page: TrainPage = window.page("train")
        until(lambda: page._facts is not None and not page._jobs)
        page.form.rows["strategy"].set_value("probe")
        page.form.changed.emit()
        return page

    return shown


@pytest.fixture
def page(show: Callable[[Project], TrainPage], project: Project, record: Record, weights: Path) -> TrainPage:
    """The page of a project with a class of two recordings and one of a single recording."""
    with Catalog.open(project) as catalog:
        for name, sessions in (("nut", 2), ("bolt", 1)):
            for _ in range(sessions):
                record(project, catalog, name, 15)
        record(project, catalog, "nut", 6, "test")
    return show(project)


@pytest.mark.slow
def test_a_training_shows_its_plan_its_progress_and_its_result(
    page: TrainPage, project: Project, window: MainWindow, until: Until
) -> None:
    for said in ("45 image", "2 class", "3 recording", "nut 30 · bolt 15", "6 further", "SqueezeNet"):
        assert said in page.plan.text, said
    assert "all images of bolt come from a single recording" in page.plan.text
    stages: list[str] = []
    page.training.changed.connect(lambda: stages.append(page.training.stage))
    QTest.mouseClick(page.panel.train, Qt.MouseButton.LeftButton)
    assert page.training.running
    assert "is being trained (probe" in page.busy()
    assert not page.panel.train.isVisible()
    until(lambda: not page.training.running, 120)
    assert page.training.outcome == "trained", page.training.message
    assert [stage for stage in dict.fromkeys(stages) if stage != "start"] == ["embed", "cross-validate", "fit"]
    until(lambda: len(page.runs.table.model().records) == 1)  # type: ignore[attr-defined]
    run = load_run(project)
    assert f"{100 * run.validation['top1']:.1f}% right" in page.result.text
    assert "held out in turn" in page.result.text
    assert "⚠ Optimistic: all images of bolt come from one recording" in page.result.text
    assert page.busy() == ""
    assert page.training.pid is None
    until(lambda: bool(page.curves.points()))
    (strengths, losses), (_, shares) = page.curves.points()
    assert np.allclose(losses, [trial["nll"] for trial in run.trials])
    assert np.allclose(shares, [100 * trial["top1"] for trial in run.trials])
    assert np.allclose(strengths, np.log10([trial["strength"] for trial in run.trials]))
    assert "took" in page.plan.text
    texts = [str(page.runs.table.model().index(0, column).data()) for column in range(9)]
    assert "in use" in texts[0]
    assert "⚠ optimistic" in texts[1]
    assert "45" in texts
    assert run.id in window.statusBar().currentMessage()


def test_stopping_keeps_no_model_of_a_probe_and_no_process(page: TrainPage, project: Project, until: Until) -> None:
    page.train()
    until(lambda: page.training.pid is not None, 60)
    pid = page.training.pid
    until(lambda: page.training.stage == "embed", 60)
    QTest.mouseClick(page.panel.cancel, Qt.MouseButton.LeftButton)
    assert page.panel.status == "Stopping…"
    until(lambda: not page.training.running, 30)
    assert page.training.outcome == "cancelled"
    assert "no model was kept" in page.panel.told
    assert list_runs(project) == []
    assert not list(project.root.rglob(".tmp-*"))
    assert pid is not None
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert page.panel.train.isVisible()


@pytest.mark.slow
def test_a_stopped_fine_tuning_keeps_its_best_round(page: TrainPage, project: Project, until: Until) -> None:
    reports: list[Any] = []
    page.training.epoch_done.connect(reports.append)
    page.form.set_recipe(Recipe(strategy="finetune", backbone="squeezenet", views=1, epochs=900))
    page.train()
    until(lambda: len(reports) > 1, 120)
    assert "rounds done" in page.panel.status
    assert len(page.curves.points()) == 3
    page.cancel()
    until(lambda: not page.training.running, 60)
    assert page.training.outcome == "cancelled"
    until(lambda: not page.training.findChildren(Job), 5)  # a job that is over goes
    (kept,) = list_runs(project)
    until(lambda: f"was kept as run {kept}" in page.panel.told)
    run = load_run(project)
    learned, held_out, shares = (y for _, y in page.curves.points())
    assert np.allclose(learned, [report["train_loss"] for report in run.history])
    assert np.allclose(held_out, [report["val_loss"] for report in run.history])
    assert np.allclose(shares, [100 * report["val_top1"] for report in run.history])
    assert "they also chose the round" in page.result.text
    assert page.runs.table.model().index(0, 3).data() == "fine-tune"


def test_closing_the_window_asks_once_and_ends_the_training(
    page: TrainPage, window: MainWindow, project: Project, until: Until
) -> None:
    asked: list[str] = []
    answers = [False, True]

    def ask(question: str) -> bool:
        asked.append(question)
        return answers.pop(0)

    window.ask = ask  # type: ignore[method-assign]
    page.train()
    until(lambda: page.training.stage == "embed", 60)
    assert not window.close()
    assert page.training.running
    assert window.close()
    assert not page.training.running
    assert len(asked) == 2
    assert "is being trained" in asked[0]
    assert list_runs(project) == []


def test_too_few_classes_say_what_to_do_and_lead_to_collect(
    show: Callable[[Project], TrainPage], window: MainWindow, session: Session, project: Project, until: Until
) -> None:
    page = show(project)
    assert not page.panel.train.isEnabled()
    assert "Record at least two classes" in page.plan.text
    page.train()
    assert not page.training.running
    session.do(lambda catalog: catalog.add_class("nut"))
    page.plan.collect_wanted.emit()
    assert window._current == "collect"


def test_what_was_recorded_meanwhile_is_counted_once(
    page: TrainPage, session: Session, project: Project, record: Record, until: Until
) -> None:
    read: list[int] = []
    page.form.changed.connect(lambda: None)
    on_facts = page._on_facts
    page._on_facts = lambda facts: (read.append(facts.images), on_facts(facts))  # type: ignore[method-assign, assignment]
    with Catalog.open(project) as catalog:
        record(project, catalog, "bolt", 9)
    for _ in range(50):
        session.changed.emit()
    until(lambda: "bolt 24" in page.plan.text)
    assert read == [54]
    assert "single recording" not in page.plan.text


@pytest.mark.parametrize(
    ("kind", "says", "button"),
    [
        ("weights", "Take the network that comes with the program", "builtin"),
        ("picture", "Record more images, then train again", "collect"),
    ],
)
def test_an_error_comes_with_what_to_do(
    page: TrainPage,
    project: Project,
    weights: Path,
    until: Until,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    kind: str,
    says: str,
    button: str,
) -> None:
    if kind == "weights":
        monkeypatch.setenv(WEIGHTS_DIR_VARIABLE, str(tmp_path / "none"))
    else:
        for path in list(project.images_dir.rglob("*.png"))[::3]:
            path.unlink()
    page.train()
    until(lambda: not page.training.running, 120)
    assert page.training.outcome == "failed"
    assert says in page.panel.trouble
    assert getattr(page.panel, button).isVisible()
    assert page.panel.train.isEnabled()
    assert list_runs(project) == []
    if button == "builtin":
        page.panel.builtin.click()
        recipe = page.form.recipe()
        assert recipe is not None
        assert recipe.backbone == "builtin"


def test_a_killed_process_is_told_and_the_next_training_works(page: TrainPage, project: Project, until: Until) -> None:
    page.train()
    until(lambda: page.training.pid is not None, 60)
    os.kill(page.training.pid or 0, signal.SIGKILL)
    until(lambda: not page.training.running, 60)
    assert "signal 9" in page.panel.trouble
    assert "The project is not touched" in page.panel.trouble
    page.train()
    until(lambda: not page.training.running, 120)
    assert page.training.outcome == "trained", page.training.message
    assert page.panel.trouble == ""


def test_closing_the_project_ends_its_training(
    page: TrainPage, window: MainWindow, session: Session, project: Project, until: Until
) -> None:
    page.train()
    until(lambda: page.training.pid is not None, 60)
    session.close()
    until(lambda: not page.training.running, 30)
    assert page.training.outcome == "cancelled"
    assert list_runs(project) == []
    assert "Open a project" in page.plan.text


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


@pytest.fixture
def three(copied: tuple[Project, Run], weights: Path) -> tuple[Project, list[str]]:
    """A project with three runs: two made from the first by copying, with other recipes and results."""
    project, run = copied
    folder = project.runs_dir / run.id
    ids = [run.id]
    for number, head in ((2, "svm"), (3, "prototypes")):
        values = json.loads((folder / "run.json").read_text())
        values["recipe"]["head"] = head
        values["validation"]["top1"] = 0.5 + number / 100
        made = project.runs_dir / f"9999010{number}-000000-probe"
        made.mkdir()
        for path in folder.iterdir():
            (made / path.name).write_bytes(path.read_bytes())
        (made / "run.json").write_text(json.dumps(values))
        ids.append(made.name)
    return project, ids


def test_runs_are_compared_side_by_side(three: tuple[Project, list[str]], show: Callable[[Project], TrainPage]) -> None:
    from edge_transfer.evaluation.run_evaluation import evaluate_run
    from export.runtime.events import run_to_end

    project, ids = three
    with Catalog.open(project) as catalog:
        run_to_end(evaluate_run(project, catalog, load_run(project, ids[0])))
    page = show(project)
    page.show_runs()
    page.runs.table.select_runs({ids[0], ids[1]})
    rows = {row.title: row for row in page.runs.comparison.rows}
    assert rows["Head"].values == ("linear SVM", "automatic: the best on held-out images")
    assert rows["Head"].differs
    assert not rows["Seed"].differs
    assert rows["Right, held out"].values[0] == "52.0%"
    assert rows["Right, held out"].best == (False, True)
    assert rows["empty recognised, test"].values[0] == "–"
    assert rows["empty recognised, test"].values[1].endswith("%")
    assert page.runs.comparison.isVisible()
    page.runs.table.select_runs({ids[0]})
    assert page.runs.comparison.rows == []
    assert not page.runs.comparison.isVisible()


def test_an_older_run_is_used_until_the_newest_is(
    three: tuple[Project, list[str]], show: Callable[[Project], TrainPage], until: Until
) -> None:
    project, ids = three
    page = show(project)
    page.runs.table.select_runs({ids[1]})
    page.runs.use.click()
    until(lambda: page._book.in_use is not None and page._book.in_use.run.id == ids[1])
    assert load_run(project, "current").id == ids[1]
    assert load_run(project, "latest").id == ids[2]
    page.use_run(ids[2])
    until(lambda: not page._jobs)
    assert load_run(project, "current").id == ids[2]
    assert not (project.runs_dir / "current").exists()


def test_deleting_asks_and_falls_back_to_the_newest(
    three: tuple[Project, list[str]], show: Callable[[Project], TrainPage], until: Until
) -> None:
    project, ids = three
    page = show(project)
    page.use_run(ids[0])
    until(lambda: not page._jobs)
    page.ask = lambda question: False  # type: ignore[method-assign]
    page.runs.table.select_runs({ids[0], ids[1]})
    page.runs.delete.click()
    until(lambda: not page._jobs)
    assert list_runs(project) == ids
    asked: list[str] = []
    page.ask = lambda question: bool(asked.append(question)) or True  # type: ignore[method-assign, func-returns-value]
    QTest.keyClick(page.runs.table, Qt.Key.Key_Delete)
    until(lambda: list_runs(project) == ids[2:] and not page._jobs)
    assert "cannot be undone" in asked[0]
    assert page._book.in_use is not None
    assert page._book.in_use.run.id == ids[2]
    assert page.tabs.tabText(1) == "Runs (1)"


def test_the_settings_of_a_run_are_taken_over(
    three: tuple[Project, list[str]], show: Callable[[Project], TrainPage]
) -> None:
    project, ids = three
    page = show(project)
    page.runs.table.select_runs({ids[2]})
    page.runs.settings.click()
    recipe = page.form.recipe()
    assert recipe == load_run(project, ids[2]).recipe
    assert recipe is not None
    assert recipe.head == "prototypes"
    assert page.form.isVisible()
    assert recipe != replace(recipe, head="svm")


def test_a_damaged_run_is_named_and_the_others_stay(
    three: tuple[Project, list[str]], show: Callable[[Project], TrainPage]
) -> None:
    project, ids = three
    (project.runs_dir / ids[1] / "run.json").write_text("{")
    page = show(project)
    assert [record.run.id for record in page._book.records] == [ids[2], ids[0]]
    assert ids[1] in page._book.damaged[0]


def test_a_read_only_project_trains_nothing(
    three: tuple[Project, list[str]], show: Callable[[Project], TrainPage]
) -> None:
    project, ids = three
    other = Session()
    other.open(project.root)
    page = show(project)
    page.runs.table.select_runs({ids[0]})
    assert not page.panel.train.isEnabled()
    assert "Open in another window" in page.panel.train.toolTip()
    assert not page.runs.use.isEnabled()
    assert not page.runs.delete.isEnabled()
    page.train()
    page.use_run(ids[0])
    assert not page.training.running
    assert load_run(project, "current").id == ids[2]
    other.close()


def test_the_window_stays_alive_while_the_worker_trains(page: TrainPage, until: Until) -> None:
    ticks: list[float] = []
    ticker = QTimer(page)
    ticker.timeout.connect(lambda: ticks.append(time.perf_counter()))
    ticker.start(5)
    page.train()
    until(lambda: not page.training.running, 120)
    ticker.stop()
    delays = np.diff(ticks)
    assert len(delays) > 50
    # Under 50 ms on a quiet machine; four times that leaves room for others on a busy one.
    assert np.quantile(delays, 0.99) < 0.2, f"p99 {np.quantile(delays, 0.99) * 1000:.0f} ms"


def test_in_spanish_nothing_stays_english(page: TrainPage, until: Until) -> None:
    english = {page.plan.text, page.result.text, page.curves.text, page.panel.train.text(), page.fold.text()}
    language.choose("es")
    QCoreApplication.processEvents()
    spanish = {page.plan.text, page.result.text, page.curves.text, page.panel.train.text(), page.fold.text()}
    assert not english & spanish
    assert page.form.rows["head"].control.currentText() == "automática: la mejor con imágenes apartadas"  # type: ignore[attr-defined]


# What a run has forgotten, and how many images are enough


def test_a_run_that_has_forgotten_something_is_used_only_after_a_yes(
    three: tuple[Project, list[str]], show: Callable[[Project], TrainPage], until: Until
) -> None:
    project, ids = three
    hold_run(project, ids[1])
    lost = (ClassChange("nut", 50, 48, 40),)
    keep_forgetting(project, Forgetting(ids[1], ids[2], "test", lost, (), 2.0))
    page = show(project)
    assert page._book.in_use is not None
    assert page._book.in_use.run.id == ids[1]
    page.use_run(ids[2])
    dialog = page.findChild(ForgettingDialog)
    assert dialog is not None
    dialog.reject()
    until(lambda: not page._jobs)
    assert current_run(project) == ids[1]
    page._shown = ids[2]
    page._show()
    assert f"forgotten something (nut), so the older run {ids[1]} stays in use" in page.result.text
    page.use_run(ids[2])
    page.findChildren(ForgettingDialog)[-1].use.click()
    until(lambda: page._book.in_use is not None and page._book.in_use.run.id == ids[2])
    assert current_run(project) == ids[2]


@pytest.mark.slow
def test_a_study_runs_beside_the_window_and_opens_its_page(
    page: TrainPage, project: Project, record: Record, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(
        "gui.pages.train.learning_curve_job.QDesktopServices.openUrl",
        lambda url: opened.append(url.toLocalFile()) or True,
    )
    monkeypatch.setattr("gui.pages.train.learning_curve_job.COUNTS", (3,))
    monkeypatch.setattr("gui.pages.train.learning_curve_job.STRATEGIES", ("probe",))
    page.study()
    assert page.studying.running
    assert page.studying.dialog is not None
    page.studying.dialog.canceled.emit()
    until(lambda: not page.studying.running, 60)
    assert opened == []
    assert page.studying.dialog is None
    page.study()
    until(lambda: not page.studying.running, 60)
    assert opened == [str(project.root / "study.html")]
    assert "<svg" in (project.root / "study.html").read_text("utf-8")
    assert list_runs(project) == []
