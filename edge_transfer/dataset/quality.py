"""Image quality (sharpness, exposure, contrast), difference hashes, and the gates that skip poor frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from export.runtime.imaging.images import difference_hash, hamming

MEASURED_SIDE_PX = 256
# Sensor noise has more Laplacian than gradient energy and would pass as detail; this much smoothing takes it out.
_SMOOTHING_PX = 0.7
# What is coarser is light and shadow, and says nothing about the focus.
_COARSE_PX = 3.0
# Energy that noise alone leaves behind: keeps the ratio of a plain surface near 0 instead of 0 / 0.
_NOISE_ENERGY = 4.0


@dataclass(frozen=True)
class Quality:
    """What `measure` found in one picture."""

    sharpness: float
    """Dimensionless, 0 to about 1: sharp pictures have 0.2 to 0.9, frames out of focus less."""
    brightness: float
    """Mean luma, 0 to 255."""
    contrast: float
    """Standard deviation of the luma, 0 to 127.5."""
    dhash: int
    """64-bit difference hash, 0 to 2**64 - 1."""


def measure(image: NDArray[np.uint8]) -> Quality:
    """Measure a (H, W, 3) uint8 BGR picture.

    It is done on a grey copy of at most 256 px on its longer side, so that values compare between cameras.
    Sharpness is the energy of the Laplacian over the energy of the gradient (the focus measures of Subbarao, Choi and
    Nikzad, "Focusing techniques", Optical Engineering 32, 1993), both of the fine detail only: their ratio is its mean
    squared spatial frequency, so unlike the variance of the Laplacian it does not depend on contrast and hardly on
    what the picture shows.
    """
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    scale = MEASURED_SIDE_PX / max(grey.shape)
    if scale < 1:  # a smaller picture stays as it is: enlarged it would look blurred
        size = (max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale)))
        grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    brightness, contrast = cv2.meanStdDev(grey)
    return Quality(
        _sharpness(grey), float(brightness[0, 0]), float(contrast[0, 0]), difference_hash(np.asarray(grey, np.uint8))
    )


def _sharpness(grey: cv2.typing.MatLike) -> float:
    smooth = cv2.GaussianBlur(grey.astype(np.float32), (0, 0), _SMOOTHING_PX)
    detail = smooth - cv2.GaussianBlur(smooth, (0, 0), _COARSE_PX)
    laplacian = cv2.Laplacian(detail, cv2.CV_32F, ksize=1)
    across = cv2.Sobel(detail, cv2.CV_32F, 1, 0, ksize=1)
    down = cv2.Sobel(detail, cv2.CV_32F, 0, 1, ksize=1)
    # Beyond the border the filters see a mirror image, whose fold looks like an edge.
    inner = np.s_[1:-1, 1:-1] if min(grey.shape) > 2 else np.s_[:, :]
    gradient = cv2.norm(across[inner], cv2.NORM_L2SQR) + cv2.norm(down[inner], cv2.NORM_L2SQR)
    return float(cv2.norm(laplacian[inner], cv2.NORM_L2SQR) / (gradient + _NOISE_ENERGY * grey.size))


@dataclass(frozen=True)
class Gates:
    """Limits within which a frame is worth keeping; a limit of 0 (255 for `max_brightness`) switches its gate off.

    The defaults were chosen on photographs, videos and the simulated conveyor: ordinary pictures pass, also those of a
    plain lens; a Gaussian blur of 4 px at 640 px width does not (tests/edge_transfer/dataset/test_quality.py).
    """

    min_sharpness: float = 0.19
    min_brightness: float = 12.0
    max_brightness: float = 240.0
    min_contrast: float = 2.5
    min_distance: int = 0
    """Bits of the difference hash by which a frame must differ from the last kept one, 0 to 64.

    Off by default, so that a scene in which nothing moves can be recorded.
    """

    def reason_to_skip(self, quality: Quality, recent: Sequence[int] = ()) -> str | None:
        """Why a frame is not worth keeping: "dark", "overexposed", "flat", "blurred", "duplicate"; None to keep it.

        `recent` holds the difference hashes of the frames it must differ from.
        """
        if quality.brightness < self.min_brightness:
            return "dark"
        if quality.brightness > self.max_brightness:
            return "overexposed"
        if quality.contrast < self.min_contrast:
            return "flat"
        if quality.sharpness < self.min_sharpness:
            return "blurred"
        if any(hamming(quality.dhash, other) < self.min_distance for other in recent):
            return "duplicate"
        return None
