"""Parity by hand, and what is not parity."""

from __future__ import annotations

import numpy as np
import pytest

from edge_transfer.errors import CheckFailed
from export.parity.compare import LEAST_AGREEMENT, TOLERANCE, Parity, compare, require
from export.runtime.inference.engine import EngineOutput


def output(logits: list[list[float]], embedding: list[list[float]] | None = None) -> EngineOutput:
    vectors = [[0.0, 1.0]] * len(logits) if embedding is None else embedding
    return EngineOutput(np.array(logits, np.float32), np.array(vectors, np.float32))


def test_by_hand() -> None:
    reference = output([[1, 2, 3], [5, 4, 0], [0, 1, 0]], [[1, 1], [2, 2], [3, 3]])
    other = output([[1, 2, 2.5], [4, 4.25, 0], [0, 1, 0]], [[1, 1], [2, 1.25], [3, 3]])
    assert compare(reference, other) == Parity(3, 1.0, 0.75, pytest.approx(2 / 3))
    assert compare(reference, reference) == Parity(3, 0.0, 0.0, 1.0)


@pytest.mark.parametrize(
    "other",
    [
        output([[1, 2]]),
        output([[1, 2, 3], [1, 2, 3]]),
        output([[1, 2, 3]], [[1, 2, 3]]),
    ],
)
def test_other_shapes_are_no_parity(other: EngineOutput) -> None:
    with pytest.raises(CheckFailed, match=r"the exported model gives logits \(.*the trained one \(1, 3\) and \(1, 2\)"):
        compare(output([[1, 2, 3]]), other)


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_not_finite_are_no_parity(number: float) -> None:
    good, bad = output([[1, 2]]), output([[1, number]])
    for pair in ((good, bad), (bad, good), (bad, bad)):
        with pytest.raises(CheckFailed, match="not finite"):
            compare(*pair)
    with pytest.raises(CheckFailed, match="not finite"):
        compare(good, output([[1, 2]], [[number, 1]]))


def test_the_limit_is_the_precisions_own_and_the_message_has_the_numbers() -> None:
    for precision, tolerance in TOLERANCE.items():
        require(Parity(10, tolerance, 9.0, 1.0), precision, "model.onnx")
        with pytest.raises(CheckFailed, match=r"model\.onnx is not equal .* over 10 pictures, allowed are"):
            require(Parity(10, tolerance * 1.01, 0.0, 1.0), precision, "model.onnx")
    require(Parity(100, 0.1, 0.0, LEAST_AGREEMENT["fp16"]), "fp16", "model.xml")
    with pytest.raises(
        CheckFailed, match=r"model\.xml answers otherwise .* on 2.00% of 100 pictures, allowed are 1.00%"
    ):
        require(Parity(100, 0.1, 0.0, 0.98), "fp16", "model.xml")
    with pytest.raises(CheckFailed, match=r"allowed are 0\.00%"):
        require(Parity(506, 1e-4, 0.0, 505 / 506), "fp32", "model.xml")
    assert CheckFailed("").exit_code == 3
