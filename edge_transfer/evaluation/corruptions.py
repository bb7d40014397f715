"""Image corruptions for robustness tests: lighting, blur, noise, compression, shift and rotation.

Everything is done to the decoded frame, before the one preprocessing, and holds for frames of any size.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from export.runtime.imaging.images import decode_image, encode_jpeg

Frame = NDArray[np.uint8]

_GAMMA = 2.2
_DAYLIGHT_K = 6500.0


@dataclass(frozen=True)
class Disturbance:
    """A kind of change with its severities, mildest first."""

    name: str
    amounts: tuple[float, ...]
    unit: str
    change: Callable[[Frame, float, np.random.Generator], Frame]
    """Gives a new frame of the same shape."""


def _light(frame: Frame, gains: NDArray[np.float64]) -> Frame:
    """Multiply the light by one gain each for blue, green and red; what is too bright is cut off, as in a camera."""
    values = (np.arange(256) / 255) ** _GAMMA
    table = 255 * np.clip(values[:, None] * gains, 0, 1) ** (1 / _GAMMA)
    return np.asarray(cv2.LUT(frame, np.rint(table).astype(np.uint8)[:, None]), np.uint8)


def _exposure(frame: Frame, stops: float, _rng: np.random.Generator) -> Frame:
    return _light(frame, np.full(3, 2.0**stops))


def _temperature(frame: Frame, kelvin: float, _rng: np.random.Generator) -> Frame:
    gains = _lamp(kelvin) / _lamp(_DAYLIGHT_K)
    return _light(frame, gains[::-1] / gains[1])


def _lamp(kelvin: float) -> NDArray[np.float64]:
    """Linear sRGB of a black body, 1667 to 25000 K: Kim et al., US patent 7024034 (2006), the usual cubic fit."""
    t = 1000 / kelvin
    if kelvin <= 4000:
        x = -0.2661239 * t**3 - 0.2343589 * t**2 + 0.8776956 * t + 0.179910
        y = -0.9549476 * x**3 - 1.37418593 * x**2 + 2.09137015 * x - 0.16748867
    else:
        x = -3.0258469 * t**3 + 2.1070379 * t**2 + 0.2226347 * t + 0.240390
        y = 3.0817580 * x**3 - 5.87338670 * x**2 + 3.75112997 * x - 0.37001483
    to_srgb = np.array([[3.2406, -1.5372, -0.4986], [-0.9689, 1.8758, 0.0415], [0.0557, -0.2040, 1.0570]])
    return np.asarray(np.maximum(to_srgb @ np.array([x / y, 1.0, (1 - x - y) / y]), 0.01))


def _defocus(frame: Frame, percent: float, _rng: np.random.Generator) -> Frame:
    """A disc, as an aperture that is not in focus makes of a point; `percent` of the short side is its diameter."""
    radius = percent / 200 * min(frame.shape[:2])
    axis = _axis(radius)
    return _filtered(frame, _inside(np.hypot(axis[:, None], axis), radius))


def _motion(frame: Frame, percent: float, _rng: np.random.Generator) -> Frame:
    """Along the long side, as on a belt; `percent` of that side is the way during the exposure."""
    half = percent / 200 * max(frame.shape[:2])
    line = _inside(np.abs(_axis(half)), half)
    return _filtered(frame, line[None] if frame.shape[1] >= frame.shape[0] else line[:, None])


def _axis(radius: float) -> NDArray[np.float64]:
    reach = int(radius + 0.5) + 1
    return np.arange(-reach, reach + 1.0)


def _inside(distance: NDArray[np.float64], radius: float) -> NDArray[np.float64]:
    """How much of each pixel lies inside, 0 to 1: a soft edge, so that half a pixel more is a little more blur."""
    return np.clip(radius + 0.5 - distance, 0, 1)


def _filtered(frame: Frame, kernel: NDArray[np.float64]) -> Frame:
    return np.asarray(cv2.filter2D(frame, -1, kernel / kernel.sum(), borderType=cv2.BORDER_REPLICATE), np.uint8)


def _noise(frame: Frame, deviation: float, rng: np.random.Generator) -> Frame:
    noise = rng.standard_normal(frame.shape, np.float32) * np.float32(deviation)
    return np.clip(np.rint(frame + noise), 0, 255).astype(np.uint8)


def _jpeg(frame: Frame, quality: float, _rng: np.random.Generator) -> Frame:
    return decode_image(encode_jpeg(frame, int(quality)))


def _shift(frame: Frame, percent: float, rng: np.random.Generator) -> Frame:
    angle = rng.uniform(0, 2 * np.pi)
    way = percent / 100 * min(frame.shape[:2])
    return _moved(frame, np.array([[1, 0, way * np.cos(angle)], [0, 1, way * np.sin(angle)]]))


def _turn(frame: Frame, degrees: float, rng: np.random.Generator) -> Frame:
    height, width = frame.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees * rng.choice([-1.0, 1.0]), 1.0)
    return _moved(frame, np.asarray(matrix, np.float64))


def _moved(frame: Frame, matrix: NDArray[np.float64]) -> Frame:
    size = (frame.shape[1], frame.shape[0])
    return np.asarray(cv2.warpAffine(frame, matrix, size, borderMode=cv2.BORDER_REPLICATE), np.uint8)


DISTURBANCES = (
    Disturbance("darker", (-1.0, -2.0, -3.0), "EV", _exposure),
    Disturbance("brighter", (0.5, 1.0, 1.5), "EV", _exposure),
    Disturbance("warmer", (5000.0, 4000.0, 3000.0), "K", _temperature),
    Disturbance("cooler", (8000.0, 11000.0, 16000.0), "K", _temperature),
    Disturbance("defocus", (1.0, 2.0, 4.0), "%", _defocus),
    Disturbance("motion", (1.0, 2.5, 5.0), "%", _motion),
    Disturbance("noise", (10.0, 25.0, 50.0), "/255", _noise),
    Disturbance("jpeg", (50.0, 25.0, 10.0), "quality", _jpeg),
    Disturbance("shift", (2.0, 5.0, 10.0), "%", _shift),
    Disturbance("turn", (3.0, 7.0, 15.0), "°", _turn),
)
"""Exposure in stops; colour temperature of the light on a camera balanced for 6500 K; diameter of the blur in percent
of the short side, way of the motion in percent of the long one; standard deviation of the noise in steps of 255;
quality of the JPEG; shift in percent of the short side; angle in degrees."""
