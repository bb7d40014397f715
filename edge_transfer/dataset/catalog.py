"""The project catalogue: classes, capture sessions, samples, splits and undo in one SQLite file."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from edge_transfer.dataset.project import Project
from edge_transfer.dataset.records import (
    KINDS,
    SELECT_SAMPLES,
    SPLITS,
    UNLABELLED,
    ClassRow,
    Conflict,
    InsertResult,
    NewSample,
    Sample,
    SessionRow,
    check_class_name,
    check_split,
    class_key,
    plain_text,
    sample_of,
)
from edge_transfer.dataset.samples import add_samples, labelling
from edge_transfer.dataset.schema import check_files, check_structure, connect, plain_errors, transaction, utc_now
from edge_transfer.dataset.splits import next_recording_split
from edge_transfer.dataset.undo_journal import Change, Journal, Value
from edge_transfer.errors import DatasetError, ProjectError, StorageError
from export.runtime.storage import storage_error

__all__ = [
    "KINDS",
    "SPLITS",
    "Catalog",
    "ClassRow",
    "Conflict",
    "InsertResult",
    "NewSample",
    "Sample",
    "SessionRow",
    "check_class_name",
]


class Catalog:
    """An open catalogue; use it as a context manager.

    One Catalog for each thread: a connection belongs to the thread that opened it. Any number of threads and
    processes may have one each; a writer waits up to ten seconds for another. Every method that writes is one
    transaction, and raises StorageError, with nothing changed, when the disk is full, read-only or gone.
    """

    def __init__(self, project: Project, connection: sqlite3.Connection, *, read_only: bool) -> None:
        self._project = project
        self._path = project.catalog_path
        self._db = connection
        self._journal = Journal(connection)
        self._read_only = read_only
        self._identity = _identity(self._path)

    @staticmethod
    def open(project: Project, *, read_only: bool = False) -> Catalog:
        """Open the catalogue of `project`; without `read_only` it is created when absent and migrated when older.

        Raises ProjectError when it is damaged, of a newer version, or missing beside images; StorageError when the
        disk refuses.
        """
        path = project.catalog_path
        try:
            if not project.root.is_dir():
                raise StorageError(f"the project folder {project.root} is gone: find it and open it again")
            labels = path.exists() and path.stat().st_size > 0
            if not labels and project.images_dir.is_dir() and any(project.images_dir.glob("??/[!.]*")):
                # An empty catalogue in its place would hide that every label is lost.
                raise ProjectError(f"{path} is missing, but images are there: restore it from a copy")
        except OSError as error:
            raise storage_error(error, path, "read") from error
        return Catalog(project, connect(path, read_only=read_only), read_only=read_only)

    def close(self) -> None:
        """Close the file; the Catalog cannot be used any more."""
        with plain_errors(self._path):
            self._db.close()

    def __enter__(self) -> Catalog:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    # Classes

    def classes(self) -> list[ClassRow]:
        """All classes, by position."""
        with plain_errors(self._path):
            return self._classes()

    def class_named(self, name: str) -> ClassRow:
        """The class of this name, whatever its case. Raises DatasetError that lists the known ones."""
        with plain_errors(self._path):
            found = self._find_class(name)
            if found is None:
                known = ", ".join(repr(row.name) for row in self._classes()[:20]) or "none yet"
                raise DatasetError(f"there is no class {name!r}; known classes: {known}")
            return found

    def add_class(self, name: str) -> ClassRow:
        """Add a class at the end. Raises DatasetError when the name is unusable or taken, also in another case."""
        name = check_class_name(name)
        with self._writing():
            self._refuse_taken(name)
            position = len(self._classes())
            class_id = self._db.execute(
                "INSERT INTO class (name, key, position) VALUES (?, ?, ?)", (name, class_key(name), position)
            ).lastrowid
            assert class_id is not None
            self._journal.record(
                f"adding class {name!r}", [Change("class", [class_id], {"removed": 1}, {"removed": 0})]
            )
            return ClassRow(class_id, name, position)

    def rename_class(self, class_id: int, name: str) -> None:
        """Give a class another name. Raises DatasetError when the name is unusable or taken."""
        name = check_class_name(name)
        with self._writing():
            old = self._class(class_id)
            if old.name == name:
                return
            self._refuse_taken(name, but=class_id)
            change = Change(
                "class",
                [class_id],
                {"name": old.name, "key": class_key(old.name)},
                {"name": name, "key": class_key(name)},
            )
            self._change(f"renaming class {old.name!r} to {name!r}", [change])

    # Sessions and splits

    def begin_session(
        self, kind: str, source: str, split: str | None = None, class_id: int | None = None
    ) -> SessionRow:
        """Begin a session, `kind` "recording" or "collection", in `split`.

        Without `split`, a recording of class `class_id` goes where `next_recording_split` says, by the class's
        recordings with live, labelled samples. Anything else goes to train. A split once given changes by `set_split`
        only.
        """
        if kind not in KINDS:
            raise DatasetError(f"unknown kind of session {kind!r}: use {' or '.join(KINDS)}")
        with self._writing():
            if split is None:
                split = "train" if class_id is None or kind != "recording" else self._next_split(class_id)
            source, started = plain_text(source), utc_now()
            session_id = self._db.execute(
                "INSERT INTO session (kind, source, split, started) VALUES (?, ?, ?, ?)",
                (kind, source, check_split(split), started),
            ).lastrowid
            assert session_id is not None
            return SessionRow(session_id, kind, source, split, started, 0)

    def sessions(self) -> list[SessionRow]:
        """The sessions that have live samples, in the order in which they began."""
        with plain_errors(self._path):
            rows = self._db.execute(
                "SELECT id, kind, source, split, started, live, live - named FROM session JOIN (SELECT session_id,"
                " count(*) AS live, sum(labelled) AS named FROM sample WHERE trashed_at IS NULL GROUP BY session_id)"
                " ON session_id = id ORDER BY id"
            )
            return [SessionRow(*row) for row in rows]

    def set_split(self, session_id: int, split: str) -> None:
        """Move a whole session to another split. Raises DatasetError for an unknown session or split."""
        check_split(split)
        with self._writing():
            _, old = self._session(session_id)
            if old != split:
                change = Change("session", [session_id], {"split": old}, {"split": split})
                self._change(f"moving session {session_id} from {old} to {split}", [change])

    # Samples

    def add_samples(self, session_id: int, samples: Sequence[NewSample]) -> InsertResult:
        """Record samples whose files are written already, all of them in one transaction.

        A picture (SHA-256) is in the catalogue once: a second one is a duplicate, or a conflict when its class
        differs, and is not added. One that lies in the trash becomes live again, in this session and class; one whose
        class a model suggests does not, and is a duplicate whatever the class.
        Additions to one session that follow each other are one step of undo. Raises DatasetError for an unknown
        session or class.
        """
        with self._writing():
            source, _ = self._session(session_id)
            classes = self._classes()
            return add_samples(self._db, self._journal, samples, classes=classes, session_id=session_id, source=source)

    def samples(
        self, *, split: str | None = None, class_id: int | None = None, session_id: int | None = None
    ) -> list[Sample]:
        """The live samples that a person has labelled, by id; with the `split` UNLABELLED, those that wait for it.

        Only those of a split, a class or a session where one is given.
        """
        wanted = {
            "labelled": 0 if split == UNLABELLED else 1,
            "session.split": None if split == UNLABELLED else split,
            "sample.class_id": class_id,
            "sample.session_id": session_id,
        }
        given = {column: value for column, value in wanted.items() if value is not None}
        conditions = "".join(f" AND {column} = ?" for column in given)
        with plain_errors(self._path):
            rows = self._db.execute(f"{SELECT_SAMPLES}{conditions} ORDER BY sample.id", tuple(given.values()))
            return [sample_of(row) for row in rows]

    def relabel(self, ids: Sequence[int], class_id: int) -> None:
        """Label samples as a class. Raises DatasetError for an unknown class and for samples that are gone."""
        with self._writing():
            name = self._class(class_id).name
            before: dict[tuple[int, bool], list[int]] = {}
            for row_id, old, labelled, trashed_at in self._rows(ids, "class_id, labelled, trashed_at"):
                if trashed_at is not None:
                    raise DatasetError(f"image number {row_id} is in the trash: undo that first")
                if old != class_id or not labelled:
                    before.setdefault((old, bool(labelled)), []).append(row_id)
            changes = [labelling(some, old, class_id, labelled=known) for (old, known), some in before.items()]
            self._change(f"moving to class {name!r}", changes)

    def trash(self, ids: Sequence[int]) -> None:
        """Move samples to the trash: they are no longer listed, their files stay until `empty_trash`."""
        with self._writing():
            live = [row_id for row_id, trashed_at in self._rows(ids, "trashed_at") if trashed_at is None]
            self._trash("moving to the trash", live)

    def trash_session(self, session_id: int) -> None:
        """Move all samples of a session to the trash, as one step."""
        with self._writing():
            self._session(session_id)
            rows = self._db.execute(
                "SELECT id FROM sample WHERE session_id = ? AND trashed_at IS NULL ORDER BY id", (session_id,)
            )
            self._trash(f"moving session {session_id} to the trash", [row[0] for row in rows])

    def empty_trash(self) -> int:
        """Delete the samples in the trash and their files, for good: this is no step of undo. Returns how many.

        Only files of deleted samples are touched; a picture the catalogue does not know is never deleted. Raises
        StorageError when a file cannot be deleted; the rest stays in the trash then.
        """
        with self._writing():
            doomed = [row[0] for row in self._db.execute("SELECT id FROM sample WHERE trashed_at IS NOT NULL")]
            # From here on no undo can make them live again, so a kill between file and row leaves no live sample
            # without its file, and the next call goes on.
            self._journal.forget_samples(doomed)
        with self._writing():
            rows = self._db.execute(
                "SELECT id, sha256, suffix FROM sample WHERE trashed_at IS NOT NULL"
                " AND id IN (SELECT value FROM json_each(?))",
                (json.dumps(doomed),),
            ).fetchall()
            for _, sha256, suffix in rows:
                path = self._file(sha256, suffix)
                try:
                    path.unlink(missing_ok=True)
                except OSError as error:
                    raise storage_error(error, path, "delete") from error
            self._db.executemany("DELETE FROM sample WHERE id = ?", [(row[0],) for row in rows])
        return len(rows)

    def counts(self) -> dict[str, dict[str, int]]:
        """Live, labelled samples by class name, in the order of the classes, and split; one without any reads 0."""
        with plain_errors(self._path):
            table: dict[str, dict[str, int]] = {row.name: Counter() for row in self._classes()}
            for name, split, live in self._db.execute(
                "SELECT class.name, split, sum(named) FROM (SELECT session_id, class_id, sum(labelled) AS named"
                " FROM sample WHERE trashed_at IS NULL GROUP BY session_id, class_id) JOIN class ON class.id = class_id"
                " JOIN session ON session.id = session_id GROUP BY class_id, split"
            ):
                table[name][split] = live
        return table

    # Undo and checks

    def undo(self) -> str | None:
        """Take back the last action of any program on this project; returns what it was, None when there is none.

        Covers adding, relabelling, trashing, renaming, splits and new classes, for the last 500 actions.
        """
        with self._writing():
            return self._journal.undo()

    def redo(self) -> str | None:
        """Do again what was undone last; returns what it was, None when there is none or something new was done."""
        with self._writing():
            return self._journal.redo()

    def check(self) -> None:
        """Check the SQLite file, its references, and that the file of every live sample is there with its size.

        Raises ProjectError that says what is wrong.
        """
        check_structure(self._db, self._path)
        with plain_errors(self._path):
            rows = self._db.execute("SELECT id, sha256, suffix, bytes FROM sample WHERE trashed_at IS NULL").fetchall()
        files = ((row_id, self._file(sha256, suffix), size) for row_id, sha256, suffix, size in rows)
        check_files(self._project.root, files)

    # Inside a transaction

    @contextmanager
    def _writing(self) -> Iterator[None]:
        if self._read_only:
            raise StorageError(f"{self._project.root} is open for reading only: nothing was changed")
        # SQLite would go on writing into a deleted file without a word.
        if _identity(self._path) != self._identity:
            raise StorageError(f"{self._path} is gone or was replaced: find the project folder and open it again")
        with transaction(self._db, self._path):
            yield

    def _change(self, description: str, changes: Sequence[Change]) -> None:
        self._journal.apply(changes)
        self._journal.record(description, changes)

    def _trash(self, description: str, ids: Sequence[int]) -> None:
        if ids:
            self._change(description, [Change("sample", ids, {"trashed_at": None}, {"trashed_at": utc_now()})])

    def _number(self, query: str, *values: Value) -> int:
        return int(self._db.execute(query, values).fetchone()[0] or 0)

    def _classes(self) -> list[ClassRow]:
        rows = self._db.execute("SELECT id, name, position FROM class WHERE removed = 0 ORDER BY position, id")
        return [ClassRow(*row) for row in rows]

    def _class(self, class_id: int) -> ClassRow:
        for row in self._classes():
            if row.id == class_id:
                return row
        raise DatasetError(f"there is no class number {class_id}: was it removed meanwhile?")

    def _find_class(self, name: str) -> ClassRow | None:
        key = class_key(name)
        return next((row for row in self._classes() if class_key(row.name) == key), None)

    def _refuse_taken(self, name: str, but: int | None = None) -> None:
        taken = self._find_class(name)
        if taken is not None and taken.id != but:
            raise DatasetError(f"there is a class {taken.name!r} already: use that one or choose another name")

    def _session(self, session_id: int) -> tuple[str, str]:
        """Source and split of a session."""
        row = self._db.execute("SELECT source, split FROM session WHERE id = ?", (session_id,)).fetchone()
        if row is None:
            raise DatasetError(f"there is no session number {session_id}")
        return str(row[0]), str(row[1])

    def _next_split(self, class_id: int) -> str:
        self._class(class_id)
        query = (
            "SELECT count(DISTINCT session_id) FROM sample JOIN session ON session.id = session_id"
            " WHERE class_id = ? AND trashed_at IS NULL AND labelled AND kind = 'recording' AND split = ?"
        )
        train, test = self._number(query, class_id, "train"), self._number(query, class_id, "test")
        return next_recording_split(train, test)

    def _rows(self, ids: Sequence[int], columns: str) -> list[tuple[Any, ...]]:
        query = f"SELECT id, {columns} FROM sample WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id"  # noqa: S608
        rows = self._db.execute(query, (json.dumps([int(row_id) for row_id in ids]),)).fetchall()
        missing = {int(row_id) for row_id in ids} - {row[0] for row in rows}
        if missing:
            raise DatasetError(f"there is no image number {min(missing)}: it was deleted meanwhile")
        return rows

    def _file(self, sha256: str, suffix: str) -> Path:
        try:
            return self._project.image_path(sha256, suffix)
        except (ValueError, TypeError) as error:
            raise ProjectError(f"{self._path} is damaged: {error}; restore it from a copy") from error


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
