"""Strong augmentation of whole batches on the device: few photographs become endlessly many pictures.

Few images and much augmentation suffice for distillation (Asano and Saeed, "The augmented image prior", 2023), and
mixing pictures helps when the student must match a function (Beyer et al., "Knowledge distillation: a good teacher is
patient and consistent", 2022). Teacher and student see the same pixels.
"""

from __future__ import annotations

import numpy as np
import torch
from torch.nn import functional

_LUMA = (0.299, 0.587, 0.114)


def augment(pixels: torch.Tensor, rng: np.random.Generator, mixup: float = 0.2, cutmix: float = 0.2) -> torch.Tensor:
    """Change colours, blur, paste, mix and cut a batch (N, 3, S, S) of 0 to 255; same shape and range out.

    `mixup` and `cutmix` are the shares of pictures that are blended with another or get a box of another.
    """
    pixels = _paste(_blur(_colour(pixels, rng), rng), rng)
    return _mix(pixels, rng, mixup, cutmix).clamp_(0, 255)


def _colour(pixels: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """Brightness, contrast, saturation and a gain for each channel, as one 3 × 3 matrix and an offset for a picture."""
    count = len(pixels)
    matrices = np.tile(np.eye(3, dtype=np.float32), (count, 1, 1))
    offsets = np.zeros((count, 3), np.float32)
    grey = np.tile(np.array(_LUMA, np.float32), (3, 1))
    for row in range(count):
        if rng.random() < 0.8:
            saturation = 0.0 if rng.random() < 0.08 else rng.uniform(0.4, 1.6)
            gain = rng.uniform(0.65, 1.35) * rng.uniform(0.9, 1.1, 3)
            contrast = rng.uniform(0.6, 1.4)
            matrix = saturation * np.eye(3) + (1 - saturation) * grey
            matrices[row] = contrast * gain[:, None] * matrix
            offsets[row] = (1 - contrast) * 120 * gain
    matrix_t = torch.from_numpy(matrices).to(pixels.device)
    offset_t = torch.from_numpy(offsets).to(pixels.device)
    flat = torch.baddbmm(offset_t[:, :, None], matrix_t, pixels.reshape(count, 3, -1))
    return flat.view(pixels.shape).clamp_(0, 255)


def _blur(pixels: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """Blur one picture in five by scaling it down and up again, and add noise to one in eight."""
    blurred = np.flatnonzero(rng.random(len(pixels)) < 0.2)
    if len(blurred):
        side = pixels.shape[-1]
        small = max(8, round(side * rng.uniform(0.3, 0.8)))
        down = functional.interpolate(pixels[blurred], size=small, mode="bilinear", antialias=True)
        pixels[blurred] = functional.interpolate(down, size=side, mode="bilinear")
    noisy = np.flatnonzero(rng.random(len(pixels)) < 0.125)
    if len(noisy):
        shape = (len(noisy), *pixels.shape[1:])
        noise = torch.from_numpy(rng.standard_normal(shape, dtype=np.float32)).to(pixels.device)
        pixels[noisy] += float(rng.uniform(2, 16)) * noise
    return pixels


def _paste(pixels: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """Lay one picture in eight, smaller, as a rectangle or an ellipse on a plain, shaded ground."""
    side = pixels.shape[-1]
    steps = torch.linspace(-1, 1, side, device=pixels.device)
    for row in np.flatnonzero(rng.random(len(pixels)) < 0.125):
        height, width = (int(v) for v in rng.integers(side // 3, side, 2))
        top, left = int(rng.integers(0, side - height + 1)), int(rng.integers(0, side - width + 1))
        small = functional.interpolate(pixels[row : row + 1], size=(height, width), mode="bilinear", antialias=True)[0]
        base = torch.tensor(rng.uniform(20, 245) + rng.uniform(-20, 20, 3), dtype=torch.float32, device=pixels.device)
        slope_y, slope_x = rng.uniform(-30, 30, 2)
        ground = base[:, None, None] + slope_y * steps[:, None] + slope_x * steps
        y = torch.linspace(-1, 1, height, device=pixels.device)[:, None]
        x = torch.linspace(-1, 1, width, device=pixels.device)
        inside = (y.square() + x.square() <= 1) if rng.random() < 0.5 else torch.ones_like(y * x, dtype=torch.bool)
        window = ground[:, top : top + height, left : left + width]
        ground[:, top : top + height, left : left + width] = torch.where(inside, small, window)
        pixels[row] = ground
    return pixels


def _mix(pixels: torch.Tensor, rng: np.random.Generator, mixup: float, cutmix: float) -> torch.Tensor:
    """Blend some pictures with their neighbours (mixup); paste a box of the neighbour into others (cutmix)."""
    side = pixels.shape[-1]
    other = pixels.roll(1, 0)
    choice = rng.random(len(pixels))
    for row, pick in enumerate(choice):
        if pick < mixup:
            share = float(rng.uniform(0.2, 0.5))
            pixels[row] = (1 - share) * pixels[row] + share * other[row]
        elif pick < mixup + cutmix:
            height, width = (int(v) for v in rng.integers(side // 4, 3 * side // 4, 2))
            top, left = int(rng.integers(0, side - height + 1)), int(rng.integers(0, side - width + 1))
            box = (slice(None), slice(top, top + height), slice(left, left + width))
            pixels[row][box] = other[row][box]
    return pixels
