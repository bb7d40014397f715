"""Training in the window: a real backbone with random weights at a small side, in the real worker process."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, Qt, QTimer
from PySide6.QtTest import QTest

from edge_transfer.dataset.project import Project
from edge_transfer.runs.run import load_run
from gui.main_window import MainWindow
from gui.pages.train.page import TrainPage
from gui.session import Session
from gui.wording import locale
from tests.gui.pages.train.conftest import Until


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
    until(lambda: len(page.runs.table.model().rows) == 1)  # type: ignore[attr-defined]
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
    locale.choose("es")
    QCoreApplication.processEvents()
    spanish = {page.plan.text, page.result.text, page.curves.text, page.panel.train.text(), page.fold.text()}
    assert not english & spanish
    assert page.form.rows["head"].control.currentText() == "automática: la mejor con imágenes apartadas"  # type: ignore[attr-defined]


# What a run has forgotten, and how many images are enough
