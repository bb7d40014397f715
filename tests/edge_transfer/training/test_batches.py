"""Batches: every image once an epoch, every view in turn, and all of it again from the same seed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_transfer.training.batches import altered, batch_size_for, epoch_batches, rehearsal_shares

ROWS = np.arange(100, 137)


@pytest.mark.parametrize("batch_size", [2, 5, 32, 64])
def test_every_row_comes_once_and_no_batch_holds_one_image(batch_size: int) -> None:
    batches = epoch_batches(ROWS, 0, seed=0, batch_size=batch_size, views=3, mixup=0.0)
    assert sorted(np.concatenate([batch.rows for batch in batches]).tolist()) == ROWS.tolist()
    assert min(len(batch.rows) for batch in batches) >= 2
    assert all(batch.share == 1 for batch in batches)


def test_every_view_comes_in_turn() -> None:
    seen: dict[int, list[int]] = {}
    for epoch in range(8):
        for batch in epoch_batches(ROWS, epoch, seed=0, batch_size=8, views=3, mixup=0.0):
            for row, view in zip(batch.rows.tolist(), batch.views.tolist(), strict=True):
                seen.setdefault(row, []).append(view)
    assert all(sorted(views) == [0, 0, 1, 1, 2, 2, 3, 3] for views in seen.values())


def test_an_epoch_follows_from_its_seed_and_its_number() -> None:
    def order(epoch: int, seed: int) -> list[int]:
        batches = epoch_batches(ROWS, epoch, seed=seed, batch_size=8, views=3, mixup=0.4)
        return [row for batch in batches for row in [*batch.rows.tolist(), *batch.partners.tolist()]]

    assert order(4, 1) == order(4, 1)
    assert order(4, 1) != order(5, 1)
    assert order(4, 1) != order(4, 2)


def test_mixup_draws_partners_and_a_share() -> None:
    batches = epoch_batches(ROWS, 0, seed=0, batch_size=8, views=3, mixup=0.4)
    assert all(0 <= batch.share < 1 for batch in batches)
    assert all(sorted(batch.partners.tolist()) == list(range(len(batch.rows))) for batch in batches)


def test_the_parts_of_a_batch_make_it_up() -> None:
    (batch,) = epoch_batches(ROWS, 0, seed=0, batch_size=64, views=1, mixup=0.0)
    assert np.concatenate(batch.parts(3)).tolist() == list(range(len(ROWS)))
    assert [len(part) for part in batch.parts(3)] == [13, 12, 12]
    assert len(batch.parts(100)) == len(ROWS)


@pytest.mark.parametrize(("images", "size"), [(2, 2), (12, 2), (80, 10), (2000, 32)])
def test_few_images_make_small_batches(images: int, size: int) -> None:
    assert batch_size_for(images, 32) == size


def test_a_view_differs_from_the_picture_and_from_other_views_and_is_the_same_again(
    varied: Callable[..., NDArray[np.uint8]],
) -> None:
    picture: Any = varied(1, 0)[0]
    one, same, other = altered(picture, [0, 7, 1]), altered(picture, [0, 7, 1]), altered(picture, [0, 7, 2])
    assert (one.shape, one.dtype) == (picture.shape, np.uint8)
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)
    assert not np.array_equal(one, picture)


def test_views_show_most_of_the_picture_the_right_way_up() -> None:
    picture = np.zeros((64, 64, 3), np.uint8)
    picture[:32] = 200
    for view in range(20):
        shown = altered(picture, [0, 0, view])
        assert shown[:12].mean() > 100 + shown[-12:].mean()


# Old recordings beside new ones


def test_a_short_old_recording_keeps_its_place_beside_a_long_new_one() -> None:
    sessions = np.array([1] * 5 + [2] * 100 + [3] * 30 + [4] * 30)
    labels = np.array([0] * 105 + [1] * 60)
    shares = rehearsal_shares(sessions, labels)
    assert shares is not None
    assert shares[:105].sum() == pytest.approx(105), "no class gains or loses"
    assert shares[105:] == pytest.approx(1.0), "two recordings of one length"
    assert 0.15 < shares[:5].sum() / 105 < 0.2, "4.8 % without it"
    assert shares.max() < 4.5
    rows = np.arange(165) + 1000
    options: dict[str, Any] = {"seed": 3, "batch_size": 16, "views": 4, "mixup": 0.0, "shares": shares}
    counts = np.zeros(165)
    for epoch in range(40):
        batches = epoch_batches(rows, epoch, **options)
        drawn = np.concatenate([batch.rows for batch in batches])
        assert len(drawn) == 165
        counts += np.bincount(drawn - 1000, minlength=165)
        pairs = {(row, view) for batch in batches for row, view in zip(batch.rows, batch.views, strict=True)}
        assert len(pairs) == 165, "an image that comes again comes in another view"
    assert counts / 40 == pytest.approx(shares, abs=0.25)
    assert counts.min() > 0, "every image comes at some time"
    again = epoch_batches(rows, 7, **options)
    assert [b.rows.tolist() for b in again] == [b.rows.tolist() for b in epoch_batches(rows, 7, **options)]


def test_pictures_and_recordings_of_one_length_are_drawn_once() -> None:
    labels = np.arange(40) % 2
    assert rehearsal_shares(np.full(40, -1), labels) is None
    assert rehearsal_shares(np.arange(40) // 10, np.repeat([0, 0, 1, 1], 10)) is None
