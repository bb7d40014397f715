"""The result of an evaluation: its numbers, its cells and its mistakes."""

from __future__ import annotations

import json

import numpy as np
from PySide6.QtCore import QCoreApplication

from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from edge_transfer.evaluation.run_evaluation import evaluate_run
from edge_transfer.runs.run import Run
from export.runtime.events import exhaust
from gui.main_window import MainWindow
from gui.pages.evaluate.page import EvaluatePage
from gui.wording import locale
from tests.gui.pages.evaluate.conftest import Until, settle


def test_what_is_shown_is_what_the_core_measures(
    page: EvaluatePage, window: MainWindow, copied: tuple[Project, Run], until: Until
) -> None:
    project, run = copied
    with Catalog.open(project) as catalog:
        evaluation = exhaust(evaluate_run(project, catalog, run))
    result = page.result
    assert page._measured is not None
    assert page._measured.evaluation == evaluation
    assert result.headline.number == f"{100 * evaluation.top1:.1f}%"
    assert "Nothing was learned from these pictures" in result.headline.words
    assert "Few pictures" in result.headline.words
    assert page.bar.split == "test"
    kept = json.loads((project.runs_dir / run.id / "evaluation-test.json").read_text())
    assert np.sum(kept["confusion"]) == 21
    # Every cell has the pictures that it counts.
    for row, counts in enumerate(evaluation.confusion):
        for column, count in enumerate(counts):
            result.confusion.choose(row, column)
            assert len(result.cell_pictures.rows) == count
    wrong = [mistake.sample_id for mistake in evaluation.mistakes]
    assert len(wrong) >= 2
    assert page._measured.sample_ids[result.mistakes.rows].tolist() == wrong
    assert result.classes.model().rowCount() == 3
    # Other pictures, and a class name with signs of markup
    page.show_folds()
    settle(page, until)
    assert page._measured.evaluation.split == "validation"
    assert "Expect less in use: the model was chosen on these pictures." in result.headline.words
    locale.choose("es")
    QCoreApplication.processEvents()
    assert result.headline.number.endswith("\u00a0%")
    assert window.banner == ""
