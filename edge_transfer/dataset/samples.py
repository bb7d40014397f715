"""Insert samples into the catalogue and label them, including known samples and those in the trash."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

from edge_transfer.dataset.records import COLUMNS, ClassRow, Conflict, InsertResult, NewSample, values_of
from edge_transfer.dataset.schema import HASH_DIGITS, utc_now
from edge_transfer.dataset.undo_journal import Change, Journal, Value
from edge_transfer.errors import DatasetError

_INSERT = f"INSERT INTO sample (id, {', '.join(COLUMNS)}) VALUES ({', '.join('?' * (len(COLUMNS) + 1))})"  # noqa: S608


def add_samples(
    db: sqlite3.Connection,
    journal: Journal,
    samples: Sequence[NewSample],
    *,
    classes: Sequence[ClassRow],
    session_id: int,
    source: str,
) -> InsertResult:
    """Add the samples to a session that reads `source`, and record it, inside the caller's write transaction.

    A label is taken over for a picture that has none yet; one without a label neither changes what is there nor
    comes back from the trash. Raises DatasetError for a class that is not one of `classes`.
    """
    names = {row.id: row.name for row in classes}
    labels, unlabelled, trashed = _known(db, [sample.sha256 for sample in samples])
    known = len(labels)
    # Nobody else adds meanwhile, so the numbers can be given here, and the journal needs no question for each row.
    first_id = 1 + (db.execute("SELECT max(seq) FROM sqlite_sequence WHERE name = 'sample'").fetchone()[0] or 0)
    rows: list[tuple[Value, ...]] = []
    changes: list[Change] = []
    duplicates, in_trash, conflicts = 0, 0, []
    for sample in samples:
        if sample.class_id not in names:
            raise DatasetError(f"there is no class number {sample.class_id}: was it removed meanwhile?")
        label = labels.get(sample.sha256)
        if sample.sha256 in unlabelled and sample.labelled:
            assert label is not None
            changes.append(labelling([unlabelled.pop(sample.sha256)], label, sample.class_id, labelled=False))
            labels[sample.sha256] = sample.class_id
            duplicates += 1
        elif label == sample.class_id or (label is not None and not sample.labelled):
            duplicates += 1
        elif sample.sha256 in trashed and not sample.labelled:
            in_trash += 1
        elif label is not None:
            conflicts.append(
                Conflict(sample.sha256, sample.note, names.get(label, f"number {label}"), names[sample.class_id])
            )
        else:
            labels[sample.sha256] = sample.class_id
            values = values_of(sample, session_id)
            if sample.sha256 in trashed:
                row_id, old = trashed[sample.sha256]
                changes.append(Change("sample", [row_id], old, dict(zip(old, (*values[1:], None), strict=True))))
            else:
                rows.append((first_id + len(rows), *values))
    added = len(labels) - known
    journal.apply(changes)
    if rows:
        db.executemany(_INSERT, rows)
        ids = range(first_id, first_id + len(rows))
        changes.append(Change("sample", ids, {"trashed_at": utc_now()}, {"trashed_at": None}))
    journal.record(f"adding from {source}", changes, session_id)
    return InsertResult(added, duplicates, tuple(conflicts), in_trash)


def labelling(ids: Sequence[int], old: int, new: int, *, labelled: bool) -> Change:
    """A person gives samples of class `old`, which have a label or only a suggestion, the class `new`."""
    return Change("sample", ids, {"class_id": old, "labelled": int(labelled)}, {"class_id": new, "labelled": 1})


def _known(
    db: sqlite3.Connection, hashes: Sequence[str]
) -> tuple[dict[str, int], dict[str, int], dict[str, tuple[int, dict[str, Value]]]]:
    """Of these pictures: classes of the live ones, numbers of the unlabelled among them, rows of those in the trash."""
    labels: dict[str, int] = {}
    unlabelled: dict[str, int] = {}
    trashed: dict[str, tuple[int, dict[str, Value]]] = {}
    rows = db.execute(
        f"SELECT id, {', '.join(COLUMNS)}, trashed_at FROM sample "  # noqa: S608
        f"WHERE substr(sha256, -{HASH_DIGITS}) IN (SELECT substr(value, -{HASH_DIGITS}) FROM json_each(?))",
        (json.dumps(hashes),),
    )
    for row_id, sha256, *values in rows:
        row = dict(zip((*COLUMNS[1:], "trashed_at"), values, strict=True))
        if row["trashed_at"] is None:
            labels[sha256] = row["class_id"]
            if not row["labelled"]:
                unlabelled[sha256] = row_id
        else:
            trashed[sha256] = row_id, row
    return labels, unlabelled, trashed
