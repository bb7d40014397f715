"""The job of a training: stopped, killed, failed, and ended with its window."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from edge_transfer.backbones.weights import WEIGHTS_DIR_VARIABLE
from edge_transfer.dataset.project import Project
from edge_transfer.runs.recipe import Recipe
from edge_transfer.runs.run import list_runs, load_run
from gui.jobs.job import Job
from gui.main_window import MainWindow
from gui.pages.train.page import TrainPage
from gui.session import Session
from tests.gui.pages.train.conftest import Until


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
