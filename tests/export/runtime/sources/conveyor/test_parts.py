"""Drawn parts: the same for the same seed, with a hole where there is one, opaque where there is metal."""

from __future__ import annotations

import numpy as np
import pytest

from export.runtime.sources.conveyor.parts import LOOKS, Sprite, draw_part

LAMP = (0.6, 0.0, 0.8)
RADIUS_PX = 40.0


def drawn(kind: str, look: str = "zinc", seed: int = 0, radius_px: float = RADIUS_PX) -> Sprite:
    return draw_part(kind, look, radius_px, LAMP, np.random.default_rng(seed))


@pytest.mark.parametrize("kind", ["hex_nut", "washer", "bolt"])
def test_a_seed_gives_the_same_part_and_another_seed_another(kind: str) -> None:
    one, same, other = drawn(kind), drawn(kind), drawn(kind, seed=1)
    assert np.array_equal(one.colour, same.colour)
    assert np.array_equal(one.through, same.through)
    assert not np.array_equal(one.colour, other.colour)
    assert one.colour.shape == one.through.shape == (124, 124, 3)
    assert one.colour.dtype == one.through.dtype == np.uint8


@pytest.mark.parametrize("kind", ["hex_nut", "washer"])
def test_the_background_shows_through_the_hole_and_not_through_the_metal(kind: str) -> None:
    sprite = drawn(kind)
    middle = sprite.through.shape[0] // 2
    assert sprite.through[middle, middle].min() > 0
    assert sprite.colour[middle, middle].max() < 20, "no lit metal in the hole"
    y, x = np.mgrid[: sprite.through.shape[0], : sprite.through.shape[1]]
    ring = np.abs(np.hypot(x - middle, y - middle) - 0.7 * RADIUS_PX) < 2
    assert sprite.through[ring].max() == 0
    assert sprite.colour[ring].mean() > 40


def test_the_corners_are_the_background_alone() -> None:
    for kind in ("hex_nut", "washer"):
        sprite = drawn(kind)
        assert sprite.colour[0, 0].max() == 0
        assert sprite.through[0, 0].min() >= 250


def test_every_look_has_its_own_colour() -> None:
    means = {look: drawn("washer", look).colour.reshape(-1, 3).mean(0) for look in LOOKS}
    blue, _, red = means["brass"]
    assert red > 1.5 * blue, "brass is yellow"
    assert means["black oxide"].sum() < 0.6 * means["zinc"].sum()
    rounded = {tuple(np.round(mean, 3)) for mean in means.values()}
    assert len(rounded) == len(LOOKS)


def test_the_size_follows_the_radius() -> None:
    assert drawn("washer", radius_px=20.0).colour.shape == (62, 62, 3)
