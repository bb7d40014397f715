"""A linear probe fitted on what the INT8 backbone computes, so that the head learns on what the box will see."""

from __future__ import annotations

import json
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge_transfer.catalog import Catalog
from edge_transfer.confidence import fit_confidence
from edge_transfer.embeddings import Embedded, EmbeddingKey, EmbedProgress, embed, labels_of
from edge_transfer.errors import DatasetError
from edge_transfer.heads import Head, cross_validate, fit_head
from edge_transfer.project import Project
from edge_transfer.rows import Sample
from edge_transfer.runs import SAMPLES, Run, load_validation, open_backbone
from edge_transfer.splitting import validation_groups
from export.quantize import identity_of
from export.runtime.decision import Confidence
from export.runtime.engine import Engine, open_engine, physical_cores
from export.runtime.spine import run_to_end

_BALANCE_ABOVE = 10
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
class RefittedProbe:
    """A head of an INT8 backbone, with its own confidence."""

    head: Head
    confidence: Confidence
    held_out: HeldOut


@dataclass(frozen=True)
class ProbeData:
    """The samples that a run was fitted and judged on, as far as they are still there."""

    training: tuple[Sample, ...]
    val: tuple[Sample, ...]
    """Those that judged it; empty where held-out folds did."""


def probe_data(project: Project, catalog: Catalog, run: Run) -> ProbeData:
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
    return ProbeData(training, val)


def refit_probe(
    project: Project, run: Run, data: ProbeData, graph: Path, engine: str
) -> Generator[EmbedProgress, None, RefittedProbe]:
    """Embed with the INT8 backbone `graph`, fit the head with the run's strength and its confidence on held-out logits.

    The same is done with the FP32 embeddings, so that before and after differ in nothing but the backbone's precision.
    """
    # Another calibration gives another file, and so other embeddings.
    key = EmbeddingKey(run.recipe.backbone, identity_of(graph), engine, "int8", run.input)
    samples = (*data.training, *data.val)

    def open_int8() -> Engine:
        return open_engine(graph, engine, threads=physical_cores(), throughput=True)

    quantised = yield from embed(project, samples, key, open_int8)
    full = yield from embed(
        project, samples, run.key(), lambda: open_backbone(run, run.weights(), run.input.side, run.engine)
    )
    head, labels, source, after = _fit(run, quantised, data)
    _, _, _, before = _fit(run, full, data)
    confidence = fit_confidence(after, labels, accepted_error=run.recipe.accepted_error)
    return RefittedProbe(head, confidence, HeldOut(source, labels, before, after))


def _fit(run: Run, embedded: Embedded, data: ProbeData) -> tuple[Head, NDArray[np.int64], str, NDArray[np.float32]]:
    """The head, and held-out labels, their source and logits."""
    recipe, n_classes = run.recipe, len(run.classes)
    val_ids = {sample.id for sample in data.val}
    is_val = np.array([sample.id in val_ids for sample in embedded.samples], bool)
    labels = labels_of(embedded.samples, run.class_ids)
    vectors, counts = embedded.vectors, np.bincount(labels[~is_val], minlength=n_classes)
    balanced = recipe.class_weights == "balanced" or (
        recipe.class_weights == "auto" and counts.max() > _BALANCE_ABOVE * max(1, counts.min())
    )
    head = fit_head(run.head, vectors[~is_val], labels[~is_val], n_classes, run.chosen_strength, balanced=balanced)
    if is_val.any():
        return head, labels[is_val], "val", head.logits(vectors[is_val])
    groups, _ = validation_groups(embedded.samples)
    folds = run_to_end(
        cross_validate(
            *(run.head, vectors, labels, groups, n_classes, (run.chosen_strength,)),
            folds=recipe.folds,
            seed=recipe.seed,
            balanced=balanced,
        )
    )
    held_out = folds.held_out
    return head, labels[held_out], f"{folds.folds} held-out folds of train", folds.logits[held_out]
