"""A budget's choice by hand arithmetic, and advice that is kept and read again."""

from __future__ import annotations

import json

import pytest

from edge_transfer.advice.result import (
    Advice,
    Budget,
    Candidate,
    ClassSize,
    DataFacts,
    Leakage,
    Strategy,
    Transfer,
    choose,
)
from edge_transfer.curation.recording_hints import Hint
from edge_transfer.errors import DatasetError


def candidate(side: int, behind: float, ms: float, backbone: str = "big", *, pretrained: bool = True) -> Candidate:
    return Candidate(
        *(backbone, backbone.title(), side, pretrained, 0.9 - behind, 0.01, 0.8, -0.1, behind, 0.005, ms, 8_000_000)
    )


BIG = [candidate(side, behind, ms) for side, behind, ms in ((96, 0.06, 4), (160, 0.01, 20), (192, 0.004, 30))]
BIG.append(candidate(224, 0.0, 40))
SMALL = [candidate(128, 0.02, 6, "small"), candidate(224, 0.009, 16, "small")]
NOTHING = candidate(224, 0.0, 1, "random", pretrained=False)


@pytest.mark.parametrize(
    ("fps", "points", "expected", "fast", "accurate"),
    [
        (0, 1, ("small", 224), True, True),  # 160 px of big costs 20 ms and small at 224 px 16 ms
        (0, 0.5, ("big", 192), True, True),  # 0.4 points lost, the next smaller one loses 1.0
        (0, 0, ("big", 224), True, True),
        (30, 1, ("small", 224), True, True),  # 33.3 ms
        (100, 1, ("small", 128), True, False),  # 10 ms: 2 points behind is the nearest, 96 px of big loses 6
        (100, 2, ("small", 128), True, True),
        (1000, 1, ("big", 96), False, False),
        (1000, 6, ("big", 96), False, True),
    ],
)
def test_a_budget_picks_the_smallest_side_that_will_do(
    fps: float, points: float, expected: tuple[str, int], fast: bool, accurate: bool
) -> None:
    choice = choose([NOTHING, *BIG, *SMALL], Budget(fps, points))
    assert choice is not None
    assert (choice.candidate.backbone, choice.candidate.side) == expected
    assert (choice.fast_enough, choice.accurate_enough) == (fast, accurate)


def test_of_one_backbone_thirty_frames_and_one_point_is_160_px() -> None:
    choice = choose(BIG, Budget(30, 1))
    assert choice is not None
    assert choice.candidate.side == 160
    assert choose([NOTHING], Budget()) is None


@pytest.mark.parametrize("values", [{"fps": -1}, {"fps": 1e6}, {"points": -0.1}, {"points": 101}])
def test_an_impossible_budget_is_refused(values: dict[str, float]) -> None:
    with pytest.raises(DatasetError, match="allowed is 0"):
        Budget(**values)


def example() -> Advice:
    """Advice with everything in it, its accuracies as in the comments above."""
    data = DataFacts(
        (ClassSize("hex nut", 40, 2, 0), ClassSize("<b>", 60, 2, 20)), 100, 100, 3, (Hint("no test"),), ("one",)
    )
    return Advice(
        *(data, 224, (*reversed(BIG), NOTHING), Budget(30, 1), choose(BIG, Budget(30, 1)), 0.7, "Big"),
        Leakage(0.97, 0.08, 0.02),
        Transfer("helps", 0.5, 0.9, 0.4, 0.02),
        Strategy("probe", "few images", 10, 15),
        *("openvino", "a processor", False, 0.0, 3.5, "f" * 32),
    )


def test_what_is_kept_is_read_again() -> None:
    for advice in (example(), Advice(DataFacts((), 0, 0, 0, (), ()), 64)):
        assert Advice.from_json(json.dumps(advice.to_json())) == advice
    values = example().to_json()
    for damaged in ("{", "[]", json.dumps({**values, "format": 0}), json.dumps({**values, "budget": {"fps": "x"}})):
        with pytest.raises(ValueError, match=r"advice|JSON|Expecting"):
            Advice.from_json(damaged)
