"""Split rules: how images without a capture session are assigned to train and test, which samples must be held out
together, and the folds and the holdout made of such groups.
"""

from __future__ import annotations

import warnings
from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from edge_transfer.dataset.records import Sample
from edge_transfer.errors import TrainingError

Integers = NDArray[np.int64]
TEST_SHARE = 0.2
NEAR_DUPLICATE_BITS = 2
"""Pictures whose difference hashes differ in at most so many bits stay on one side."""

_BLOCKS = 5
_MANY_IMAGES = 1000
_FEW_PARTS, _MANY_PARTS = 5, 10


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


def _parts(
    labels: Integers, groups: Integers, n_classes: int, folds: int, seed: int
) -> tuple[list[tuple[Integers, Integers]], int]:
    """Rows to learn from and rows held out of each fold, and how many folds there are."""
    from sklearn.model_selection import StratifiedGroupKFold

    groups_per_class = [len(np.unique(groups[labels == k])) for k in range(n_classes)]
    can_be_held_out = np.array([count >= 2 for count in groups_per_class])[labels]
    smallest = min((count for count in groups_per_class if count >= 2), default=0)
    if smallest == 0:
        raise TrainingError("no class has enough images to hold some out: record more")
    folds = min(folds, smallest)
    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    parts = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a class smaller than the number of folds is handled above
        for _, test in splitter.split(labels[:, None], labels, groups):
            held_out = test[can_be_held_out[test]]
            train = np.setdiff1d(np.arange(len(labels)), held_out)
            # Where a session holds several classes, holding it out may take the last images of one: nothing can be
            # said about a class that the fold does not know.
            known = held_out[np.isin(labels[held_out], labels[train])]
            parts.append((train, known if len(np.unique(labels[train])) > 1 else known[:0]))
    return parts, folds


def divided(
    labels: Integers, is_val: NDArray[np.bool_], groups: Integers, *, val_suffices: bool, seed: int
) -> tuple[Integers, Integers, str]:
    """Rows to learn from, rows held out, and what those are: the split val, or whole groups of the training rows.

    `groups` are those of the rows outside val. A fifth is held out, from 1,000 images on a tenth. A class of which
    nothing would be left to learn from stays. Raises TrainingError where nothing can be held out.
    """
    from sklearn.model_selection import StratifiedGroupKFold

    training = np.flatnonzero(~is_val)
    if val_suffices:
        return training, np.flatnonzero(is_val), "val"
    own = labels[training]
    count = {k: len(np.unique(groups[own == k])) for k in np.unique(own).tolist()}
    can_be = np.array([count[k] >= 2 for k in own.tolist()])
    parts = _MANY_PARTS if len(own) >= _MANY_IMAGES else _FEW_PARTS
    parts = min(parts, *(n for n in count.values() if n >= 2), parts) if can_be.any() else 0
    if parts < 2:
        raise TrainingError("no class has enough images to hold some out: record more")
    splitter = StratifiedGroupKFold(parts, shuffle=True, random_state=seed)
    _, chosen = next(iter(splitter.split(own[:, None], own, groups)))
    held_out = np.zeros(len(own), bool)
    held_out[chosen] = can_be[chosen]
    held_out &= np.isin(own, own[~held_out])
    if not held_out.any():
        raise TrainingError("every capture session held out takes all images of a class: record more sessions")
    return training[~held_out], training[held_out], f"a held-out {'tenth' if parts == _MANY_PARTS else 'part'} of train"
