"""Which images make up a step of a training, and how they are altered: all of it follows from (seed, epoch)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
_LEAST_AREA = 0.6
_ASPECT = 0.15
_TURN_DEGREES = 15.0
_LIGHT = 0.2
_TINT = 0.07
_STEPS_FOR_FEW = 8


@dataclass(frozen=True)
class Batch:
    """The images of one step."""

    rows: Integers
    """(B,), of the images."""
    views: Integers
    """(B,), which altered copy of each; 0 is the unaltered one."""
    partners: Integers
    """(B,), position in the batch of the image that each is mixed with."""
    share: float
    """Of the image itself in the mixture; 1 for no mixing."""

    def parts(self, count: int) -> list[Integers]:
        """Positions in the batch, cut into at most `count` parts of nearly equal size."""
        return [part for part in np.array_split(np.arange(len(self.rows)), count) if len(part)]


def batch_size_for(images: int, wanted: int) -> int:
    """The size of a batch: where there are few images it is smaller, so that an epoch has some steps; at least 2."""
    return max(2, min(wanted, images // _STEPS_FOR_FEW))


def epoch_batches(rows: Integers, epoch: int, *, seed: int, batch_size: int, views: int, mixup: float) -> list[Batch]:
    """The batches of an epoch over `rows` (N,): every row once, in an order that follows from seed and epoch.

    Every row goes through its `views` copies and the unaltered picture in turn. `mixup` is the parameter of the Beta
    distribution of Zhang et al., mixup: Beyond Empirical Risk Minimization, 2018. No batch holds one image alone,
    which a batch norm in training mode could not take.
    """
    starts = np.random.default_rng([seed, 0]).integers(0, views + 1, len(rows))
    rng = np.random.default_rng([seed, 1, epoch])
    order = rng.permutation(len(rows))
    batches = []
    for part in np.array_split(order, max(1, len(rows) // batch_size)):
        share = float(rng.beta(mixup, mixup)) if mixup else 1.0
        partners = rng.permutation(len(part))
        batches.append(Batch(rows[part], (starts[part] + epoch) % (views + 1), partners, share))
    return batches


def altered(picture: NDArray[np.uint8], key: Sequence[int]) -> NDArray[np.uint8]:
    """Another view of a preprocessed picture (S, S, 3) uint8 RGB; the same key gives the same view.

    A part of at least 60 % of the area, flipped to the left or right, turned by up to 15 degrees, in slightly other
    light and colour. Edges are mirrored. Not flipped upside down: a belt may see things from above, a shelf does not.
    """
    rng = np.random.default_rng(key)
    side = picture.shape[0]
    scale, aspect = np.sqrt(rng.uniform(_LEAST_AREA, 1)), np.exp(rng.uniform(-_ASPECT, _ASPECT))
    width, height = min(side, side * scale * aspect), min(side, side * scale / aspect)
    centre = np.array([rng.uniform(width / 2, side - width / 2), rng.uniform(height / 2, side - height / 2)]) - 0.5
    angle = np.deg2rad(rng.uniform(-_TURN_DEGREES, _TURN_DEGREES))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    flip = np.diag([-1.0 if rng.random() < 0.5 else 1.0, 1.0])
    matrix = np.diag([width / side, height / side]) @ turn @ flip
    shift = centre - matrix @ np.full(2, side / 2 - 0.5)
    moved = cv2.warpAffine(
        picture,
        np.column_stack([matrix, shift]),
        (side, side),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REFLECT_101,
    ).astype(np.float32)
    moved *= (rng.uniform(1 - _LIGHT, 1 + _LIGHT) * rng.uniform(1 - _TINT, 1 + _TINT, 3)).astype(np.float32)
    mean = float(moved.mean())
    moved = (moved - mean) * np.float32(rng.uniform(1 - _LIGHT, 1 + _LIGHT)) + mean
    return np.clip(np.rint(moved), 0, 255).astype(np.uint8)
