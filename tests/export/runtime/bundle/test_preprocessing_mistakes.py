"""Mistakes of preprocessing: what each makes of a frame, and which one a difference looks like."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from export.runtime.bundle.preprocessing_mistakes import CAUSES, likely_cause, with_preprocessing_mistakes
from export.runtime.inference.preprocess import CROP_RULES, InputSpec, preprocess

COARSE = np.random.default_rng(2).integers(0, 256, (4, 6, 3), np.uint8)
FRAME: NDArray[np.uint8] = np.asarray(cv2.resize(COARSE, (90, 60), interpolation=cv2.INTER_CUBIC), np.uint8)


@pytest.mark.parametrize("crop", CROP_RULES)
def test_another_crop_is_what_preprocessing_by_that_rule_gives(crop: str) -> None:
    spec = InputSpec(32, crop=crop)
    found = with_preprocessing_mistakes(FRAME, preprocess(FRAME, spec), spec)
    wrong_crops = [picture for name, picture in found.items() if name.startswith("crop:")]
    expected = [preprocess(FRAME, InputSpec(32, crop=other)) for other in CROP_RULES if other != crop]
    assert len(wrong_crops) == len(expected)
    for picture in expected:
        nearest, *others = sorted(
            float(np.abs(picture.astype(int) - wrong.astype(int)).mean()) for wrong in wrong_crops
        )
        assert nearest < 3
        assert min(others) > 10


def test_channels_mirror_and_turns_by_hand() -> None:
    spec = InputSpec(32)
    right = preprocess(FRAME, spec)
    found = with_preprocessing_mistakes(FRAME, right, spec)
    assert np.array_equal(found["channels"], right[:, :, ::-1])
    assert np.array_equal(found["mirrored"], right[:, ::-1])
    assert np.array_equal(found["turned:half"], np.rot90(right, 2))
    assert np.array_equal(np.rot90(found["turned:left"], 3), right)
    assert found["range"].max() <= 1
    assert all(picture.shape == (32, 32, 3) and picture.dtype == np.uint8 for picture in found.values())
    assert {name.partition(":")[0] for name in found} <= set(CAUSES)


def test_the_region_is_cut_out_before_the_crop() -> None:
    spec = InputSpec(32, crop="squash", roi=(0.5, 0.0, 0.5, 1.0))
    part = with_preprocessing_mistakes(FRAME[:, 45:], preprocess(FRAME, spec), InputSpec(32, crop="squash"))
    whole = with_preprocessing_mistakes(FRAME, preprocess(FRAME, spec), spec)
    assert all(np.array_equal(whole[name], part[name]) for name in whole)


def test_the_nearest_mistake_is_named_where_it_explains_half() -> None:
    right = np.zeros((2, 3))
    wrong = {"channels": right + 1.0, "crop:padded to a square": right + 4.0}
    assert likely_cause(right + 3.9, right, wrong) == f"{CAUSES['crop']} (padded to a square)"
    assert likely_cause(right + 1.1, right, wrong) == CAUSES["channels"]
    assert likely_cause(right + 2.2, right, wrong) == "", "nothing explains half of it"
    assert likely_cause(right + 1.0, right, {}) == ""
