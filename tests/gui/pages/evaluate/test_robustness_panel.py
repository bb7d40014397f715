"""The panel of robustness: measured, kept and cancelled."""

from __future__ import annotations

from PySide6.QtCore import Qt

from edge_transfer.dataset.project import Project
from edge_transfer.runs.run import Run
from gui.pages.evaluate.page import EvaluatePage
from tests.gui.pages.evaluate.conftest import Until, settle


def test_the_robustness_is_measured_kept_and_cancelled(
    page: EvaluatePage, copied: tuple[Project, Run], until: Until
) -> None:
    project, run = copied
    panel, path = page.result.robustness, project.runs_dir / run.id / "robustness-test.json"
    assert panel.table.model().rowCount() == 0
    panel.measure.click()
    until(lambda: page.disturbing.share > 0, 60)
    assert "robustness" in page.busy()
    page.disturbing.cancel()
    until(lambda: not page.disturbing.running)
    assert not path.exists()
    panel.measure.click()
    until(lambda: path.exists() and not page.disturbing.running, 60)
    assert page.busy() == ""
    assert panel.table.model().rowCount() == 10
    said = panel.table.model().index(0, 3).data(Qt.ItemDataRole.AccessibleTextRole)
    assert said.startswith("darker, −3 EV: ")
    page.measure()
    settle(page, until)
    assert panel.table.model().rowCount() == 10, "what was kept is shown again"
