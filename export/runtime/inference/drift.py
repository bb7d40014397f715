"""Drift detection: compare the embeddings of recent frames with those of the training frames.

A bundle carries the mean and the shrunken covariance of each model's embeddings of the training frames. The *mean* of
the last frames is compared with the training's (squared Mahalanobis distance, as Hotelling's T² of 1931). That pictures
of another kind lie far out so is Lee et al., NeurIPS 2018; that tests on many pictures' representations find shifts
before single pictures stand out is Rabanser, Günnemann and Lipton, "Failing loudly", NeurIPS 2019.

The mean of n independent frames lies 1/n as far out as one frame. The frames of a camera are not independent; how many
they are worth is read off their own scatter: a still scene is worth one frame, a stream that varies as much as the
training is worth all of them.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

import numpy as np
from numpy.typing import NDArray

from ..errors import BundleError, EngineError

WINDOW = 64
"""Frames that a score is made of."""
HOLD = 16
"""Frames in a row after which drift begins, or is over."""
LEAVE = 0.8
"""Drift is over below this share of the threshold."""
RATE = 0.01
"""Share of the windows of undisturbed held-out frames that reach the threshold: the stated rate of false alarms."""
NOTES = "drift"
"""The note of the file that holds what is no tensor, in JSON."""
QUANTILES = 101
_LARGEST_BYTES = 4 << 20
_MAX_DIMENSIONS = 1 << 16
_DTYPES: dict[str, Any] = {"F32": np.dtype("<f4"), "F16": np.dtype("<f2")}
_SMALLEST = 1e-12

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class DriftReference:
    """What a model's embeddings of its training frames look like; no picture can be had from it."""

    mean: Floats
    """(D,), of embeddings of length 1."""
    directions: Floats
    """(K, D), orthonormal: the largest of the covariance."""
    variances: Floats
    """(K,), along them, shrunken; above 0."""
    rest: float
    """Variance along each of the other directions; above 0."""
    scale: float
    """Mean distance of a held-out frame before it is divided by this; above 0."""
    quantiles: Floats
    """(101,) scores of undisturbed held-out frames, ascending: the minimum, each percent, the maximum."""
    held_out: str
    """Where those frames come from: `6 capture sessions`, say."""

    @property
    def threshold(self) -> float:
        """The score that RATE of the held-out windows reach."""
        return float(self.quantiles[round((1 - RATE) * (QUANTILES - 1))])

    def residuals(self, embeddings: Floats) -> Floats:
        """Embeddings (N, D) at length 1, less the mean. Raises EngineError for another shape."""
        if embeddings.ndim != 2 or embeddings.shape[1] != len(self.mean):
            raise EngineError(
                f"the drift statistics are for embeddings of {len(self.mean)} numbers, the model gives an array of "
                f"{embeddings.shape}: export the bundle again"
            )
        return np.asarray(at_length_1(embeddings) - self.mean, np.float32)

    def distances(self, residuals: Floats) -> NDArray[np.float64]:
        """Squared Mahalanobis distances (N,) of residuals (N, D); 1 is the mean of held-out frames."""
        along = residuals @ self.directions.T
        outside = np.maximum((residuals**2).sum(1) - (along**2).sum(1), 0)
        found = (along**2 / self.variances).sum(1) + outside / self.rest
        return np.asarray(found, np.float64) / (len(self.mean) * self.scale)

    def score(self, residuals: Floats) -> float:
        """The score of a window of residuals (N, D); about 1 where nothing has changed."""
        return window_score(float(self.distances(residuals).mean()), self._of_mean(residuals.mean(0)), len(residuals))

    def _of_mean(self, mean: Floats) -> float:
        return float(self.distances(mean[None])[0])

    @staticmethod
    def read(path: Path, sha256: str) -> DriftReference:
        """Read a file in the form of safetensors. Raises BundleError when it is missing, damaged or another one."""
        try:
            if path.stat().st_size > _LARGEST_BYTES:
                raise ValueError(f"it is larger than {_LARGEST_BYTES >> 20} MiB")
            data = path.read_bytes()
            if hashlib.sha256(data).hexdigest() != sha256:
                raise ValueError("it is not the file that manifest.json names")
            tensors, notes = _parse(data)
            reference = DriftReference(
                mean=tensors["mean"],
                directions=tensors["directions"],
                variances=tensors["variances"],
                rest=float(notes["rest"]),
                scale=float(notes["scale"]),
                quantiles=tensors["quantiles"],
                held_out=str(notes["held_out"]),
            )
            reference.check()
        except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
            raise BundleError(f"the drift statistics {path.name} are missing or damaged: {error}") from error
        return reference

    def check(self) -> None:
        """Raises ValueError for shapes and numbers that no export writes."""
        width, count = self.mean.size, self.variances.size
        shapes = [tensor.shape for tensor in (self.mean, self.directions, self.variances, self.quantiles)]
        if shapes != [(width,), (count, width), (count,), (QUANTILES,)] or not 0 < width <= _MAX_DIMENSIONS:
            raise ValueError(f"its tensors have the shapes {shapes}")
        if not all(np.isfinite(tensor).all() for tensor in (self.mean, self.directions, self.quantiles)):
            raise ValueError("its numbers are not finite")
        spread = (*self.variances.tolist(), self.rest, self.scale, self.threshold)
        if not all(math.isfinite(value) and value > 0 for value in spread) or (np.diff(self.quantiles) < 0).any():
            raise ValueError("its variances are not above 0, or its quantiles do not ascend")


def at_length_1(embeddings: Floats) -> Floats:
    """Embeddings (N, D), each divided by its length."""
    lengths = np.maximum(np.linalg.norm(embeddings, axis=1, keepdims=True), _SMALLEST)
    return np.asarray(embeddings / lengths, np.float32)


def window_score(frame: float, of_mean: float, count: int) -> float:
    """The score of `count` frames from their mean distance and the distance of their mean.

    The difference of the two is the frames' scatter. Whatever they depend on each other, both together are 1 in the
    mean while nothing has changed, so what the scatter lacks says how many independent frames they are worth.
    """
    scatter = frame - of_mean
    return of_mean / max(1 - scatter, 1 / count)


def _parse(data: bytes) -> tuple[dict[str, Floats], dict[str, Any]]:
    """Tensors and notes of a safetensors file: 8 bytes of length, a header in JSON, numbers."""
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length].decode("utf-8"))
    body = data[8 + length :]
    notes = json.loads(header.pop("__metadata__")[NOTES])
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        if not 0 <= begin <= end <= len(body):
            raise ValueError(f"{name} lies outside of it")
        values = np.frombuffer(body[begin:end], _DTYPES[entry["dtype"]])
        tensors[str(name)] = values.reshape(entry["shape"]).astype(np.float32)
    return tensors, notes


@dataclass(frozen=True)
class DriftChange:
    """Drift has begun, or is over."""

    event: str
    """`drift began` or `drift ended`."""
    score: float
    """Of the window that decided; 0 where none did (the source was lost, the watch stopped)."""
    threshold: float
    index: int
    """The frame that decided."""
    time_s: float
    """Its time in the source."""
    since_s: float
    """Time in the source at which the score first reached the threshold."""
    duration_s: float
    """From there to where it first lay below; 0 for `drift began`."""
    reason: str = ""
    """Why it is over where no frame decided."""


class DriftWatch:
    """Takes the embedding of frame after frame; gives the score of the last ones, and says when drift begins or ends.

    It begins after HOLD full windows in a row that reach the threshold, and is over after as many that lie below
    LEAVE of it: one alarm instead of forty.
    """

    def __init__(self, reference: DriftReference) -> None:
        self.reference = reference
        self.score: Optional[float] = None
        """Of the last WINDOW frames; None before there are as many."""
        self.drifting = False
        self._residuals: deque[Floats] = deque(maxlen=WINDOW)
        self._distances: deque[float] = deque(maxlen=WINDOW)
        self._sum = np.zeros(len(reference.mean), np.float64)
        self._agreed, self._agreed_since_s, self._since_s = 0, 0.0, 0.0
        self._last = (0, 0.0)

    def take(self, index: int, time_s: float, embedding: Floats) -> Optional[DriftChange]:
        """Take the embedding (D,) of a frame; the change it makes, if any. Raises EngineError for another shape."""
        residual = self.reference.residuals(embedding[None])
        if len(self._residuals) == WINDOW:
            self._sum -= self._residuals[0]
        self._sum += residual[0]
        self._residuals.append(residual[0])
        # Both distances in one product: it is the cost of a frame.
        mean = np.asarray(self._sum / len(self._residuals), np.float32)
        own, of_mean = self.reference.distances(np.stack([residual[0], mean])).tolist()
        self._distances.append(own)
        self._last = (index, time_s)
        if len(self._residuals) < WINDOW:
            return None
        frame = sum(self._distances) / WINDOW
        self.score = window_score(frame, of_mean, WINDOW)
        return self._decide(self.score)

    def _decide(self, score: float) -> Optional[DriftChange]:
        threshold, (index, time_s) = self.reference.threshold, self._last
        speaks = score < LEAVE * threshold if self.drifting else score >= threshold
        if not speaks:
            self._agreed = 0
            return None
        if not self._agreed:
            self._agreed_since_s = time_s
        self._agreed += 1
        if self._agreed < HOLD:
            return None
        self._agreed = 0
        self.drifting = not self.drifting
        if not self.drifting:
            return self._ended(score, self._agreed_since_s)
        self._since_s = self._agreed_since_s
        return DriftChange("drift began", score, threshold, index, time_s, self._since_s, 0.0)

    def _ended(self, score: float, until_s: float, reason: str = "") -> DriftChange:
        duration_s = max(0.0, until_s - self._since_s)
        index, time_s = self._last
        return DriftChange(
            *("drift ended", score, self.reference.threshold, index, time_s, self._since_s, duration_s, reason)
        )

    def interrupt(self, reason: str) -> Optional[DriftChange]:
        """No frame follows for now: the window is forgotten, and drift is over until frames say so again."""
        for each in (self._residuals, self._distances):
            each.clear()
        self._sum[:] = 0
        self._agreed, self.score = 0, None
        was, self.drifting = self.drifting, False
        return self._ended(0.0, self._last[1], reason) if was else None
