"""Bundle inference functions that run in the worker process."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from export.runtime.bundle.predictor import Predictor
    from export.runtime.inference.drift import DriftWatch


@dataclass(frozen=True)
class OpenedBundle:
    """What the window must know of a bundle that is open in the worker."""

    path: Path
    classes: tuple[str, ...]
    threshold: float
    """The bundle's own rejection threshold, 0 to 1."""
    engine: str
    precision: str
    region: tuple[float, float, float, float] | None
    """The part of the frame that the network sees, in fractions; None for the whole."""


@dataclass(frozen=True)
class BundleAnswer:
    """One bundle's answer to one frame, as its own threshold gives it."""

    probabilities: tuple[float, ...]
    """In the order of the bundle's classes."""
    label: str
    """The likeliest class, also where the answer is unknown."""
    unknown: bool
    total_ms: float
    """Frame to decision, inside the worker."""
    drifting: bool = False
    """The last frames have moved away from what was learned; never where the bundle has no statistics of that."""


class _Place:
    """A bundle that is open, and how usual its last frames were."""

    def __init__(self, predictor: Predictor, drift: DriftWatch | None) -> None:
        self.predictor = predictor
        self._drift = drift
        self._last_index = -1

    def drifting(self, index: int, embedding: NDArray[np.float32]) -> bool:
        """Whether drift holds after the frame `index` of its source."""
        if self._drift is None:
            return False
        if index <= self._last_index:
            self._drift.interrupt("another source")  # an index that goes back begins a source
        self._last_index = index
        self._drift.take(index, 0.0, embedding)
        return self._drift.drifting


_places: dict[int, _Place] = {}


def open_bundle(place: int, bundle: Path) -> OpenedBundle:
    """Check a bundle and open its model at a place. Raises what `Predictor.open` raises."""
    from export.runtime.bundle.predictor import Predictor
    from export.runtime.inference.drift import DriftWatch

    _places.pop(place, None)
    predictor = Predictor.open(bundle)
    _places[place] = _Place(predictor, DriftWatch(predictor.drift) if predictor.drift is not None else None)
    manifest, model = predictor.manifest, predictor.model
    return OpenedBundle(
        bundle, manifest.classes, predictor.confidence.threshold, model.engine, model.precision, manifest.input.roi
    )


def answer(place: int, image: NDArray[np.uint8], index: int) -> BundleAnswer | None:
    """The answer to frame `index` of a source, (H, W, 3) uint8 BGR; None where nothing is open at this place."""
    from export.runtime.inference.decision import softmax

    opened = _places.get(place)
    if opened is None:
        return None
    prediction = opened.predictor.predict(image)
    probabilities = softmax(prediction.logits, opened.predictor.confidence.temperature)
    return BundleAnswer(
        tuple(float(value) for value in probabilities),
        prediction.decision.label,
        prediction.decision.unknown,
        prediction.total_ms,
        opened.drifting(index, prediction.embedding),
    )


def close_bundle(place: int) -> None:
    """Forget what is open at a place."""
    _places.pop(place, None)
