"""SQL schema of the catalogue: open, migrate and check its SQLite file."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from edge_transfer.errors import DatasetError, EdgeTransferError, ProjectError, StorageError

APPLICATION_ID = 0x45445452
"""Marks the SQLite file as ours ("EDTR")."""
BUSY_TIMEOUT_S = 10.0
_LOG_PAGES = 8000
"""Of 4 kB, after which SQLite moves its log into the file; a page that changed again and again moves once."""

# Rows are never deleted while an undo could need them: a class is `removed`, a sample is `trashed_at`. So every action
# changes columns of rows that exist, and its inverse is the old values. AUTOINCREMENT: a number is never given twice,
# because runs remember classes and samples by number.
_VERSION_1 = (
    """CREATE TABLE class (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL,
        key TEXT NOT NULL,
        position INTEGER NOT NULL,
        removed INTEGER NOT NULL DEFAULT 0
    ) STRICT""",
    "CREATE UNIQUE INDEX class_by_key ON class(key) WHERE removed = 0",
    """CREATE TABLE session (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        kind TEXT NOT NULL,
        source TEXT NOT NULL,
        split TEXT NOT NULL,
        started TEXT NOT NULL
    ) STRICT""",
    """CREATE TABLE sample (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        sha256 TEXT NOT NULL UNIQUE CHECK (length(sha256) = 64 AND sha256 NOT GLOB '*[^0-9a-f]*'),
        suffix TEXT NOT NULL,
        class_id INTEGER NOT NULL REFERENCES class(id),
        width INTEGER NOT NULL,
        height INTEGER NOT NULL,
        bytes INTEGER NOT NULL,
        position INTEGER NOT NULL,
        time_s REAL,
        sharpness REAL NOT NULL,
        brightness REAL NOT NULL,
        dhash INTEGER NOT NULL,
        note TEXT NOT NULL,
        session_id INTEGER NOT NULL REFERENCES session(id),
        trashed_at TEXT
    ) STRICT""",
    "CREATE INDEX sample_by_session ON sample(session_id, class_id, trashed_at)",
    "CREATE INDEX sample_by_class ON sample(class_id, session_id, trashed_at)",
    "CREATE INDEX sample_in_trash ON sample(id) WHERE trashed_at IS NOT NULL",
    """CREATE TABLE journal (
        id INTEGER PRIMARY KEY,
        description TEXT NOT NULL,
        images INTEGER NOT NULL,
        session_id INTEGER,
        undone INTEGER NOT NULL DEFAULT 0,
        at TEXT NOT NULL
    ) STRICT""",
    """CREATE TABLE change (
        id INTEGER PRIMARY KEY,
        entry_id INTEGER NOT NULL REFERENCES journal(id) ON DELETE CASCADE,
        target TEXT NOT NULL,
        ids TEXT NOT NULL,
        old TEXT NOT NULL,
        new TEXT NOT NULL
    ) STRICT""",
    "CREATE INDEX change_by_entry ON change(entry_id)",
)

# Frames come back from the box with what the model answered; a person has labelled everything else.
_VERSION_2 = ("ALTER TABLE sample ADD COLUMN labelled INTEGER NOT NULL DEFAULT 1 CHECK (labelled IN (0, 1))",)

# Hashes arrive in no order, so that each row writes another page of their index. 64 of the 256 bits tell a million
# pictures apart as well (two agree with a chance of 3e-8, and the second is refused) in a third of the pages: with the
# checkpoints below, a million rows cost as much each as a thousand, and a seventh of what they wrote to the disk.
HASH_DIGITS = 16
"""Last digits of the SHA-256, by which the catalogue finds a picture."""
_SAMPLE_COLUMNS = (
    "id, sha256, suffix, class_id, width, height, bytes, position, time_s, sharpness, brightness, dhash, note, "
    "session_id, trashed_at, labelled"
)
_VERSION_3 = (
    """CREATE TABLE sample_3 (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        sha256 TEXT NOT NULL CHECK (length(sha256) = 64 AND sha256 NOT GLOB '*[^0-9a-f]*'),
        suffix TEXT NOT NULL,
        class_id INTEGER NOT NULL REFERENCES class(id),
        width INTEGER NOT NULL,
        height INTEGER NOT NULL,
        bytes INTEGER NOT NULL,
        position INTEGER NOT NULL,
        time_s REAL,
        sharpness REAL NOT NULL,
        brightness REAL NOT NULL,
        dhash INTEGER NOT NULL,
        note TEXT NOT NULL,
        session_id INTEGER NOT NULL REFERENCES session(id),
        trashed_at TEXT,
        labelled INTEGER NOT NULL DEFAULT 1 CHECK (labelled IN (0, 1))
    ) STRICT""",
    f"INSERT INTO sample_3 ({_SAMPLE_COLUMNS}) SELECT {_SAMPLE_COLUMNS} FROM sample ORDER BY id",  # noqa: S608
    # The numbers of rows that are gone stay given: without rows there is no line for the new table yet.
    "DELETE FROM sqlite_sequence WHERE name = 'sample_3'",
    "UPDATE sqlite_sequence SET name = 'sample_3' WHERE name = 'sample'",
    "DROP TABLE sample",
    "ALTER TABLE sample_3 RENAME TO sample",
    f"CREATE UNIQUE INDEX sample_by_sha256 ON sample(substr(sha256, -{HASH_DIGITS}))",
    "CREATE INDEX sample_by_session ON sample(session_id, class_id, trashed_at)",
    "CREATE INDEX sample_by_class ON sample(class_id, session_id, trashed_at)",
    "CREATE INDEX sample_in_trash ON sample(id) WHERE trashed_at IS NOT NULL",
)

MIGRATIONS: tuple[tuple[str, ...], ...] = (_VERSION_1, _VERSION_2, _VERSION_3)
"""Statements that lead from schema version i to i + 1. Append only: a released migration is never edited."""


def connect(
    path: Path, *, read_only: bool = False, migrations: Sequence[Sequence[str]] = MIGRATIONS
) -> sqlite3.Connection:
    """Open the catalogue at `path` and bring it to the newest schema; create it when absent (not when `read_only`).

    Raises ProjectError when it is damaged, of another program or of a newer version, StorageError when the disk
    refuses.
    """
    with plain_errors(path):
        connection = _connect_to_read(path) if read_only else _connect(_uri(path, "rwc"))
        try:
            _check_owner(connection, path, len(migrations))
            if read_only:
                version = _number(connection, "user_version")
                if version < len(migrations):
                    raise ProjectError(
                        f"{path} was made by an older version (catalogue {version}): open the project once for writing"
                    )
            else:
                _use_wal(connection)
                _migrate(connection, migrations)
        except BaseException:
            connection.close()
            raise
        return connection


def check_structure(connection: sqlite3.Connection, path: Path) -> None:
    """Let SQLite check every page, index and reference. Raises ProjectError with its first findings."""
    with plain_errors(path):
        findings = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(5)")]
        if findings != ["ok"]:
            raise ProjectError(f"{path} is damaged ({'; '.join(findings)}): {_RESTORE}")
        broken = connection.execute("PRAGMA foreign_key_check").fetchall()
        if broken:
            raise ProjectError(
                f"{path} is damaged ({len(broken)} rows of table {broken[0][0]} point at nothing): {_RESTORE}"
            )


def check_files(root: Path, files: Iterable[tuple[int, Path, int]]) -> None:
    """Check that the images of `root`, as (number, path, bytes), are there. Raises ProjectError with the first ones."""
    wrong, count = [], 0
    for number, path, size in files:
        count += 1
        try:
            found = path.stat().st_size
        except OSError:
            wrong.append(f"{path.name} (number {number}) is missing")
            continue
        if found != size:
            wrong.append(f"{path.name} (number {number}) has {found} bytes instead of {size}")
    if wrong:
        raise ProjectError(
            f"{len(wrong)} of {count} images of {root} are damaged: {'; '.join(wrong[:5])}; "
            "restore them from a copy or move them to the trash"
        )


@contextmanager
def transaction(connection: sqlite3.Connection, path: Path) -> Iterator[None]:
    """One write transaction: committed at the end, rolled back whole on any exception. Waits for other writers."""
    with plain_errors(path):
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            connection.execute("COMMIT")
        except BaseException:
            # On a full disk SQLite has rolled back already.
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


@contextmanager
def plain_errors(path: Path) -> Iterator[None]:
    """Map SQLite's errors to ours; a wrong use of the connection (ProgrammingError) stays what it is."""
    try:
        yield
    except sqlite3.ProgrammingError:
        raise
    except (sqlite3.Error, UnicodeDecodeError) as error:
        # A damaged name may stand in SQLite's own message, which then cannot be decoded.
        raise _plain(error, path) from error


def utc_now() -> str:
    """The time of a row: UTC, ISO 8601, milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


_RESTORE = "restore it from a copy, or import the folder `images` into a new project"

_DISK_REASONS = {
    sqlite3.SQLITE_FULL: "the disk is full; free some space",
    sqlite3.SQLITE_IOERR: "the disk reports an error or is full",
    sqlite3.SQLITE_READONLY: "the disk or the file is read-only",
    sqlite3.SQLITE_PERM: "permission is denied",
    sqlite3.SQLITE_CANTOPEN: "the folder is gone, read-only or may not be entered",
    sqlite3.SQLITE_BUSY: f"another program has been writing to it for {BUSY_TIMEOUT_S:.0f} s; close that one first",
    sqlite3.SQLITE_LOCKED: "another part of this program is using it",
}


def _plain(error: Exception, path: Path) -> EdgeTransferError:
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code in _DISK_REASONS:
        return StorageError(f"cannot use {path}: {_DISK_REASONS[code]} ({error})")
    if code == sqlite3.SQLITE_NOTADB:
        return ProjectError(f"{path} is not a catalogue: {_RESTORE}")
    if code == sqlite3.SQLITE_CONSTRAINT:
        return DatasetError(f"{path} refuses these values: {error}")
    return ProjectError(f"{path} is damaged ({error}): {_RESTORE}")


def _uri(path: Path, mode: str) -> str:
    return f"{path.absolute().as_uri()}?mode={mode}"


def _connect(uri: str) -> sqlite3.Connection:
    connection = sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None)
    try:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA trusted_schema = OFF")
        # A label must survive a power cut once the user has seen it, as its picture does: in WAL mode only FULL syncs
        # at every commit. Measured on one disk: 0.4 ms a commit when idle and 5 ms when busy (NORMAL: 0.03 ms), a
        # third to a half of what writing the picture itself costs.
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(f"PRAGMA wal_autocheckpoint = {_LOG_PAGES}")
    except BaseException:
        connection.close()
        raise
    return connection


def _connect_to_read(path: Path) -> sqlite3.Connection:
    if not path.is_file():
        raise ProjectError(f"{path} does not exist: open the project once for writing")
    try:
        return _connect(_uri(path, "ro"))
    except sqlite3.OperationalError:
        # On a read-only disk the WAL index cannot be made. Without a log to replay, nobody can be writing either.
        if path.with_name(path.name + "-wal").exists():
            raise
        return _connect(_uri(path, "ro") + "&immutable=1")


def _number(connection: sqlite3.Connection, pragma: str) -> int:
    return int(connection.execute(f"PRAGMA {pragma}").fetchone()[0])


def _check_owner(connection: sqlite3.Connection, path: Path, newest: int) -> None:
    tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    if tables and _number(connection, "application_id") != APPLICATION_ID:
        raise ProjectError(f"{path} belongs to another program: {_RESTORE}")
    version = _number(connection, "user_version")
    if version > newest:
        raise ProjectError(
            f"{path} was made by a newer version (catalogue {version}); this one reads up to {newest}: "
            "upgrade edge-transfer"
        )


def _use_wal(connection: sqlite3.Connection) -> None:
    # The switch does not wait for another process that is just creating the same file, so it is tried again.
    deadline = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


def _migrate(connection: sqlite3.Connection, migrations: Sequence[Sequence[str]]) -> None:
    if _number(connection, "user_version") >= len(migrations):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Read again: another process may have migrated while this one waited.
        for statements in migrations[_number(connection, "user_version") :]:
            for statement in statements:
                connection.execute(statement)
        if _number(connection, "user_version") < len(migrations):
            connection.execute(f"PRAGMA user_version = {len(migrations)}")
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
