"""Train a classifier: embed, cross-validate, fit, calibrate, save the run."""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge_transfer.backbones.embeddings import EmbeddingKey, embed
from edge_transfer.backbones.onnx_graph import open_backbone
from edge_transfer.backbones.registry import backbone_named
from edge_transfer.backbones.weights import Weights, find_weights
from edge_transfer.dataset.project import Project
from edge_transfer.dataset.sampling import stratified_sample
from edge_transfer.dataset.splits import folds_text, holdout_split
from edge_transfer.errors import TrainingError
from edge_transfer.heads import (
    DEFAULT_STRENGTHS,
    LINEAR_KINDS,
    CrossValidation,
    Head,
    LinearHead,
    cross_validate,
    fit_head,
    fit_linear,
)
from edge_transfer.heads.confidence import fit_confidence
from edge_transfer.heads.fitting import class_weights
from edge_transfer.runs.recipe import Recipe
from edge_transfer.runs.run import Run, Validation, new_run_id, save_run
from edge_transfer.training.fine_tune import FineTuned, FineTuning
from edge_transfer.training.strategy import reason_against_fine_tuning
from edge_transfer.training.trainer import BatchDone, EpochReport
from edge_transfer.training.training_set import SampleSource, TrainingSet, classes_with_samples, training_notes
from export.runtime.events import forward_events
from export.runtime.inference.decision import softmax
from export.runtime.inference.engine import default_engine

Integers = NDArray[np.int64]
Floats = NDArray[np.float32]

MOST_BYTES = 512 << 20
"""Of the embeddings that a training has in memory: comparing and fitting heads takes four times as much, of 4 GB."""


@dataclass(frozen=True)
class TrainProgress:
    """Where a training stands."""

    stage: str
    """`embed`, `cross-validate` or `fit`; where the backbone learns, `activations` and `epochs` (counted in batches)
    as well."""
    done: int
    total: int


Events = Generator[TrainProgress | EpochReport, None, Run]


@dataclass(frozen=True)
class _Probe:
    """A head on the frozen backbone."""

    head: Head
    vectors: Floats
    """(N, D), of all samples of the task."""
    cross_validation: CrossValidation
    logits: Floats
    """(N, C), of a head that had not learned from the row; NaN where there is none."""
    source: str

    @property
    def start(self) -> tuple[str, float]:
        """Kind and strength of the linear head that a fine-tuning begins with: the one chosen, the best of those that
        were compared, or a logistic regression."""
        found = self.cross_validation
        if found.head in LINEAR_KINDS:
            return found.head, found.chosen
        linear = [trial for trial in found.candidates if trial.head in LINEAR_KINDS]
        best = min(linear, key=lambda trial: trial.nll, default=None)
        middle = DEFAULT_STRENGTHS["logistic"][1]
        return (best.head, best.strength) if best else ("logistic", middle)


def train(
    project: Project, catalog: SampleSource, recipe: Recipe, weights_file: Path | None = None
) -> Generator[TrainProgress | EpochReport, None, Run]:
    """Train by the recipe's strategy and keep the result as a run.

    The catalogue's split `train` fits; the head's strength, the epoch, the temperature and the threshold are chosen on
    held-out groups of it, or on the split `val` where every class has images there. The split `test` is not looked at.
    Of more images than `MOST_BYTES` of embeddings, so many are drawn, and the run says so.

    `auto` fits the probe, fine-tunes where `reason_against_fine_tuning` has nothing to say, and keeps what answers
    more of the same held-out images rightly; equal numbers are decided by likelihood, and a fine-tuning that no epoch
    made better is not kept. Closing the generator during the
    epochs keeps the best one so far as a run. A training that was killed goes on from its last finished epoch when it
    is started again with the same recipe, samples and weights.

    Raises DatasetError when there are fewer than two classes with images, WeightsError without usable weights, and
    TrainingError where nothing could be learned.
    """
    task = _begin(project, catalog, recipe, weights_file)
    if task.weights is None:
        return (yield from _train_backbone(task, None))
    task, vectors = yield from _embedded(task, task.weights)
    probe = yield from _fit_probe(task, vectors)
    top1 = _top1(probe.logits, task.labels)
    against = ""
    if recipe.strategy == "auto":
        against = reason_against_fine_tuning(task.training, top1, recipe, project.input.side)
    if recipe.strategy == "probe" or against:
        run = _save_probe(task, probe, [], {"not_finetuned": against} if against else {})
        yield TrainProgress("fit", 1, 1)
        return run
    yield TrainProgress("fit", 1, 1)
    return (yield from _train_backbone(task, probe))


def update(
    project: Project, catalog: SampleSource, run: Run, weights_file: Path | None = None
) -> Generator[TrainProgress | EpochReport, None, Run]:
    """Fit the head of a run anew on what the catalogue has now, and keep the result as another run.

    Kind and strength of the head stay as the run has chosen them, so that one fit and its held-out folds suffice; the
    head is exactly what a training with that choice would give, and the temperature and the threshold are fitted anew.
    Raises TrainingError for a run whose backbone has learned, and what `train` raises.
    """
    if run.adapted:
        raise TrainingError(
            f"the run {run.id} has a backbone that learned from the images of that time: train again, or update a probe"
        )
    recipe = replace(run.recipe, strategy="probe", engine=run.engine)
    task = _begin(project, catalog, recipe, weights_file or Path(run.weights_path))
    assert task.weights is not None
    task, vectors = yield from _embedded(task, task.weights)
    probe = yield from _fit_probe(task, vectors, run)
    saved = _save_probe(task, probe, [f"head and strength are those of {run.id}"], {"updated_from": run.id})
    yield TrainProgress("fit", 1, 1)
    return saved


def _begin(project: Project, catalog: SampleSource, recipe: Recipe, weights_file: Path | None) -> TrainingSet:
    started = time.monotonic()
    most = MOST_BYTES // (4 * backbone_named(recipe.backbone).dimensions)
    offered = catalog.samples(split="train")
    class_ids, classes = classes_with_samples(catalog, offered)
    training = stratified_sample(offered, most)
    val = [sample for sample in catalog.samples(split="val") if sample.class_id in class_ids]
    samples = [*training, *stratified_sample(val, most)]
    engine = recipe.engine if recipe.engine != "auto" else default_engine()
    weights = None if recipe.strategy == "scratch" else find_weights(backbone_named(recipe.backbone), weights_file)
    test = tuple(catalog.samples(split="test"))
    return TrainingSet(
        *(project, recipe, tuple(classes), tuple(class_ids), engine, started, weights, tuple(samples), test),
        left_out=len(offered) - len(training),
    )


def _embedded(
    task: TrainingSet, weights: Weights
) -> Generator[TrainProgress | EpochReport, None, tuple[TrainingSet, Floats]]:
    """The task with its readable samples, and their embeddings."""
    project, recipe = task.project, task.recipe
    backbone, side = backbone_named(recipe.backbone), project.input.side
    key = EmbeddingKey(recipe.backbone, weights.sha256, task.engine, "fp32", project.input)
    embedded = yield from forward_events(
        embed(project, task.samples, key, lambda: open_backbone(backbone, weights, side, task.engine)),
        lambda progress: TrainProgress("embed", progress.done, progress.total),
    )
    return replace(task, samples=embedded.samples, unreadable=embedded.unreadable), embedded.vectors


def _fit_probe(
    task: TrainingSet, vectors: Floats, kept: Run | None = None
) -> Generator[TrainProgress | EpochReport, None, _Probe]:
    """Choose a head and fit it; the choice of the run `kept` is taken over where there is one."""
    recipe, labels, fit_on = task.recipe, task.labels, ~task.is_val
    cross_validation = yield from forward_events(
        cross_validate(
            recipe.head if kept is None else kept.head,
            vectors[fit_on],
            labels[fit_on],
            task.groups,
            len(task.classes),
            recipe.strengths if kept is None else (kept.chosen_strength,),
            folds=recipe.folds,
            seed=recipe.seed,
            balanced=task.balanced,
        ),
        lambda fold: TrainProgress("cross-validate", fold.done, fold.total),
    )
    yield TrainProgress("fit", 0, 1)
    chosen, number = cross_validation.chosen, len(task.classes)
    kind = cross_validation.head
    head = fit_head(kind, vectors[fit_on], labels[fit_on], number, chosen, balanced=task.balanced)
    logits = np.full((len(labels), number), np.nan, np.float32)
    if task.val_suffices:
        source = "val"
        logits[task.is_val] = head.logits(vectors[task.is_val])
    else:
        source = folds_text(cross_validation.folds)
        logits[fit_on] = cross_validation.logits
    return _Probe(head, vectors, cross_validation, logits, source)


def _top1(logits: Floats, labels: Integers) -> float:
    """Of the rows that have logits."""
    held_out = ~np.isnan(logits[:, 0])
    return float((logits[held_out].argmax(1) == labels[held_out]).mean())


def _train_backbone(task: TrainingSet, probe: _Probe | None) -> Events:
    """Fine-tune from the probe, or train from random weights where there is none."""
    recipe = task.recipe
    fit, held_out, source = holdout_split(
        task.labels, task.is_val, task.groups, val_suffices=task.val_suffices, seed=recipe.seed
    )
    adapting = FineTuning(task.project, recipe, task.samples, task.labels, len(task.classes), task.weights, task.engine)
    weights_of_classes = class_weights(task.counts) if task.balanced else np.ones(len(task.counts), np.float32)

    def head_on(rows: Integers) -> LinearHead | None:
        if probe is None:
            return None
        kind, strength = probe.start
        vectors, labels = probe.vectors[rows], task.labels[rows]
        return fit_linear(kind, vectors, labels, len(task.classes), strength, balanced=task.balanced)

    def shown(event: Any) -> TrainProgress | EpochReport:
        if isinstance(event, BatchDone):
            return TrainProgress("epochs", event.done, event.total)
        return event if isinstance(event, EpochReport) else TrainProgress("activations", event.done, event.total)

    try:
        yield from forward_events(
            adapting.run(fit, held_out, head_on, weights_of_classes, refit=not task.val_suffices), shown
        )
    except GeneratorExit:
        if (so_far := adapting.result()) is not None and adapting.epochs_done:
            _save_adapted(task, probe, so_far, source, ["cancelled: this is the best epoch until then"])
        raise
    result = adapting.result()
    if result is None:
        raise TrainingError(adapting.stopped or "there was nothing to learn from")
    if recipe.strategy == "auto" and probe is not None:
        was, now = _top1(probe.logits[result.rows], task.labels[result.rows]), result.top1
        # Before its first epoch it is the probe, fitted on fewer images.
        better = (now, -result.loss) > (was, -result.loss_of(probe.logits[result.rows], task.labels))
        if not (result.epoch and better):
            note = (
                f"fine-tuning was tried and not kept: on the same {len(result.rows)} held-out images it is right on "
                f"{now:.3f}, the probe on {was:.3f}"
            )
            run = _save_probe(task, probe, [note], {"finetuned_top1": now, "probe_top1": was})
            adapting.forget()
            return run
    run = _save_adapted(task, probe, result, source, [adapting.stopped] if adapting.stopped else [])
    adapting.forget()
    return run


def _save_probe(task: TrainingSet, probe: _Probe, notes: Sequence[str], more: dict[str, Any] | None = None) -> Run:
    rows = np.flatnonzero(~np.isnan(probe.logits[:, 0]))
    reasons = [] if task.val_suffices else task.reasons
    run = _run(task, "probe", probe, rows, probe.logits[rows], probe.source, reasons, notes)
    run = replace(run, validation={**run.validation, **(more or {})})
    validation = _validation(task, rows, probe.logits[rows])
    return save_run(task.project, run, probe.head, validation, task.training, held_out=task.held_out)


def _save_adapted(task: TrainingSet, probe: _Probe | None, result: FineTuned, source: str, notes: Sequence[str]) -> Run:
    blocks, of = result.blocks
    learned = f"{blocks} of {of} blocks learned; epoch {result.epoch} of {len(result.history)} was the best"
    measured: dict[str, float] = {"finetuned_top1": result.top1}
    if probe is not None:
        measured["probe_top1"] = _top1(probe.logits[result.rows], task.labels[result.rows])
        learned = (
            f"{blocks} of {of} blocks learned; epoch {result.epoch} of {len(result.history)} was the best: on "
            f"{len(result.rows)} held-out images it is right on {result.top1:.3f}, the probe on "
            f"{measured['probe_top1']:.3f}"
        )
        if (kind := probe.cross_validation.head) != probe.start[0]:
            notes = [
                f"the fine-tuning began with the head {probe.start[0]}: {kind}, which the probe has, is not linear and "
                "cannot learn together with a backbone",
                *notes,
            ]
    source += ", which also chose the epoch"
    if result.refitted:
        source += "; then trained on all of train"
    reasons = [] if task.val_suffices else task.reasons
    strategy = "scratch" if probe is None else "finetune"
    run = _run(task, strategy, probe, result.rows, result.logits, source, reasons, [learned, *notes])
    history = tuple(asdict(report) for report in result.history)
    run = replace(run, validation={**run.validation, **measured}, history=history)
    licence = "" if task.weights is None else task.weights.licence
    validation = _validation(task, result.rows, result.logits)
    return save_run(task.project, run, result.head, validation, task.training, (result.weights, licence), task.held_out)


def _validation(task: TrainingSet, rows: Integers, logits: Floats) -> Validation:
    ids = np.array([task.samples[row].id for row in rows], np.int64)
    return Validation(ids, task.labels[rows], logits)


def _run(
    task: TrainingSet,
    strategy: str,
    probe: _Probe | None,
    rows: Integers,
    logits: Floats,
    source: str,
    reasons: list[str],
    notes: Sequence[str],
) -> Run:
    labels = task.labels[rows]
    right = softmax(logits).argmax(1) == labels
    found = None if probe is None else probe.cross_validation
    trials = () if found is None else tuple(asdict(trial) for trial in found.trials)
    # A backbone that learned has the head that it began with.
    head, strength = ("", 0.0) if probe is None or found is None else (found.head, found.chosen)
    if probe is not None and strategy != "probe":
        head, strength = probe.start
        trials = tuple(asdict(trial) for trial in probe.cross_validation.candidates if trial.head == head)
    notices = training_notes(task, labels)
    return Run(
        id=new_run_id(task.project, strategy),
        recipe=task.recipe,
        classes=task.classes,
        class_ids=task.class_ids,
        input=task.project.input,
        weights_sha256=task.weights.sha256 if task.weights else "",
        weights_path=str(task.weights.path.absolute()) if task.weights else "",
        engine=task.engine,
        precision="fp32",
        confidence=fit_confidence(logits, labels, accepted_error=task.recipe.accepted_error),
        trials=trials,
        chosen_strength=strength,
        chosen_head=head,
        candidates=() if found is None else tuple(asdict(trial) for trial in found.candidates),
        folds=0 if found is None else found.folds,
        validation={
            "source": source,
            "n": len(right),
            "top1": float(right.mean()),
            "optimistic_reasons": reasons,
        },
        samples=len(task.training),
        seconds=time.monotonic() - task.started,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        notes=(*notices, *notes),
    )
