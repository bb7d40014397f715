"""Plots of shares: places in pixels, the curve without its first few answers, and bars in words."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication

from edge_transfer.evaluation.metrics import CoveragePoint, ReliabilityBin
from gui.pages.evaluate.share_plots import CoverageView, ReliabilityView, SharePlot


def test_shares_are_places_and_what_lies_below_the_axes_is_put_onto_them(qapp: QApplication) -> None:
    plot = SharePlot()
    plot.resize(400, 300)
    area = plot.area()
    assert plot.place(0, 0) == area.bottomLeft()
    assert plot.place(1, 1).x() == pytest.approx(area.right())
    assert plot.place(1, 1).y() == pytest.approx(area.top())
    plot.lowest_y = 0.5
    assert plot.place(0.5, 0.75).x() == pytest.approx(area.center().x())
    assert plot.place(0.5, 0.75).y() == pytest.approx(area.center().y())
    assert plot.place(0, 0.2).y() == pytest.approx(area.bottom())
    plot.deleteLater()


@pytest.mark.parametrize(("worst", "floor"), [(0.95, 0.9), (0.8, 0.75), (0.6, 0.5), (0.3, 0.0)])
def test_the_axis_begins_below_the_worst_accuracy_of_enough_answers(
    qapp: QApplication, worst: float, floor: float
) -> None:
    view = CoverageView()
    few = CoveragePoint(0.99, 0.05, 0.0)
    view.show_curve([few, CoveragePoint(0.5, 0.5, 0.98), CoveragePoint(0.0, 1.0, worst)], 100)
    assert view.lowest_y == floor, "five answers mean nothing"
    view.deleteLater()


def test_the_point_of_the_threshold_is_drawn_where_something_is_answered(qapp: QApplication) -> None:
    view = CoverageView()
    view.resize(400, 300)
    view.show_curve([CoveragePoint(0.5, 0.5, 0.9), CoveragePoint(0.0, 1.0, 0.8)], 100)
    without = view.grab().toImage()
    view.show_point(0.5, 0.9)
    assert view.grab().toImage() != without
    view.show_point(0.0, None)
    assert view.grab().toImage() == without
    view.deleteLater()


def test_every_bin_is_said_in_words(qapp: QApplication) -> None:
    view = ReliabilityView()
    view.resize(400, 300)
    view.show_bins([ReliabilityBin(0.5, 0.6, 1, 0.55, 1.0), ReliabilityBin(0.9, 1.0, 40, 0.96, 0.875)])
    assert view.accessibleDescription().split("; ") == [
        "says 55.0%, is right in 100.0%: 1 answer",
        "says 96.0%, is right in 87.5%: 40 answers",
    ]
    view.deleteLater()
