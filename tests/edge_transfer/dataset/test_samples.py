"""Adding samples: whole batches, duplicates and conflicts, and what lies in the trash."""

from __future__ import annotations

import copy
import os
from dataclasses import asdict

import numpy as np
import pytest

from edge_transfer.dataset.catalog import Catalog, Conflict, InsertResult, NewSample, SessionRow
from edge_transfer.errors import DatasetError


def new(number: int, class_id: int, note: str = "") -> NewSample:
    return NewSample(f"{number:064x}", ".jpg", class_id, 640, 480, 1000, number, number / 30, 1.5, 99.5, number, note)


def record(catalog: Catalog, class_id: int, first: int, count: int = 1, split: str | None = None) -> SessionRow:
    session = catalog.begin_session("recording", "demo", split, class_id)
    catalog.add_samples(session.id, [new(first + i, class_id) for i in range(count)])
    return session


def test_a_sample_comes_back_as_it_went_in(catalog: Catalog) -> None:
    nut = catalog.add_class("nut").id
    session = catalog.begin_session("recording", "demo", class_id=nut)
    sample = NewSample("ab" * 32, ".png", nut, 640, 480, 12345, 7, 0.25, 12.5, 99.0, 2**64 - 1, "a/b ü.png")
    assert catalog.add_samples(session.id, [sample]) == InsertResult(1, 0, ())
    (found,) = catalog.samples()
    given = asdict(sample)
    assert {name: getattr(found, name) for name in given} == given
    assert (found.class_name, found.session_id, found.split, found.session_kind) == (
        "nut",
        session.id,
        "train",
        "recording",
    )
    assert copy.deepcopy(found) == found


def test_numpy_scalars_and_names_of_any_bytes_are_taken(catalog: Catalog) -> None:
    nut = catalog.add_class("nut").id
    session = catalog.begin_session("collection", os.fsdecode(b"caf\xe9"))
    one = np.int64(1)
    sample = NewSample(
        "ab" * 32, ".jpg", nut, one, one, one, one, None, np.float32(0.5), np.float64(2), np.uint64(2**63), "x\udce9"
    )
    catalog.add_samples(session.id, [sample])
    (found,) = catalog.samples()
    assert (found.sharpness, found.dhash, found.note) == (0.5, 2**63, "x\\udce9")
    assert catalog.sessions()[0].source == "caf\\udce9"


def test_the_same_picture_is_a_duplicate_or_a_conflict(catalog: Catalog) -> None:
    nut, bolt = catalog.add_class("nut").id, catalog.add_class("bolt").id
    session = catalog.begin_session("collection", "folder").id
    assert catalog.add_samples(
        session, [new(1, nut), new(1, nut), new(2, nut), new(1, bolt, "b/1.jpg")]
    ) == InsertResult(2, 1, (Conflict(f"{1:064x}", "b/1.jpg", "nut", "bolt"),))
    assert catalog.add_samples(session, [new(1, nut), new(2, bolt), new(3, bolt)]) == InsertResult(
        1, 1, (Conflict(f"{2:064x}", "", "nut", "bolt"),)
    )
    assert [sample.class_name for sample in catalog.samples()] == ["nut", "nut", "bolt"]
    assert catalog.add_samples(session, []) == InsertResult(0, 0, ())


def test_a_picture_in_the_trash_comes_back_where_it_is_added(catalog: Catalog) -> None:
    nut, bolt = catalog.add_class("nut").id, catalog.add_class("bolt").id
    record(catalog, nut, 1, 3)
    old = catalog.samples()[0]
    catalog.trash([old.id])
    session = catalog.begin_session("recording", "again", "test")
    assert catalog.add_samples(session.id, [new(1, bolt, "second"), new(1, bolt), new(1, nut)]) == InsertResult(
        1, 1, (Conflict(f"{1:064x}", "", "bolt", "nut"),)
    )
    back = catalog.samples()[0]
    assert (back.id, back.class_id, back.session_id, back.note) == (old.id, bolt, session.id, "second")
    assert catalog.undo() == "adding from again (1 image)"
    assert len(catalog.samples()) == 2
    assert catalog.undo() == "moving to the trash (1 image)"
    assert catalog.samples()[0] == old
    catalog.redo()
    catalog.redo()
    assert catalog.samples()[0] == back


def test_a_batch_is_added_whole_or_not_at_all(catalog: Catalog) -> None:
    nut = catalog.add_class("nut").id
    session = catalog.begin_session("recording", "demo").id
    with pytest.raises(DatasetError, match="no class number 9"):
        catalog.add_samples(session, [new(1, nut), new(2, 9)])
    with pytest.raises(DatasetError, match="no session number 9"):
        catalog.add_samples(9, [new(1, nut)])
    with pytest.raises(DatasetError, match="refuses these values"):
        catalog.add_samples(session, [new(1, nut), NewSample("x", ".jpg", nut, 1, 1, 1, 1, None, 0.0, 0.0, 0)])
    catalog.undo()
    with pytest.raises(DatasetError, match=f"no class number {nut}"):
        catalog.add_samples(session, [new(1, nut)])
    assert catalog.samples() == []
