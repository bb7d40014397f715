from __future__ import annotations

import numpy as np
import pytest

from export.runtime.errors import EngineError
from export.runtime.inference.decision import decide_probabilities, mean_probabilities

RECENT = [(1.0, 0.0), (0.5, 0.5), (0.2, 0.8), (0.0, 1.0)]


@pytest.mark.parametrize(
    ("count", "mean"), [(1, (0.0, 1.0)), (2, (0.1, 0.9)), (4, (0.425, 0.575)), (9, (0.425, 0.575))]
)
def test_the_mean_is_over_the_last_rows(count: int, mean: tuple[float, float]) -> None:
    assert mean_probabilities(RECENT, count) == pytest.approx(mean)


def test_a_count_below_one_and_no_row_or_unequal_rows_are_refused() -> None:
    with pytest.raises(EngineError, match="at least one frame, got 0"):
        mean_probabilities(RECENT, 0)
    with pytest.raises(EngineError, match="rows of"):
        mean_probabilities([], 3)
    with pytest.raises(EngineError, match=r"\[2, 3\]"):
        mean_probabilities([(0.5, 0.5), (0.2, 0.2, 0.6)], 2)


@pytest.mark.parametrize(("threshold", "unknown"), [(0.0, False), (0.7, False), (0.71, True)])
def test_the_answer_is_unknown_below_the_threshold(threshold: float, unknown: bool) -> None:
    decision = decide_probabilities(np.array([0.1, 0.7, 0.2]), ("nut", "bolt", "empty"), threshold)
    assert (decision.label, decision.probability, decision.unknown) == ("bolt", 0.7, unknown)
    assert [name for name, _ in decision.top] == ["bolt", "empty", "nut"]


def test_other_numbers_of_classes_are_refused() -> None:
    with pytest.raises(EngineError, match="2 classes need 2 probabilities"):
        decide_probabilities(np.array([0.1, 0.7, 0.2]), ("nut", "bolt"), 0.5)
