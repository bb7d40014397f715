"""Batches and augmentation of each training step, determined by (seed, epoch)."""

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
_SATURATION = 0.95
_MOST_DRAWN = 4.0


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


def rehearsal_shares(sessions: Integers, labels: Integers) -> NDArray[np.float64] | None:
    """How often each of N images is drawn in an epoch, 1 in the mean of every class; None where all are drawn once.

    `sessions` (N,) are numbers of recordings, -1 for a picture of its own. Frames of one recording resemble each other:
    n of them count as (1 - b^n) / (1 - b) (Cui et al., Class-Balanced Loss Based on Effective Number of Samples, 2019),
    with b so that a recording counts as 20 at the most. So a long new recording does not drown the short old ones; no
    image is drawn much more than four times as often as its class in the mean.
    """
    shares = np.ones(len(labels))
    for session in np.unique(sessions[sessions >= 0]):
        for label in np.unique(labels[sessions == session]):
            own = (sessions == session) & (labels == label)
            shares[own] = (1 - _SATURATION ** own.sum()) / (1 - _SATURATION) / own.sum()
    for label in np.unique(labels):
        own = labels == label
        shares[own] = np.minimum(shares[own] / shares[own].mean(), _MOST_DRAWN)
        shares[own] /= shares[own].mean()
    return None if np.allclose(shares, 1.0) else shares


def epoch_batches(
    rows: Integers,
    epoch: int,
    *,
    seed: int,
    batch_size: int,
    views: int,
    mixup: float,
    shares: NDArray[np.float64] | None = None,
) -> list[Batch]:
    """The batches of an epoch over `rows` (N,), in an order that follows from seed and epoch: every row once, or as
    often as `shares` (N,) says in the mean over epochs.

    Every row goes through its `views` copies and the unaltered picture in turn. `mixup` is the parameter of the Beta
    distribution of Zhang et al., mixup: Beyond Empirical Risk Minimization, 2018. No batch holds one image alone,
    which a batch norm in training mode could not take.
    """
    starts = np.random.default_rng([seed, 0]).integers(0, views + 1, len(rows))
    rng = np.random.default_rng([seed, 1, epoch])
    order = rng.permutation(len(rows))
    if shares is not None:
        # Systematic resampling: each row as often as its share, rounded up or down by one throw.
        ends = np.cumsum(shares[order]) / shares.sum() * len(rows)
        drawn = np.searchsorted(ends, np.arange(len(rows)) + rng.uniform()).clip(0, len(rows) - 1)
        order = rng.permutation(order[drawn])
    seen, repeats = np.zeros(len(rows), np.int64), np.zeros(len(rows), np.int64)
    for place, row in enumerate(order.tolist()):
        repeats[place] = seen[row]  # an image that comes again in an epoch comes in another view
        seen[row] += 1
    batches = []
    for places in np.array_split(np.arange(len(rows)), max(1, len(rows) // batch_size)):
        part = order[places]
        share = float(rng.beta(mixup, mixup)) if mixup else 1.0
        partners = rng.permutation(len(part))
        batches.append(Batch(rows[part], (starts[part] + epoch + repeats[places]) % (views + 1), partners, share))
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
