"""Draw a subset of a project's training samples, stratified by class and reproducible from a seed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from edge_transfer.dataset.records import ClassRow, Sample

FEWEST_OF_A_CLASS = 20
"""Of a class that has them, `in_share` takes this many whatever its share."""

Strata = Sequence[Sequence[Sample]]
Pick = Callable[[Strata, int], Iterable[Sample]]


def of_class(sample: Sample) -> Hashable:
    """Stratum of a sample: its class."""
    return sample.class_id


def of_class_and_session(sample: Sample) -> Hashable:
    """Stratum of a sample: its class in its session."""
    return sample.class_id, sample.session_id


def of_session(sample: Sample) -> Hashable:
    """Stratum of a sample: its session."""
    return sample.session_id


def by_hash(sample: Sample) -> tuple[Any, ...]:
    """Order of samples as if by chance: most of what is chosen stays when samples join."""
    return sample.sha256, sample.id


def by_time(sample: Sample) -> tuple[Any, ...]:
    """Order of samples as they were recorded."""
    return sample.session_id, sample.position, sample.id


def as_given(sample: Sample) -> int:
    """Order of samples as they come."""
    return 0


def in_proportion(strata: Strata, most: int) -> Iterable[Sample]:
    """The first of each stratum: its share of `most`, rounded down, but at least one."""
    total = sum(len(own) for own in strata)
    return (sample for own in strata for sample in own[: max(1, most * len(own) // total)])


def first_of_each(strata: Strata, most: int) -> Iterable[Sample]:
    """The first `most` of each stratum."""
    return (sample for own in strata for sample in own[:most])


def in_share(strata: Strata, most: int) -> Iterable[Sample]:
    """`most` in all, each stratum in its share, but 20 of every class where it has them."""
    places = {sample.id: (rank + 0.5) / len(own) for own in strata for rank, sample in enumerate(own)}
    ordered = sorted((sample for own in strata for sample in own), key=lambda each: (places[each.id], by_hash(each)))
    seen: Counter[int] = Counter()
    first = []
    for sample in ordered:
        seen[sample.class_id] += 1
        first.append(seen[sample.class_id] > FEWEST_OF_A_CLASS)
    return [ordered[row] for row in sorted(range(len(ordered)), key=lambda row: first[row])[:most]]


def evenly(strata: Strata, most: int) -> Iterable[Sample]:
    """`most` in all at equal distances, the strata one behind the other; the very last is not among them."""
    line = [sample for own in strata for sample in own]
    count = min(most, len(line))
    return (line[k * len(line) // count] for k in range(count))


def evenly_to_the_end(strata: Strata, most: int, *, rounding: np.ufunc = np.rint) -> Iterable[Sample]:
    """As `evenly`, with the very first and the very last; `rounding` makes whole numbers of the distances."""
    line = [sample for own in strata for sample in own]
    places = np.linspace(0, len(line) - 1, min(most, len(line)))
    return (line[k] for k in rounding(places).astype(int).tolist())


def stratified_sample(
    samples: Sequence[Sample],
    most: int,
    *,
    stratum: Callable[[Sample], Hashable] = of_class,
    order: Callable[[Sample], Any] = by_hash,
    pick: Pick = in_proportion,
) -> list[Sample]:
    """Some of the samples in their order: what `pick` takes with `most`, all of them where there are no more.

    `pick` gets the strata in the order in which they come in `samples`, each ordered by `order`.
    """
    strata: dict[Hashable, list[Sample]] = {}
    for sample in samples:
        strata.setdefault(stratum(sample), []).append(sample)
    taken = {sample.id for sample in pick([sorted(own, key=order) for own in strata.values()], most)}
    return [sample for sample in samples if sample.id in taken]


@dataclass(frozen=True)
class TrainingSubset:
    """Some samples of a catalogue, to be trained on in its stead."""

    of_classes: tuple[ClassRow, ...]
    of_samples: tuple[Sample, ...]

    def classes(self) -> list[ClassRow]:
        """See Catalog.classes."""
        return list(self.of_classes)

    def samples(self, *, split: str | None = None) -> list[Sample]:
        """See Catalog.samples."""
        return [sample for sample in self.of_samples if split in (None, sample.split)]


def draw_per_class(classes: Sequence[ClassRow], samples: Sequence[Sample], per_class: int, seed: int) -> TrainingSubset:
    """At most `per_class` of `samples` of each class, all of them for 0; in the order of their numbers.

    The same seed draws the same, and more of each class only adds to it: the points of a curve share their images.
    """
    rank: dict[int, int] = {}
    for row in classes:
        own = [sample for sample in samples if sample.class_id == row.id]
        # By the class's number, so that another class more or less changes no draw.
        order = np.random.default_rng([seed, row.id]).permutation(len(own)).tolist()
        rank.update((own[k].id, place) for place, k in enumerate(order))
    known = sorted((sample for sample in samples if sample.id in rank), key=lambda sample: sample.id)
    of_each = per_class or len(known)
    chosen = stratified_sample(known, of_each, order=lambda sample: rank[sample.id], pick=first_of_each)
    return TrainingSubset(tuple(classes), tuple(chosen))
