"""Every disturbance does what its name says, more with every severity, and keeps the shape."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_transfer.evaluation.corruptions import DISTURBANCES, Disturbance

KINDS = {kind.name: kind for kind in DISTURBANCES}


@pytest.fixture
def frame() -> NDArray[np.uint8]:
    rng = np.random.default_rng(2)
    return np.kron(rng.integers(30, 220, (12, 16, 3), np.uint8), np.ones((10, 10, 1), np.uint8))


def changed(kind: Disturbance, frame: NDArray[np.uint8], seed: int = 0) -> list[NDArray[np.uint8]]:
    return [kind.change(frame, amount, np.random.default_rng(seed)) for amount in kind.amounts]


@pytest.mark.parametrize("kind", DISTURBANCES, ids=lambda kind: kind.name)
def test_more_changes_more(kind: Disturbance, frame: NDArray[np.uint8]) -> None:
    before = frame.copy()
    frames = changed(kind, frame)
    assert len(frames) == 3
    assert all(each.shape == frame.shape and each.dtype == np.uint8 for each in frames)
    distances = [float(np.abs(each.astype(int) - frame).mean()) for each in frames]
    assert 0.3 < distances[0] < distances[1] < distances[2]
    np.testing.assert_array_equal(frame, before)
    np.testing.assert_array_equal(frames[0], changed(kind, frame)[0])


@pytest.mark.parametrize("size", [(2, 2), (1, 400), (700, 3)])
@pytest.mark.parametrize("kind", DISTURBANCES, ids=lambda kind: kind.name)
def test_frames_of_any_size(kind: Disturbance, size: tuple[int, int]) -> None:
    frame = np.full((*size, 3), 90, np.uint8)
    assert all(each.shape == frame.shape for each in changed(kind, frame))


def test_light_goes_where_it_should() -> None:
    grey = np.full((8, 8, 3), 100, np.uint8)
    assert all(each.mean() < 100 for each in changed(KINDS["darker"], grey))
    assert all(each.mean() > 100 for each in changed(KINDS["brighter"], grey))
    for each in changed(KINDS["warmer"], grey):
        blue, green, red = each[0, 0].astype(int)
        assert red > green > blue
    for each in changed(KINDS["cooler"], grey):
        blue, green, red = each[0, 0].astype(int)
        assert blue > green > red
    stop = KINDS["darker"].change(grey, -1.0, np.random.default_rng(0))[0, 0, 0]
    assert (stop / 255) ** 2.2 == pytest.approx((100 / 255) ** 2.2 / 2, rel=0.02), "a stop is half of the light"


def test_motion_blurs_along_the_long_side_only() -> None:
    bars = np.zeros((100, 200, 3), np.uint8)
    bars[:, 100:] = 200
    blurred = KINDS["motion"].change(bars, 5.0, np.random.default_rng(0))
    assert len(np.unique(blurred[50, :, 0])) > 5
    assert len(np.unique(blurred[:, 50, 0])) == 1


def test_noise_has_the_deviation_it_says() -> None:
    grey = np.full((200, 200, 3), 128, np.uint8)
    noisy = KINDS["noise"].change(grey, 10.0, np.random.default_rng(0))
    assert (noisy.astype(float) - 128).std() == pytest.approx(10, rel=0.03)
