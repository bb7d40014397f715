"""The calibration set of a quantisation: training frames of the run, or built-in images."""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_transfer.backbones.embeddings import prepare
from edge_transfer.dataset.project import Project
from edge_transfer.dataset.records import Sample
from edge_transfer.dataset.sampling import by_hash, evenly, stratified_sample
from edge_transfer.errors import EdgeTransferError
from export.parity.golden_inputs import golden_frames
from export.runtime.inference.preprocess import InputSpec, preprocess
from export.runtime.sources.conveyor.conveyor import CLASSES, Conveyor

MOST_PICTURES = 300
"""More of them changed nothing (NNCF's own default)."""
_BUILT_IN_A_CLASS = 12
_ROUND = 32


@dataclass(frozen=True)
class CalibrationSet:
    """Pictures as the network takes them, and what names them."""

    images: NDArray[np.uint8]
    """(N, S, S, 3) RGB."""
    sha256: str
    """Of the pictures: another set gives another quantised model."""
    source: str
    """`300 training images` or `built in`."""


def calibration_set(
    project: Project, training: Sequence[Sample], spec: InputSpec
) -> Generator[tuple[int, int], None, CalibrationSet]:
    """Prepare at most 300 of the training samples, every class in its share; yields (done, total).

    Which ones does not depend on their order. A picture that cannot be read is left out; where none is left, frames of
    the simulated conveyor and the golden frames take their place.
    """
    ordered = sorted(training, key=lambda sample: (sample.class_name, by_hash(sample)))
    chosen = stratified_sample(ordered, MOST_PICTURES, pick=evenly)
    count = len(chosen)
    images: list[NDArray[np.uint8]] = []
    with ThreadPoolExecutor(2) as pool:
        for start in range(0, count, _ROUND):
            prepared = pool.map(lambda sample: _prepared(project, sample, spec), chosen[start : start + _ROUND])
            images += [image for image in prepared if image is not None]
            yield min(count, start + _ROUND), count
    if images:
        source = f"{len(images)} training images"
    else:
        images, source = _built_in(spec), "built in"
    stacked = np.stack(images)
    return CalibrationSet(stacked, hashlib.sha256(stacked.tobytes()).hexdigest(), source)


def _prepared(project: Project, sample: Sample, spec: InputSpec) -> NDArray[np.uint8] | None:
    try:
        return prepare(project, sample, spec)
    except EdgeTransferError:
        return None


def _built_in(spec: InputSpec) -> list[NDArray[np.uint8]]:
    frames = golden_frames()
    for seed, name in enumerate(CLASSES):
        conveyor = Conveyor(f"demo://conveyor?class={name}&seed={seed}&pace=0")
        frames += [conveyor.frame(7 * k) for k in range(_BUILT_IN_A_CLASS)]
    return [preprocess(frame, spec) for frame in frames]
