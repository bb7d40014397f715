"""Preprocessing of a camera frame into the network's input; the only pixel arithmetic of the project.

Training, evaluation, calibration, live view and the box all call `preprocess()`. The cast, the layout change and the
mean/std are the first layers of the exported graph, so nothing else ever touches a pixel.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..errors import ImageError

CROP_RULES = ("squash", "letterbox", "crop")
LETTERBOX_GREY = 114
"""Level of the bars, in all three channels."""


@dataclass(frozen=True)
class InputSpec:
    """How a frame is cut and scaled. Raises ValueError for a value outside its range."""

    side: int = 224
    """Side of the square input, in pixels, 32 to 1024."""
    crop: str = "squash"
    """`squash`: whole picture, stretched; `letterbox`: whole picture with grey bars; `crop`: central square."""
    roi: tuple[float, float, float, float] | None = None
    """Region of interest x, y, width, height as fractions of the frame, applied first; None for the whole frame."""

    def __post_init__(self) -> None:
        if not 32 <= self.side <= 1024:
            raise ValueError(f"the input side must be 32 to 1024 pixels, got {self.side}")
        if self.crop not in CROP_RULES:
            raise ValueError(f"the crop rule must be one of {', '.join(CROP_RULES)}, got {self.crop!r}")
        if self.roi is not None:
            x, y, width, height = self.roi
            inside = 0 <= x < 1 and 0 <= y < 1 and width > 0 and height > 0 and x + width <= 1 and y + height <= 1
            if not inside:
                raise ValueError(f"the region of interest must lie inside the frame (fractions 0 to 1), got {self.roi}")

    def to_json(self) -> dict[str, Any]:
        """This specification as JSON values."""
        return {**asdict(self), "roi": list(self.roi) if self.roi else None}

    @staticmethod
    def from_json(values: dict[str, Any]) -> InputSpec:
        """Read what `to_json` wrote. Raises ValueError for a missing or wrong value."""
        try:
            roi = values.get("roi")
            region = None if roi is None else (float(roi[0]), float(roi[1]), float(roi[2]), float(roi[3]))
            return InputSpec(_whole(values["side"]), str(values["crop"]), region)
        except (KeyError, TypeError, IndexError, AttributeError, OverflowError) as error:
            raise ValueError(f"unusable input specification: {str(values)[:200]}") from error


def _whole(value: Any) -> int:
    if int(value) != value:
        raise ValueError(f"expected a whole number, got {value!r}")
    return int(value)


def check_frame(frame: NDArray[np.uint8]) -> None:
    """Refuse anything that is not a (H, W, 3) uint8 picture with at least one pixel. Raises ImageError."""
    if not isinstance(frame, np.ndarray) or frame.ndim != 3 or frame.shape[2] != 3 or frame.size == 0:
        raise ImageError(f"a frame must be an array (H, W, 3) of uint8 in BGR order, got {_described(frame)}")
    if frame.dtype != np.uint8:
        wanted = "a frame must be uint8 with values 0 to 255"
        raise ImageError(f"{wanted}, got {_described(frame)}; scale and round it first")


def _described(frame: Any) -> str:
    return f"shape {getattr(frame, 'shape', None)}, dtype {getattr(frame, 'dtype', type(frame).__name__)}"


def preprocess(frame: NDArray[np.uint8], spec: InputSpec) -> NDArray[np.uint8]:
    """Turn a frame (H, W, 3) uint8 BGR into the network's input (S, S, 3) uint8 RGB.

    Region of interest, then crop rule, then scaling (halving by INTER_AREA, the rest by INTER_LINEAR), then BGR to
    RGB. Raises ImageError for anything but a (H, W, 3) uint8 array.
    """
    check_frame(frame)
    region = _region(frame, spec.roi)
    height, width = region.shape[:2]
    if spec.crop == "crop":
        short = min(height, width)
        top, left = (height - short) // 2, (width - short) // 2
        square = _resize(region[top : top + short, left : left + short], spec.side, spec.side)
    elif spec.crop == "squash":
        square = _resize(region, spec.side, spec.side)
    else:
        square = _letterbox(region, spec.side)
    return np.asarray(cv2.cvtColor(square, cv2.COLOR_BGR2RGB), dtype=np.uint8)


def _region(frame: NDArray[np.uint8], roi: tuple[float, float, float, float] | None) -> NDArray[np.uint8]:
    if roi is None:
        return frame
    height, width = frame.shape[:2]
    left, top = min(width - 1, round(roi[0] * width)), min(height - 1, round(roi[1] * height))
    right, bottom = round((roi[0] + roi[2]) * width), round((roi[1] + roi[3]) * height)
    right, bottom = max(left + 1, right), max(top + 1, bottom)
    return frame[top:bottom, left:right]


def _letterbox(region: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    height, width = region.shape[:2]
    scale = side / max(height, width)
    inner_h, inner_w = max(1, round(height * scale)), max(1, round(width * scale))
    square = np.full((side, side, 3), LETTERBOX_GREY, np.uint8)
    top, left = (side - inner_h) // 2, (side - inner_w) // 2
    square[top : top + inner_h, left : left + inner_w] = _resize(region, inner_w, inner_h)
    return square


def _resize(image: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    """Halve each side while it is even and at least twice its target, then interpolate linearly.

    Halving averages pairs of pixels, so nothing is passed over; one INTER_AREA call from a camera frame to 224 px takes
    six times as long (docs/adr/0012). Where a side is still twice its target, because it is odd, INTER_AREA does it.
    """
    while True:
        halved_h, halved_w = _halved(image.shape[0], height), _halved(image.shape[1], width)
        if (halved_h, halved_w) == image.shape[:2]:
            break
        image = np.asarray(cv2.resize(image, (halved_w, halved_h), interpolation=cv2.INTER_AREA), dtype=np.uint8)
    if image.shape[:2] == (height, width):
        return image
    far = image.shape[0] >= 2 * height or image.shape[1] >= 2 * width
    interpolation = cv2.INTER_AREA if far else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, (width, height), interpolation=interpolation), dtype=np.uint8)


def _halved(size: int, target: int) -> int:
    return size // 2 if size % 2 == 0 and size >= 2 * target else size
