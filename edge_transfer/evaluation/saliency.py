"""Saliency maps by random masking (RISE).

RISE (Petsiuk, Das and Saenko, RISE: Randomized Input Sampling for Explanation of Black-box Models, 2018) asks nothing
of a network but answers. So it holds for every engine, precision and backbone behind the seam; a class activation map
would need the feature map as a further output of every graph, and says nothing of a quantised one.
"""

from __future__ import annotations

import time
from collections.abc import Generator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_transfer.errors import EngineError
from export.runtime.inference.decision import softmax
from export.runtime.inference.engine import Engine, check_images
from export.runtime.inference.preprocess import InputSpec

Floats = NDArray[np.float32]

_CELLS = 7
"""Cells of a mask along a side, as in the paper."""
_BATCH = 32
_FEWEST_BATCHES = 4
_SETTLED = 0.97
# The mean colour of ImageNet: after the network's own normalisation a hidden pixel is zero, as in the paper.
_HIDDEN = np.array([124, 116, 104], np.float32)


@dataclass(frozen=True)
class Explanation:
    """Where the evidence for a class lies in the network's input."""

    heat: Floats
    """(S, S), 0 (does not matter, or speaks against the class) to 1 (speaks for it most); all 0 where nothing does."""
    probability: float
    """Of the class, for the whole picture."""
    masks: int
    """Partly hidden pictures that were asked about."""
    agreement: float
    """Correlation of two maps from half of the masks each, -1 to 1: below about 0.5 the map is mostly noise."""


@dataclass(frozen=True)
class ExplainProgress:
    """Where an explanation stands, and what is known so far."""

    done: int
    total: int
    so_far: Explanation


def explain(
    engine: Engine,
    image: NDArray[np.uint8],
    class_index: int,
    *,
    temperature: float = 1.0,
    masks: int = 1024,
    seconds: float = 6.0,
    seed: int = 0,
) -> Generator[ExplainProgress, None, Explanation]:
    """What speaks for the class `class_index` in the network's input `image` (S, S, 3) uint8 RGB.

    Ends after `masks` masks, after `seconds`, or when the two halves of the masks agree; the same seed and number of
    masks give the same map. Unlike the paper's, the weight of a mask is what its answer differs from the mean: on two
    pictures of TrashNet, 256 masks then correlated by 0.57 and 0.78 with the map of 1024 others, without it by 0.29 and
    0.36. Raises EngineError for another shape of picture, a class that the engine does not know, or answers that are
    not finite.
    """
    check_images(image[None], engine.side)
    whole = _probabilities(engine, image[None], temperature)[0]
    if not 0 <= class_index < len(whole):
        raise EngineError(f"the model has {len(whole)} classes, there is none with the number {class_index}")
    started = time.monotonic()
    rng = np.random.default_rng(seed)
    contrast = image.astype(np.float32) - _HIDDEN
    evidence = [_Evidence(engine.side), _Evidence(engine.side)]
    batches = max(_FEWEST_BATCHES, -(-masks // _BATCH))
    found = Explanation(np.zeros((engine.side, engine.side), np.float32), float(whole[class_index]), 0, 0.0)
    for number in range(batches):
        shown = _masks(rng, engine.side)
        hidden = shown[..., None] * contrast
        hidden += _HIDDEN + 0.5  # the cast then rounds
        answers = _probabilities(engine, hidden.astype(np.uint8), temperature)[:, class_index]
        evidence[number % 2].add(shown, answers)
        if number % 2 == 0:
            continue
        first, second = (half.map() for half in evidence)
        both = np.maximum(first + second, 0)
        top = float(both.max())
        heat = both / top if top > 1e-9 else np.zeros_like(both)
        found = Explanation(
            heat.astype(np.float32), float(whole[class_index]), (number + 1) * _BATCH, _correlation(first, second)
        )
        yield ExplainProgress(number + 1, batches, found)
        enough = number + 1 >= _FEWEST_BATCHES
        if enough and (found.agreement >= _SETTLED or time.monotonic() - started > seconds):
            break
    return found


def seen_part(spec: InputSpec, width: int, height: int) -> tuple[float, float, float, float]:
    """Where the network's input lies in a frame of this size: x, y, width and height as fractions of the frame.

    A letterbox reaches beyond the frame, a crop covers a part of it.
    """
    x, y, across, down = spec.roi or (0.0, 0.0, 1.0, 1.0)
    if spec.crop == "squash":
        return x, y, across, down
    sides = across * width, down * height
    side = min(sides) if spec.crop == "crop" else max(sides)
    left, top = x * width + (sides[0] - side) / 2, y * height + (sides[1] - side) / 2
    return left / width, top / height, side / width, side / height


class _Evidence:
    """Sums from which the covariance of every pixel with the answer is known."""

    def __init__(self, side: int) -> None:
        self._n = 0
        self._weighted = np.zeros((side, side))
        self._shown = np.zeros((side, side))
        self._answers = 0.0

    def add(self, shown: Floats, answers: NDArray[np.float64]) -> None:
        self._n += len(answers)
        self._weighted += np.tensordot(answers.astype(np.float32), shown, 1)
        self._shown += shown.sum(0)
        self._answers += float(answers.sum())

    def map(self) -> NDArray[np.float64]:
        return self._weighted / self._n - self._shown / self._n * self._answers / self._n


def _masks(rng: np.random.Generator, side: int) -> Floats:
    """A batch of masks (N, S, S), 0 hidden to 1 shown: coarse grids, smoothly enlarged and shifted."""
    cell = -(-side // _CELLS)
    large = (_CELLS + 1) * cell
    made = np.empty((_BATCH, side, side), np.float32)
    for mask in made:
        grid = (rng.random((_CELLS + 1, _CELLS + 1)) < 0.5).astype(np.float32)
        top, left = rng.integers(0, cell, 2)
        enlarged = cv2.resize(grid, (large, large), interpolation=cv2.INTER_LINEAR)
        mask[:] = enlarged[top : top + side, left : left + side]
    return made


def _probabilities(engine: Engine, images: NDArray[np.uint8], temperature: float) -> NDArray[np.float64]:
    logits = engine.run(images).logits
    if not np.isfinite(logits).all():
        raise EngineError("the network answered with numbers that are not finite; the model or its input is damaged")
    return softmax(logits, temperature)


def _correlation(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    a, b = first - first.mean(), second - second.mean()
    size = float(np.sqrt((a**2).sum() * (b**2).sum()))
    return float((a * b).sum() / size) if size > 1e-15 else 0.0
