"""A session at the belt: fixed by its seed, moved on by its shift, lit by its lamp."""

from __future__ import annotations

import numpy as np
import pytest

from export.runtime.sources.conveyor.belt import PARTS, BeltSession

WIDTH, HEIGHT = 160, 120


@pytest.fixture(scope="module")
def belt() -> BeltSession:
    return BeltSession(3, WIDTH, HEIGHT)


def test_a_frame_depends_on_its_arguments_alone(belt: BeltSession) -> None:
    parts = [(1, "washer", 0.0, 0.0)]
    first = belt.draw(4, 100.0, parts)
    assert first.shape == (HEIGHT, WIDTH, 3)
    assert first.dtype == np.uint8
    belt.draw(5, 130.0, [(2, "bolt", 10.0, 0.0)])
    assert np.array_equal(belt.draw(4, 100.0, parts), first)
    assert np.array_equal(BeltSession(3, WIDTH, HEIGHT).draw(4, 100.0, parts), first)
    assert not np.array_equal(BeltSession(4, WIDTH, HEIGHT).draw(4, 100.0, parts), first)


@pytest.mark.parametrize("kind", PARTS)
def test_a_part_changes_the_middle_and_one_outside_changes_nothing(belt: BeltSession, kind: str) -> None:
    empty = belt.draw(0, 0.0, []).astype(int)
    shown = belt.draw(0, 0.0, [(1, kind, 0.0, 0.0)]).astype(int)
    difference = np.abs(shown - empty).max(2)
    middle = difference[HEIGHT // 4 : -HEIGHT // 4, WIDTH // 4 : -WIDTH // 4]
    assert middle.max() > 30
    assert middle.mean() > 3 * difference[:, : WIDTH // 10].mean()
    assert np.array_equal(belt.draw(0, 0.0, [(1, kind, 5000.0, 0.0)]), empty)


def test_more_light_makes_it_brighter() -> None:
    levels = [BeltSession(3, WIDTH, HEIGHT, light).draw(0, 0.0, []).mean() for light in (0.3, 0.6, 1.0)]
    assert levels[0] < levels[1] < levels[2]
    assert levels[1] / levels[0] == pytest.approx(2, rel=0.2)


def test_the_belt_moves_on() -> None:
    belt = BeltSession(3, WIDTH, HEIGHT)
    still = np.abs(belt.draw(0, 0.0, []).astype(int) - belt.draw(0, 0.0, []).astype(int)).max()
    moved = np.abs(belt.draw(0, 0.0, []).astype(int) - belt.draw(0, 200.0, []).astype(int)).mean()
    assert still == 0
    assert moved > 1
