"""The page with a run of which two test images have a wrong label, and a measurement made by hand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from edge_transfer.dataset.catalog import Catalog, Sample
from edge_transfer.dataset.project import Project
from edge_transfer.evaluation.evaluate import evaluate
from edge_transfer.runs.run import Run
from gui.main_window import MainWindow
from gui.pages.evaluate.page import EvaluatePage
from gui.pages.evaluate.worker_calls import Measured
from gui.session import Session

# Ten samples of two classes; the two least sure answers are wrong.
STATED = np.array([0.99, 0.98, 0.97, 0.95, 0.93, 0.9, 0.85, 0.8, 0.7, 0.6], np.float32)
LABELS = np.array([0, 1, 0, 1, 0, 1, 0, 1, 1, 1])
ANSWERS = np.array([0, 1, 0, 1, 0, 1, 0, 1, 0, 0])


def measured(split: str = "validation", threshold: float = 0.75, fitted: float = 0.75) -> Measured:
    probabilities = np.where(np.arange(2) == ANSWERS[:, None], STATED[:, None], 1 - STATED[:, None])
    samples = [
        Sample(
            *(f"{k:064x}", ".png", 1, 8, 8, 9, k, None, 1.0, 99.0, 0),
            id=100 + k,
            class_name="x",
            session_id=1,
            split="test",
            session_kind="collection",
        )
        for k in range(10)
    ]
    evaluation = evaluate(
        np.log(probabilities).astype(np.float32),
        LABELS,
        run="r",
        split=split,
        classes=["nut", "<b>screw"],
        temperature=1.0,
        threshold=threshold,
        samples=samples,
    )
    paths = tuple(f"/gone/{k}.png" for k in range(10))
    ids = np.arange(100, 110)
    return Measured(evaluation, (1, 2), ids, paths, LABELS, probabilities.astype(np.float32), fitted, None)


Until = Callable[..., None]


@pytest.fixture
def page(window: MainWindow, session: Session, copied: tuple[Project, Run], until: Until) -> EvaluatePage:
    """The page with a run of three classes, of whose 21 test pictures two have a wrong label."""
    project, run = copied
    with Catalog.open(project) as catalog:
        mislabelled = [sample.id for sample in catalog.samples(split="test", class_id=run.class_ids[0])][:2]
        catalog.relabel(mislabelled, run.class_ids[1])
    session.open(project.root)
    window.show_page("evaluate")
    found: EvaluatePage = window.page("evaluate")
    settle(found, until)
    return found


def settle(page: EvaluatePage, until: Until) -> None:
    until(lambda: not page.measuring.running and page._survey is not None, 60)
