"""Refit the head on the embeddings of the quantised backbone.

A frozen backbone's is fitted on the labels again, as in the training. A fine-tuned one's, which came about with its
backbone, is only moved: as far as that brings its logits back to those in float.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge_transfer.backbones.embeddings import Embedded, EmbeddingKey, EmbedProgress, embed, labels_of
from edge_transfer.backbones.onnx_graph import open_backbone
from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from edge_transfer.dataset.records import Sample
from edge_transfer.dataset.splits import folds_text, validation_groups
from edge_transfer.errors import DatasetError
from edge_transfer.heads import Head, LinearHead, cross_validate, fit_head, normalised
from edge_transfer.heads.confidence import fit_confidence
from edge_transfer.runs.run import SAMPLES, Run, load_validation
from export.conversion.convert import identity_of
from export.runtime.events import exhaust
from export.runtime.inference.decision import Confidence
from export.runtime.inference.engine import Engine, open_engine, physical_cores

_FEWEST_LEFT = 0.95


@dataclass(frozen=True)
class HeldOut:
    """What two models say about samples that neither has learned from."""

    source: str
    """`val`, or `5 held-out folds of train`."""
    labels: NDArray[np.int64]
    """(N,)."""
    before: NDArray[np.float32]
    """(N, C): logits in FP32."""
    after: NDArray[np.float32]
    """(N, C): logits in INT8."""


@dataclass(frozen=True)
class Refitted:
    """A head of an INT8 backbone, with its own confidence."""

    head: Head
    confidence: Confidence
    held_out: HeldOut


@dataclass(frozen=True)
class RunSamples:
    """The samples that a run was fitted and judged on, as far as they are still there."""

    training: tuple[Sample, ...]
    val: tuple[Sample, ...]
    """Those that judged it; empty where held-out folds did."""


def run_samples(project: Project, catalog: Catalog, run: Run) -> RunSamples:
    """Find the samples of a run again. Raises DatasetError when more than 5 % of them are gone or have other labels."""
    snapshot = json.loads((project.runs_dir / run.id / SAMPLES).read_text("utf-8"))
    known = {(sha256, name) for sha256, name in snapshot}
    samples = [sample for sample in catalog.samples() if sample.class_id in run.class_ids]
    training = tuple(s for s in samples if (s.sha256, s.class_name) in known)
    # Those of a cross-validation, or of a share of train that was set apart, belong to the training.
    ids, learned = set(load_validation(project, run).sample_ids.tolist()), {sha256 for sha256, _ in known}
    val = tuple(s for s in samples if s.id in ids and s.sha256 not in learned)
    if len(training) < _FEWEST_LEFT * len(known):
        raise DatasetError(
            f"{len(known) - len(training)} of the {len(known)} training pictures are gone or have other labels now: "
            "train again"
        )
    return RunSamples(training, val)


def refit_probe(
    project: Project, run: Run, data: RunSamples, graph: Path, engine: str
) -> Generator[EmbedProgress, None, Refitted]:
    """Embed with the INT8 backbone `graph`, fit the head with the run's strength and its confidence on held-out logits.

    The same is done with the FP32 embeddings, so that before and after differ in nothing but the backbone's precision.
    """
    quantised, full = yield from _embedded(project, run, (*data.training, *data.val), graph, engine)
    head, labels, source, after = _fit(run, quantised, data)
    _, _, _, before = _fit(run, full, data)
    confidence = fit_confidence(after, labels, accepted_error=run.recipe.accepted_error)
    return Refitted(head, confidence, HeldOut(source, labels, before, after))


def refit_adapted(
    project: Project, run: Run, data: RunSamples, held_out: Set[int], head: LinearHead, graph: Path, engine: str
) -> Generator[EmbedProgress, None, Refitted]:
    """Move a fine-tuned run's head to what its INT8 backbone `graph` computes, on the pictures that it has learned.

    `held_out` are the ids of those that it has not; they say what INT8 loses, and give the confidence. Raises
    DatasetError where a sample cannot be read.
    """
    quantised, full = yield from _embedded(project, run, (*data.training, *data.val), graph, engine)
    if unreadable := quantised.unreadable or full.unreadable:
        raise DatasetError(f"a picture of the training cannot be read: {unreadable[0][1]}")
    judges = np.array([sample.id in held_out for sample in full.samples], bool)
    before = head.logits(full.vectors)
    moved = nearer_head(head, quantised.vectors[~judges], before[~judges])
    after, labels = moved.logits(quantised.vectors[judges]), labels_of(full.samples, run.class_ids)[judges]
    confidence = fit_confidence(after, labels, accepted_error=run.recipe.accepted_error)
    return Refitted(moved, confidence, HeldOut(str(run.validation["source"]), labels, before[judges], after))


def nearer_head(head: LinearHead, embeddings: NDArray[np.float32], logits: NDArray[np.float32]) -> LinearHead:
    """The head moved so that its logits on `embeddings` (N, D) come near to `logits` (N, C), no label needed.

    Ridge regression of what is missing, so that few pictures move it little; how little, generalised cross-validation
    says (Golub, Heath and Wahba, Generalized Cross-Validation as a Method for Choosing a Good Ridge Parameter, 1979).
    """
    from sklearn.linear_model import RidgeCV

    rows = (normalised(embeddings) if head.normalise else embeddings).astype(np.float64)
    ridge = RidgeCV(alphas=np.logspace(-3, 3, 7) * max(rows.var(0).sum(), 1e-12))
    ridge.fit(rows, logits.astype(np.float64) - head.logits(embeddings))
    coefficients = ridge.coef_.reshape(head.weight.shape)
    return LinearHead(
        (head.weight + coefficients).astype(np.float32),
        (head.bias + ridge.intercept_).astype(np.float32),
        head.normalise,
    )


def _embedded(
    project: Project, run: Run, samples: Sequence[Sample], graph: Path, engine: str
) -> Generator[EmbedProgress, None, tuple[Embedded, Embedded]]:
    """The samples' embeddings by the INT8 backbone and by the run's own."""
    # Another calibration gives another file, and so other embeddings.
    key = EmbeddingKey(run.recipe.backbone, identity_of(graph), engine, "int8", run.input)

    def open_int8() -> Engine:
        return open_engine(graph, engine, threads=physical_cores(), throughput=True)

    quantised = yield from embed(project, samples, key, open_int8)
    full = yield from embed(
        project, samples, run.key(), lambda: open_backbone(run.backbone(), run.weights(), run.input.side, run.engine)
    )
    return quantised, full


def _fit(run: Run, embedded: Embedded, data: RunSamples) -> tuple[Head, NDArray[np.int64], str, NDArray[np.float32]]:
    """The head, and held-out labels, their source and logits."""
    recipe, n_classes = run.recipe, len(run.classes)
    val_ids = {sample.id for sample in data.val}
    is_val = np.array([sample.id in val_ids for sample in embedded.samples], bool)
    labels = labels_of(embedded.samples, run.class_ids)
    vectors, counts = embedded.vectors, np.bincount(labels[~is_val], minlength=n_classes)
    balanced = recipe.balances(counts)
    head = fit_head(run.head, vectors[~is_val], labels[~is_val], n_classes, run.chosen_strength, balanced=balanced)
    if is_val.any():
        return head, labels[is_val], "val", head.logits(vectors[is_val])
    groups, _ = validation_groups(embedded.samples)
    folds = exhaust(
        cross_validate(
            *(run.head, vectors, labels, groups, n_classes, (run.chosen_strength,)),
            folds=recipe.folds,
            seed=recipe.seed,
            balanced=balanced,
        )
    )
    held_out = folds.held_out
    return head, labels[held_out], folds_text(folds.folds), folds.logits[held_out]
