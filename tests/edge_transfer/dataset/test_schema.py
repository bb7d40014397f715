from __future__ import annotations

import contextlib
import random
import sqlite3
import threading
from pathlib import Path

import pytest

from edge_transfer.dataset import schema
from edge_transfer.dataset.schema import APPLICATION_ID, MIGRATIONS, check_structure, connect, transaction
from edge_transfer.errors import EdgeTransferError, ProjectError, StorageError

ADD_COLUMN = ("ALTER TABLE class ADD COLUMN colour TEXT NOT NULL DEFAULT 'grey'", "CREATE TABLE extra (id INTEGER)")


def pragma(connection: sqlite3.Connection, name: str) -> object:
    return connection.execute(f"PRAGMA {name}").fetchone()[0]


def test_a_new_catalogue_is_durable_and_marked_as_ours(tmp_path: Path) -> None:
    connection = connect(tmp_path / "c.sqlite3")
    assert pragma(connection, "journal_mode") == "wal"
    assert pragma(connection, "synchronous") == 2  # FULL
    assert pragma(connection, "foreign_keys") == 1
    assert pragma(connection, "application_id") == APPLICATION_ID
    assert pragma(connection, "user_version") == len(MIGRATIONS)
    check_structure(connection, tmp_path / "c.sqlite3")
    connection.close()
    assert [path.name for path in tmp_path.iterdir()] == ["c.sqlite3"]


def test_an_older_catalogue_is_migrated_and_keeps_its_rows(tmp_path: Path) -> None:
    path = tmp_path / "c.sqlite3"
    connection = connect(path)
    connection.execute("INSERT INTO class (name, key, position) VALUES ('nut', 'nut', 0)")
    connection.close()
    for _ in range(2):  # the second time there is nothing left to do
        connection = connect(path, migrations=(*MIGRATIONS, ADD_COLUMN))
        assert connection.execute("SELECT name, colour FROM class").fetchall() == [("nut", "grey")]
        assert pragma(connection, "user_version") == len(MIGRATIONS) + 1
        connection.close()
    with pytest.raises(ProjectError, match=r"newer version \(catalogue 4\); this one reads up to 3: upgrade"):
        connect(path)
    with pytest.raises(ProjectError, match="newer version"):
        connect(path, read_only=True)


def test_every_sample_of_the_first_version_has_a_label(tmp_path: Path) -> None:
    path = tmp_path / "c.sqlite3"
    connection = connect(path, migrations=MIGRATIONS[:1])
    connection.execute("INSERT INTO class (name, key, position) VALUES ('nut', 'nut', 0)")
    connection.execute("INSERT INTO session VALUES (1, 'recording', 'demo', 'train', '2026-01-01')")
    connection.execute(
        "INSERT INTO sample VALUES (1, ?, '.jpg', 1, 4, 3, 99, 0, NULL, 1.0, 2.0, 5, '', 1, NULL)", ("ab" * 32,)
    )
    connection.close()
    connection = connect(path)
    assert connection.execute("SELECT id, labelled, trashed_at FROM sample").fetchall() == [(1, 1, None)]
    connection.close()


def test_numbers_of_rows_that_are_gone_stay_given_after_a_migration(tmp_path: Path) -> None:
    path = tmp_path / "c.sqlite3"
    insert = (
        "INSERT INTO sample (sha256, suffix, class_id, width, height, bytes, position, sharpness, brightness, dhash, "
        "note, session_id) VALUES (?, '.jpg', 1, 4, 3, 99, 0, 1.0, 2.0, 5, '', 1)"
    )
    connection = connect(path, migrations=MIGRATIONS[:2])
    connection.execute("INSERT INTO class (name, key, position) VALUES ('nut', 'nut', 0)")
    connection.execute("INSERT INTO session VALUES (1, 'recording', 'demo', 'train', '2026-01-01')")
    for k in range(3):
        connection.execute(insert, (f"{k:064x}",))
    connection.execute("DELETE FROM sample WHERE id > 1")
    connection.close()
    connection = connect(path)
    check_structure(connection, path)
    connection.execute(insert, ("f" * 64,))
    assert connection.execute("SELECT id, sha256 FROM sample").fetchall() == [(1, "0" * 64), (4, "f" * 64)]
    with pytest.raises(sqlite3.IntegrityError, match="sample_by_sha256"):
        connection.execute(insert, ("f" * 64,))
    connection.close()


def test_a_migration_that_fails_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "c.sqlite3"
    connect(path).close()
    with pytest.raises(ProjectError, match="nonsense"):
        connect(path, migrations=(*MIGRATIONS, (*ADD_COLUMN, "CREATE nonsense")))
    connection = connect(path)
    assert pragma(connection, "user_version") == len(MIGRATIONS)
    assert connection.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'extra'").fetchone() == (0,)
    connection.close()


def test_an_older_catalogue_cannot_be_opened_for_reading_only(tmp_path: Path) -> None:
    connect(tmp_path / "c.sqlite3").close()
    with pytest.raises(ProjectError, match=r"older version \(catalogue 3\): open the project once for writing"):
        connect(tmp_path / "c.sqlite3", read_only=True, migrations=(*MIGRATIONS, ADD_COLUMN))
    with pytest.raises(ProjectError, match="does not exist"):
        connect(tmp_path / "none.sqlite3", read_only=True)
    assert not (tmp_path / "none.sqlite3").exists()


def test_a_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "c.sqlite3"
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE theirs (id INTEGER)")
    other.close()
    before = path.read_bytes()
    for read_only in (False, True):
        with pytest.raises(ProjectError, match="belongs to another program"):
            connect(path, read_only=read_only)
    assert path.read_bytes() == before


@pytest.mark.parametrize("read_only", [False, True])
def test_a_file_that_is_no_database_says_so(tmp_path: Path, read_only: bool) -> None:
    path = tmp_path / "c.sqlite3"
    path.write_bytes(b"not a database, but a text of some length. " * 200)
    with pytest.raises(ProjectError, match="is not a catalogue: restore it from a copy"):
        connect(path, read_only=read_only)


def test_a_folder_in_its_place_says_so(tmp_path: Path) -> None:
    (tmp_path / "c.sqlite3").mkdir()
    with pytest.raises(StorageError, match="cannot use"):
        connect(tmp_path / "c.sqlite3")
    with pytest.raises(StorageError, match="cannot use"):
        connect(tmp_path / "gone" / "c.sqlite3")


def test_damage_anywhere_ends_in_our_error_or_in_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "c.sqlite3"
    connection = connect(path)
    connection.executemany(
        "INSERT INTO class (name, key, position) VALUES (?, ?, 0)", [(f"name {i}" * 20, str(i)) for i in range(200)]
    )
    connection.close()
    good = path.read_bytes()
    chance = random.Random(1)
    refused = 0
    for attempt in range(60):
        data = bytearray(good)
        if attempt % 3 == 0:
            del data[chance.randrange(1, len(data)) :]
        else:
            start = chance.randrange(len(data) - 600)
            data[start : start + 600] = chance.randbytes(600)
        path.write_bytes(data)
        refused += 1
        with contextlib.suppress(EdgeTransferError), contextlib.closing(connect(path)) as connection:
            check_structure(connection, path)
            with schema.plain_errors(path):
                connection.execute("SELECT * FROM class").fetchall()
            refused -= 1
        for side_file in ("-wal", "-shm"):
            path.with_name(path.name + side_file).unlink(missing_ok=True)
    assert refused > 30


def test_rows_that_point_at_nothing_are_found(tmp_path: Path) -> None:
    path = tmp_path / "c.sqlite3"
    connection = connect(path)
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute("INSERT INTO change (entry_id, target, ids, old, new) VALUES (7, 'class', '[]', '{}', '{}')")
    with pytest.raises(ProjectError, match="1 rows of table change point at nothing"):
        check_structure(connection, path)
    connection.close()


def test_many_may_create_it_at_once(tmp_path: Path) -> None:
    barrier = threading.Barrier(8)
    failures: list[BaseException] = []

    def create() -> None:
        barrier.wait()
        try:
            connect(tmp_path / "c.sqlite3").close()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=create) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_a_transaction_is_whole_or_nothing(tmp_path: Path) -> None:
    path = tmp_path / "c.sqlite3"
    connection = connect(path)

    def interrupted() -> None:
        with transaction(connection, path):
            connection.execute("INSERT INTO class (name, key, position) VALUES ('a', 'a', 0)")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert not connection.in_transaction
    assert connection.execute("SELECT count(*) FROM class").fetchone() == (0,)
    connection.close()


def test_a_writer_that_waits_too_long_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "BUSY_TIMEOUT_S", 0.1)
    path = tmp_path / "c.sqlite3"
    first, second = connect(path), connect(path)
    with (
        transaction(first, path),
        pytest.raises(StorageError, match="another program has been writing to it"),
        transaction(second, path),
    ):
        raise AssertionError("two writers at once")
    first.close()
    second.close()
