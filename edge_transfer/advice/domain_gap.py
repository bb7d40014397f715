"""Distance between a project's images and the images a backbone was pretrained on, measured on embeddings.

A reference is the mean and the covariance, cut to its largest directions, of the embeddings of natural photographs. A
picture's distance to it is the Mahalanobis distance, which sets pictures of another kind apart without any training on
them (Lee et al., NeurIPS 2018; Ren et al., 2021); the photographs' own distances, each held out, give it a scale.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge_transfer.dataset.splits import MANY_FOLDS, held_in_turn
from edge_transfer.errors import WeightsError
from edge_transfer.heads import normalised
from export.runtime.inference.preprocess import InputSpec
from export.runtime.storage import atomic_write

DIRECTIONS = 64
REFERENCE_SIDE = 224
"""Side at which the photographs were embedded, in pixels: distances hold for this side only."""
_SHIPPED = Path(str(files("edge_transfer"))) / "references"
_QUANTILES = 101

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Reference:
    """What a backbone's embeddings of natural photographs look like; no photograph can be had from it."""

    weights_sha256: str
    """Of the backbone; with other weights the numbers mean nothing."""
    mean: Floats
    """(D,), of embeddings of length 1."""
    directions: Floats
    """(K, D), orthonormal."""
    variances: Floats
    """(K,), along the directions."""
    rest: float
    """Variance along each of the other directions."""
    quantiles: Floats
    """(101,) distances of held-out photographs, ascending: the minimum, each percent, the maximum."""

    def distances(self, vectors: Floats) -> Floats:
        """Squared Mahalanobis distances (N,) of embeddings (N, D), of any length."""
        return _distances(normalised(vectors), self.mean, self.directions, self.variances, self.rest)

    def gap(self, vectors: Floats) -> float:
        """Chance that a picture lies farther out than a photograph: 0.5 where they are alike, 1 where all do."""
        ranks = np.interp(self.distances(vectors), self.quantiles, np.linspace(0, 1, len(self.quantiles)))
        return float(ranks.mean())

    def save(self, path: Path) -> None:
        """Write as safetensors, the directions in half precision."""
        from safetensors.numpy import save

        tensors: dict[str, NDArray[np.generic]] = {
            "mean": self.mean,
            "directions": self.directions.astype(np.float16),
            "variances": self.variances,
            "quantiles": self.quantiles,
        }
        # It writes the memory as it lies, whatever its order.
        tensors = {name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}
        atomic_write(path, save(tensors, {"weights_sha256": self.weights_sha256, "rest": repr(self.rest)}))

    @staticmethod
    def load(path: Path) -> Reference:
        """Read what `save` wrote. Raises WeightsError when it is damaged."""
        from safetensors import SafetensorError, safe_open

        try:
            with safe_open(path, "np") as file:
                tensors = {name: np.asarray(file.get_tensor(name), np.float32) for name in file.keys()}  # noqa: SIM118
                notes = file.metadata() or {}
            return Reference(weights_sha256=notes["weights_sha256"], rest=float(notes["rest"]), **tensors)
        except (SafetensorError, OSError, KeyError, TypeError, ValueError) as error:
            raise WeightsError(f"the reference {path.name} is damaged: {error}; install the program again") from error


def fit_reference(vectors: Floats, weights_sha256: str) -> Reference:
    """The reference of embeddings (N, D) of photographs, at least 100 of them."""
    features = normalised(vectors)
    if len(features) < 100:
        raise ValueError(f"a reference needs 100 photographs, got {len(features)}")
    fold = held_in_turn(np.arange(len(features)), MANY_FOLDS)
    held_out = np.zeros(len(features), np.float32)
    for k in range(MANY_FOLDS):
        held_out[fold == k] = _distances(features[fold == k], *_gaussian(features[fold != k]))
    mean, directions, variances, rest = _gaussian(features)
    quantiles = np.quantile(held_out, np.linspace(0, 1, _QUANTILES)).astype(np.float32)
    return Reference(weights_sha256, mean, directions, variances, rest, quantiles)


def reference_for(weights_sha256: str) -> Reference | None:
    """The reference that comes with the program for these weights; None where there is none."""
    for path in sorted(_SHIPPED.glob("*.safetensors")):
        if (reference := Reference.load(path)).weights_sha256 == weights_sha256:
            return reference
    return None


def comparable(spec: InputSpec) -> InputSpec:
    """How a project's pictures are cut for the comparison: its own region and crop, the reference's side."""
    return InputSpec(REFERENCE_SIDE, spec.crop, spec.roi)


def _gaussian(features: Floats) -> tuple[Floats, Floats, Floats, float]:
    mean = features.mean(0)
    centred = np.asarray(features - mean, np.float64)
    values, vectors = np.linalg.eigh(centred.T @ centred / (len(features) - 1))
    count = min(DIRECTIONS, len(features) // 2, features.shape[1] - 1)
    largest = values[::-1][:count]
    rest = max((float(values.sum()) - float(largest.sum())) / (features.shape[1] - count), 1e-12)
    return mean, np.asarray(vectors[:, ::-1][:, :count].T, np.float32), np.asarray(largest, np.float32), rest


def _distances(features: Floats, mean: Floats, directions: Floats, variances: Floats, rest: float) -> Floats:
    centred = features - mean
    along = centred @ directions.T
    outside = np.maximum((centred**2).sum(1) - (along**2).sum(1), 0)
    return np.asarray((along**2 / variances).sum(1) + outside / rest, np.float32)
