"""A head as a few numeric layers, identical in numpy, torch, ONNX and OpenVINO, saved without pickle."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from edge_transfer.errors import TrainingError
from export.runtime.storage import atomic_write

OPERATIONS = ("normalise", "affine", "relu", "exp")
"""`normalise` scales each row to length 1, `affine` is a matrix and an offset; the others act on each number."""
SMALLEST_NORM = 1e-12
_MOST_LAYERS = 16

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Layer:
    """One step from rows (N, I) to rows (N, O)."""

    operation: str
    weight: Floats | None = None
    """(O, I), of an affine layer."""
    bias: Floats | None = None
    """(O,), of an affine layer."""

    def __call__(self, rows: Floats) -> Floats:
        if self.weight is not None and self.bias is not None:
            return np.asarray(rows @ self.weight.T + self.bias, np.float32)
        if self.operation == "normalise":
            return normalised(rows)
        return np.asarray(np.exp(rows) if self.operation == "exp" else np.maximum(rows, 0), np.float32)


class Head(Protocol):
    """Logits from an embedding."""

    @property
    def layers(self) -> tuple[Layer, ...]:
        """From the embedding to the logits; the last one is affine."""

    @property
    def classes(self) -> int:
        """How many logits there are."""

    def logits(self, embedding: Floats) -> Floats:
        """Logits (N, C) of embeddings (N, D)."""

    def save(self, path: Path) -> None:
        """Write as safetensors, atomically."""


@dataclass(frozen=True)
class LinearHead:
    """Logits from an embedding: `weight` @ embedding + `bias`, the embedding L2-normalised first where so marked."""

    weight: Floats
    """(C, D)."""
    bias: Floats
    """(C,)."""
    normalise: bool = True

    @property
    def layers(self) -> tuple[Layer, ...]:
        """See Head."""
        affine = Layer("affine", self.weight, self.bias)
        return (Layer("normalise"), affine) if self.normalise else (affine,)

    @property
    def classes(self) -> int:
        """See Head."""
        return len(self.bias)

    def logits(self, embedding: Floats) -> Floats:
        """See Head."""
        return _through(self.layers, embedding)

    def save(self, path: Path) -> None:
        """See Head."""
        tensors = {"weight": self.weight, "bias": self.bias}
        _write(path, tensors, {"normalise": str(self.normalise)})

    @staticmethod
    def load(path: Path) -> LinearHead:
        """Read what `save` wrote. Raises TrainingError when it is missing, damaged, or no linear head."""
        head = read_head(path)
        if not isinstance(head, LinearHead):
            raise TrainingError(f"the checkpoint {path} is not a linear head")
        return head


@dataclass(frozen=True)
class LayeredHead:
    """A head with a layer between embedding and logits: a kernel expansion or a small neural network."""

    layers: tuple[Layer, ...]

    @property
    def classes(self) -> int:
        """See Head."""
        bias = self.layers[-1].bias
        return 0 if bias is None else len(bias)

    def logits(self, embedding: Floats) -> Floats:
        """See Head."""
        return _through(self.layers, embedding)

    def save(self, path: Path) -> None:
        """See Head."""
        tensors: dict[str, Floats] = {}
        for number, layer in enumerate(self.layers):
            if layer.weight is not None and layer.bias is not None:
                tensors |= {f"{number}.weight": layer.weight, f"{number}.bias": layer.bias}
        _write(path, tensors, {"layers": json.dumps([layer.operation for layer in self.layers])})


def normalised(embedding: Floats) -> Floats:
    """Embeddings (N, D) scaled to length 1."""
    norms = np.linalg.norm(embedding, axis=1, keepdims=True)
    return np.asarray(embedding / np.maximum(norms, SMALLEST_NORM), np.float32)


def read_head(path: Path) -> Head:
    """Read what `Head.save` wrote. Raises TrainingError when it is missing or damaged."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "np") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  (it is no mapping)
        if "layers" not in metadata:
            linear = LinearHead(tensors["weight"], tensors["bias"], metadata.get("normalise") == "True")
            _check(linear.layers)
            return linear
        operations = json.loads(metadata["layers"])
        if not (isinstance(operations, list) and 0 < len(operations) <= _MOST_LAYERS):
            raise ValueError("its layers are no list")
        found = LayeredHead(
            tuple(
                Layer(operation, tensors.get(f"{number}.weight"), tensors.get(f"{number}.bias"))
                for number, operation in enumerate(operations)
            )
        )
        _check(found.layers)
    except (SafetensorError, OSError, KeyError, ValueError) as error:
        raise TrainingError(f"the checkpoint {path} is missing or damaged: {error}") from error
    return found


def _check(layers: tuple[Layer, ...]) -> None:
    """Raises ValueError where the layers do not fit each other."""
    width = None
    for number, layer in enumerate(layers):
        if layer.operation not in OPERATIONS:
            raise ValueError(f"layer {number} is {layer.operation!r}")
        weight, bias = layer.weight, layer.bias
        if layer.operation != "affine":
            if weight is not None or bias is not None:
                raise ValueError(f"layer {number} has numbers that it does not use")
            continue
        if weight is None or bias is None or weight.ndim != 2 or bias.shape != weight.shape[:1]:
            raise ValueError(f"layer {number} lacks its matrix or its offset")
        if weight.dtype != np.float32 or bias.dtype != np.float32 or width not in (None, weight.shape[1]):
            raise ValueError(f"layer {number} does not fit the one before it")
        if not (np.isfinite(weight).all() and np.isfinite(bias).all()):
            raise ValueError(f"layer {number} has numbers that are not finite")
        width = len(bias)
    if layers[-1].operation != "affine":
        raise ValueError("the last layer gives no logits")


def _through(layers: tuple[Layer, ...], rows: Floats) -> Floats:
    for layer in layers:
        rows = layer(rows)
    return rows


def _write(path: Path, tensors: dict[str, Floats], metadata: dict[str, str]) -> None:
    from safetensors.numpy import save

    atomic_write(path, save({name: np.ascontiguousarray(values) for name, values in tensors.items()}, metadata))
