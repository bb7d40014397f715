from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import Qt

from edge_transfer.dataset.catalog import Sample
from edge_transfer.evaluation.evaluate import evaluate
from gui.pages.evaluate.class_table import ClassesTable
from gui.pages.evaluate.mistakes.gallery import MistakesGallery
from gui.pages.evaluate.threshold_panel import CoveragePanel
from gui.pages.evaluate.worker_calls import Measured

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


@pytest.fixture
def panel() -> Iterator[CoveragePanel]:
    made = CoveragePanel()
    made.resize(500, 500)
    yield made
    made.deleteLater()


def test_moving_the_slider_says_at_once_what_it_does(panel: CoveragePanel) -> None:
    panel.show_measured(measured(), "")
    assert panel.numbers.startswith("80.0% answered, 100.0% of those right · 2 unknown")
    panel.slider.setValue(650)
    assert panel.numbers.startswith("90.0% answered, 88.9% of those right · 1 unknown")
    assert " · 1 wrong answer" in panel.numbers
    assert panel.threshold == 0.65
    panel.slider.setValue(1000)
    assert panel.numbers.startswith("0.0% answered, – of those right · 10 unknown")
    assert not panel.grab().isNull()


def test_a_threshold_is_kept_from_held_out_folds_only(panel: CoveragePanel) -> None:
    wanted: list[object] = []
    panel.threshold_wanted.connect(wanted.append)
    panel.show_measured(measured(), "")
    assert not panel.use.isEnabled(), "it is in use already"
    panel.slider.setValue(900)
    panel.use.click()
    panel.show_measured(measured(threshold=0.9), "")
    assert panel.back.isVisibleTo(panel)
    panel.back.click()
    assert wanted == [0.9, None]
    panel.show_measured(measured("test"), "")
    assert not panel.use.isVisibleTo(panel)
    assert panel.folds.isVisibleTo(panel)
    panel.show_measured(measured(), "read only")
    panel.slider.setValue(300)
    assert not panel.use.isEnabled()


def test_classes_are_sorted_by_what_is_clicked() -> None:
    table = ClassesTable()
    table.show_evaluation(measured().evaluation)
    assert table.names() == ["<b>screw", "nut"], "the lowest recall first"
    table.sortByColumn(3, table.horizontalHeader().sortIndicatorOrder())
    assert table.names() == ["nut", "<b>screw"], "by precision"
    shown = {str(table.model().index(row, 0).data()): table.model().index(row, 5).data() for row in range(2)}
    assert shown == {"nut": "–", "<b>screw": "nut (2)"}
    table.deleteLater()


def test_the_gallery_says_what_each_picture_is() -> None:
    gallery = MistakesGallery()
    gallery.show_rows(measured(), [8, 9])
    first = gallery.model().index(0, 0)
    said = first.data(Qt.ItemDataRole.AccessibleTextRole)
    assert said == "It is <b>screw; the model says nut, 70%. Below the threshold: the box would say “unknown”."
    gallery.close_thumbnails()
    gallery.deleteLater()
