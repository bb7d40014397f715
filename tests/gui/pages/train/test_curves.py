from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from gui.pages.train.curves import Curves
from gui.widgets import theme

Until = Callable[..., None]
TRIALS = [{"strength": 0.001, "nll": 0.5, "top1": 0.8}, {"strength": 0.1, "nll": 0.3, "top1": 0.9}]


@pytest.fixture
def curves(until: Until) -> Iterator[Curves]:
    made = Curves()
    made.resize(500, 400)
    made.show()
    made.warm_up()
    made.show_trials(TRIALS, 0.1)
    until(lambda: bool(made.points()))
    yield made
    made.shut_down()
    made.close()
    made.deleteLater()


def epoch(number: int, **values: Any) -> SimpleNamespace:
    return SimpleNamespace(**{"epoch": number, "epochs": 9, "train_loss": 1 / number, **values})


def test_trials_that_came_before_the_library_are_drawn(curves: Curves) -> None:
    assert [list(map(round, x)) for x, _ in curves.points()] == [[-3, -1], [-3, -1]]
    assert [y for _, y in curves.points()] == [[0.5, 0.3], [80.0, 90.0]]
    assert "2 strengths were tried" in curves.text
    assert "0.1 (dashed), was taken: 90.0% right" in curves.text


def test_rounds_are_drawn_one_after_the_other(curves: Curves) -> None:
    for number in (1, 2, 3):
        curves.add_epoch(epoch(number, val_loss=2 / number, val_top1=0.3 * number))
    learned, held_out, shares = curves.points()
    assert learned == ([1, 2, 3], pytest.approx([1, 1 / 2, 1 / 3]))
    assert held_out[1] == pytest.approx([2, 1, 2 / 3])
    assert shares[1] == pytest.approx([30, 60, 90])
    assert curves.text == "Round 3: loss 0.333 on what is learned; 0.667 on held-out images, 90.0% of them right."
    curves.clear()
    assert curves.points() == []
    assert "appear here" in curves.text


def test_without_held_out_images_only_what_was_measured_is_drawn(curves: Curves) -> None:
    curves.add_epoch(epoch(1, val_loss=None, val_top1=None))
    curves.add_epoch(epoch(2))
    assert len(curves.points()) == 1
    assert curves.text == "Round 2: loss 0.500 on what is learned."


def test_training_once_more_on_all_images_leaves_the_first_curves(curves: Curves) -> None:
    for number in (1, 2):
        curves.add_epoch(epoch(number, val_loss=0.5, val_top1=0.9))
    curves.add_epoch(epoch(1, val_loss=math.nan, val_top1=math.nan))
    assert curves.points()[0][0] == [1, 2]
    curves.add_epoch(epoch(1, val_loss=0.4, val_top1=0.9))
    assert curves.points()[1] == ([1], [0.4])
    curves.show_rounds([vars(epoch(number, val_loss=0.1 * number, val_top1=0.5)) for number in (1, 2, 3)])
    assert curves.points()[1][1] == pytest.approx([0.1, 0.2, 0.3])


def test_the_theme_changes_at_once(curves: Curves) -> None:
    theme.choose("dark")
    dark = curves.grab().toImage().pixelColor(250, 120).lightness()
    theme.choose("light")
    assert dark < 100 < curves.grab().toImage().pixelColor(250, 120).lightness()


def test_a_difference_of_a_tenth_of_a_point_is_no_mountain(curves: Curves) -> None:
    curves.show_trials([{**TRIALS[0], "top1": 0.998}, {**TRIALS[1], "top1": 0.999}], 0.1)
    low, high = curves._plots[1].viewRange()[1]
    assert 5 <= high - low < 7
    assert high > 99.9
