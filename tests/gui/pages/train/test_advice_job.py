"""Advice in the worker."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from edge_transfer.advice.cache import saved_advice
from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from gui.main_window import MainWindow
from gui.pages.train import advice_job
from gui.pages.train.page import TrainPage
from gui.session import Session

Until = Callable[..., None]


@pytest.mark.slow
def test_advice_is_worked_out_in_the_worker_and_again_when_the_data_change(
    advice_page: TrainPage,
    window: MainWindow,
    session: Session,
    project: Project,
    record: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    until: Until,
) -> None:
    monkeypatch.setattr(advice_job, "START_AFTER_MS", 0)
    window.show_page("train")
    advising = advice_page.advice.advising
    until(lambda: advising.working, 30)
    assert "Comparing networks" in advice_page.advice.text
    until(lambda: advising.told is not None and not advising.working, 240)
    assert advising.trouble == ""
    assert advising.told is not None
    assert advising.told.current
    kept = saved_advice(project)
    assert kept is not None
    assert kept.data.images == 32
    assert "32 images of 2 classes" in advice_page.advice.text
    assert all(Path(path).is_file() for path in advising.told.pages.values())
    with Catalog.open(project) as catalog:
        record(project, catalog, "nut", 4)
    session.changed.emit()
    until(lambda: "36 images of 2 classes" in advice_page.advice.text and not advising.working, 120)
    advice_page.deactivated()
    assert not advising.working
