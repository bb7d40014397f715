"""Drift statistics of a bundle: moments of the training embeddings, computed by each deployed model.

Mean and covariance, cut to its largest directions and shrunken towards a multiple of the identity (the form of Ledoit
and Wolf, 2004), of embeddings that the deployed model itself computes: INT8 and a fine-tuned backbone have others. What
scores are usual is measured on frames that were held out, whole capture sessions at a time (docs/adr/0030).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge_transfer.backbones.embeddings import EmbedProgress, infer
from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from edge_transfer.dataset.records import Sample
from edge_transfer.dataset.sampling import by_time, evenly, of_session, stratified_sample
from edge_transfer.dataset.splits import held_in_turn, validation_groups
from edge_transfer.errors import DatasetError
from edge_transfer.runs.run import Run
from export.conversion.variants import ModelVariant
from export.quantization.head_refit import run_samples
from export.runtime.bundle.manifest import DriftFile, Manifest
from export.runtime.events import forward_events
from export.runtime.inference.drift import NOTES, QUANTILES, WINDOW, DriftReference, at_length_1, window_score
from export.runtime.inference.engine import open_engine, physical_cores
from export.runtime.storage import atomic_write

DIRECTIONS = 32
SHRINKAGE = 0.5
"""Weight of the identity. Measured: 0.1 and 0.5 are alike on photographs, without a covariance (1) colour and light
are found late or never (docs/adr/0030)."""
MOST_FRAMES = 1000
FEWEST_FRAMES = 20
_MOST_WINDOWS = 16
_PICTURE_WINDOWS = 64

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]


def add_drift(
    project: Project, catalog: Catalog, run: Run, folder: Path, trials: Sequence[ModelVariant]
) -> Generator[tuple[str, int, int], None, tuple[list[ModelVariant], str]]:
    """Write the statistics of every shipped model into the bundle to be; yields steps `("drift", done, total)`.

    Returns the trials with their file, and why there is none: the run's training pictures are gone or too few. Float
    models of one precision compute the same embeddings and share a file.
    """
    shipped = sorted((trial for trial in trials if trial.shipped), key=lambda trial: trial.file)
    by_name = {_file_name(trial): trial for trial in reversed(shipped)}
    yield "drift", 0, len(by_name)
    files: dict[str, DriftFile] = {}
    try:
        samples, held_out = _samples(project, catalog, run)
        for done, (name, trial) in enumerate(sorted(by_name.items())):
            engine = open_engine(folder / trial.file, trial.engine, threads=physical_cores(), throughput=True)
            start = done * len(samples)
            inferred = yield from forward_events(
                infer(project, samples, engine, run.input), _step(start, len(by_name) * len(samples))
            )
            del engine
            reference = fit_reference(inferred.output.embedding, *_layout(inferred.samples, held_out, run.adapted))
            data = to_bytes(reference)
            atomic_write(folder / name, data)
            files[name] = DriftFile(name, hashlib.sha256(data).hexdigest())
    except DatasetError as error:
        for name in files:
            (folder / name).unlink()
        return list(trials), str(error)
    return [replace(trial, drift=files.get(_file_name(trial))) if trial.shipped else trial for trial in trials], ""


def _step(start: int, total: int) -> Callable[[EmbedProgress], tuple[str, int, int]]:
    return lambda event: ("drift", start + event.done, total)


def _file_name(trial: ModelVariant) -> str:
    kind = f"-int8-{trial.engine}" if trial.precision == "int8" else "-fp16" if trial.precision == "fp16" else ""
    return f"drift{kind}.safetensors"


def _samples(project: Project, catalog: Catalog, run: Run) -> tuple[list[Sample], set[int]]:
    """At most MOST_FRAMES of the run's samples in order of time, and the ids of those that nothing was learned from."""
    data = run_samples(project, catalog, run)
    ordered = sorted((*data.training, *data.val), key=by_time)
    chosen = stratified_sample(ordered, MOST_FRAMES, stratum=of_session, order=by_time, pick=evenly)
    return chosen, {sample.id for sample in data.val}


def _layout(samples: Sequence[Sample], held_out: set[int], adapted: bool) -> tuple[Integers, Integers, str]:
    """Fold (N,), stream (N,) and where the held-out frames come from; see `fit_reference`.

    A fine-tuned backbone (`adapted`) has learned from its training frames, so only frames of the split val say what new
    ones look like; where there are none, the training frames do all the same, and that is said.
    """
    folds = np.full(len(samples), -1, np.int64)
    learned = np.array([sample.id not in held_out for sample in samples], bool)
    groups, single = validation_groups([sample for sample in samples if sample.id not in held_out])
    alone = adapted and bool(held_out)
    folds[learned] = 0 if alone else held_in_turn(groups)
    recorded = np.array([sample.session_kind == "recording" for sample in samples], bool)
    streams = np.where(recorded, [sample.session_id for sample in samples], -1)
    judging = ~learned if alone else np.ones(len(samples), bool)
    sessions, pictures = len(set(streams[judging & recorded].tolist())), int((judging & ~recorded).sum())
    words = [f"{'fifths of ' if single and not alone else ''}{sessions} capture sessions"] if sessions else []
    words += [f"{pictures} pictures"] if pictures else []
    seen = " that the network has learned from" if adapted and not alone else ""
    return folds, streams, " and ".join(words) + seen


def fit_reference(vectors: Floats, folds: Integers, streams: Integers, held_out: str) -> DriftReference:
    """The statistics of embeddings (N, D) in order of time, and the scores of held-out ones.

    `folds` (N,): frames of one fold are scored by the statistics of the others; those of fold -1 were learned from by
    nothing and are scored by the statistics of all others. `streams` (N,): the capture session that a frame belongs to,
    -1 for a picture of its own. Windows lie within a session, or are drawn from independent pictures; single frames
    count as well, since a camera may look at one still scene. Raises DatasetError for fewer than 20 frames and for
    frames that all belong together.
    """
    learned = folds >= 0
    if learned.sum() < FEWEST_FRAMES:
        raise DatasetError(f"drift statistics need {FEWEST_FRAMES} training frames, there are {int(learned.sum())}")
    whole = _gaussian(vectors[learned], held_out)
    judges = {-1: whole}
    numbers = np.unique(folds[learned]).tolist()
    if len(numbers) > 1:
        judges |= {k: _gaussian(vectors[learned & (folds != k)], held_out) for k in numbers}
    rng = np.random.default_rng(0)
    frames: list[NDArray[np.float64]] = []
    windows: list[tuple[float, float, int]] = []
    for fold, judge in judges.items():
        held = np.flatnonzero(folds == fold)
        if not len(held):
            continue
        residuals = judge.residuals(vectors[held])
        distances = judge.distances(residuals)
        frames.append(distances)
        for rows in _windows(streams[held], rng):
            of_mean = judge.distances(residuals[rows].mean(0, keepdims=True))[0]
            windows.append((float(distances[rows].mean()), float(of_mean), len(rows)))
    if not frames:
        raise DatasetError("drift statistics need frames that can be held out: record a second capture session")
    singles = np.concatenate(frames)
    scale = float(singles.mean())
    scores = [window_score(frame / scale, of_mean / scale, count) for frame, of_mean, count in windows]
    steps = np.linspace(0, 1, len(whole.quantiles))
    quantiles = np.maximum(np.quantile(singles / scale, steps), np.quantile(scores, steps))
    return replace(whole, scale=scale, quantiles=quantiles.astype(np.float32))


def _gaussian(vectors: Floats, held_out: str) -> DriftReference:
    """Mean and shrunken covariance of embeddings (N, D), without a scale."""
    features = at_length_1(vectors).astype(np.float64)
    mean = features.mean(0)
    centred = (features - mean) / np.sqrt(max(1, len(features) - 1))
    width = features.shape[1]
    # The smaller of two systems with the same values: as many unknowns as numbers, or as frames.
    wide = len(features) < width
    values, found = np.linalg.eigh(centred @ centred.T if wide else centred.T @ centred)
    count = max(1, min(DIRECTIONS, len(features) // 2, width - 1))
    values, found = np.maximum(values[::-1], 0), found[:, ::-1]
    largest = np.maximum(values[:count], 1e-12)
    directions = (centred.T @ found[:, :count] / np.sqrt(largest) if wide else found[:, :count]).T
    level = max(float(values.sum()) / width, 1e-12)
    rest = (float(values.sum()) - float(values[:count].sum())) / max(1, width - count)
    return DriftReference(
        mean=np.asarray(mean, np.float32),
        # As the file has them, so that held-out scores are those of the box.
        directions=np.asarray(directions.astype(np.float16), np.float32),
        variances=np.asarray((1 - SHRINKAGE) * values[:count] + SHRINKAGE * level, np.float32),
        rest=(1 - SHRINKAGE) * max(rest, 0.0) + SHRINKAGE * level,
        scale=1.0,
        quantiles=np.zeros(QUANTILES, np.float32),
        held_out=held_out,
    )


def _windows(streams: Integers, rng: np.random.Generator) -> list[Integers]:
    """Rows of the windows of held-out frames; a session that is shorter than a window is one."""
    found: list[Integers] = []
    for stream in np.unique(streams).tolist():
        rows = np.flatnonzero(streams == stream)
        size = min(WINDOW, len(rows))
        if stream == -1:
            found += [np.sort(rng.choice(rows, size, replace=False)) for _ in range(_PICTURE_WINDOWS)]
        else:
            starts = np.unique(np.linspace(0, len(rows) - size, _MOST_WINDOWS).astype(int))
            found += [rows[start : start + size] for start in starts]
    return found


def drift_words(manifest: Manifest) -> str:
    """What the bundle's README says about it."""
    if manifest.chosen.drift is None:
        return "It cannot tell drift: the training images were gone or too few when this bundle was made."
    return "It also tells when the picture moves away from what was learned (drift); `--no-drift` leaves that out."


def to_bytes(reference: DriftReference) -> bytes:
    """The file that `DriftReference.read` reads: safetensors, the directions in half precision."""
    from safetensors.numpy import save

    tensors: dict[str, NDArray[np.generic]] = {
        "mean": reference.mean,
        "directions": reference.directions.astype(np.float16),
        "variances": reference.variances,
        "quantiles": reference.quantiles,
    }
    # In one note: the library writes several in an order of its own, and the same statistics must be the same bytes.
    notes = json.dumps({"rest": reference.rest, "scale": reference.scale, "held_out": reference.held_out})
    return save({name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}, {NOTES: notes})
