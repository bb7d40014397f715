"""The dialog of a mistake: explained, and its label corrected."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from edge_transfer.runs.run import Run
from gui.pages.evaluate.page import EvaluatePage
from gui.session import Session
from tests.gui.pages.evaluate.conftest import Until


def test_a_mistake_is_explained_and_its_label_mended(
    page: EvaluatePage, session: Session, copied: tuple[Project, Run], until: Until
) -> None:
    project, run = copied
    measured, dialog = page._measured, page.dialog
    assert measured is not None
    wrong = page.result.mistakes.rows
    row = next(row for row in wrong if measured.answers[row] == 0)
    page.result.mistakes.opened.emit(wrong.index(row))
    assert dialog.isVisible()
    until(lambda: dialog.look is not None and not page.looking.running, 60)
    assert dialog.look is not None
    assert dialog.look.heat.shape == (64, 64)
    assert 0 < dialog.look.heat.max() <= 1
    assert dialog.look.probability == pytest.approx(float(measured.stated[row]), abs=1e-4)
    sample = int(measured.sample_ids[row])

    def label() -> str:
        with Catalog.open(project, read_only=True) as catalog:
            return next(each.class_name for each in catalog.samples() if each.id == sample)

    assert label() == run.classes[1]
    QTest.keyClick(dialog, Qt.Key.Key_L)
    assert label() == run.classes[0]
    until(lambda: page._measured is not measured and not page.measuring.running, 30)
    assert page._measured is not None
    assert len(page.result.mistakes.rows) == len(wrong) - 1, "measured again with the new label"
    session.undo()
    assert label() == run.classes[1]
