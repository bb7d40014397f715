"""The plot of accuracy against latency: its points, and labels that lie beside each other."""

from __future__ import annotations

from collections.abc import Iterator

import pyqtgraph
import pytest
from PySide6.QtWidgets import QApplication

from gui.pages.export.candidates_plot import CandidatesPlot
from tests.gui.pages.export.conftest import candidate

ROWS = [
    candidate("openvino", "fp32", 3.0, 0.875, chosen=True),
    candidate("onnxruntime", "fp32", 3.1, 0.875),
    candidate("onnxruntime", "int8", 9.0, 0.5, shipped=False),
    candidate("openvino", "int8", 0.0, 0.8),
    candidate("openvino", "fp16", 2.0, None),
]


@pytest.fixture
def plot(qapp: QApplication) -> Iterator[CandidatesPlot]:
    made = CandidatesPlot()
    made.resize(700, 300)
    yield made
    made.deleteLater()


def test_only_what_was_measured_and_evaluated_has_a_point(plot: CandidatesPlot) -> None:
    plot.show_candidates(ROWS)
    assert plot.points == [
        (3.0, 87.5, "OpenVINO FP32 (chosen)"),
        (3.1, 87.5, "ONNX Runtime FP32"),
        (9.0, 50.0, "ONNX Runtime INT8"),
    ]
    plot.show_candidates([])
    assert plot.points == []


def test_symbols_say_chosen_shipped_and_left_out(plot: CandidatesPlot) -> None:
    plot.show_candidates(ROWS)
    item = plot.findChild(pyqtgraph.PlotWidget).getPlotItem()
    assert [curve.opts["symbol"] for curve in item.listDataItems()] == ["star", "o", "x"]


def test_latency_begins_at_0_and_every_point_lies_inside(plot: CandidatesPlot) -> None:
    plot.show_candidates(ROWS)
    (left, right), (low, high) = plot.findChild(pyqtgraph.PlotWidget).getPlotItem().getViewBox().viewRange()
    assert left == 0
    assert right > 9
    assert low < 50
    assert high > 87.5


def test_two_near_points_have_labels_on_different_sides(plot: CandidatesPlot) -> None:
    plot.show_candidates(ROWS[:2])
    item = plot.findChild(pyqtgraph.PlotWidget).getPlotItem()
    texts = [each for each in item.items if isinstance(each, pyqtgraph.TextItem)]
    first, second = (tuple(text.anchor) for text in texts)
    assert first != second
