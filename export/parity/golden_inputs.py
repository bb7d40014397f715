"""Golden inputs of a bundle: synthetic frames, so that no user image is shipped without consent.

Every scene is without symmetry, without neutral colour and full of fine stripes, so that swapped channels, a mirrored,
stretched or otherwise resized picture gives other logits.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

SIZES = ((480, 640), (360, 640), (300, 300), (400, 240), (224, 224), (150, 200))
"""Height and width of the frames: landscape, wide, square, portrait, of the input's own size, and smaller than it."""


def golden_frames() -> list[NDArray[np.uint8]]:
    """One frame (H, W, 3) uint8 BGR for each of SIZES, the same at every call."""
    return [_scene(height, width, seed) for seed, (height, width) in enumerate(SIZES)]


def _scene(height: int, width: int, seed: int) -> NDArray[np.uint8]:
    random = np.random.default_rng(seed)
    down, across = np.mgrid[0:height, 0:width]
    frame = np.empty((height, width, 3), np.uint8)
    for channel, (base, slope_x, slope_y) in enumerate(((40, 60, 20), (90, 20, 70), (150, 80, -60))):
        frame[..., channel] = np.clip(base + slope_x * across / width + slope_y * down / height, 0, 255)
    period = int(random.integers(3, 7))
    stripes = ((across * 2 + down) // period % 2 == 0) & (across < width * 0.45) & (down > height * 0.3)
    frame[stripes] = (200, 80, 30)
    for _ in range(7):
        colour = tuple(int(value) for value in random.integers(0, 256, 3))
        centre = int(random.integers(0, width)), int(random.integers(0, height))
        size = int(random.integers(height // 12 + 2, height // 4 + 3))
        if random.random() < 0.5:
            cv2.circle(frame, centre, size, colour, -1)
        else:
            corner = centre[0] + size, centre[1] + size // 2
            cv2.rectangle(frame, centre, corner, colour, -1)
    return frame
