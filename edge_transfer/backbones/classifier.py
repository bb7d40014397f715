"""Torch modules of a classifier, the reference that every exported graph must equal, split for fine-tuning."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from edge_transfer.backbones.depths import Depths, LowerDepths, climb
from edge_transfer.backbones.network import load_network, parts_of
from edge_transfer.backbones.registry import Backbone
from edge_transfer.backbones.weights import Weights
from edge_transfer.heads import Head, LinearHead
from export.runtime.inference.engine import EngineOutput, check_images

_SMALL = 64
"""A side in pixels at which a network tells its channels quickly."""


class Classifier(nn.Module):
    """Cast, layout, mean/std, backbone and, where there is one, the head.

    Takes uint8 (N, S, S, 3) RGB; gives `feature_vector` (N, D), or `logits` (N, C) and `feature_vector`.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, backbone: Backbone, network: nn.Module, head: Head | None = None) -> None:
        super().__init__()
        self.network = network
        self.head = head
        self.register_buffer("mean", torch.tensor(backbone.mean).view(1, 3, 1, 1) * 255)
        self.register_buffer("std", torch.tensor(backbone.std).view(1, 3, 1, 1) * 255)
        for number, layer in enumerate(head.layers if head is not None else ()):
            if layer.weight is not None and layer.bias is not None:
                self.register_buffer(f"weight{number}", torch.from_numpy(np.ascontiguousarray(layer.weight)))
                self.register_buffer(f"bias{number}", torch.from_numpy(np.ascontiguousarray(layer.bias)))

    def forward(self, image: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        """See the class."""
        pixels = (image.permute(0, 3, 1, 2).float() - self.mean) / self.std
        embedding: Tensor = self.network(pixels).flatten(1)
        if self.head is None:
            return embedding
        values = embedding
        for number, layer in enumerate(self.head.layers):
            if layer.operation == "affine":
                values = functional.linear(values, self.get_buffer(f"weight{number}"), self.get_buffer(f"bias{number}"))
            elif layer.operation == "normalise":
                values = functional.normalize(values)
            else:
                values = values.exp() if layer.operation == "exp" else values.relu()
        return values, embedding


def blocks_of(backbone: Backbone, network: nn.Module) -> list[nn.Sequential]:
    """The blocks of a backbone from the input upwards, sharing its modules; their outputs averaged over height and
    width are the embedding.

    They are the `blocks` of its entry in the registry. A norm, an activation or a pooling belongs to the block before
    it.
    """
    blocks: list[list[nn.Module]] = []
    for child in parts_of(backbone, network):
        if blocks and isinstance(child, (nn.BatchNorm2d, nn.ReLU, nn.MaxPool2d)):
            blocks[-1].append(child)
        else:
            blocks.append([child])
    return [nn.Sequential(*block) for block in blocks]


def map_shape(backbone: Backbone, network: nn.Module, blocks: int, side: int) -> tuple[int, ...]:
    """Shape (C, H, W) of the map above the lowest `blocks` blocks, for one picture of this side."""
    with torch.no_grad():
        lower = deepcopy(nn.Sequential(*blocks_of(backbone, network)[:blocks])).eval()
        return tuple(lower(torch.zeros(1, 3, side, side)).shape[1:])


def activation_shape(backbone: Backbone, network: nn.Module, blocks: int, side: int) -> tuple[int, ...]:
    """Shape of the activations above the lowest `blocks` blocks, for one picture; of the picture itself above none.

    They are the map, or what `LowerDepths` makes of it.
    """
    if not blocks:
        return (side, side, 3)
    if not isinstance(network, Depths):
        return map_shape(backbone, network, blocks, side)
    with torch.no_grad():
        return tuple(LowerDepths(deepcopy(network), blocks).eval()(torch.zeros(1, 3, side, side)).shape[1:])


class LowerPart(nn.Module):
    """Cast, layout, mean/std and the lowest blocks: uint8 (N, S, S, 3) RGB to flattened activations (N, A)."""

    def __init__(self, backbone: Backbone, network: nn.Module, blocks: int) -> None:
        super().__init__()
        if isinstance(network, Depths):
            self.classifier = Classifier(backbone, LowerDepths(network, blocks))
        else:
            self.classifier = Classifier(backbone, nn.Sequential(*blocks_of(backbone, network)[:blocks]))

    def forward(self, image: Tensor) -> Tensor:
        """See the class."""
        activations: Tensor = self.classifier(image)
        return activations


class UpperPart(nn.Module):
    """The blocks of a backbone above a boundary and the head: activations (N, …) to logits (N, C).

    Above block 0 the activations are the pictures themselves, uint8 (N, S, S, 3) RGB. With `frozen_statistics` the
    batch norms keep the statistics of the pretraining, and neither they nor a stochastic depth are ever in training
    mode, whatever `train()` says: a few hundred pictures make worse statistics than a million.
    """

    mean: Tensor
    std: Tensor
    scales: Tensor

    def __init__(
        self, backbone: Backbone, network: nn.Module, boundary: int, head: LinearHead, *, frozen_statistics: bool
    ) -> None:
        super().__init__()
        blocks = blocks_of(backbone, network)
        self.blocks = nn.Sequential(*blocks[boundary:]).to(memory_format=torch.channels_last)
        self.weight = nn.Parameter(torch.from_numpy(np.array(head.weight)))
        self.bias = nn.Parameter(torch.from_numpy(np.array(head.bias)))
        self.normalise = head.normalise
        self.frozen_statistics = frozen_statistics
        self.boundary = boundary
        self.depths: tuple[int, ...] = ()
        self.channels = self.gathered = 0
        self.register_buffer("scales", None, persistent=False)
        if isinstance(network, Depths):
            self.depths, self.scales = network.depths, network.scales
            if boundary:
                self.channels, height, width = map_shape(backbone, network, boundary, _SMALL)
                shape = activation_shape(backbone, network, boundary, _SMALL)
                self.gathered = shape[0] - self.channels * height * width
        self.register_buffer("mean", torch.tensor(backbone.mean).view(1, 3, 1, 1) * 255, persistent=False)
        self.register_buffer("std", torch.tensor(backbone.std).view(1, 3, 1, 1) * 255, persistent=False)
        self.train()

    def train(self, mode: bool = True) -> UpperPart:
        """See the class."""
        return super().train(mode and not self.frozen_statistics)

    def head(self) -> LinearHead:
        """The head as it is now."""
        return LinearHead(self.weight.detach().numpy().copy(), self.bias.detach().numpy().copy(), self.normalise)

    def groups(self, learning_rate: float, block_factor: float, head_factor: float) -> list[dict[str, Any]]:
        """Parameters with their learning rates, which fall from block to block downwards (Howard and Ruder, Universal
        Language Model Fine-tuning for Text Classification, 2018)."""
        count = len(self.blocks)
        rates = [learning_rate * block_factor ** (count - 1 - k) for k in range(count)]
        groups = [{"params": list(b.parameters()), "lr": r} for b, r in zip(self.blocks, rates, strict=True)]
        return [*groups, {"params": [self.weight, self.bias], "lr": learning_rate * head_factor}]

    def forward(self, activations: Tensor) -> Tensor:
        """See the class."""
        values = activations.float()
        if not self.boundary:
            values = (values.permute(0, 3, 1, 2) - self.mean) / self.std
        if not self.depths:
            values = self.blocks(values.contiguous(memory_format=torch.channels_last))
            embedding = values.mean((2, 3)) if values.dim() == 4 else values
        else:
            embedding = self._over_depths(values)
        features = functional.normalize(embedding) if self.normalise else embedding
        return functional.linear(features, self.weight, self.bias)

    def _over_depths(self, values: Tensor) -> Tensor:
        """The embedding (N, D) from normalised pictures, or from what `LowerDepths` makes of them."""
        below: list[Tensor] = []
        if self.boundary:
            gathered, values = values.tensor_split([self.gathered], 1)
            below = [gathered]
            side = math.isqrt(values.shape[1] // self.channels)
            values = values.view(-1, self.channels, side, side)
        values = values.contiguous(memory_format=torch.channels_last)
        _, moments = climb(self.blocks, values, self.boundary, self.depths, self.scales)
        return torch.cat([*below, *moments], 1)


class TorchEngine:
    """Eager torch behind the `Engine` seam: the reference of every parity check."""

    name = "torch"

    def __init__(self, backbone: Backbone, weights: Weights, head: Head, side: int) -> None:
        self.side = side
        self._classifier = Classifier(backbone, load_network(backbone, weights), head).eval()
        self._lock = threading.Lock()

    def run(self, images: NDArray[np.uint8]) -> EngineOutput:
        """See Engine.run."""
        check_images(images, self.side)
        # no_grad, not inference_mode: tensors of the latter cannot be exported later. Picture by picture, which takes
        # half the time of a batch of 32.
        pictures = torch.from_numpy(np.ascontiguousarray(images))
        with self._lock, _one_thread(), torch.no_grad():
            rows = [self._classifier(pictures[k : k + 1]) for k in range(len(pictures))]
        logits, embedding = (torch.cat(column).numpy() for column in zip(*rows, strict=True))
        return EngineOutput(logits, embedding)


@contextmanager
def _one_thread() -> Iterator[None]:
    """Where another program is busy, torch's threads wait for each other: one is ten times as fast as two then."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
