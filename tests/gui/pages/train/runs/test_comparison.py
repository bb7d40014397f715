"""Runs side by side."""

from __future__ import annotations

from collections.abc import Callable

from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from edge_transfer.runs.run import load_run
from gui.pages.train.page import TrainPage


def test_runs_are_compared_side_by_side(three: tuple[Project, list[str]], show: Callable[[Project], TrainPage]) -> None:
    from edge_transfer.evaluation.run_evaluation import evaluate_run
    from export.runtime.events import exhaust

    project, ids = three
    with Catalog.open(project) as catalog:
        exhaust(evaluate_run(project, catalog, load_run(project, ids[0])))
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
