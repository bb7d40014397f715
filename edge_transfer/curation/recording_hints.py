"""Hints on what to record next, from class counts, sessions and embeddings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from edge_transfer.dataset.records import Sample
from edge_transfer.dataset.sampling import as_given, evenly_to_the_end, stratified_sample
from edge_transfer.heads import normalised
from edge_transfer.heads.fitting import are_unbalanced
from edge_transfer.heads.leave_group_out import held_out_scores

FEWEST_IMAGES = 10
"""Of a class, in the split train; below that a head guesses."""
MOST_HINTS = 5
MOST_SAMPLES = 2000
"""The confusions are looked for in so many samples at most, taken evenly."""
BACKGROUND_NAMES = frozenset(
    (
        "background",
        "nothing",
        "none",
        "empty",
        "other",
        "unknown",
        "no object",
        "fondo",
        "nada",
        "vacío",
        "vacio",
        "otro",
    )
)

_ALIKE = 0.35
_CONFUSED_SHARE = 0.1
_FEWEST_CONFUSED = 3

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Hint:
    """One thing to do next; the words are made by who shows it."""

    kind: str
    """`no class`, `one class`, `few images`, `confused`, `one session`, `alike`, `imbalance`, `no test`,
    `no background`."""
    classes: tuple[str, ...] = ()
    numbers: tuple[float, ...] = ()
    """`one class`: 1 where it has images, else 0. `few images`: its images, the fewest. `confused`: images of the
    first class that were taken for the second one and the other way round, and all images of both. `alike`: mean
    distance inside the class as a share of that of the other classes. `imbalance`: images of the largest and the
    smallest class."""


def advise_first(counts: Mapping[str, Mapping[str, int]]) -> list[Hint]:
    """Hints from the images of each class and split alone, as `Catalog.counts` gives them; most important first."""
    train = {name: splits.get("train", 0) for name, splits in counts.items()}
    filled = [name for name, count in train.items() if count]
    if not counts:
        return [Hint("no class")]
    if len(counts) == 1 or len(filled) < 2:
        return [Hint("one class", tuple((filled or list(counts))[:1]), (float(bool(filled)),))]
    hints = [
        Hint("few images", (name,), (float(count), float(FEWEST_IMAGES)))
        for name, count in sorted(train.items(), key=lambda entry: entry[1])
        if count < FEWEST_IMAGES
    ]
    largest, smallest = max(filled, key=lambda name: train[name]), min(filled, key=lambda name: train[name])
    if are_unbalanced(np.array([train[name] for name in filled])):
        hints.append(Hint("imbalance", (largest, smallest), (float(train[largest]), float(train[smallest]))))
    if not any(splits.get("test", 0) for splits in counts.values()):
        hints.append(Hint("no test"))
    if not any(name.strip().casefold() in BACKGROUND_NAMES for name in counts):
        hints.append(Hint("no background"))
    return hints[:MOST_HINTS]


def advise_recording(
    counts: Mapping[str, Mapping[str, int]],
    samples: Sequence[Sample],
    vectors: Floats,
    groups: Integers,
) -> list[Hint]:
    """Hints from the embeddings (N, D) of the `samples` of the split train as well; most important first.

    `groups` (N,) is what must be held out together, as `validation_groups` gives it.
    """
    names = list(dict.fromkeys(sample.class_name for sample in samples))
    positions = {name: position for position, name in enumerate(names)}
    labels = np.array([positions[sample.class_name] for sample in samples], np.int64)
    spread = partial(evenly_to_the_end, rounding=np.floor)
    chosen = {sample.id for sample in stratified_sample(samples, MOST_SAMPLES, order=as_given, pick=spread)}
    rows = np.flatnonzero([sample.id in chosen for sample in samples])
    features = normalised(vectors[rows])
    scores = held_out_scores(features, labels[rows], groups[rows], len(names))
    seen = [
        *_confused(scores, labels[rows], names),
        *_one_session(samples),
        *_all_alike(features, labels[rows], names),
    ]
    first = advise_first(counts)
    urgent = [hint for hint in first if hint.kind in ("no class", "one class", "few images")]
    return [*urgent, *seen, *(hint for hint in first if hint not in urgent)][:MOST_HINTS]


def say(hint: Hint) -> str:
    """The hint as a sentence of plain English."""
    first, second = (*hint.classes, "", "")[:2]
    one, two = (*(f"{number:.0f}" for number in hint.numbers), "", "")[:2]
    sentences = {
        "no class": "add a class for each thing to tell apart, and one for the empty background",
        "one class": f"only {first} has images: record a second class, for example the empty background",
        "few images": f"{first} has {one} images to learn from: record at least {two}",
        "confused": f"{first} and {second} are confused in {one} of {two} held-out images: show what tells them apart",
        "one session": f"{', '.join(hint.classes)}: recorded once only; record a second session in other light",
        "alike": f"{first}: the images are nearly equal; turn it, move it, change the background",
        "imbalance": f"{first} has {one} images and {second} {two}: record more of {second}",
        "no test": "nothing is held out to test: a second recording of each class shows how good the model is",
        "no background": "there is no class for nothing: record the empty background as a class of its own",
    }
    return sentences[hint.kind]


def _confused(scores: Floats, labels: Integers, names: Sequence[str]) -> list[Hint]:
    """The pair of classes that are taken for each other most often, if that is often."""
    known = ~np.isnan(scores[:, 0])
    table = np.zeros((len(names), len(names)), np.int64)
    np.add.at(table, (labels[known], scores[known].argmax(1)), 1)
    mistaken = np.triu(table + table.T, 1)
    first, second = divmod(int(mistaken.argmax()), len(names))
    wrong, total = int(mistaken[first, second]), int(table[first].sum() + table[second].sum())
    if wrong < max(_FEWEST_CONFUSED, _CONFUSED_SHARE * total):
        return []
    return [Hint("confused", (names[first], names[second]), (float(wrong), float(total)))]


def _one_session(samples: Sequence[Sample]) -> list[Hint]:
    """The recorded classes that were recorded once only."""
    sessions: dict[str, set[int]] = {}
    for sample in samples:
        if sample.session_kind == "recording":
            sessions.setdefault(sample.class_name, set()).add(sample.session_id)
    # A class with single pictures beside its recording is not recorded once only.
    pictured = {sample.class_name for sample in samples if sample.session_kind != "recording"}
    single = tuple(name for name, found in sessions.items() if len(found) == 1 and name not in pictured)
    return [Hint("one session", single)] if single else []


def _all_alike(features: Floats, labels: Integers, names: Sequence[str]) -> list[Hint]:
    """The class whose images differ least, where they differ far less than those of the other classes."""
    # The mean distance of all pairs of unit vectors follows from the length of their mean.
    spread = np.full(len(names), np.nan)
    for k in range(len(names)):
        mine = features[labels == k]
        if len(mine) >= FEWEST_IMAGES:
            spread[k] = 1 - float((mine.mean(0) ** 2).sum())
    if np.count_nonzero(~np.isnan(spread)) < 2:
        return []
    least = int(np.nanargmin(spread))
    others = float(np.nanmedian(np.delete(spread, least)))
    # An empty background looks the same by its nature.
    if names[least].strip().casefold() in BACKGROUND_NAMES or spread[least] >= _ALIKE * others:
        return []
    return [Hint("alike", (names[least],), (float(spread[least] / others),))]
