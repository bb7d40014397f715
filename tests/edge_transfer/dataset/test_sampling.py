"""Parts of a catalogue: spread over classes, recordings and time, and little changed by what joins."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from edge_transfer.dataset.records import ClassRow, Sample
from edge_transfer.dataset.sampling import (
    as_given,
    by_time,
    draw_per_class,
    evenly,
    evenly_to_the_end,
    in_share,
    of_class_and_session,
    of_session,
    stratified_sample,
)


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
    assert stratified_sample(samples(5, 3), 8) == samples(5, 3)


def test_every_class_keeps_the_same_share_and_none_is_lost() -> None:
    assert classes_of(stratified_sample(samples(600, 300, 99, 1), 100)) == {0: 60, 1: 30, 2: 9, 3: 1}


def test_the_order_stays_and_what_joins_changes_little() -> None:
    before, after = stratified_sample(samples(600, 300), 90), stratified_sample(samples(660, 300), 96)
    assert before == [sample for sample in samples(600, 300) if sample in before]
    kept = {sample.sha256 for sample in before} & {sample.sha256 for sample in after}
    assert len(kept) > 80


def test_shares_of_recordings_are_kept_and_twenty_of_a_small_class() -> None:
    nuts, more, bolts = 120, 60, 25
    all_of_them = samples(nuts, more, bolts)
    # The second recording is of the first class as well.
    all_of_them = [replace(each, class_id=0) if each.class_id == 1 else each for each in all_of_them]

    def chosen(some: list[Sample], most: int) -> list[Sample]:
        return stratified_sample(some, most, stratum=of_class_and_session, pick=in_share)

    assert chosen(all_of_them, 300) == all_of_them
    hundred = chosen(all_of_them, 100)
    assert len(hundred) == 100
    assert hundred == [sample for sample in all_of_them if sample in hundred]
    assert classes_of(hundred) == {0: 80, 2: 20}
    of_sessions = Counter(sample.session_id for sample in hundred)
    assert (of_sessions[0], of_sessions[1]) == pytest.approx((53, 27), abs=2)
    # One picture more changes little of what is looked at.
    fewer = chosen(all_of_them[1:], 100)
    assert len({sample.id for sample in hundred} & {sample.id for sample in fewer}) > 95


def test_equal_distances_in_time_with_and_without_the_end() -> None:
    frames = samples(50, 50)
    ids = [sample.id for sample in frames]
    for pick, places in ((evenly, [0, 25, 50, 75]), (evenly_to_the_end, [0, 33, 66, 99])):
        chosen = stratified_sample(frames, 4, stratum=of_session, order=by_time, pick=pick)
        assert [ids.index(sample.id) for sample in chosen] == places
        assert stratified_sample(frames, 100, order=by_time, pick=pick) == frames
        assert stratified_sample([], 4, pick=pick) == []
    floor = partial(evenly_to_the_end, rounding=np.floor)
    for pick, places in ((evenly_to_the_end, [0, 50, 99]), (floor, [0, 49, 99])):
        chosen = stratified_sample(frames, 3, order=as_given, pick=pick)
        assert [ids.index(sample.id) for sample in chosen] == places


def test_more_of_each_class_only_adds_to_a_draw() -> None:
    classes = [ClassRow(k, f"class {k}", k) for k in range(2)]
    few, more = (draw_per_class(classes, samples(30, 4), count, seed=1).of_samples for count in (3, 6))
    assert (classes_of(list(few)), classes_of(list(more))) == ({0: 3, 1: 3}, {0: 6, 1: 4})
    assert set(few) < set(more)
    assert draw_per_class(classes, samples(30, 4), 0, seed=1).of_samples == tuple(samples(30, 4))
    other = draw_per_class(classes, samples(30, 4), 3, seed=2).of_samples
    assert other != few
    assert draw_per_class(classes[:1], samples(30, 4), 3, seed=1).of_samples == few[:3], "another class changes no draw"
