"""The learning curve, worked out beside the window."""

from __future__ import annotations

import pytest

from edge_transfer.dataset.project import Project
from edge_transfer.runs.run import list_runs
from gui.pages.train import learning_curve_job
from gui.pages.train.page import TrainPage
from tests.gui.pages.train.conftest import Record, Until


@pytest.mark.slow
def test_a_study_runs_beside_the_window_and_opens_its_page(
    page: TrainPage, project: Project, record: Record, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(
        learning_curve_job.QDesktopServices,
        "openUrl",
        lambda url: opened.append(url.toLocalFile()) or True,
    )
    monkeypatch.setattr(learning_curve_job, "COUNTS", (3,))
    monkeypatch.setattr(learning_curve_job, "STRATEGIES", ("probe",))
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
