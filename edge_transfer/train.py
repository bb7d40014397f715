"""Train a classifier on a project's samples: embed, cross-validate, fit, calibrate, keep the run."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Generator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge_transfer.backbones import backbone_named, find_weights
from edge_transfer.catalog import Catalog
from edge_transfer.confidence import FEWEST_SAMPLES, fit_confidence
from edge_transfer.embeddings import EmbeddingKey, embed, labels_of
from edge_transfer.errors import DatasetError
from edge_transfer.heads import cross_validate, fit_head
from edge_transfer.project import Project
from edge_transfer.recipe import Recipe
from edge_transfer.rows import Sample
from edge_transfer.runs import Run, Validation, new_run_id, open_backbone, save_run
from edge_transfer.splitting import near_duplicate_groups
from export.runtime.decision import softmax
from export.runtime.engine import default_engine
from export.runtime.spine import relay

_BALANCE_ABOVE = 10
_BLOCKS = 5
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class TrainProgress:
    """Where a training stands."""

    stage: str
    """`embed`, `cross-validate` or `fit`."""
    done: int
    total: int


def train(
    project: Project, catalog: Catalog, recipe: Recipe, weights_file: Path | None = None
) -> Generator[TrainProgress, None, Run]:
    """Fit a head on a frozen backbone's embeddings and keep the result as a run.

    The catalogue's split `train` fits; the head's strength, the temperature and the threshold are chosen on held-out
    folds of it, or on the split `val` where every class has images there. The split `test` is not looked at.
    Raises DatasetError when there are fewer than two classes with images, WeightsError without usable weights.
    """
    started = time.monotonic()
    training = catalog.samples(split="train")
    class_ids, classes = _classes_with_samples(catalog, training)
    backbone = backbone_named(recipe.backbone)
    weights = find_weights(backbone, weights_file)
    engine = recipe.engine if recipe.engine != "auto" else default_engine()
    key = EmbeddingKey(recipe.backbone, weights.sha256, engine, "fp32", project.input)
    held_out = [sample for sample in catalog.samples(split="val") if sample.class_id in class_ids]

    embedded = yield from relay(
        embed(
            project, [*training, *held_out], key, lambda: open_backbone(backbone, weights, project.input.side, engine)
        ),
        lambda progress: TrainProgress("embed", progress.done, progress.total),
    )

    labels = labels_of(embedded.samples, class_ids)
    is_val = np.array([sample.split == "val" for sample in embedded.samples], bool)
    fit_on, vectors = ~is_val, embedded.vectors
    training = [sample for sample, val in zip(embedded.samples, is_val, strict=True) if not val]
    groups, validation_reasons = validation_groups(training)
    counts = np.bincount(labels[fit_on], minlength=len(classes))
    balanced = recipe.class_weights == "balanced" or (
        recipe.class_weights == "auto" and counts.max() > _BALANCE_ABOVE * max(1, counts.min())
    )

    cross_validation = yield from relay(
        cross_validate(
            recipe.head,
            vectors[fit_on],
            labels[fit_on],
            groups,
            len(classes),
            recipe.strengths,
            folds=recipe.folds,
            seed=recipe.seed,
            balanced=balanced,
        ),
        lambda fold: TrainProgress("cross-validate", fold.done, fold.total),
    )
    yield TrainProgress("fit", 0, 1)
    head = fit_head(
        recipe.head, vectors[fit_on], labels[fit_on], len(classes), cross_validation.chosen, balanced=balanced
    )
    ids = np.array([sample.id for sample in embedded.samples], np.int64)
    if len(np.unique(labels[is_val])) == len(classes) and is_val.sum() >= FEWEST_SAMPLES:
        source, validation_reasons = "val", []
        validation = Validation(ids[is_val], labels[is_val], head.logits(vectors[is_val]))
    else:
        source = f"{cross_validation.folds} held-out folds of train"
        rows = np.flatnonzero(fit_on)[cross_validation.held_out]
        validation = Validation(ids[rows], labels[rows], cross_validation.logits[cross_validation.held_out])
    confidence = fit_confidence(validation.logits, validation.labels, accepted_error=recipe.accepted_error)
    right = softmax(validation.logits).argmax(1) == validation.labels
    run = Run(
        id=new_run_id(project, recipe.strategy),
        recipe=recipe,
        classes=tuple(classes),
        class_ids=tuple(class_ids),
        input=project.input,
        weights_sha256=weights.sha256,
        weights_path=str(weights.path.absolute()),
        engine=engine,
        precision="fp32",
        confidence=confidence,
        trials=tuple(asdict(trial) for trial in cross_validation.trials),
        chosen_strength=cross_validation.chosen,
        folds=cross_validation.folds,
        validation={
            "source": source,
            "n": len(right),
            "top1": float(right.mean()),
            "optimistic_reasons": validation_reasons,
        },
        samples=len(training),
        seconds=time.monotonic() - started,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        notes=tuple(_notes(classes, counts, validation.labels, embedded.unreadable, balanced)),
    )
    run = save_run(project, run, head, validation, training)
    yield TrainProgress("fit", 1, 1)
    return run


def _classes_with_samples(catalog: Catalog, training: Sequence[Sample]) -> tuple[list[int], list[str]]:
    """Ids and names of the classes to train, in the catalogue's order. Raises DatasetError for fewer than two."""
    used = {sample.class_id for sample in training}
    rows = [row for row in catalog.classes() if row.id in used]
    if not rows:
        raise DatasetError("there is no image in the split 'train': record or import some")
    if len(rows) == 1:
        raise DatasetError(
            f"only the class {rows[0].name!r} has images: a classifier needs at least two; "
            "record a second class, for example the empty background"
        )
    return [row.id for row in rows], [row.name for row in rows]


def validation_groups(samples: Sequence[Sample]) -> tuple[Integers, list[str]]:
    """What must be held out together, per sample, and why the result may be optimistic.

    The group of a recorded frame is its capture session; where all frames of a class come from one session, a fifth of
    it in time. The group of an independent picture is the picture, with its near-duplicates of the same class.
    """
    sessions_of: dict[int, set[int]] = {}
    for sample in samples:
        if sample.session_kind == "recording":
            sessions_of.setdefault(sample.class_id, set()).add(sample.session_id)
    pictures_of: dict[int, list[Sample]] = {}
    for sample in samples:
        if sample.session_kind == "collection":
            pictures_of.setdefault(sample.class_id, []).append(sample)
    alike: dict[int, int] = {}
    for pictures in pictures_of.values():
        groups = near_duplicate_groups([picture.dhash for picture in pictures])
        alike.update(zip((picture.id for picture in pictures), groups, strict=True))
    of_session: dict[int, list[int]] = {}
    for sample in samples:
        of_session.setdefault(sample.session_id, []).append(sample.position)
    names: list[tuple[object, ...]] = []
    single: set[str] = set()
    for sample in samples:
        if sample.session_kind == "collection":
            names.append(("picture", sample.class_id, alike[sample.id]))
        elif len(sessions_of[sample.class_id]) > 1:
            names.append(("session", sample.session_id))
        else:
            positions = of_session[sample.session_id]
            first, span = min(positions), max(positions) - min(positions) + 1
            names.append(("block", sample.session_id, (sample.position - first) * _BLOCKS // span))
            single.add(sample.class_name)
    numbers = {name: index for index, name in enumerate(dict.fromkeys(names))}
    reasons = []
    if single:
        reasons.append(
            f"all training frames of {', '.join(sorted(single))} come from one capture session: "
            "frames of one session resemble each other; record a second session in other light"
        )
    return np.array([numbers[name] for name in names], np.int64), reasons


def _notes(
    classes: Sequence[str],
    counts: Integers,
    validated: Integers,
    unreadable: Sequence[tuple[str, str]],
    balanced: bool,
) -> list[str]:
    """What the person should know about this training, in plain sentences."""
    notes = []
    for index, name in enumerate(classes):
        if index not in validated:
            notes.append(
                f"no image of {name} (it has {counts[index]}) could be held out: it is trained but not validated; "
                "record another session of it"
            )
    if balanced:
        largest, smallest = classes[int(counts.argmax())], classes[int(counts.argmin())]
        notes.append(
            f"{largest} has {counts.max()} images and {smallest} {counts.min()}: every class weighs the same "
            "in the training; read the recall of each class, not only the accuracy"
        )
    if unreadable:
        reasons = Counter(reason for _, reason in unreadable)
        notes.append(f"{len(unreadable)} pictures were left out: {reasons.most_common(1)[0][0]}")
    return notes
