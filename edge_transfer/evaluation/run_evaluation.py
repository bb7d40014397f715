"""Evaluate a run on one split: predict its samples, measure the answers, and keep the result in the run's folder.

The split `validation` needs no network: its logits were kept by the training. All others are embedded and classified
again, with the embeddings of the project's cache where they are available.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_transfer.backbones.embeddings import EmbedProgress, embed, labels_of
from edge_transfer.backbones.onnx_graph import open_backbone
from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.image_formats import decode_image
from edge_transfer.dataset.project import Project
from edge_transfer.dataset.records import RANDOM_SPLIT, Sample
from edge_transfer.errors import DatasetError, EdgeTransferError
from edge_transfer.evaluation.evaluate import CHOSEN_ON, LEARNED_FROM, Evaluation, evaluate
from edge_transfer.runs.run import SAMPLES, SPLITS, Run, _checked, _json, load_head, load_validation
from export.runtime.imaging.images import encode_jpeg, read_image_file
from export.runtime.inference.preprocess import InputSpec, preprocess
from export.runtime.storage import atomic_write


@dataclass(frozen=True)
class SplitPredictions:
    """What a run says about the samples of a split, in their order."""

    samples: tuple[Sample, ...]
    labels: NDArray[np.int64]
    """(N,), positions in the run's classes."""
    logits: NDArray[np.float32]
    """(N, C), raw."""


def samples_of(catalog: Catalog, run: Run, split: str) -> list[Sample]:
    """The live samples of a catalogue split whose classes the run knows."""
    return [sample for sample in catalog.samples(split=split) if sample.class_id in run.class_ids]


def optimistic_reasons(
    project: Project, catalog: Catalog, run: Run, split: str, samples: Sequence[Sample]
) -> list[str]:
    """Why a number on these samples may be better than the truth, in plain sentences."""
    reasons = [LEARNED_FROM] if split == "train" else [CHOSEN_ON] if split in ("val", "validation") else []
    if split == "validation":
        reasons += run.validation["optimistic_reasons"]
    elif split != "train":
        # A session may have changed its split after the training.
        learned = {sha256 for sha256, _ in json.loads(_checked(project, run, SAMPLES).read_text("utf-8"))}
        if seen := sum(sample.sha256 in learned for sample in samples):
            reasons.append(f"the model learned from {seen} of these {len(samples)} pictures: train again")
    drawn = {session.id for session in catalog.sessions() if session.source.endswith(RANDOM_SPLIT)}
    if any(sample.session_id in drawn for sample in samples):
        reasons.append("the images came without capture sessions and were split at random")
    return reasons


def evaluate_run(
    project: Project, catalog: Catalog, run: Run, split: str = "test"
) -> Generator[EmbedProgress, None, Evaluation]:
    """Evaluate a run on a split and keep the result in `runs/<id>/evaluation-<split>.json`.

    Raises as `predict_split`.
    """
    answered = yield from predict_split(project, catalog, run, split)
    evaluation = evaluation_of(project, catalog, run, split, answered)
    keep_evaluation(project, evaluation)
    return evaluation


def keep_evaluation(project: Project, evaluation: Evaluation) -> None:
    """Write an evaluation to `runs/<id>/evaluation-<split>.json`. Raises StorageError."""
    path = project.runs_dir / evaluation.run / f"evaluation-{evaluation.split}.json"
    atomic_write(path, _json(evaluation.to_json()))


def predict_split(
    project: Project, catalog: Catalog, run: Run, split: str
) -> Generator[EmbedProgress, None, SplitPredictions]:
    """What a run says about each sample of a split.

    Raises DatasetError when the split has no samples of the run's classes.
    """
    if split not in SPLITS:
        raise DatasetError(f"unknown split {split!r}: use one of {', '.join(SPLITS)}")
    if split == "validation":
        kept = load_validation(project, run)
        by_id = {sample.id: sample for sample in catalog.samples()}
        present = np.array([int(identity) in by_id for identity in kept.sample_ids], bool)
        samples = [by_id[int(identity)] for identity in kept.sample_ids[present]]
        return SplitPredictions(tuple(samples), kept.labels[present], kept.logits[present])
    chosen = samples_of(catalog, run, split)
    if not chosen:
        raise DatasetError(
            f"there is no image in the split {split!r}: record a second session of each class, "
            "or evaluate --split validation (the held-out folds of the training)"
        )
    embedded = yield from embed(
        project, chosen, run.key(), lambda: open_backbone(run.backbone(), run.weights(), run.input.side, run.engine)
    )
    logits = load_head(project, run).logits(embedded.vectors)
    return SplitPredictions(embedded.samples, labels_of(embedded.samples, run.class_ids), logits)


def evaluation_of(project: Project, catalog: Catalog, run: Run, split: str, answered: SplitPredictions) -> Evaluation:
    """The measures of what a run said about a split; nothing is written."""
    return evaluate(
        answered.logits,
        answered.labels,
        run=run.id,
        split=split,
        classes=list(run.classes),
        temperature=run.confidence.temperature,
        threshold=run.confidence.threshold,
        samples=answered.samples,
        optimistic_reasons=optimistic_reasons(project, catalog, run, split, answered.samples),
    )


def thumbnails(project: Project, catalog: Catalog, side_px: int = 160) -> Callable[[str], bytes | None]:
    """A function from SHA-256 to a small JPEG of that picture, or None where it is gone or damaged."""
    suffixes = {sample.sha256: sample.suffix for sample in catalog.samples()}

    def thumbnail(sha256: str) -> bytes | None:
        try:
            image = decode_image(read_image_file(project.image_path(sha256, suffixes[sha256])))
        except (EdgeTransferError, KeyError):
            return None
        return encode_jpeg(preprocess(image, InputSpec(side_px, "letterbox"))[..., ::-1], 85)

    return thumbnail
