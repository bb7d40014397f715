"""The samples of a training with classes and groups, and the notes shown to the user about them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from edge_transfer.backbones.embeddings import labels_of
from edge_transfer.backbones.weights import Weights
from edge_transfer.dataset.project import Project
from edge_transfer.dataset.records import ClassRow, Sample
from edge_transfer.dataset.splits import val_can_judge, validation_groups
from edge_transfer.errors import DatasetError
from edge_transfer.runs.recipe import Recipe

Integers = NDArray[np.int64]


class SampleSource(Protocol):
    """What a training reads of a catalogue; a `sampling.TrainingSubset` is a part of one."""

    def classes(self) -> list[ClassRow]: ...

    def samples(self, *, split: str | None = None) -> list[Sample]: ...


@dataclass(frozen=True)
class TrainingSet:
    """What is trained on."""

    project: Project
    recipe: Recipe
    classes: tuple[str, ...]
    class_ids: tuple[int, ...]
    engine: str
    started: float
    weights: Weights | None
    """None for random ones."""
    samples: tuple[Sample, ...]
    """Of the splits train and val, those that could be read."""
    test: tuple[Sample, ...] = ()
    """Written down, and not looked at."""
    unreadable: Sequence[tuple[str, str]] = ()
    left_out: int = 0
    """Training images beyond what is learned from at once."""
    labels: Integers = field(init=False)
    is_val: NDArray[np.bool_] = field(init=False)
    groups: Integers = field(init=False)
    """Of the training samples, in their order."""
    reasons: list[str] = field(init=False)

    def __post_init__(self) -> None:
        groups, reasons = validation_groups(self.training)
        values = {
            "labels": labels_of(self.samples, self.class_ids),
            "is_val": np.array([sample.split == "val" for sample in self.samples], bool),
            "groups": groups,
            "reasons": reasons,
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)

    @property
    def training(self) -> list[Sample]:
        return [sample for sample in self.samples if sample.split != "val"]

    @property
    def held_out(self) -> list[Sample]:
        return [*(sample for sample in self.samples if sample.split == "val"), *self.test]

    @property
    def counts(self) -> Integers:
        """Training images of each class."""
        return np.bincount(self.labels[~self.is_val], minlength=len(self.classes))

    @property
    def val_suffices(self) -> bool:
        """The split val can choose and calibrate."""
        return val_can_judge(self.labels[self.is_val], len(self.classes))

    @property
    def balanced(self) -> bool:
        return self.recipe.balances(self.counts)


def classes_with_samples(catalog: SampleSource, training: Sequence[Sample]) -> tuple[list[int], list[str]]:
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


def training_notes(task: TrainingSet, validated: Integers) -> list[str]:
    """What the person should know about this training, in plain sentences; `validated` are the labels held out."""
    notes = []
    classes, counts = task.classes, task.counts
    if task.left_out:
        used = len(task.training)
        notes.append(
            f"it learned from {used} of {used + task.left_out} images, the same share of every class: the embeddings "
            "of more would not fit into the memory of a small computer"
        )
    for index, name in enumerate(classes):
        if index not in validated:
            notes.append(
                f"no image of {name} (it has {counts[index]}) could be held out: it is trained but not validated; "
                "record another session of it"
            )
    if task.balanced:
        largest, smallest = classes[int(counts.argmax())], classes[int(counts.argmin())]
        notes.append(
            f"{largest} has {counts.max()} images and {smallest} {counts.min()}: every class weighs the same "
            "in the training; read the recall of each class, not only the accuracy"
        )
    if task.unreadable:
        reasons = Counter(reason for _, reason in task.unreadable)
        notes.append(f"{len(task.unreadable)} pictures were left out: {reasons.most_common(1)[0][0]}")
    return notes
