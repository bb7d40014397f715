"""Subsets of samples, drawn by a seed: a fixed number for each class, or a stratified sample of limited size."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edge_transfer.dataset.records import ClassRow, Sample


@dataclass(frozen=True)
class Drawn:
    """Some samples of a catalogue, to be trained on in its stead."""

    of_classes: tuple[ClassRow, ...]
    of_samples: tuple[Sample, ...]

    def classes(self) -> list[ClassRow]:
        """See Catalog.classes."""
        return list(self.of_classes)

    def samples(self, *, split: str | None = None) -> list[Sample]:
        """See Catalog.samples."""
        return [sample for sample in self.of_samples if split in (None, sample.split)]


def drawn(classes: Sequence[ClassRow], samples: Sequence[Sample], per_class: int, seed: int) -> Drawn:
    """At most `per_class` of `samples` of each class, all of them for 0; in the order of `samples`.

    The same seed draws the same, and more of each class only adds to it: the points of a curve share their images.
    """
    chosen: list[Sample] = []
    for row in classes:
        own = [sample for sample in samples if sample.class_id == row.id]
        # By the class's number, so that another class more or less changes no draw.
        order = np.random.default_rng([seed, row.id]).permutation(len(own)).tolist()
        chosen += [own[k] for k in order[: per_class or len(own)]]
    return Drawn(tuple(classes), tuple(sorted(chosen, key=lambda sample: sample.id)))


def at_most(samples: Sequence[Sample], most: int) -> list[Sample]:
    """At most `most` samples, of each class in proportion but no class without any; in the order of `samples`.

    They are those with the smallest SHA-256, so that samples that join replace few of those that were drawn.
    """
    if len(samples) <= most:
        return list(samples)
    kept: set[int] = set()
    for class_id, count in Counter(sample.class_id for sample in samples).items():
        own = sorted((sample.sha256, sample.id) for sample in samples if sample.class_id == class_id)
        kept.update(number for _, number in own[: max(1, most * count // len(samples))])
    return [sample for sample in samples if sample.id in kept]


FEWEST_OF_A_CLASS = 20
"""So many images of a class are in the sample whatever its share, where it has them."""


def sampled(samples: Sequence[Sample], most: int) -> list[Sample]:
    """At most `most` samples, each class and session in its share, but 20 of every class where it has them.

    The choice follows from the pictures' hashes, so that most of it stays when pictures are added.
    """
    if len(samples) <= most:
        return list(samples)
    members: dict[tuple[int, int], list[Sample]] = {}
    for sample in sorted(samples, key=lambda sample: sample.sha256):
        members.setdefault((sample.class_id, sample.session_id), []).append(sample)
    places = {s.id: (rank + 0.5) / len(each) for each in members.values() for rank, s in enumerate(each)}
    ordered = sorted(samples, key=lambda sample: (places[sample.id], sample.sha256))
    seen: dict[int, int] = {}
    first = []
    for sample in ordered:
        seen[sample.class_id] = seen.get(sample.class_id, 0) + 1
        first.append(seen[sample.class_id] > FEWEST_OF_A_CLASS)
    order = sorted(range(len(ordered)), key=lambda row: first[row])
    taken = {ordered[row].id for row in order[:most]}
    return [sample for sample in samples if sample.id in taken]
