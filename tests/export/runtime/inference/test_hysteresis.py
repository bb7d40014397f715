"""When a class begins and when it ends, on sequences that can be followed with a pencil."""

from __future__ import annotations

import numpy as np
import pytest

from export.runtime.errors import EngineError
from export.runtime.inference.hysteresis import ClassTracker, StateChange, TrackerSettings

CLASSES = ("nut", "bolt", "empty")
NUT, BOLT, EMPTY, UNSURE = (0.9, 0.05, 0.05), (0.05, 0.9, 0.05), (0.1, 0.1, 0.8), (0.4, 0.35, 0.25)


def steady(frames: int = 3, smooth: int = 1, enter: float = 0.6, leave: float = 0.5) -> ClassTracker:
    return ClassTracker(CLASSES, 0.6, TrackerSettings(enter, leave, frames), smooth)


def changes(watched: ClassTracker, *rows: tuple[float, float, float]) -> list[StateChange]:
    """Frame k is frame number k, at 0.5 k seconds."""
    return [change for k, row in enumerate(rows) for change in watched.take(k, 0.5 * k, np.array(row, np.float64))[1]]


def told(found: list[StateChange]) -> list[tuple[str, str, int]]:
    return [(change.event, change.label, change.index) for change in found]


def test_an_alarm_is_one_event_and_not_forty() -> None:
    watched = steady()
    found = changes(watched, *[NUT] * 40)
    # Frames 0, 1 and 2 agree, so it begins on frame 2, and has been there since frame 0.
    assert found == [StateChange("began", "nut", pytest.approx(0.9), 2, 1.0, 0.0, 0.0)]
    assert watched.current == "nut"


def test_one_class_follows_another() -> None:
    found = changes(steady(), *[NUT] * 4, *[BOLT] * 3)
    # The bolt is there from frame 4 (2.0 s); on frame 6 it has been there for three.
    assert found == [
        StateChange("began", "nut", pytest.approx(0.9), 2, 1.0, 0.0, 0.0),
        StateChange("ended", "nut", pytest.approx(0.05), 6, 3.0, 0.0, 2.0),
        StateChange("began", "bolt", pytest.approx(0.9), 6, 3.0, 2.0, 0.0),
    ]


def test_a_flicker_changes_nothing() -> None:
    assert told(changes(steady(), *[NUT] * 3, BOLT, BOLT, NUT, UNSURE, BOLT, NUT, EMPTY, EMPTY, NUT)) == [
        ("began", "nut", 2)
    ]
    assert changes(steady(), NUT, NUT, BOLT, NUT, NUT, BOLT, BOLT, UNSURE, BOLT) == []


def test_a_class_ends_though_nothing_else_is_steady() -> None:
    """The frames without the nut disagree among themselves; after three of them it has ended all the same."""
    found = changes(steady(), *[NUT] * 3, BOLT, EMPTY, BOLT, EMPTY, EMPTY, EMPTY)
    assert told(found) == [("began", "nut", 2), ("ended", "nut", 5), ("began", "empty", 8)]
    assert found[1].duration_s == 1.5
    assert found[2].since_s == 3.0  # frame 6


def test_two_thresholds() -> None:
    """Between 0.5 and 0.6 nothing begins, and nothing that has begun ends."""
    between = (0.55, 0.25, 0.2)
    assert changes(steady(), *[between] * 9) == []
    assert told(changes(steady(), *[NUT] * 3, *[between] * 9)) == [("began", "nut", 2)]
    below = (0.45, 0.3, 0.25)
    assert told(changes(steady(), *[NUT] * 3, *[below] * 3)) == [("began", "nut", 2), ("ended", "nut", 5)]
    # The nut is still above its lower threshold, but the bolt is likelier and above the upper one.
    both = steady(enter=0.5, leave=0.3)
    assert told(changes(both, *[NUT] * 3, *[(0.4, 0.55, 0.05)] * 3)) == [
        ("began", "nut", 2),
        ("ended", "nut", 5),
        ("began", "bolt", 5),
    ]


def test_without_hold_every_frame_decides() -> None:
    assert told(changes(steady(frames=1), NUT, BOLT, UNSURE)) == [
        ("began", "nut", 0),
        ("ended", "nut", 1),
        ("began", "bolt", 1),
        ("ended", "bolt", 2),
    ]


def test_smoothing_by_hand() -> None:
    watched = steady(frames=1, smooth=3)
    answers = [watched.take(k, float(k), np.array(row))[0] for k, row in enumerate([NUT, NUT, BOLT, BOLT, BOLT])]
    # Means of the nut: 0.9, 0.9, (0.9 + 0.9 + 0.05) / 3, (0.9 + 0.05 + 0.05) / 3; of the bolt 0.05, 0.9 at the end.
    assert [answer.label for answer in answers] == ["nut", "nut", "nut", "bolt", "bolt"]
    assert [answer.probability for answer in answers] == pytest.approx([0.9, 0.9, 1.85 / 3, 1.85 / 3, 0.9])
    assert not any(answer.unknown for answer in answers)


def test_an_interruption_ends_what_holds() -> None:
    watched = steady()
    changes(watched, *[NUT] * 5)
    (ended,) = watched.interrupt("the source was lost")
    assert ended == StateChange("ended", "nut", 0.0, 4, 2.0, 0.0, 2.0, "the source was lost")
    assert watched.current is None
    assert watched.interrupt("again") == ()
    # What was counted before is forgotten.
    assert told(changes(watched, NUT, NUT)) == []
    assert told(changes(watched, NUT)) == [("began", "nut", 0)]


@pytest.mark.parametrize(("enter", "leave", "frames"), [(0.5, 0.6, 3), (1.1, 0.5, 3), (0.5, -0.1, 3), (0.5, 0.4, 0)])
def test_impossible_holds(enter: float, leave: float, frames: int) -> None:
    with pytest.raises(EngineError, match="a class begins at"):
        TrackerSettings(enter, leave, frames)


def test_no_frames_make_no_answer() -> None:
    with pytest.raises(EngineError, match="at least one frame"):
        ClassTracker(CLASSES, 0.5, TrackerSettings(0.5, 0.4), 0)
