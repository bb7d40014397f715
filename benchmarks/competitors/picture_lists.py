"""What the peers that use torch have in common: the lists of pictures, the weights, and the accuracy on the test."""

from __future__ import annotations

import argparse
import csv
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from safetensors.torch import load_file
from torch import Tensor
from torch.utils.data import DataLoader, Dataset
from torchvision import models, transforms

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
SIDE = 224


def arguments(description: str) -> argparse.Namespace:
    """The options of every peer."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--train", type=Path, required=True, help="csv list of pictures")
    parser.add_argument("--test", type=Path, required=True, help="csv list of pictures, looked at for the curve alone")
    parser.add_argument("--weights", type=Path, required=True, help="torchvision's MobileNetV2, safetensors")
    parser.add_argument("--cap", type=float, default=900.0, help="seconds after which no epoch is begun")
    parser.add_argument("--epochs", type=int, default=0, help="instead of the recipe's")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def rows_in(path: Path) -> list[tuple[str, str]]:
    """Path and label of each row of a csv list."""
    with open(path, encoding="utf-8", newline="") as file:
        return [(row["path"], row["label"]) for row in csv.DictReader(file)]


class PictureList(Dataset[tuple[Tensor, int]]):
    """Decodes with Pillow at every access, as torchvision's ImageFolder does."""

    def __init__(self, path: Path, classes: list[str], transform: Callable[[Any], Tensor]) -> None:
        self.rows = rows_in(path)
        self._classes, self._transform = classes, transform

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        path, label = self.rows[index]
        with Image.open(path) as picture:
            return self._transform(picture.convert("RGB")), self._classes.index(label)


def classes_in(path: Path) -> list[str]:
    return sorted({label for _, label in rows_in(path)})


def workers() -> int:
    """Processes that decode; torch's tutorial has four, more than there are cores here would only get in the way."""
    return min(4, os.cpu_count() or 1)


def for_testing() -> transforms.Compose:
    return transforms.Compose(
        [
            transforms.Resize(256),
            transforms.CenterCrop(SIDE),
            transforms.ToTensor(),
            transforms.Normalize(MEAN, STD),
        ]
    )


def pretrained_mobilenet(weights: Path) -> Any:
    """torchvision's MobileNetV2 with its classifier of 1,000."""
    network = models.mobilenet_v2(weights=None)
    network.load_state_dict(load_file(weights), strict=True)
    return network


@torch.no_grad()
def accuracy(answer: Callable[[Tensor], Tensor], pictures: Dataset[tuple[Tensor, int]]) -> float:
    """Share of right answers; the network must be in evaluation mode."""
    right = total = 0
    for images, labels in DataLoader(pictures, batch_size=32, num_workers=workers()):
        right += int((answer(images).argmax(1) == labels).sum())
        total += len(labels)
    return right / total
