from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication

from edge_transfer.curation.live_learner import Learned
from gui.pages.collect.live_classifier import Answer, Status
from gui.pages.collect.prediction_panel import PredictionPanel


@pytest.fixture
def panel(qapp: QApplication) -> Iterator[PredictionPanel]:
    made = PredictionPanel()
    made.show()
    yield made
    made.close()


def learned(held_out: int = 0) -> Learned:
    return Learned((1, 2), ("nut", "bolt"), "MobileNetV2", 24, held_out, max(0, held_out - 2))


def test_bars_stand_in_the_order_of_the_classes(panel: PredictionPanel) -> None:
    panel.show_answer(Answer(learned(), (0.2, 0.8), 0.0))
    assert panel.winner == "bolt"
    assert [label.text() for label, _, _ in panel._rows] == ["nut", "bolt"]
    assert [share.text() for _, _, share in panel._rows] == ["20%", "80%"]
    panel.show_answer(None)
    assert panel.winner == ""
    panel.show_status(Status("ready", "", learned()))
    height = panel.sizeHint().height()
    assert [share.text() for _, _, share in panel._rows] == ["–", "–"]
    panel.show_answer(Answer(learned(), (0.9, 0.1), 0.0))
    assert panel.winner == "nut"
    assert panel.sizeHint().height() == height


@pytest.mark.parametrize(
    ("status", "says"),
    [
        (Status("off"), "Record two classes"),
        (Status("waiting", "x"), "Record two classes"),
        (Status("prepare"), "up to a minute"),
        (Status("embed", "3/9"), "3/9"),
        (Status("fit"), "Learning…"),
        (Status("failed", "the worker ended"), "The worker ended"),
        (Status("no weights", "/folder\nmobilenet_v2"), "mobilenet_v2.safetensors"),
        (Status("ready", "", learned()), "Learned from 24 images. A second recording"),
        (Status("ready", "", learned(20)), "18 of 20 held-out images are right."),
    ],
)
def test_every_status_is_a_sentence(panel: PredictionPanel, status: Status, says: str) -> None:
    panel.show_status(status)
    assert says in panel.sentence
