"""The rows of the gallery: lists, orders, and what became of a suspect."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gui.pages.review.gallery.rows import Filter, Judged, align
from gui.pages.review.gallery.tiles import Tiles
from tests.gui.pages.review.gallery.conftest import contents_of, review_of


def test_lists_and_orders(fill: Callable[..., Tiles]) -> None:
    own = np.full(100, 0.9, np.float32)
    suggested = np.where(np.arange(100) < 50, 1, 2)
    group = np.full(100, -1)
    own[[10, 60, 20]], suggested[[10, 60, 20]] = (0.05, 0.01, 0.45), (2, 1, 2)
    group[[30, 70]], group[[31, 32]] = 1, 0
    review = review_of(
        100, own=own, suggested=suggested, group=group, suspects=(61, 11), duplicates=(33,), outliers=(90, 5)
    )

    def ids(*wanted: Any, **more: Any) -> list[int]:
        return fill(100, Filter(*wanted, **more), review).ids.tolist()

    assert ids("suspects") == [61, 11]
    assert ids("disagreement") == [61, 11, 21]
    assert ids("duplicates") == [32, 33, 31, 71]
    assert ids("outliers") == [90, 5]
    assert ids()[:3] == [61, 11, 21]
    assert ids("suspects", class_id=1) == [11]
    assert ids(order="newest")[:2] == [100, 99]
    assert ids(order="recorded") == list(range(1, 101))
    assert ids("blurred", order="blur") == list(range(1, len(ids("blurred")) + 1))
    assert max(ids("dark")) < min(ids("bright"))
    assert ids(session_id=2) == []
    assert fill(100, Filter("suspects")).ids.tolist() == []


def test_a_changed_label_is_no_suspect_any_more() -> None:
    contents = contents_of(10)
    review = review_of(10, own=np.zeros(10, np.float32), suggested=np.full(10, 2), suspects=(1, 2))
    old = contents.columns.class_ids.copy()
    old[0] = 2
    findings = align(contents.columns, Judged(review, contents.columns.ids, old))
    assert findings.suspect.tolist()[:3] == [-1, 1, -1]
    assert np.isnan(findings.own[0])
    assert findings.suggested[0] == -1
