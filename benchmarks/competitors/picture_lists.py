"""What the peers that use torch have in common: the lists of pictures, the weights, and the accuracy on the test."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset
from torchvision import models, transforms

from benchmarks.competitors.stopwatch import Stopwatch, parser

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
SIDE = 224


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


def normalised(*first: Any) -> transforms.Compose:
    """The transforms `first`, then a tensor with ImageNet's mean and deviation taken out."""
    return transforms.Compose([*first, transforms.ToTensor(), transforms.Normalize(MEAN, STD)])


def for_testing() -> transforms.Compose:
    return normalised(transforms.Resize(256), transforms.CenterCrop(SIDE))


def pretrained_mobilenet(weights: Path) -> Any:
    """torchvision's MobileNetV2 with its classifier of 1,000."""
    network = models.mobilenet_v2(weights=None)
    network.load_state_dict(load_file(weights), strict=True)
    return network


def headless_mobilenet(weights: Path) -> Any:
    """torchvision's MobileNetV2 that answers with its embedding of 1,280, in evaluation mode."""
    network = pretrained_mobilenet(weights)
    network.classifier = nn.Identity()
    return network.eval()


@torch.no_grad()
def embedded(network: Callable[[Tensor], Tensor], pictures: Dataset[tuple[Tensor, int]]) -> tuple[Tensor, Tensor]:
    """Embeddings (N, D) of the pictures, as for testing, and their classes (N,)."""
    found, labels = [], []
    for images, numbers in DataLoader(pictures, batch_size=32, num_workers=workers()):
        found.append(network(images))
        labels.append(numbers)
    return torch.cat(found), torch.cat(labels)


class Given:
    """What a recipe has: its options, a running stopwatch, the classes, and the pictures to learn from and to test."""

    def __init__(self, description: str | None) -> None:
        self.options, self.watch = parser(description).parse_args(), Stopwatch()
        torch.manual_seed(self.options.seed)
        self.classes = classes_in(self.options.train)
        self.test = PictureList(self.options.test, self.classes, for_testing())

    def training(self, transform: Callable[[Any], Tensor]) -> PictureList:
        return PictureList(self.options.train, self.classes, transform)

    def embedded(self) -> tuple[Any, Tensor, Tensor]:
        """The headless network, and what it makes of the training pictures: embeddings (N, D) and labels (N,)."""
        network = headless_mobilenet(self.options.weights)
        return network, *embedded(network, self.training(for_testing()))

    def look(self, answer: Callable[[Tensor], Tensor], epoch: int) -> None:
        """Report the accuracy on the test pictures, looked at with the stopwatch paused."""
        with self.watch.paused():
            top1 = accuracy(answer, self.test)
        self.watch.report(top1=top1, on="test", epoch=epoch, n=len(self.test))

    def over(self) -> bool:
        return self.watch.read()["wall_s"] > float(self.options.cap)


def learn(
    given: Given,
    network: Any,
    loader: DataLoader[Any],
    optimiser: torch.optim.Optimizer,
    cost: nn.Module,
    epochs: int,
    *,
    after_step: Callable[[], None] = lambda: None,
    after_epoch: Callable[[], None] = lambda: None,
) -> None:
    """The loop that everybody writes; after each epoch the test pictures are looked at.

    It ends after `epochs`, or with the step at which the seconds of `--cap` are over.
    """
    for epoch in range(epochs):
        network.train()
        for images, labels in loader:
            optimiser.zero_grad()
            cost(network(images), labels).backward()
            optimiser.step()
            after_step()
            if given.over():
                break
        after_epoch()
        network.eval()
        given.look(network, epoch + 1)
        if given.over():
            return


@torch.no_grad()
def accuracy(answer: Callable[[Tensor], Tensor], pictures: Dataset[tuple[Tensor, int]]) -> float:
    """Share of right answers; the network must be in evaluation mode."""
    right = total = 0
    for images, labels in DataLoader(pictures, batch_size=32, num_workers=workers()):
        right += int((answer(images).argmax(1) == labels).sum())
        total += len(labels)
    return right / total
