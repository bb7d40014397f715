"""From logits to an answer, by hand arithmetic."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from export.runtime.errors import EngineError
from export.runtime.inference.decision import Confidence, decide, softmax

CLASSES = ("a", "b", "c")


def logits(*values: float) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    return np.array(values, np.float32)


def test_by_hand() -> None:
    decision = decide(logits(0, math.log(2), math.log(5)), CLASSES, Confidence(1.0, 0.6))
    assert decision.label == "c"
    assert decision.probability == pytest.approx(5 / 8)
    assert not decision.unknown
    assert [label for label, _ in decision.top] == ["c", "b", "a"]
    assert [probability for _, probability in decision.top] == pytest.approx([5 / 8, 2 / 8, 1 / 8])


def test_temperature_divides_the_logits() -> None:
    decision = decide(logits(0, 2 * math.log(3), -1000), CLASSES, Confidence(2.0, 0.0))
    assert decision.label == "b"
    assert decision.probability == pytest.approx(3 / 4)


def test_unknown_is_below_the_threshold_and_keeps_its_label() -> None:
    values = logits(math.log(3), 0, -1000)
    exact = decide(values, CLASSES, Confidence(1.0, 0.0)).probability
    assert not decide(values, CLASSES, Confidence(1.0, exact)).unknown
    above = decide(values, CLASSES, Confidence(1.0, exact + 1e-9))
    assert above.unknown
    assert above.label == "a"


def test_equal_classes_keep_their_order() -> None:
    assert [label for label, _ in decide(logits(1, 1, 1), CLASSES, Confidence()).top] == ["a", "b", "c"]
    assert [label for label, _ in decide(logits(1, 2, 2), CLASSES, Confidence(), top=2).top] == ["b", "c"]
    many = [str(number) for number in range(500)]
    cycle = (np.arange(500) % 3).astype(np.float32)
    expected = [*many[2::3], *many[1::3], *many[0::3]]
    assert [label for label, _ in decide(cycle, many, Confidence(), top=500).top] == expected


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_numbers_that_are_not_finite_are_refused(value: float) -> None:
    with pytest.raises(EngineError, match="not finite"):
        decide(logits(0, value, 1), CLASSES, Confidence())


def test_another_number_of_classes_is_refused() -> None:
    with pytest.raises(EngineError, match=r"3 classes need 3 logits, got shape \(2,\)"):
        decide(logits(0, 1), CLASSES, Confidence())
    with pytest.raises(EngineError, match="shape"):
        decide(np.zeros((1, 3), np.float32), CLASSES, Confidence())


@pytest.mark.parametrize(
    ("temperature", "threshold"), [(0, 0), (-1, 0), (math.nan, 0), (math.inf, 0), (1e-300, 0), (1, -0.1), (1, 1.1)]
)
def test_unusable_confidence_is_refused(temperature: float, threshold: float) -> None:
    with pytest.raises(ValueError, match="temperature must be"):
        Confidence(temperature, threshold)


def test_a_threshold_that_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="threshold"):
        Confidence(1.0, math.nan)


@given(
    st.lists(st.floats(-(2.0**127), 2.0**127, width=32), min_size=3, max_size=3),
    st.floats(0.001, 1000),
    st.floats(0, 1),
)
def test_probabilities_add_up_for_any_finite_logits(values: list[float], temperature: float, threshold: float) -> None:
    decision = decide(logits(*values), CLASSES, Confidence(temperature, threshold))
    assert sum(probability for _, probability in decision.top) == pytest.approx(1)
    assert decision.probability == max(probability for _, probability in decision.top)
    assert decision.unknown == (decision.probability < threshold)


def test_softmax_of_many_rows() -> None:
    rows = softmax(np.array([[0, 0], [1000, 0]], np.float32))
    assert rows.tolist() == [[0.5, 0.5], [1.0, 0.0]]
