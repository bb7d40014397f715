"""The parity certificate: golden inputs, mistakes that show, and tolerances of each precision."""

from __future__ import annotations

import numpy as np
import pytest

from export.parity.certificate import EMBEDDING_TOLERANCE, INT8_LOGIT_SHARE, golden_inputs, tolerances
from export.parity.compare import TOLERANCE
from export.parity.golden_inputs import golden_frames
from export.runtime.bundle.manifest import Manifest
from export.runtime.inference.decision import Confidence
from export.runtime.inference.preprocess import CROP_RULES, InputSpec, preprocess


def manifest(spec: InputSpec) -> Manifest:
    return Manifest(
        name="tiny",
        classes=("a", "b"),
        input=spec,
        confidence=Confidence(1.0, 0.5),
        models=(),
        backbone={},
        evaluated_on={},
        made_with={},
        created="2026-01-01T00:00:00Z",
    )


@pytest.mark.parametrize("crop", CROP_RULES)
def test_inputs_are_those_of_the_runtime_and_every_mistake_changes_a_pixel(crop: str) -> None:
    spec = InputSpec(32, crop=crop)
    golden = golden_inputs(manifest(spec))
    frames = golden_frames()
    assert golden.images.shape == (len(frames), 32, 32, 3)
    for frame, image in zip(frames, golden.images, strict=True):
        assert np.array_equal(image, preprocess(frame, spec))
    assert all(pictures.shape == golden.images.shape for pictures in golden.wrong.values())
    assert all((pictures != golden.images).any() for pictures in golden.wrong.values())
    assert {"channels", "mirrored", "turned:upside down", "range"} <= set(golden.wrong)
    assert sum(name.startswith("crop:") for name in golden.wrong) == len(CROP_RULES) - 1


def test_float_is_compared_tightly_and_int8_by_the_spread_of_its_logits() -> None:
    logits = np.array([[-10.0, 30.0], [0.0, 1.0]], np.float32)
    for precision in ("fp32", "fp16"):
        assert tolerances(precision, logits) == {"logit": TOLERANCE["fp32"], "embedding": EMBEDDING_TOLERANCE["fp32"]}
    assert tolerances("int8", logits) == {"logit": 40 * INT8_LOGIT_SHARE, "embedding": EMBEDDING_TOLERANCE["int8"]}
    flat = np.zeros((2, 2), np.float32)
    assert tolerances("int8", flat)["logit"] == TOLERANCE["fp32"], "never tighter than a float model"
