"""Robustness of a run: its accuracy under each image corruption and severity."""

from __future__ import annotations

import hashlib
import json
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge_transfer.backbones.embeddings import labels_of
from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.image_formats import decode_image
from edge_transfer.dataset.project import Project
from edge_transfer.dataset.records import SPLITS, Sample
from edge_transfer.dataset.sampling import by_time, evenly_to_the_end, stratified_sample
from edge_transfer.errors import DatasetError, EdgeTransferError
from edge_transfer.evaluation.corruptions import DISTURBANCES
from edge_transfer.evaluation.metrics import wilson_interval
from edge_transfer.evaluation.run_evaluation import optimistic_reasons, samples_of
from edge_transfer.runs.run import Run
from export.runtime.imaging.images import read_image_file
from export.runtime.inference.decision import Confidence, softmax
from export.runtime.inference.engine import Engine, physical_cores
from export.runtime.inference.preprocess import InputSpec, preprocess
from export.runtime.storage import atomic_write

MOST_PICTURES = 200
_ALLOWED_MISSING = 0.05


@dataclass(frozen=True)
class RobustnessProgress:
    """Pictures done so far, each under every disturbance."""

    done: int
    total: int


@dataclass(frozen=True)
class RobustnessRow:
    """What is left under one disturbance; shares are 0 to 1."""

    disturbance: str
    """A name of DISTURBANCES; `none` for the pictures as they are."""
    severity: int
    """1 is the mildest; 0 without a disturbance."""
    amount: float
    unit: str
    top1: float
    top1_interval: tuple[float, float]
    """95 % Wilson interval, as if the samples were independent."""
    coverage: float
    """Share of pictures whose answer is not unknown."""
    accuracy_covered: float | None
    """Share of those answers that is right; None when every answer is unknown."""
    worst_class: str
    """The class that is recognised least."""
    worst_recall: float


@dataclass(frozen=True)
class Robustness:
    """The rows of one run on one split, the undisturbed one first."""

    run: str
    split: str
    n: int
    """Pictures that were measured."""
    of: int
    """Pictures in the split."""
    threshold: float
    rows: tuple[RobustnessRow, ...]
    optimistic_reasons: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain dictionaries, lists, strings and numbers."""
        return asdict(self)

    @staticmethod
    def from_json(values: dict[str, Any]) -> Robustness:
        """The opposite of `to_json`. Raises DatasetError when `values` is not what `to_json` gave."""
        try:
            rows = tuple(
                RobustnessRow(**{**row, "top1_interval": tuple(row["top1_interval"])}) for row in values["rows"]
            )
            return Robustness(**{**values, "rows": rows, "optimistic_reasons": tuple(values["optimistic_reasons"])})
        except (KeyError, TypeError) as error:
            raise DatasetError(f"not a stored robustness: {error}; measure it again") from error


def robustness(
    project: Project,
    catalog: Catalog,
    run: Run,
    engine: Engine,
    split: str = "test",
    *,
    pictures: int = MOST_PICTURES,
    seed: int = 0,
) -> Generator[RobustnessProgress, None, Robustness]:
    """Accuracy of a run under every disturbance, on at most `pictures` of a split, spread over its classes and time.

    `engine` is the run's (`open_run`). Pictures that are gone or damaged are left out. Raises DatasetError for the
    held-out folds, which have no single model, for a split without samples of the run's classes, and when more than
    5 % of the pictures cannot be read.
    """
    if split not in SPLITS:
        raise DatasetError(f"robustness is measured on one of {', '.join(SPLITS)}, got {split!r}")
    samples = samples_of(catalog, run, split)
    if not samples or pictures < 1:
        raise DatasetError(
            f"there is no image in the split {split!r}: record a second session of each class, or choose train"
        )
    # Over classes and time: neighbouring frames say the same twice.
    ordered = sorted(samples, key=lambda sample: (sample.class_id, by_time(sample)))
    chosen = stratified_sample(ordered, pictures, order=by_time, pick=evenly_to_the_end)
    kept: list[Sample] = []
    logits: list[NDArray[np.float32]] = []
    missing: list[str] = []
    prepared = _prepared(project, chosen, run.input, seed)
    try:
        for done, (sample, result) in enumerate(prepared, start=1):
            if isinstance(result, EdgeTransferError):
                missing.append(str(result))
            else:
                kept.append(sample)
                logits.append(engine.run(result).logits)
            yield RobustnessProgress(done, len(chosen))
    finally:
        prepared.close()
    if len(missing) > _ALLOWED_MISSING * len(chosen):
        raise DatasetError(f"{len(missing)} of {len(chosen)} pictures are gone or damaged: for example, {missing[0]}")
    labels = labels_of(kept, run.class_ids)
    by_variant = np.stack(logits, 1)
    variants = [("none", 0, 0.0, ""), *((kind.name, k, amount, kind.unit) for kind, k, amount in _variants())]
    rows = tuple(
        _row(variant, each, labels, run.classes, run.confidence)
        for variant, each in zip(variants, by_variant, strict=True)
    )
    reasons = tuple(optimistic_reasons(project, catalog, run, split, kept))
    return Robustness(run.id, split, len(kept), len(samples), run.confidence.threshold, rows, reasons)


def keep_robustness(project: Project, result: Robustness) -> Path:
    """Write a result into its run's folder and return the file. Raises StorageError."""
    path = _path(project, result.run, result.split)
    atomic_write(path, (json.dumps(result.to_json(), indent=1, ensure_ascii=False) + "\n").encode())
    return path


def load_robustness(project: Project, run_id: str, split: str) -> Robustness | None:
    """The result that was kept last; None where there is none, or none that can be read."""
    try:
        return Robustness.from_json(json.loads(_path(project, run_id, split).read_text("utf-8")))
    except (OSError, ValueError, DatasetError):
        return None  # it can be measured again


def _path(project: Project, run_id: str, split: str) -> Path:
    return project.runs_dir / run_id / f"robustness-{split}.json"


def _variants() -> Iterator[tuple[Any, int, float]]:
    for kind in DISTURBANCES:
        for severity, amount in enumerate(kind.amounts, start=1):
            yield kind, severity, amount


def _prepared(
    project: Project, samples: Sequence[Sample], spec: InputSpec, seed: int
) -> Generator[tuple[Sample, NDArray[np.uint8] | EdgeTransferError], None, None]:
    """Each sample with the network's input under every disturbance (1 + V, S, S, 3), made ahead by threads."""
    cores = max(2, physical_cores())
    pool = ThreadPoolExecutor(cores)
    ahead: deque[tuple[Sample, Future[NDArray[np.uint8]]]] = deque()
    waiting = iter(samples)
    try:
        for _ in samples:
            while len(ahead) < 2 * cores and (sample := next(waiting, None)) is not None:
                ahead.append((sample, pool.submit(_disturbed, project, sample, spec, seed)))
            sample, future = ahead.popleft()
            try:
                yield sample, future.result()
            except EdgeTransferError as error:
                yield sample, error
    finally:
        pool.shutdown(cancel_futures=True)


def _disturbed(project: Project, sample: Sample, spec: InputSpec, seed: int) -> NDArray[np.uint8]:
    data = read_image_file(project.image_path(sample.sha256, sample.suffix))
    frame = decode_image(data)
    # Of the picture's bytes, so that a picture gets the same noise in every project and order.
    rng = np.random.default_rng([seed, int(hashlib.sha256(data).hexdigest()[:12], 16)])
    changed = (kind.change(frame, amount, rng) for kind, _, amount in _variants())
    return np.stack([preprocess(frame, spec), *(preprocess(each, spec) for each in changed)])


def _row(
    variant: tuple[str, int, float, str],
    logits: NDArray[np.float32],
    labels: NDArray[np.int64],
    classes: Sequence[str],
    confidence: Confidence,
) -> RobustnessRow:
    probabilities = softmax(logits, confidence.temperature)
    right, known = probabilities.argmax(1) == labels, probabilities.max(1) >= confidence.threshold
    recalls = [(float(right[labels == k].mean()), name) for k, name in enumerate(classes) if (labels == k).any()]
    worst_recall, worst_class = min(recalls, key=lambda pair: pair[0])
    return RobustnessRow(
        *variant,
        top1=float(right.mean()),
        top1_interval=wilson_interval(int(right.sum()), len(right)),
        coverage=float(known.mean()),
        accuracy_covered=float(right[known].mean()) if known.any() else None,
        worst_class=worst_class,
        worst_recall=worst_recall,
    )
