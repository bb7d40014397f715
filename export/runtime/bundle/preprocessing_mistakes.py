"""Typical preprocessing mistakes, made on purpose, so that a failed check can name its likely cause.

They are written out here and do not use `preprocess`, which may be what is broken.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Optional

import cv2
import numpy as np
from numpy.typing import NDArray

from ..inference.preprocess import InputSpec

Picture = NDArray[np.uint8]

LABELS = "labels"
"""The mistake that pixels cannot show: the classes in another order."""
CAUSES = {
    "channels": "the colour channels look swapped (BGR for RGB)",
    "mirrored": "the picture looks mirrored",
    "turned": "the picture looks turned or upside down",
    "crop": "the picture looks cut by another rule",
    "interpolation": "the picture looks resized with another interpolation",
    "range": "the pixels look scaled to 0–1",
    "normalised": "the pixels look normalised with another mean and standard deviation",
    LABELS: "the labels look to be in another order",
}
"""What a mistake looks like, by the part of its name before the colon."""

_INTERPOLATIONS = {
    "nearest": cv2.INTER_NEAREST,
    "linear": cv2.INTER_LINEAR,
    "area": cv2.INTER_AREA,
    "cubic": cv2.INTER_CUBIC,
}
_CROPS = {"squash": "stretched to the square", "crop": "cut to the middle square", "letterbox": "padded to a square"}
_MEAN = np.array((0.485, 0.456, 0.406), np.float32)
_STD = np.array((0.229, 0.224, 0.225), np.float32)
_GREY = 114


def with_preprocessing_mistakes(frame: Picture, right: Picture, spec: InputSpec) -> dict[str, Picture]:
    """What the network would be fed by each mistake: name to (S, S, 3) uint8 RGB.

    `frame` (H, W, 3) uint8 BGR is the golden frame, `right` (S, S, 3) uint8 RGB what it should become. A mistake that
    changes no pixel of this frame is the right picture again.
    """
    unit = right.astype(np.float32) / 255
    found = {
        "channels": right[:, :, ::-1],
        "mirrored": right[:, ::-1],
        "turned:upside down": right[::-1],
        "turned:half": right[::-1, ::-1],
        "turned:left": np.rot90(right),
        "turned:right": np.rot90(right, 3),
        "range": unit.astype(np.uint8),
        "normalised:before the graph": np.clip((unit - _MEAN) / _STD, 0, 255).astype(np.uint8),
        # What a graph with mean 0.5 and standard deviation 0.5 makes of a picture, as pixels of ours.
        "normalised:to one half": np.clip(255 * (_MEAN + _STD * (unit * 2 - 1)), 0, 255).astype(np.uint8),
    }
    for crop, words in _CROPS.items():
        if crop != spec.crop:
            found[f"crop:{words}"] = _arranged(frame, spec, crop, None)
    for name, interpolation in _INTERPOLATIONS.items():
        found[f"interpolation:{name}"] = _arranged(frame, spec, spec.crop, interpolation)
        found[f"interpolation:{name} after halving"] = _arranged(frame, spec, spec.crop, interpolation, halve=True)
    return {name: np.ascontiguousarray(picture) for name, picture in found.items()}


def likely_cause(
    seen: NDArray[np.float64], right: NDArray[np.float64], wrong: Mapping[str, NDArray[np.float64]]
) -> str:
    """The cause whose values lie nearest to what was seen, in words; empty where none explains half the difference."""
    from_right = float(np.abs(seen - right).mean())
    distances = {name: float(np.abs(seen - values).mean()) for name, values in wrong.items()}
    nearest = min(distances, key=lambda name: distances[name], default="")
    if not nearest or not distances[nearest] < from_right / 2:
        return ""
    kind, _, variant = nearest.partition(":")
    words = CAUSES.get(kind, kind)
    return f"{words} ({variant})" if variant else words


def _arranged(
    frame: Picture, spec: InputSpec, crop: str, interpolation: Optional[int], *, halve: bool = False
) -> Picture:
    height, width = frame.shape[:2]
    if spec.roi is not None:
        left, top = min(width - 1, round(spec.roi[0] * width)), min(height - 1, round(spec.roi[1] * height))
        right, bottom = round((spec.roi[0] + spec.roi[2]) * width), round((spec.roi[1] + spec.roi[3]) * height)
        frame = frame[top : max(top + 1, bottom), left : max(left + 1, right)]
        height, width = frame.shape[:2]
    side = spec.side
    if crop == "crop":
        short = min(height, width)
        top, left = (height - short) // 2, (width - short) // 2
        frame = frame[top : top + short, left : left + short]
    inner_h = inner_w = side
    if crop == "letterbox":
        scale = side / max(height, width)
        inner_h, inner_w = max(1, round(height * scale)), max(1, round(width * scale))
    while halve and min(frame.shape[0] // inner_h, frame.shape[1] // inner_w) >= 2:
        frame = np.asarray(cv2.resize(frame, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8)
    if interpolation is None:
        interpolation = cv2.INTER_AREA if frame.shape[0] > inner_h else cv2.INTER_LINEAR
    inner = cv2.resize(frame, (inner_w, inner_h), interpolation=interpolation)
    square = np.full((side, side, 3), _GREY, np.uint8)
    top, left = (side - inner_h) // 2, (side - inner_w) // 2
    square[top : top + inner_h, left : left + inner_w] = inner
    return np.asarray(square[:, :, ::-1])
