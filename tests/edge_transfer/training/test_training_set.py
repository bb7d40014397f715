"""The training set: which samples train, which are held out, and the notes on what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest

from edge_transfer.dataset.project import Project
from edge_transfer.dataset.records import ClassRow, Sample
from edge_transfer.errors import DatasetError
from edge_transfer.heads.confidence import FEWEST_SAMPLES
from edge_transfer.runs.recipe import Recipe
from edge_transfer.training import training_set
from edge_transfer.training.training_set import classes_with_samples, training_notes

NUT, BOLT = 7, 9


def sample(number: int, class_id: int, split: str = "train", session_id: int | None = None) -> Sample:
    return Sample(
        *(f"{number:064x}", ".png", class_id, 8, 8, 9, number, None, 1.0, 99.0, number << 40),
        id=number,
        class_name="",
        session_id=number if session_id is None else session_id,
        split=split,
        session_kind="recording",
    )


def task(project: Project, samples: Sequence[Sample], recipe: Recipe | None = None) -> training_set.TrainingSet:
    return training_set.TrainingSet(
        project, recipe or Recipe(), ("nut", "bolt"), (NUT, BOLT), "onnxruntime", 0.0, None, tuple(samples)
    )


@dataclass
class Shelf:
    """A source of samples with classes in this order."""

    names: dict[int, str]

    def classes(self) -> list[ClassRow]:
        return [ClassRow(key, name, position) for position, (key, name) in enumerate(self.names.items())]

    def samples(self, *, split: str | None = None) -> list[Sample]:
        return []


def test_val_is_held_out_and_labels_are_positions(project: Project) -> None:
    samples = [sample(1, BOLT), sample(2, NUT), sample(3, NUT, "val"), sample(4, BOLT)]
    made = replace(task(project, samples), test=(sample(5, NUT, "test"),))
    assert made.labels.tolist() == [1, 0, 0, 1]
    assert made.is_val.tolist() == [False, False, True, False]
    assert [row.id for row in made.training] == [1, 2, 4]
    assert [row.id for row in made.held_out] == [3, 5]
    assert made.counts.tolist() == [1, 2]
    assert len(made.groups) == 3


def test_val_suffices_with_enough_images_of_every_class(project: Project) -> None:
    training = [sample(1, NUT), sample(2, BOLT)]
    enough = [sample(10 + k, (NUT, BOLT)[k % 2], "val") for k in range(FEWEST_SAMPLES)]
    assert task(project, [*training, *enough]).val_suffices
    assert not task(project, [*training, *enough[:-1]]).val_suffices
    one_class = [sample(10 + k, NUT, "val") for k in range(FEWEST_SAMPLES)]
    assert not task(project, [*training, *one_class]).val_suffices


@pytest.mark.parametrize(
    ("class_weights", "nuts", "balanced"),
    [("auto", 10, False), ("auto", 11, True), ("balanced", 1, True), ("none", 11, False)],
)
def test_more_than_ten_to_one_is_balanced_unless_the_recipe_says_so(
    project: Project, class_weights: str, nuts: int, balanced: bool
) -> None:
    samples = [sample(100, BOLT), *(sample(k, NUT) for k in range(nuts))]
    assert task(project, samples, Recipe(class_weights=class_weights)).balanced == balanced


def test_classes_come_in_the_order_of_the_catalogue_and_two_are_needed() -> None:
    shelf = Shelf({BOLT: "bolt", 8: "washer", NUT: "nut"})
    assert classes_with_samples(shelf, [sample(1, NUT), sample(2, BOLT)]) == ([BOLT, NUT], ["bolt", "nut"])
    with pytest.raises(DatasetError, match="no image in the split 'train'"):
        classes_with_samples(shelf, [])
    with pytest.raises(DatasetError, match="only the class 'nut' has images"):
        classes_with_samples(shelf, [sample(1, NUT), sample(2, NUT)])


def test_notes_name_what_is_missing(project: Project) -> None:
    whole = task(project, [sample(1, NUT), sample(2, NUT), sample(3, BOLT)])
    assert training_notes(whole, np.array([0, 1])) == []
    (note,) = training_notes(whole, np.array([0]))
    assert note.startswith("no image of bolt (it has 1) could be held out")
    (note,) = training_notes(replace(whole, left_out=9), np.array([0, 1]))
    assert note.startswith("it learned from 3 of 12 images")
    unreadable = [("a.png", "the file is cut off"), ("b.png", "gone"), ("c.png", "gone")]
    assert training_notes(replace(whole, unreadable=unreadable), np.array([0, 1])) == ["3 pictures were left out: gone"]
    (note,) = training_notes(replace(whole, recipe=Recipe(class_weights="balanced")), np.array([0, 1]))
    assert note.startswith("nut has 2 images and bolt 1: every class weighs the same")
