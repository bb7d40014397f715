"""Reading and changing the catalogue for the Review page: the newest read wins, and read-only changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from edge_transfer.dataset.reader import Trash
from gui.pages.review.catalog_access import ReviewChanges, ReviewReader
from gui.pages.review.gallery.rows import Contents
from gui.session import Session

Until = Callable[..., None]


@pytest.fixture
def filled(project: Project, record: Callable[..., object]) -> Project:
    """Three nuts (1 to 3) and two washers (4 and 5)."""
    with Catalog.open(project) as catalog:
        record(project, catalog, "nut", 3)
        record(project, catalog, "washer", 2)
    return project


@pytest.fixture
def reader(qapp: object) -> Iterator[ReviewReader]:
    made = ReviewReader()
    yield made
    made.close()


def test_reads_that_are_asked_for_meanwhile_are_one(reader: ReviewReader, filled: Project, until: Until) -> None:
    arrived: list[Contents] = []
    reader.arrived.connect(arrived.append)
    reader.read()
    reader.set_project(filled)
    for _ in range(5):
        reader.read()
    until(lambda: arrived and reader._job is None)
    assert len(arrived) == 1, "the first one is out of date"
    assert [row.name for row in arrived[0].tally.classes] == ["nut", "washer"]


def test_whole_rows_come_at_once_and_without_a_project_none(reader: ReviewReader, filled: Project) -> None:
    assert reader.samples([1]) == []
    reader.set_project(filled)
    assert [(row.id, row.class_name) for row in reader.samples([4, 2])] == [(4, "washer"), (2, "nut")]
    reader.set_project(None)
    assert reader.ask(lambda browser: 1) is None


def test_a_project_that_is_gone_is_said(reader: ReviewReader, filled: Project) -> None:
    said: list[str] = []
    reader.failed.connect(said.append)
    filled.root.rename(filled.root.with_name("moved"))
    reader.set_project(filled)
    assert reader.samples([1]) == []
    assert len(said) == 1


def labels(project: Project) -> dict[int, str]:
    with Catalog.open(project, read_only=True) as catalog:
        return {sample.id: sample.class_name for sample in catalog.samples()}


def test_labels_and_trash_are_changed_told_and_undone(session: Session, filled: Project) -> None:
    session.open(filled.root)
    changes = ReviewChanges(session)
    told: list[str] = []
    session.told.connect(told.append)
    changes.relabel({2: [1, 3]})
    assert labels(filled) == {1: "washer", 2: "nut", 3: "washer", 4: "washer", 5: "washer"}
    changes.trash([4])
    assert 4 not in labels(filled)
    assert told == [
        "2 images moved to “washer”",
        "1 image moved to the trash; Ctrl+Z brings it back",
    ]
    changes.trash([])
    changes.relabel({})
    session.undo()
    session.undo()
    assert labels(filled) == {1: "nut", 2: "nut", 3: "nut", 4: "washer", 5: "washer"}


def test_a_session_moves_to_a_split_and_to_the_trash_which_is_emptied(session: Session, filled: Project) -> None:
    session.open(filled.root)
    changes = ReviewChanges(session)
    changes.set_split(1, "test")
    with Catalog.open(filled, read_only=True) as catalog:
        assert [row.split for row in catalog.sessions()] == ["test", "train"]
    changes.trash_session(2)
    assert sorted(labels(filled)) == [1, 2, 3]
    told: list[str] = []
    session.told.connect(told.append)
    changes.empty_trash()
    assert told == ["2 images deleted"]


def test_the_question_says_how_much_and_for_good(session: Session) -> None:
    question = ReviewChanges(session).question(Trash(2, 5_000_000))
    assert question.startswith("Delete 2 images for good? That frees ")
    assert question.endswith("and cannot be undone.")


def test_a_session_that_is_read_only_changes_nothing(session: Session, filled: Project) -> None:
    other = Session()
    other.open(filled.root)
    try:
        session.open(filled.root)
        assert session.read_only
        before = labels(filled)
        changes = ReviewChanges(session)
        changes.relabel({2: [1]})
        changes.trash([1])
        changes.trash_session(1)
        changes.set_split(1, "test")
        changes.empty_trash()
        assert labels(filled) == before
        with Catalog.open(filled, read_only=True) as catalog:
            assert [row.split for row in catalog.sessions()] == ["train", "train"]
    finally:
        other.close()
