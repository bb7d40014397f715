"""The only pixel arithmetic: by hand where it can be, by property everywhere else."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from export.runtime.errors import ImageError
from export.runtime.inference.preprocess import CROP_RULES, InputSpec, check_frame, preprocess

Picture = NDArray[np.uint8]


def noise(height: int, width: int, seed: int = 0) -> Picture:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def test_blue_green_red_becomes_red_green_blue() -> None:
    frame = np.full((32, 32, 3), (1, 2, 3), np.uint8)
    assert (preprocess(frame, InputSpec(32)) == (3, 2, 1)).all()


@pytest.mark.parametrize("crop", CROP_RULES)
def test_a_frame_of_the_right_size_only_changes_its_colour_order(crop: str) -> None:
    frame = noise(32, 32)
    before = frame.copy()
    image = preprocess(frame, InputSpec(32, crop))
    assert (image == frame[:, :, ::-1]).all()
    assert not np.shares_memory(image, frame)
    assert (frame == before).all()


def test_shrinking_averages_over_the_area() -> None:
    frame = np.zeros((64, 64, 3), np.uint8)
    frame[0, 0], frame[0, 1], frame[1, 0], frame[1, 1] = 10, 20, 30, 40
    assert preprocess(frame, InputSpec(32))[0, 0].tolist() == [25, 25, 25]
    blocks = noise(128, 64).astype(np.float64)
    image = preprocess(blocks.astype(np.uint8), InputSpec(32))
    by_hand = blocks.reshape(32, 4, 32, 2, 3).mean((1, 3))[:, :, ::-1]
    assert np.abs(image - by_hand).max() <= 1.0, "each halving rounds once"


def test_growing_interpolates_between_pixels() -> None:
    """The centre of pixel x lies at x + ½: twice the size puts new centres at a quarter of the way."""
    frame = np.repeat(np.arange(16, dtype=np.uint8) * 8, 16).reshape(16, 16).T[..., None].repeat(3, 2)
    row = preprocess(np.ascontiguousarray(frame), InputSpec(32))[5, :, 0]
    assert row[:6].tolist() == [0, 2, 6, 10, 14, 18]
    assert row[-1] == 120


@pytest.mark.parametrize(
    ("size", "halved", "interpolation"),
    [
        ((63, 40), (63, 40), cv2.INTER_LINEAR),
        ((20, 24), (20, 24), cv2.INTER_LINEAR),
        ((80, 60), (40, 60), cv2.INTER_LINEAR),
        ((240, 136), (60, 34), cv2.INTER_LINEAR),
        ((65, 81), (65, 81), cv2.INTER_AREA),
        ((130, 32), (65, 32), cv2.INTER_AREA),
    ],
)
def test_the_rule_for_the_interpolation(size: tuple[int, int], halved: tuple[int, int], interpolation: int) -> None:
    frame = noise(*size)
    between = frame
    while between.shape[:2] != halved:
        height, width = between.shape[:2]
        smaller = (height // 2 if height > halved[0] else height, width // 2 if width > halved[1] else width)
        between = cv2.resize(between, smaller[::-1], interpolation=cv2.INTER_AREA)
    expected = cv2.resize(between, (32, 32), interpolation=interpolation)[:, :, ::-1]
    other = cv2.INTER_AREA + cv2.INTER_LINEAR - interpolation
    assert (preprocess(frame, InputSpec(32)) == expected).all()
    assert (cv2.resize(between, (32, 32), interpolation=other)[:, :, ::-1] != expected).any()


def test_squash_shows_the_whole_picture() -> None:
    frame = np.zeros((32, 64, 3), np.uint8)
    frame[:, 32:] = 200
    image = preprocess(frame, InputSpec(32, "squash"))
    assert (image[:, :16] == 0).all()
    assert (image[:, 16:] == 200).all()


@pytest.mark.parametrize("upright", [False, True])
def test_crop_takes_the_central_square(upright: bool) -> None:
    frame = noise(32, 71)
    image = preprocess(frame.transpose(1, 0, 2) if upright else frame, InputSpec(32, "crop"))
    expected = frame[:, 19:51, ::-1]
    assert (image == (expected.transpose(1, 0, 2) if upright else expected)).all()


@pytest.mark.parametrize("upright", [False, True])
def test_letterbox_keeps_the_proportions_between_grey_bars(upright: bool) -> None:
    frame = noise(16, 32)
    image = preprocess(frame.transpose(1, 0, 2) if upright else frame, InputSpec(32, "letterbox"))
    image = image.transpose(1, 0, 2) if upright else image
    assert (image[:8] == 114).all()
    assert (image[24:] == 114).all()
    assert (image[8:24] == frame[:, :, ::-1]).all()


def test_letterbox_of_a_line_keeps_one_pixel() -> None:
    image = preprocess(np.full((1, 3000, 3), 7, np.uint8), InputSpec(32, "letterbox"))
    assert (image != 114).any(2).sum(0).tolist() == [1] * 32


def test_the_region_of_interest_comes_first() -> None:
    frame = noise(100, 200)
    roi = (0.29, 0.5, 0.16, 0.32)
    image = preprocess(frame, InputSpec(32, "squash", roi))
    assert (image == frame[50:82, 58:90, ::-1]).all()
    assert (preprocess(frame, InputSpec(32, "crop", (0, 0, 1, 1))) == preprocess(frame, InputSpec(32, "crop"))).all()


@pytest.mark.parametrize("view", [np.s_[:, ::-1], np.s_[::-1], np.s_[::2, ::3], np.s_[:, :, ::-1]])
def test_views_of_other_arrays_are_read_rightly(view: Any) -> None:
    frame = noise(90, 80)[view]
    assert not frame.flags.c_contiguous
    frame.flags.writeable = False
    assert (preprocess(frame, InputSpec(32)) == preprocess(np.ascontiguousarray(frame), InputSpec(32))).all()


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (np.zeros((32, 32), np.uint8), r"\(32, 32\)"),
        (np.zeros((32, 32, 4), np.uint8), r"\(32, 32, 4\)"),
        (np.zeros((1, 32, 32, 3), np.uint8), "uint8 in BGR order"),
        (np.zeros((0, 32, 3), np.uint8), r"\(0, 32, 3\)"),
        (np.zeros((32, 32, 3), np.float32), "float32; scale and round it first"),
        (np.full((32, 32, 3), np.nan), "float64"),
        (np.full((32, 32, 3), np.inf, np.float32), "float32"),
        (np.zeros((32, 32, 3), np.int8), "int8"),
        (np.zeros((32, 32, 3), np.bool_), "bool"),
        ([[[1, 2, 3]]], "dtype list"),
        (None, "dtype NoneType"),
    ],
)
def test_anything_but_a_picture_is_refused(frame: Any, words: str) -> None:
    with pytest.raises(ImageError, match=words):
        check_frame(frame)
    with pytest.raises(ImageError, match=words):
        preprocess(frame, InputSpec(32))


@st.composite
def regions(draw: st.DrawFn) -> tuple[float, float, float, float]:
    x, y = draw(st.floats(0, 1, exclude_max=True)), draw(st.floats(0, 1, exclude_max=True))
    width, height = (1 - x) * draw(st.floats(1e-9, 1)), (1 - y) * draw(st.floats(1e-9, 1))
    return x, y, min(width, 1 - x), min(height, 1 - y)


@settings(deadline=None, max_examples=150)
@given(
    st.tuples(st.integers(1, 150), st.integers(1, 150)),
    st.integers(32, 64),
    st.sampled_from(CROP_RULES),
    st.none() | regions(),
)
def test_the_result_always_has_the_networks_shape(
    size: tuple[int, int], side: int, crop: str, roi: tuple[float, float, float, float] | None
) -> None:
    frame = noise(*size)
    image = preprocess(frame, InputSpec(side, crop, roi))
    assert image.shape == (side, side, 3)
    assert image.dtype == np.uint8
    assert image.flags.c_contiguous
    assert not np.shares_memory(image, frame)


@pytest.mark.parametrize(
    "values",
    [
        {"side": 31},
        {"side": 1025},
        {"side": float("nan")},
        {"crop": "stretch"},
        {"roi": (0, 0, 0, 1)},
        {"roi": (0.5, 0, 0.6, 1)},
        {"roi": (-0.1, 0, 0.5, 1)},
        {"roi": (0, 0, float("nan"), 1)},
        {"roi": (0, 0, float("inf"), 1)},
        {"roi": (0, 0, 1)},
    ],
)
def test_values_outside_their_range_are_refused(values: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"must|unpack"):
        InputSpec(**values)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4) | st.just(10**400),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None, max_examples=300)
@given(
    JSON
    | st.fixed_dictionaries(
        {"side": st.just(64) | JSON, "crop": st.just("crop") | JSON},
        optional={"roi": st.lists(st.floats() | st.just(10**400), min_size=3, max_size=5) | JSON},
    )
)
def test_unusable_json_is_a_value_error(values: Any) -> None:
    try:
        spec = InputSpec.from_json(values)
    except ValueError:
        return
    assert InputSpec.from_json(spec.to_json()) == spec


@pytest.mark.parametrize("side", [float("inf"), float("-inf"), float("nan"), 1e300, 10**400, 64.5, True, "64", None])
def test_a_side_that_is_no_whole_number_is_a_value_error(side: Any) -> None:
    with pytest.raises(ValueError, match=r"must|unusable|whole|NaN"):
        InputSpec.from_json({"side": side, "crop": "crop"})


@pytest.mark.parametrize("roi", [None, (0.25, 0.0, 0.5, 1.0)])
def test_json_round_trip(roi: tuple[float, float, float, float] | None) -> None:
    spec = InputSpec(96, "letterbox", roi)
    assert InputSpec.from_json(spec.to_json()) == spec
