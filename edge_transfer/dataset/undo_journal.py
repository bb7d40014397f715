"""Undo journal of the catalogue: both directions of the last 500 actions.

Every action of the catalogue changes columns of rows that exist, so its inverse is the rows' old values. An entry is
a description and one or more changes; a change is one table, the ids of rows, their old and their new values, as JSON.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from edge_transfer.dataset.schema import utc_now
from edge_transfer.errors import ProjectError

MAX_ENTRIES = 500

Value = str | int | float | None

# The journal is data of a file that may come from somebody else: only these names ever reach an SQL statement.
_COLUMNS = {
    "class": {"name", "key", "removed"},
    "session": {"split"},
    "sample": {
        *("suffix", "class_id", "width", "height", "bytes", "position", "time_s", "sharpness", "brightness"),
        *("dhash", "note", "labelled", "session_id", "trashed_at"),
    },
}


@dataclass(frozen=True)
class Change:
    """The rows `ids` of `table` went from the values `old` to the values `new` (by column, the same for all ids)."""

    table: str
    ids: Sequence[int]
    old: Mapping[str, Value]
    new: Mapping[str, Value]


class Journal:
    """The journal behind one connection; every method runs inside the caller's write transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def apply(self, changes: Sequence[Change]) -> None:
        """Make the changes, without recording them."""
        for change in changes:
            self._update(change.table, change.ids, change.new)

    def record(self, description: str, changes: Sequence[Change], session_id: int | None = None) -> None:
        """Record changes that are made already. What was undone before can no longer be redone.

        With `session_id` they join the last entry when that is of the same session, so that a capture that adds frame
        by frame is one step.
        """
        if not changes:
            return
        images = sum(len(change.ids) for change in changes if change.table == "sample")
        self._db.execute("DELETE FROM journal WHERE undone = 1")
        last = self._db.execute("SELECT id, session_id FROM journal ORDER BY id DESC LIMIT 1").fetchone()
        if last is not None and session_id is not None and last[1] == session_id:
            entry_id = last[0]
            self._db.execute("UPDATE journal SET images = images + ? WHERE id = ?", (images, entry_id))
        else:
            entry_id = self._db.execute(
                "INSERT INTO journal (description, images, session_id, at) VALUES (?, ?, ?, ?)",
                (description, images, session_id, utc_now()),
            ).lastrowid
            self._db.execute(
                "DELETE FROM journal WHERE id <= (SELECT id FROM journal ORDER BY id DESC LIMIT 1 OFFSET ?)",
                (MAX_ENTRIES,),
            )
        self._db.executemany(
            "INSERT INTO change (entry_id, target, ids, old, new) VALUES (?, ?, ?, ?, ?)",
            (
                (entry_id, change.table, *(json.dumps(part) for part in (list(change.ids), change.old, change.new)))
                for change in changes
            ),
        )

    def undo(self) -> str | None:
        """Take back the last step that is not undone; returns what it was, None when there is none."""
        entry = self._db.execute(
            "SELECT id, description, images FROM journal WHERE undone = 0 ORDER BY id DESC LIMIT 1"
        ).fetchone()
        return None if entry is None else self._replay(*entry, forward=False)

    def redo(self) -> str | None:
        """Do the step that was undone last again; returns what it was, None when there is none."""
        entry = self._db.execute(
            "SELECT id, description, images FROM journal WHERE undone = 1 ORDER BY id LIMIT 1"
        ).fetchone()
        return None if entry is None else self._replay(*entry, forward=True)

    def forget_samples(self, ids: Collection[int]) -> None:
        """Remove every trace of these samples, so that no step can bring them back; empty steps go too."""
        gone = set(ids)
        for change_id, entry_id, text in self._db.execute(
            "SELECT id, entry_id, ids FROM change WHERE target = 'sample'"
        ).fetchall():
            before = _ids(text)
            after = [row_id for row_id in before if row_id not in gone]
            if len(after) == len(before):
                continue
            if after:
                self._db.execute("UPDATE change SET ids = ? WHERE id = ?", (json.dumps(after), change_id))
            else:
                self._db.execute("DELETE FROM change WHERE id = ?", (change_id,))
            self._db.execute(
                "UPDATE journal SET images = images - ? WHERE id = ?", (len(before) - len(after), entry_id)
            )
        self._db.execute("DELETE FROM journal WHERE id NOT IN (SELECT entry_id FROM change)")

    def _replay(self, entry_id: int, description: str, images: int, *, forward: bool) -> str:
        changes = self._db.execute(
            "SELECT target, ids, old, new FROM change WHERE entry_id = ? ORDER BY id", (entry_id,)
        ).fetchall()
        for table, ids, old, new in changes if forward else reversed(changes):
            try:
                values = json.loads(new if forward else old)
                self._update(table, _ids(ids), values)
            except (ValueError, TypeError, AttributeError, sqlite3.ProgrammingError) as error:
                raise _damaged(str(error)) from error
        self._db.execute("UPDATE journal SET undone = ? WHERE id = ?", (0 if forward else 1, entry_id))
        return f"{description} ({images} {'image' if images == 1 else 'images'})" if images else description

    def _update(self, table: str, ids: Sequence[int], values: Mapping[str, Value]) -> None:
        if not values or not values.keys() <= _COLUMNS.get(table, set()):
            raise _damaged(f"it names {table!r} {sorted(values)}")
        columns = ", ".join(f"{column} = ?" for column in values)
        self._db.execute(
            f"UPDATE {table} SET {columns} WHERE id IN (SELECT value FROM json_each(?))",  # noqa: S608
            (*values.values(), json.dumps(list(ids))),
        )


def _ids(text: str) -> list[int]:
    try:
        return [int(row_id) for row_id in json.loads(text)]
    except (ValueError, TypeError) as error:
        raise _damaged(str(error)) from error


def _damaged(reason: str) -> ProjectError:
    return ProjectError(f"the undo journal is damaged ({reason}): restore catalog.sqlite3 from a copy")
