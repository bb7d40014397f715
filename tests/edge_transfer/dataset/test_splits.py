"""The random split: shares, near-duplicates on one side, and the same answer after half an import."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from edge_transfer.dataset.splits import near_duplicate_groups, random_splits


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
