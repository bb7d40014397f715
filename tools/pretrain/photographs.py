"""The unlabelled photographs in memory, and random crops of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from edge_transfer.errors import DatasetError
from export.runtime.inference.preprocess import InputSpec, preprocess

MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)


def decode(path: Path) -> NDArray[np.uint8]:
    """Decode one photograph to (H, W, 3) uint8 BGR. Raises DatasetError when it cannot be read."""
    image = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_COLOR)
    if image is None:
        raise DatasetError(f"cannot decode {path}: remove the file or replace it")
    return np.asarray(image, dtype=np.uint8)


def load_photographs(folder: Path, limit: int | None = None) -> list[NDArray[np.uint8]]:
    """Decode all JPEG files of `folder`, by name, to (H, W, 3) uint8 RGB. Raises DatasetError when there are none."""
    paths = sorted(folder.glob("*.jpg"))[:limit]
    if not paths:
        raise DatasetError(f"no photographs (*.jpg) in {folder}")
    return [np.ascontiguousarray(decode(path)[:, :, ::-1]) for path in paths]


def random_crops(
    photographs: list[NDArray[np.uint8]], count: int, side: int, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Cut `count` random resized and flipped crops (N, S, S, 3) uint8 RGB.

    The share of the area is log-uniform from 0.08 to 1 and the aspect 3/4 to 4/3; one crop in eight is also turned by
    any angle, with its corners mirrored.
    """
    crops = np.empty((count, side, side, 3), np.uint8)
    for row, index in enumerate(rng.integers(0, len(photographs), count)):
        image = photographs[index]
        height, width = image.shape[:2]
        area = height * width * np.exp(rng.uniform(np.log(0.08), 0.0))
        aspect = np.exp(rng.uniform(np.log(3 / 4), np.log(4 / 3)))
        w = int(np.clip(round(np.sqrt(area * aspect)), 8, width))
        h = int(np.clip(round(np.sqrt(area / aspect)), 8, height))
        top, left = int(rng.integers(0, height - h + 1)), int(rng.integers(0, width - w + 1))
        crop = image[top : top + h, left : left + w]
        crop = cv2.resize(crop, (side, side), interpolation=cv2.INTER_AREA if h * w > side * side else cv2.INTER_LINEAR)
        if rng.random() < 0.125:
            turn = cv2.getRotationMatrix2D((side / 2, side / 2), float(rng.uniform(-180, 180)), 1.0)
            crop = cv2.warpAffine(crop, turn, (side, side), borderMode=cv2.BORDER_REFLECT_101)
        crops[row] = crop[:, ::-1] if rng.random() < 0.5 else crop
    return crops


def centre_crops(photographs: list[NDArray[np.uint8]], side: int) -> NDArray[np.uint8]:
    """Cut the central square of every photograph: (N, S, S, 3) uint8 RGB, as the product does before its network."""
    spec = InputSpec(side=side, crop="crop")
    return np.stack([preprocess(np.ascontiguousarray(image[:, :, ::-1]), spec) for image in photographs])


def whole_pictures(folder: Path, limit: int) -> NDArray[np.uint8]:
    """The first photographs of `folder`, by name, as a new project shows them to its network: (N, S, S, 3) RGB."""
    return np.stack([preprocess(decode(path), InputSpec()) for path in sorted(folder.glob("*.jpg"))[:limit]])


def normalised(pixels: torch.Tensor) -> torch.Tensor:
    """Scale pixels (N, 3, S, S) float 0 to 255 to the network's range, in channels-last order."""
    mean = torch.tensor(MEAN, device=pixels.device).view(1, 3, 1, 1)
    std = torch.tensor(STD, device=pixels.device).view(1, 3, 1, 1)
    return ((pixels / 255 - mean) / std).contiguous(memory_format=torch.channels_last)


def to_pixels(crops: NDArray[np.uint8], device: torch.device) -> torch.Tensor:
    """Crops (N, S, S, 3) uint8 as a float tensor (N, 3, S, S), 0 to 255, on `device`."""
    return torch.from_numpy(crops).to(device).permute(0, 3, 1, 2).float()


def batches(crops: NDArray[np.uint8], size: int) -> Iterator[NDArray[np.uint8]]:
    """Cut (N, S, S, 3) into pieces of at most `size`."""
    for start in range(0, len(crops), size):
        yield crops[start : start + size]
