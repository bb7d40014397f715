"""What is held out: shares, near-duplicates and groups on one side, and the same answer after half an import."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import numpy as np
import pytest

from edge_transfer.dataset import splits as rules
from edge_transfer.dataset.records import Sample
from edge_transfer.dataset.splits import (
    ENOUGH_IN_VAL,
    FEWEST_SAMPLES,
    audited,
    class_remains,
    comparison_rows,
    cross_validation_folds,
    has_every_class,
    held_in_turn,
    holdout_split,
    near_duplicate_groups,
    next_recording_split,
    random_splits,
    single_sample_folds,
    val_can_judge,
    validation_groups,
)
from edge_transfer.errors import TrainingError


def pictures(count: int, seed: int = 0) -> list[tuple[str, int]]:
    hashes = np.random.default_rng(seed).integers(0, 2**64, count, np.uint64).tolist()
    return [(hashlib.sha256(f"{seed}/{number}".encode()).hexdigest(), value) for number, value in enumerate(hashes)]


def test_groups_are_chains_of_near_hashes() -> None:
    first, second, third = near_duplicate_groups([0b0000, 0b0011, 0b1111, 2**63 | 0xFF00, 0b0000])[:3]
    assert first == second == third
    groups = near_duplicate_groups([0b0000, 0b0111, 2**64 - 1, 0b0000])
    assert groups[0] == groups[3]
    assert len(set(groups)) == 3
    assert near_duplicate_groups([]) == []


def test_a_fifth_goes_to_test() -> None:
    assert random_splits(pictures(500)).count("test") == 100
    assert random_splits(pictures(10)).count("test") == 2


@pytest.mark.parametrize(("count", "in_test"), [(0, 0), (1, 0), (2, 1), (3, 1), (4, 1), (7, 1), (8, 2)])
def test_few_pictures(count: int, in_test: int) -> None:
    assert random_splits(pictures(count)).count("test") == in_test


def test_near_duplicates_stay_on_one_side() -> None:
    several = [(sha256, number // 5 * 0x0F0F0F0F0F | number % 2) for number, (sha256, _) in enumerate(pictures(300))]
    splits = random_splits(several)
    for group in range(60):
        assert len(set(splits[5 * group : 5 * group + 5])) == 1
    assert 40 <= splits.count("test") <= 60


def test_one_large_group_and_a_picture() -> None:
    several = [(sha256, 0) for sha256, _ in pictures(9)] + [("f" * 64, 2**64 - 1)]
    assert random_splits(several) == ["train"] * 9 + ["test"]
    assert set(random_splits([(sha256, 0) for sha256, _ in pictures(9)])) == {"train"}


def test_only_large_groups() -> None:
    several = [(sha256, 0 if number < 6 else 2**64 - 1) for number, (sha256, _) in enumerate(pictures(10))]
    assert random_splits(several) == ["train"] * 6 + ["test"] * 4


def test_the_order_of_the_list_does_not_matter() -> None:
    several = pictures(100)
    forward = dict(zip(several, random_splits(several), strict=True))
    backward = dict(zip(several[::-1], random_splits(several[::-1]), strict=True))
    assert forward == backward


@pytest.mark.parametrize("recorded", [1, 30, 80, 99])
def test_half_an_import_does_not_change_the_rest(recorded: int) -> None:
    several = [(sha256, value if number % 3 else number // 9) for number, (sha256, value) in enumerate(pictures(100))]
    whole = random_splits(several)
    existing = [(several[index][1], whole[index]) for index in range(0, recorded)]
    assert random_splits(several, existing) == whole


def test_what_resembles_an_existing_sample_follows_it() -> None:
    several = pictures(20)
    for side in ("train", "val", "test"):
        splits = random_splits(several, [(several[3][1] ^ 0b11, side)])
        assert splits[3] == side
    assert random_splits(several, [(several[3][1], "test"), (several[3][1] ^ 1, "train")])[3] == "train"


# Recordings


def test_about_a_quarter_of_the_recordings_is_test() -> None:
    split: list[str] = []
    for _ in range(12):
        split.append(next_recording_split(split.count("train"), split.count("test")))
    assert split[:6] == ["train", "test", "train", "train", "train", "test"]
    assert split.count("test") == 3
    assert next_recording_split(0, 1) == "train"
    assert next_recording_split(4, 1) == "test"


# Groups that are held out together


def sample(number: int, session: int, position: int = 0, *, kind: str = "recording", label: int = 1) -> Sample:
    return Sample(
        *(f"{number:064x}", ".png", label, 64, 48, 1000, position, None, 1.0, 99.0, number % 7),
        id=number,
        class_name=f"class {label}",
        session_id=session,
        split="train",
        session_kind=kind,
    )


def test_pictures_that_look_alike_stay_on_one_side() -> None:
    """Difference hashes that differ in two bits at most are one group, within a class."""
    picture = sample(0, 1, kind="collection")
    hashes = [0, 0, 0b11, 0b1111, 0xFF00, 0]
    pictures = [replace(picture, id=k, sha256=f"{k:064x}", dhash=dhash) for k, dhash in enumerate(hashes)]
    pictures[-1] = replace(pictures[-1], class_id=2)
    groups, reasons = validation_groups(pictures)
    assert groups.tolist() == [0, 0, 0, 0, 1, 2]
    assert reasons == []


def test_groups_of_recordings_are_sessions() -> None:
    samples = [sample(k, session=1 + k // 10, position=k % 10) for k in range(30)]
    groups, reasons = validation_groups(samples)
    assert reasons == []
    assert groups.tolist() == [0] * 10 + [1] * 10 + [2] * 10


def test_a_round_of_sessions_is_held_out_together() -> None:
    """Sessions 1 to 3 show class 1, 2 and 3 in one scene, 4 to 6 in another; class 3 has a third session."""
    order = ((1, 1), (2, 2), (3, 3), (4, 1), (5, 2), (6, 3), (7, 3))
    samples = [sample(10 * session, session=session, position=0, label=label) for session, label in order]
    groups, reasons = validation_groups(samples)
    assert groups.tolist() == [0, 0, 0, 1, 1, 1, 2]
    assert reasons == []


def test_a_single_session_is_cut_into_blocks_of_time_and_said_to_be_optimistic() -> None:
    samples = [sample(k, session=1, position=100 + k) for k in range(20)]
    samples += [sample(100 + k, session=2 + k // 5, position=k, label=2) for k in range(10)]
    groups, reasons = validation_groups(samples)
    assert groups[:20].tolist() == [k // 4 for k in range(20)]
    assert len(set(groups[20:].tolist())) == 2
    (reason,) = reasons
    assert "all training frames of class 1 come from one capture session" in reason
    assert "record a second session" in reason


def test_fewer_frames_than_blocks() -> None:
    groups, _ = validation_groups([sample(k, session=1, position=k) for k in range(2)])
    assert len(set(groups.tolist())) == 2
    groups, _ = validation_groups([sample(1, session=1, position=5)])
    assert groups.tolist() == [0]


def test_independent_pictures_are_their_own_groups_beside_recordings() -> None:
    samples = [replace(sample(k, session=1, kind="collection"), dhash=0xFF << 8 * k) for k in range(7)]
    samples += [sample(100 + k, session=2 + k % 2, position=k) for k in range(6)]
    groups, reasons = validation_groups(samples)
    assert len(set(groups[:7].tolist())) == 7
    assert len(set(groups[7:].tolist())) == 2
    assert not set(groups[:7].tolist()) & set(groups[7:].tolist())
    assert reasons == []


# A part that chooses


def test_a_fifth_of_the_groups_is_held_out_and_a_tenth_of_many() -> None:
    for images, share in ((100, 0.2), (2000, 0.1)):
        labels, groups = np.arange(images) % 4, np.arange(images) // 2
        fit, held_out, source = holdout_split(labels, np.zeros(images, bool), groups, val_suffices=False, seed=0)
        assert sorted([*fit, *held_out]) == list(range(images))
        assert len(held_out) == pytest.approx(share * images, rel=0.1)
        assert not set(groups[fit]) & set(groups[held_out])
        assert set(labels[fit]) == {0, 1, 2, 3}
        assert source.startswith("a held-out")


def test_the_split_val_is_held_out_where_it_suffices() -> None:
    is_val = np.arange(50) >= 30
    fit, held_out, source = holdout_split(np.arange(50) % 2, is_val, np.arange(30), val_suffices=True, seed=0)
    assert (fit.tolist(), held_out.tolist(), source) == (list(range(30)), list(range(30, 50)), "val")


def test_a_class_with_one_group_stays_and_one_group_of_each_is_refused() -> None:
    labels = np.array([0] * 20 + [1] * 5)
    groups = np.array([*range(20), *[99] * 5])
    _, held_out, _ = holdout_split(labels, np.zeros(25, bool), groups, val_suffices=False, seed=0)
    assert set(labels[held_out]) == {0}
    with pytest.raises(TrainingError, match="no class has enough images"):
        holdout_split(labels, np.zeros(25, bool), labels, val_suffices=False, seed=0)


# Folds


def test_every_row_that_can_be_is_held_out_once_with_its_group() -> None:
    labels, groups = np.arange(120) % 3, np.arange(120) // 4
    parts, folds = cross_validation_folds(labels, groups, 5, 0)
    assert folds == len(parts) == 5
    assert sorted(row for _, held_out in parts for row in held_out.tolist()) == list(range(120))
    for fit, held_out in parts:
        assert sorted([*fit, *held_out]) == list(range(120))
        assert not set(groups[fit]) & set(groups[held_out])


def test_a_smaller_class_gives_fewer_folds_and_one_group_of_it_none() -> None:
    labels = np.array([0] * 20 + [1] * 4 + [2] * 3)
    groups = np.array([*range(20), 20, 20, 21, 22, *[23] * 3])
    parts, folds = cross_validation_folds(labels, groups, 5, 0)
    assert folds == 3
    held_out = {row for _, rows in parts for row in rows.tolist()}
    assert held_out == set(range(24)), "the class with one group stays"


def test_where_every_group_holds_a_whole_class_nothing_can_be_held_out() -> None:
    labels = np.array([0, 0, 1, 1])
    with pytest.raises(TrainingError, match="no class has enough images"):
        cross_validation_folds(labels, labels, 5, 0)
    with pytest.raises(TrainingError, match="takes all images of a class"):
        cross_validation_folds(np.array([0, 0]), np.array([0, 1]), 2, 0)


@pytest.mark.parametrize(("images", "folds"), [(1000, 5), (1001, 3)])
def test_three_folds_serve_many_rows(images: int, folds: int) -> None:
    assert cross_validation_folds(np.arange(images) % 2, np.arange(images), 5, 0)[1] == folds


def test_whole_groups_of_each_class_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    labels, groups = np.arange(400) // 300, np.arange(400) // 10
    assert comparison_rows(labels, groups, 2, 0).tolist() == list(range(400))
    monkeypatch.setattr(rules, "_MOST_COMPARED", 80)
    monkeypatch.setattr(rules, "_MANY_IMAGES", 10)
    chosen = comparison_rows(labels, groups, 2, 0)
    assert np.bincount(labels[chosen]).tolist() == [60, 20]
    assert set(np.bincount(groups[chosen])) == {0, 10}


def test_folds_in_turn_and_of_single_samples() -> None:
    assert held_in_turn(np.arange(7)).tolist() == [0, 1, 2, 3, 4, 0, 1]
    assert held_in_turn(np.arange(4), 3).tolist() == [0, 1, 2, 0]
    labels = np.repeat([0, 1], [50, 10])
    folds = single_sample_folds(labels)
    for label, of_each in ((0, 10), (1, 2)):
        assert np.bincount(folds[labels == label]).tolist() == [of_each] * 5
    assert folds[:5].tolist() != [0, 1, 2, 3, 4], "neighbours are drawn at random"


def test_a_class_remains_where_others_of_it_are_not_held_out() -> None:
    labels = np.array([0, 0, 1, 1, 2])
    held_out = np.array([0, 2, 3, 4])
    assert class_remains(labels, held_out, np.bincount(labels)).tolist() == [True, False, False, False]


# The splits val and test


def of_class(label: int, split: str, number: int) -> Sample:
    return Sample(
        *(f"{number:064x}", ".png", label, 64, 48, 1000, number, None, 1.0, 99.0, number),
        id=number,
        class_name=f"class {label}",
        session_id=1,
        split=split,
        session_kind="recording",
    )


def test_val_judges_with_enough_images_and_some_of_every_class() -> None:
    labels = np.arange(FEWEST_SAMPLES) % 2
    assert val_can_judge(labels, 2)
    assert not val_can_judge(labels[1:], 2)
    assert not val_can_judge(labels, 3)


def test_val_is_audited_alone_where_it_has_enough_of_each_class() -> None:
    val = [of_class(k % 2, "val", k) for k in range(2 * ENOUGH_IN_VAL)]
    test = [of_class(0, "test", 100)]
    assert audited([*val, *test], [0, 1]) == val
    assert audited([*val[1:], *test], [0, 1]) == [*val[1:], *test]
    assert audited([*val, *test], [0, 1, 2]) == [*val, *test]


def test_a_split_measures_where_it_has_every_class() -> None:
    both = [of_class(0, "test", 1), of_class(1, "test", 2)]
    assert has_every_class(both, {0, 1})
    assert not has_every_class(both[:1], {0, 1})
    assert not has_every_class([], {0})
