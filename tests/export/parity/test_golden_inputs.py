"""Golden frames are the same everywhere, and any other preprocessing gives other logits."""

from __future__ import annotations

import hashlib

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from edge_transfer.backbones.onnx_graph import open_backbone
from edge_transfer.dataset.project import Project
from edge_transfer.runs.run import Run, load_head
from export.parity.compare import TOLERANCE
from export.parity.golden_inputs import SIZES, golden_frames
from export.runtime.imaging.images import decode_image, encode_png
from export.runtime.inference.preprocess import InputSpec, preprocess

Frame = NDArray[np.uint8]


def test_frames_are_fresh_and_equal_at_every_call() -> None:
    first, second = golden_frames(), golden_frames()
    assert [frame.shape for frame in first] == [(*size, 3) for size in SIZES]
    for frame, again in zip(first, second, strict=True):
        assert frame.dtype == np.uint8
        assert np.array_equal(frame, again)
        assert not np.shares_memory(frame, again)
    assert len({hashlib.sha256(frame.tobytes()).hexdigest() for frame in first}) == len(SIZES)


def test_a_png_keeps_them_byte_for_byte() -> None:
    for frame in golden_frames():
        assert np.array_equal(decode_image(encode_png(frame)), frame)


def linear(image: Frame, spec: InputSpec) -> Frame:
    """Always INTER_LINEAR, as PIL-like code would do it."""
    side = spec.side
    return np.asarray(cv2.cvtColor(cv2.resize(image, (side, side), interpolation=cv2.INTER_LINEAR), cv2.COLOR_BGR2RGB))


@pytest.mark.parametrize(
    "mistake",
    [
        lambda frame, spec: preprocess(frame, spec)[..., ::-1],
        lambda frame, spec: preprocess(frame[:, ::-1], spec),
        lambda frame, spec: preprocess(frame[::-1], spec),
        lambda frame, spec: preprocess(np.rot90(frame).copy(), spec),
        lambda frame, spec: preprocess(frame, InputSpec(spec.side, "letterbox")),
        lambda frame, spec: preprocess(frame, InputSpec(spec.side, "crop")),
        linear,
        lambda frame, spec: preprocess(cv2.GaussianBlur(frame, (0, 0), 0.6), spec),
    ],
    ids=["channels", "mirrored", "upside down", "turned", "letterbox", "crop", "resized otherwise", "blurred"],
)
def test_every_mistake_moves_a_logit_far_beyond_the_tolerance(mistake: object, trained: tuple[Project, Run]) -> None:
    project, run = trained
    engine = open_backbone(run.backbone(), run.weights(), 64, "openvino")
    head = load_head(project, run)

    def logits(images: list[Frame]) -> NDArray[np.float32]:
        return head.logits(engine.run(np.ascontiguousarray(np.stack(images))).embedding)

    right = logits([preprocess(frame, run.input) for frame in golden_frames()])
    wrong = logits([mistake(frame, run.input) for frame in golden_frames()])  # type: ignore[operator]
    assert np.abs(right - wrong).max() > 20 * TOLERANCE["fp32"]
