"""Split rules: how images without a capture session are split, and which samples are held out together.

Every split, fold and minimum count of the program is decided here, from labels, groups and counts alone.
"""

from __future__ import annotations

import warnings
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence, Set

import numpy as np
from numpy.typing import NDArray

from edge_transfer.dataset.records import Sample
from edge_transfer.errors import TrainingError

Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]
FOLDS = 5
"""Parts that are held out in turn where nothing else is asked for; a single held-out part is a fifth as well."""
MANY_FOLDS = 10
"""Where there are many images a tenth is enough to hold out."""
TEST_SHARE = 1 / FOLDS
NEAR_DUPLICATE_BITS = 2
"""Pictures whose difference hashes differ in at most so many bits stay on one side."""
FEWEST_SAMPLES = 20
"""Below this many held-out samples nothing is fitted on them, and the split val does not judge a training."""
ENOUGH_IN_VAL = 5
"""Images of each class in the split val from which on that split alone is audited, and test stays untouched."""

_MANY_IMAGES = 1000
_FOLDS_OF_MANY = 3
_MOST_COMPARED = 20_000
"""More rows than these tell strengths apart no better, and every fold keeps a copy of its own."""
_NOTHING_LEFT = "every capture session held out takes all images of a class: record more sessions"


def next_recording_split(train: int, test: int) -> str:
    """ "train" or "test" for the next recording of a class that has so many recordings in each.

    The first goes to train, the second to test, and from then on one goes to test as soon as there are more than three
    in train for each in test, so about a quarter is test: train, test, train, train, train, test, …
    """
    return "test" if 3 * test < train else "train"


def random_splits(pictures: Sequence[tuple[str, int]], existing: Sequence[tuple[int, str]] = ()) -> list[str]:
    """ "train" or "test" for each of the `pictures` of one class, given as (SHA-256, difference hash).

    A fifth goes to test, at least one picture where there are two that differ. The choice follows from the SHA-256
    alone, so an import that is repeated or went only half-way gives each picture the same side again. What resembles
    one of the `existing` samples of the class, given as (difference hash, split), follows that one.
    """
    groups = near_duplicate_groups([dhash for _, dhash in pictures] + [dhash for dhash, _ in existing])
    members: defaultdict[int, list[int]] = defaultdict(list)
    for index in range(len(pictures)):
        members[groups[index]].append(index)
    chosen: dict[int, str] = {}
    for group, (_, split) in zip(groups[len(pictures) :], existing, strict=True):
        # Beside both sides it goes to train: then at least no test picture resembles it anew.
        chosen[group] = split if chosen.get(group, split) == split else "train"
    first = {group: min(pictures[index][0] for index in indices) for group, indices in members.items()}
    free = sorted((group for group in members if group not in chosen), key=lambda group: first[group])
    limit = max(1, round(TEST_SHARE * len(pictures)))
    in_test = sum(len(members[group]) for group in members if chosen.get(group) == "test")
    if len(members) > 1:
        for group in free:
            if in_test + len(members[group]) <= limit:
                chosen[group] = "test"
                in_test += len(members[group])
        if not in_test and free:  # all of them are large
            chosen[min(free, key=lambda group: len(members[group]))] = "test"
    return [chosen.get(groups[index], "train") for index in range(len(pictures))]


def near_duplicate_groups(hashes: Sequence[int], bits: int = NEAR_DUPLICATE_BITS) -> list[int]:
    """A group number for each difference hash: equal where a chain of hashes with at most `bits` between them leads."""
    unique = sorted(Counter(hashes))
    values = np.array(unique, np.uint64)
    parent = list(range(len(unique)))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    for index in range(len(unique)):
        near = np.flatnonzero(np.bitwise_count(values[index + 1 :] ^ values[index]) <= bits)
        for other in near.tolist():
            parent[root(index + 1 + other)] = root(index)
    group_of = {value: root(index) for index, value in enumerate(unique)}
    return [group_of[value] for value in hashes]


def validation_groups(samples: Sequence[Sample]) -> tuple[NDArray[np.int64], list[str]]:
    """What must be held out together, per sample, and why the result may be optimistic.

    The group of a recorded frame is the round of its capture session: the first session of every class, the second, …
    A round is usually recorded in one go, and shares light and background; if one class of it were held out alone, its
    scene would speak for the other classes. Where all frames of a class come from one session, the group is a fifth of
    it in time. The group of an independent picture is the picture, with its near-duplicates of the same class.
    """
    sessions_of: dict[int, set[int]] = defaultdict(set)
    pictures_of: dict[int, list[Sample]] = defaultdict(list)
    for sample in samples:
        if sample.session_kind == "recording":
            sessions_of[sample.class_id].add(sample.session_id)
        else:
            pictures_of[sample.class_id].append(sample)
    alike: dict[int, int] = {}
    for pictures in pictures_of.values():
        groups = near_duplicate_groups([picture.dhash for picture in pictures])
        alike.update(zip((picture.id for picture in pictures), groups, strict=True))
    positions_of: dict[int, list[int]] = defaultdict(list)
    for sample in samples:
        positions_of[sample.session_id].append(sample.position)
    round_of: dict[int, int] = {}
    for sessions in sessions_of.values():
        for number, session_id in enumerate(sorted(sessions)):
            round_of.setdefault(session_id, number)
    names: list[tuple[object, ...]] = []
    single: set[str] = set()
    for sample in samples:
        if sample.session_kind == "collection":
            names.append(("picture", sample.class_id, alike[sample.id]))
        elif len(sessions_of[sample.class_id]) > 1:
            names.append(("round", round_of[sample.session_id]))
        else:
            positions = positions_of[sample.session_id]
            first, span = min(positions), max(positions) - min(positions) + 1
            names.append(("block", sample.session_id, (sample.position - first) * FOLDS // span))
            single.add(sample.class_name)
    numbers = {name: index for index, name in enumerate(dict.fromkeys(names))}
    reasons = []
    if single:
        reasons.append(
            f"all training frames of {', '.join(sorted(single))} come from one capture session: "
            "frames of one session resemble each other; record a second session in other light"
        )
    return np.array([numbers[name] for name in names], np.int64), reasons


def held_in_turn(groups: Integers, folds: int = FOLDS) -> Integers:
    """Fold (N,), from 0, of rows in groups (N,) that are numbered from 0: whole groups take turns."""
    return groups % folds


def single_sample_folds(labels: Integers) -> Integers:
    """Fold (N,), 0 … 4, of each sample for itself, every class spread evenly: what a split by frames holds out."""
    order = np.lexsort((np.random.default_rng(0).permutation(len(labels)), labels))
    folds = np.empty(len(labels), np.int64)
    folds[order] = held_in_turn(np.arange(len(labels)))
    return folds


def class_remains(labels: Integers, held_out: Integers, counts: Integers) -> Flags:
    """Whether others of its class remain, for each of the rows `held_out` of labels (N,); `counts` (C,) are of all.

    Where a session holds several classes, holding it out may take the last images of one: nothing can be said about a
    class that nothing was learned about.
    """
    own = labels[held_out]
    return np.asarray(np.bincount(own, minlength=len(counts))[own] < counts[own], np.bool_)


def cross_validation_folds(
    labels: Integers, groups: Integers, folds: int, seed: int
) -> tuple[list[tuple[Integers, Integers]], int]:
    """Rows to learn from and rows held out of each fold, and how many folds there are: at most `folds`.

    Above 1,000 rows three folds serve, and there are never more than the groups of the smallest class that has two.
    Raises TrainingError where nothing can be held out.
    """
    wanted = min(folds, _FOLDS_OF_MANY) if len(labels) > _MANY_IMAGES else folds
    offered = _whole_groups(labels, groups, wanted, seed)
    counts, parts = np.bincount(labels), []
    for each in offered:
        train = np.setdiff1d(np.arange(len(labels)), each)
        known = each[class_remains(labels, each, counts)]
        parts.append((train, known if len(np.unique(labels[train])) > 1 else known[:0]))
    if not any(len(held_out) for _, held_out in parts):
        raise TrainingError(_NOTHING_LEFT)
    return parts, len(parts)


def holdout_split(
    labels: Integers, is_val: Flags, groups: Integers, *, val_suffices: bool, seed: int
) -> tuple[Integers, Integers, str]:
    """Rows to learn from, rows held out, and what those are: the split val, or whole groups of the training rows.

    `groups` are those of the rows outside val. A fifth is held out, from 1,000 images on a tenth. A class of which
    nothing would be left to learn from stays. Raises TrainingError where nothing can be held out.
    """
    training = np.flatnonzero(~is_val)
    if val_suffices:
        return training, np.flatnonzero(is_val), "val"
    own = labels[training]
    parts = _whole_groups(own, groups, FOLDS if are_few(len(own)) else MANY_FOLDS, seed)
    held_out = np.zeros(len(own), bool)
    held_out[parts[0][class_remains(own, parts[0], np.bincount(own))]] = True
    if not held_out.any():
        raise TrainingError(_NOTHING_LEFT)
    part = "tenth" if len(parts) == MANY_FOLDS else "part"
    return training[~held_out], training[held_out], f"a held-out {part} of train"


def _whole_groups(labels: Integers, groups: Integers, folds: int, seed: int) -> list[Integers]:
    """Rows of each fold, whole groups and every class in its share; a class with a single group is in none.

    Raises TrainingError where no class has two groups.
    """
    from sklearn.model_selection import StratifiedGroupKFold

    present, position = np.unique(labels, return_inverse=True)
    groups_of = np.array([len(np.unique(groups[position == k])) for k in range(len(present))], np.int64)
    several = groups_of >= 2
    if not several.any():
        raise TrainingError("no class has enough images to hold some out: record more")
    can_be_held_out, folds = several[position], min(folds, int(groups_of[several].min()))
    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a class smaller than the number of folds is handled above
        return [test[can_be_held_out[test]] for _, test in splitter.split(labels[:, None], labels, groups)]


def are_few(images: int) -> bool:
    """So few that a held-out fifth is much: where it has done its work, a network is trained again on all of them."""
    return images < _MANY_IMAGES


def comparison_rows(labels: Integers, groups: Integers, n_classes: int, seed: int) -> Integers:
    """Rows to compare heads on: all, or whole groups of each class until it has its share of 20,000."""
    if len(labels) <= _MOST_COMPARED:
        return np.arange(len(labels))
    names, group = np.unique(groups, return_inverse=True)
    turn = np.random.default_rng(seed).permutation(len(names))
    chosen = np.zeros(len(names), bool)
    for k in range(n_classes):
        sizes = np.bincount(group[labels == k], minlength=len(names))
        own = np.flatnonzero(sizes)
        own = own[np.argsort(turn[own])]
        wanted = max(sizes.sum() * _MOST_COMPARED / len(labels), min(sizes.sum(), _MANY_IMAGES))
        before = np.cumsum(sizes[own]) - sizes[own]
        # Two groups at the least, for one of them is held out.
        chosen[own[(before < wanted) | (np.arange(len(own)) < 2)]] = True
    return np.flatnonzero(chosen[group])


def val_can_judge(labels: Integers, n_classes: int) -> bool:
    """Whether the split val, with labels (V,), can choose and calibrate: enough images, and some of every class."""
    return len(np.unique(labels)) == n_classes and len(labels) >= FEWEST_SAMPLES


def has_every_class(samples: Iterable[Sample], class_ids: Set[int]) -> bool:
    """Whether `samples` are of all these classes and of no other: only then they measure a whole classifier."""
    return {sample.class_id for sample in samples} == class_ids


def audited(held_out: Sequence[Sample], class_ids: Sequence[int]) -> list[Sample]:
    """Those of the `held_out` samples that an audit asks: of the split val alone where it has enough of each class."""
    in_val = [sample for sample in held_out if sample.split == "val"]
    counts = Counter(sample.class_id for sample in in_val)
    return in_val if all(counts[class_id] >= ENOUGH_IN_VAL for class_id in class_ids) else list(held_out)


def folds_text(folds: int) -> str:
    """What held-out samples are where no split val judges, for a run's `validation`."""
    return f"{folds} held-out folds of train"
