"""Draw the prediction onto a frame, for video and window sinks."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

_FONT = cv2.FONT_HERSHEY_SIMPLEX
_WHITE, _AMBER, _BLACK = (255, 255, 255), (0, 190, 255), (0, 0, 0)
_LINE_SHARE = 1 / 16  # of the frame's height
_LEAST_LINE_PX = 12


@dataclass(frozen=True)
class AnnotatedFrame:
    """A frame that is to be shown, and what is written on it."""

    image: NDArray[np.uint8]
    """(H, W, 3) BGR; nobody writes into it."""
    answer: str
    unknown: bool
    when: str
    """The time as it is written."""
    time_s: float
    """Time of its source in seconds."""


def annotated(shown: AnnotatedFrame) -> NDArray[np.uint8]:
    """A copy of the frame (H, W, 3) BGR with a bar at the top: the answer, amber where unknown, and the time.

    OpenCV draws ASCII alone: accents are left out, and other letters become a question mark.
    """
    image = shown.image.copy()
    height, width = image.shape[:2]
    line = max(_LEAST_LINE_PX, round(height * _LINE_SHARE))
    image[: 2 * line + line // 2] //= 3
    for row, (text, colour) in enumerate(((shown.answer, _AMBER if shown.unknown else _WHITE), (shown.when, _WHITE))):
        _write(image, plain_letters(text), colour, line, (row + 1) * line, width)
    return image


def plain_letters(text: str) -> str:
    """`text` in ASCII: "Schräubchen" becomes "Schraubchen"."""
    parts = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in parts if not unicodedata.combining(letter)).encode("ascii", "replace").decode()


def _write(image: NDArray[np.uint8], text: str, colour: tuple[int, int, int], line: int, y: int, width: int) -> None:
    scale = line / 30  # Hershey's capitals are 22 px high at 1
    (length, _), _ = cv2.getTextSize(text, _FONT, scale, 1)
    scale *= max(0.05, min(1.0, (width - line) / max(1, length)))  # a long name is written smaller, never cut
    thickness = max(1, round(2 * scale))
    for ink, extra in ((_BLACK, 2), (colour, 0)):
        cv2.putText(image, text, (line // 3, y), _FONT, scale, ink, thickness + extra, cv2.LINE_AA)
