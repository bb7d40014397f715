"""The torch side of a classifier: bytes in, logits and embedding out. What every exported graph must equal."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from edge_transfer.backbones import Backbone, Weights, load_network
from edge_transfer.heads import LinearHead
from export.runtime.engine import EngineOutput, check_images


class Classifier(nn.Module):
    """Cast, layout, mean/std, backbone and, where there is one, the head.

    Takes uint8 (N, S, S, 3) RGB; gives `feature_vector` (N, D), or `logits` (N, C) and `feature_vector`.
    """

    mean: Tensor
    std: Tensor
    weight: Tensor
    bias: Tensor

    def __init__(self, backbone: Backbone, network: nn.Module, head: LinearHead | None = None) -> None:
        super().__init__()
        self.network = network
        self.head = head
        self.register_buffer("mean", torch.tensor(backbone.mean).view(1, 3, 1, 1) * 255)
        self.register_buffer("std", torch.tensor(backbone.std).view(1, 3, 1, 1) * 255)
        if head is not None:
            self.register_buffer("weight", torch.from_numpy(head.weight))
            self.register_buffer("bias", torch.from_numpy(head.bias))

    def forward(self, image: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        """See the class."""
        pixels = (image.permute(0, 3, 1, 2).float() - self.mean) / self.std
        embedding: Tensor = self.network(pixels).flatten(1)
        if self.head is None:
            return embedding
        features = functional.normalize(embedding) if self.head.normalise else embedding
        return functional.linear(features, self.weight, self.bias), embedding


class TorchEngine:
    """Eager torch behind the `Engine` seam: the reference of every parity check."""

    name = "torch"

    def __init__(self, backbone: Backbone, weights: Weights, head: LinearHead, side: int) -> None:
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
