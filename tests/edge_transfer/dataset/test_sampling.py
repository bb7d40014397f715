"""Parts of a catalogue: proportional, the same again, and little changed by what joins."""

from __future__ import annotations

import hashlib
from collections import Counter

from edge_transfer.dataset.records import Sample
from edge_transfer.dataset.sampling import at_most


def samples(*counts: int) -> list[Sample]:
    """So many of each class, their pictures at random."""
    return [
        Sample(
            *(hashlib.sha256(f"{label} {k}".encode()).hexdigest(), ".png", label, 64, 48, 10, k, None, 1.0, 0.5, k),
            id=1000 * label + k,
            class_name=f"class {label}",
            session_id=label,
            split="train",
            session_kind="recording",
        )
        for label, count in enumerate(counts)
        for k in range(count)
    ]


def classes_of(some: list[Sample]) -> dict[int, int]:
    return dict(Counter(sample.class_id for sample in some))


def test_few_are_all_kept() -> None:
    assert at_most(samples(5, 3), 8) == samples(5, 3)


def test_every_class_keeps_the_same_share_and_none_is_lost() -> None:
    assert classes_of(at_most(samples(600, 300, 99, 1), 100)) == {0: 60, 1: 30, 2: 9, 3: 1}


def test_the_order_stays_and_what_joins_changes_little() -> None:
    before, after = at_most(samples(600, 300), 90), at_most(samples(660, 300), 96)
    assert before == [sample for sample in samples(600, 300) if sample in before]
    kept = {sample.sha256 for sample in before} & {sample.sha256 for sample in after}
    assert len(kept) > 80
