"""The bundles that are watched, in the worker process: opened by the runtime itself, one answer for each frame."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from export.runtime.predictor import Predictor


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


_predictors: dict[int, Predictor] = {}


def open_bundle(place: int, bundle: Path) -> OpenedBundle:
    """Check a bundle and open its model at a place. Raises what `Predictor.open` raises."""
    from edge_transfer.environment import import_cv2

    import_cv2()
    from export.runtime.predictor import Predictor

    _predictors.pop(place, None)
    predictor = Predictor.open(bundle)
    _predictors[place] = predictor
    manifest, model = predictor.manifest, predictor.model
    return OpenedBundle(
        bundle, manifest.classes, predictor.confidence.threshold, model.engine, model.precision, manifest.input.roi
    )


def answer(place: int, image: NDArray[np.uint8]) -> BundleAnswer | None:
    """The answer to a frame (H, W, 3) uint8 BGR; None where nothing is open at this place."""
    from export.runtime.decision import softmax

    predictor = _predictors.get(place)
    if predictor is None:
        return None
    prediction = predictor.predict(image)
    probabilities = softmax(prediction.logits, predictor.confidence.temperature)
    return BundleAnswer(
        tuple(float(value) for value in probabilities),
        prediction.decision.label,
        prediction.decision.unknown,
        prediction.total_ms,
    )


def close_bundle(place: int) -> None:
    """Forget what is open at a place."""
    _predictors.pop(place, None)
