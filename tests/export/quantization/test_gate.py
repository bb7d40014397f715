"""The gate by hand: what is admitted, what is not, and the number that says why."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_transfer.errors import DatasetError
from export.quantization.gate import accuracy_problem, class_losses, measure_loss, speed_problem

CLASSES = ("nut", "washer", "bolt")


def answers(labels: list[int], wrong: tuple[int, ...] = ()) -> NDArray[np.float32]:
    """Logits that answer `labels`, but for the rows `wrong`."""
    answered = [(label + 1) % 3 if row in wrong else label for row, label in enumerate(labels)]
    return np.eye(3, dtype=np.float32)[answered]


def test_a_loss_by_hand() -> None:
    labels = [0] * 100 + [1] * 90 + [2] * 10
    loss = measure_loss(answers(labels, (0,)), answers(labels, (5, 6, 100, 195)), np.array(labels), CLASSES)
    assert (loss.n, loss.points) == (200, pytest.approx(1.5))
    # Two of a hundred nuts instead of one; one washer is less of its allowance, one bolt of ten is the whole of it.
    assert (loss.worst_class, loss.worst_class_points) == ("bolt", pytest.approx(10))
    assert loss.worst_class_allowed == pytest.approx(10)


def test_the_budget_is_kept_to_the_sample() -> None:
    labels = np.array([0] * 200)
    one = measure_loss(answers([0] * 200), answers([0] * 200, (3,)), labels, CLASSES)
    assert accuracy_problem(one, 0.5) == ""
    assert accuracy_problem(one, 0.49) == "loses 0.50 points on 200 held-out samples, allowed are 0.49"
    better = measure_loss(answers([0] * 200, (3,)), answers([0] * 200), labels, CLASSES)
    assert better.points == pytest.approx(-0.5)
    assert accuracy_problem(better, 0.0) == ""


@pytest.mark.parametrize(("size", "lost", "admitted"), [(10, 1, True), (10, 2, False), (100, 2, True), (100, 3, False)])
def test_a_class_may_lose_two_points_or_one_sample(size: int, lost: int, admitted: bool) -> None:
    labels = [0] * 1000 + [1] * size
    after = answers(labels, tuple(range(1000, 1000 + lost)))
    loss = measure_loss(answers(labels), after, np.array(labels), CLASSES)
    problem = accuracy_problem(loss, 50.0)
    assert (problem == "") is admitted
    if not admitted:
        assert problem.startswith(f"washer loses {100 * lost / size:.2f} points on held-out samples")


def test_nothing_held_out_is_no_pass() -> None:
    with pytest.raises(DatasetError, match="no sample was held out"):
        measure_loss(answers([]).reshape(0, 3), answers([]).reshape(0, 3), np.array([], np.int64), CLASSES)


def test_speed() -> None:
    assert speed_problem(2.0, 2.0, "here") == ""
    assert speed_problem(2.5, 2.0, "AMD (avx2)") == "slower than FP32 (2.50 against 2.00 ms) on AMD (avx2)"


def test_class_losses_by_hand() -> None:
    labels = np.array([0, 0, 0, 0, 1, 1])
    assert class_losses(answers([0, 0, 0, 0, 1, 1]), answers([0, 0, 0, 0, 1, 1], (0, 4)), labels, 3) == 50.0
    assert class_losses(answers([0, 0, 0, 0, 1, 1], (4,)), answers([0, 0, 0, 0, 1, 1]), labels, 3) == 0.0
