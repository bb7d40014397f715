from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge_transfer.dataset.catalog import Catalog, NewSample
from edge_transfer.dataset.project import Project
from edge_transfer.dataset.schema import connect
from edge_transfer.dataset.undo_journal import MAX_ENTRIES, Change, Journal
from edge_transfer.errors import ProjectError

State = tuple[object, ...]


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with Catalog.open(Project.create(tmp_path / "p")) as catalog:
        # Nothing here is about power cuts, and a hundred actions without them take no time.
        catalog._db.execute("PRAGMA synchronous = OFF")
        yield catalog


def new(number: int, class_id: int) -> NewSample:
    return NewSample(f"{number:064x}", ".jpg", class_id, 640, 480, 1000, number, None, 1.0, 2.0, number)


def state(catalog: Catalog) -> State:
    return catalog.classes(), catalog.sessions(), catalog.samples(), catalog.counts()


def act(catalog: Catalog, chance: random.Random) -> None:
    """One random action; it may turn out to change nothing."""
    classes, sessions, samples = catalog.classes(), catalog.sessions(), catalog.samples()
    some = [sample.id for sample in samples if chance.random() < 0.3]
    action = chance.choice(["class", "add", "add", "relabel", "trash", "trash session", "rename", "split"])
    if action == "class" or not classes:
        catalog.add_class(f"class {chance.random()}")
    elif action == "add":
        class_id = chance.choice(classes).id
        session = catalog.begin_session("recording", "demo", class_id=class_id)
        # A few numbers only, so that pictures come back from the trash or are there already.
        catalog.add_samples(session.id, [new(chance.randrange(25), class_id) for _ in range(chance.randrange(8))])
    elif action == "relabel":
        catalog.relabel(some, chance.choice(classes).id)
    elif action == "trash":
        catalog.trash(some)
    elif action == "rename":
        catalog.rename_class(chance.choice(classes).id, f"class {chance.random()}")
    elif action == "trash session" and sessions:
        catalog.trash_session(chance.choice(sessions).id)
    elif sessions:
        catalog.set_split(chance.choice(sessions).id, chance.choice(["train", "test"]))


@pytest.mark.parametrize("seed", range(8))
def test_undo_and_redo_walk_through_every_state(catalog: Catalog, seed: int) -> None:
    chance = random.Random(seed)
    states = [state(catalog)]
    while len(states) < 30:
        act(catalog, chance)
        if (now := state(catalog)) != states[-1]:
            states.append(now)
    descriptions = []
    for earlier in reversed(states[:-1]):
        descriptions.append(catalog.undo())
        assert state(catalog) == earlier
    assert catalog.undo() is None
    for later in states[1:]:
        assert catalog.redo() == descriptions.pop()
        assert state(catalog) == later
    assert catalog.redo() is None


@pytest.mark.parametrize("seed", range(4))
def test_emptying_the_trash_leaves_a_journal_that_works(catalog: Catalog, seed: int) -> None:
    chance = random.Random(100 + seed)
    for _ in range(6):
        for _ in range(8):
            act(catalog, chance)
        for _ in range(chance.randrange(4)):
            catalog.undo()
        before = state(catalog)
        catalog.empty_trash()
        assert state(catalog) == before
    while catalog.redo() is not None:
        pass
    last = state(catalog)
    while catalog.undo() is not None:
        live = {row.id for row in catalog.classes()}
        assert all(sample.class_id in live for sample in catalog.samples())
    assert catalog.classes() == []
    while catalog.redo() is not None:
        pass
    assert state(catalog) == last


def test_a_capture_in_many_batches_is_one_step(catalog: Catalog) -> None:
    nut = catalog.add_class("nut").id
    session = catalog.begin_session("recording", "demo://conveyor")
    for number in range(20):
        catalog.add_samples(session.id, [new(number, nut)])
    assert catalog.undo() == "adding from demo://conveyor (20 images)"
    assert catalog.samples() == []
    assert catalog.redo() == "adding from demo://conveyor (20 images)"
    assert len(catalog.samples()) == 20


def test_another_session_or_action_in_between_begins_a_new_step(catalog: Catalog) -> None:
    nut = catalog.add_class("nut").id
    first, second = (catalog.begin_session("recording", name).id for name in ("one", "two"))
    catalog.add_samples(first, [new(1, nut)])
    catalog.add_samples(second, [new(2, nut)])
    catalog.add_samples(first, [new(3, nut)])
    catalog.rename_class(nut, "bolt")
    catalog.add_samples(first, [new(4, nut)])
    assert [catalog.undo() for _ in range(6)] == [
        "adding from one (1 image)",
        "renaming class 'nut' to 'bolt'",
        "adding from one (1 image)",
        "adding from two (1 image)",
        "adding from one (1 image)",
        "adding class 'nut'",
    ]


def test_frames_that_arrive_after_an_undo_are_a_step_of_their_own(catalog: Catalog) -> None:
    nut = catalog.add_class("nut").id
    session = catalog.begin_session("recording", "demo").id
    catalog.add_samples(session, [new(1, nut)])
    catalog.undo()
    catalog.add_samples(session, [new(2, nut)])
    assert [sample.position for sample in catalog.samples()] == [2]
    assert catalog.redo() is None
    catalog.undo()
    assert catalog.samples() == []


def test_a_new_action_ends_redo_and_an_action_without_effect_does_not(catalog: Catalog) -> None:
    nut = catalog.add_class("nut").id
    catalog.rename_class(nut, "bolt")
    catalog.undo()
    catalog.rename_class(nut, "nut")
    catalog.trash([])
    assert catalog.redo() == "renaming class 'nut' to 'bolt'"
    catalog.undo()
    catalog.add_class("screw")
    assert catalog.redo() is None


def test_the_journal_keeps_the_last_500_actions(catalog: Catalog) -> None:
    nut = catalog.add_class("nut").id
    for number in range(MAX_ENTRIES + 20):
        catalog.rename_class(nut, f"nut {number}")
    undone = 0
    while catalog.undo() is not None:
        undone += 1
    assert undone == MAX_ENTRIES
    assert catalog.classes()[0].name == "nut 19"
    assert catalog._db.execute("SELECT count(*) FROM change").fetchone() == (MAX_ENTRIES,)


def test_the_journal_survives_closing(tmp_path: Path) -> None:
    project = Project.create(tmp_path / "p")
    with Catalog.open(project) as catalog:
        catalog.add_class("nut")
    with Catalog.open(project) as catalog:
        assert catalog.undo() == "adding class 'nut'"
    with Catalog.open(project) as catalog:
        assert catalog.classes() == []
        assert catalog.redo() == "adding class 'nut'"


@pytest.mark.parametrize(
    ("table", "ids", "old"),
    [
        ("sqlite_schema", "[1]", '{"name": "x"}'),
        ("class", "[1]", '{"name = (SELECT 1); --": 1}'),
        ("class", "[1]", "{}"),
        ("class", "[1]", "[1]"),
        ("class", "{", '{"name": "x"}'),
        ("class", "[1]", '{"name": [1]}'),
    ],
)
def test_a_forged_journal_changes_nothing(catalog: Catalog, table: str, ids: str, old: str) -> None:
    catalog.add_class("nut")
    catalog._db.execute("UPDATE change SET target = ?, ids = ?, old = ?", (table, ids, old))
    with pytest.raises(ProjectError, match="the undo journal is damaged"):
        catalog.undo()
    assert [row.name for row in catalog.classes()] == ["nut"]


def test_an_entry_without_changes_is_not_recorded(tmp_path: Path) -> None:
    connection = connect(tmp_path / "c.sqlite3")
    journal = Journal(connection)
    journal.record("nothing", [])
    assert journal.undo() is None
    journal.record("something", [Change("class", [1], {"removed": 1}, {"removed": 0})])
    assert journal.undo() == "something"
    connection.close()
