"""List a CSV file: columns path and label, optionally split and session; paths are relative to the file.

A row that cannot be used is rejected with its line number. Sessions with rows in two splits are rejected as a whole.
"""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from edge_transfer.dataset.records import plain_text
from edge_transfer.errors import DatasetError, ImageError
from edge_transfer.ingest.listing import _SPLITS, Listed, Listing
from export.runtime.imaging.images import read_image_file

_NEEDED = ("path", "label")
_OPTIONAL = ("split", "session")


def recognises(path: Path) -> bool:
    """Any path that is no folder."""
    return not path.is_dir()


def list_items(path: Path, classes: Sequence[str] = ()) -> Listing:
    """See Layout.list_items."""
    return list_csv(path)


def list_csv(csv_path: Path) -> Listing:
    """The rows of a CSV file with the columns path, label and, if wanted, split and session.

    Raises DatasetError when it is no such file, StorageError when it cannot be read.
    """
    csv_path = Path(csv_path)
    text = _read_text(csv_path)
    header = text.split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";" if header.count(";") > header.count(",") else ",")
    items: list[Listed] = []
    rejected: list[tuple[int, str, str]] = []
    try:
        columns = _columns(csv_path, next(reader, []))
        for order, cells in enumerate(reader):
            if not any(cell.strip() for cell in cells):
                continue
            row = {name: cells[index].strip() if index < len(cells) else "" for name, index in columns.items()}
            where = f"line {reader.line_num}: "
            try:
                items.append(_row(csv_path.parent, row, order, where))
            except ValueError as error:
                rejected.append((order, plain_text(row["path"]), f"{where}{error}"))
    except csv.Error as error:
        raise DatasetError(f"{csv_path} is no usable CSV file: line {reader.line_num}: {error}") from error
    whole, cut = _without_cut_sessions(items)
    if not items and not rejected:
        raise DatasetError(f"{csv_path} has a header but no rows: add a line for each picture")
    return Listing(plain_text(csv_path.name), whole, rejected + cut, [])


def _read_text(path: Path) -> str:
    try:
        data = read_image_file(path)  # the same rules: a regular file of a sensible size
    except ImageError as error:
        raise DatasetError(f"{path} is no usable CSV file: {error}") from error
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DatasetError(f"{path} is UTF-16 text: save it as CSV UTF-8")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DatasetError(f"{path} is not UTF-8 text (line {line}): save it as CSV UTF-8") from error


def _columns(path: Path, header: Sequence[str]) -> dict[str, int]:
    found = [cell.strip().casefold() for cell in header]
    missing = [name for name in _NEEDED if name not in found]
    if missing:
        shown = ", ".join(repr(cell[:40]) for cell in found[:20]) or "nothing"
        raise DatasetError(
            f"{path} lacks the column {' and '.join(missing)}: its first line must name path and label, and may name "
            f"split and session; found: {shown}"
        )
    names = (*_NEEDED, *_OPTIONAL)
    twice = [name for name in names if found.count(name) > 1]
    if twice:
        raise DatasetError(f"{path} has more than one column {twice[0]}: keep one")
    return {name: found.index(name) for name in names if name in found}


def _row(folder: Path, row: Mapping[str, str], order: int, where: str) -> Listed:
    """Read one row; raises ValueError with the reason when it cannot be used."""
    if not row["path"]:
        raise ValueError("the path is empty")
    if not row["label"]:
        raise ValueError("the label is empty")
    split = None
    if "split" in row:
        split = _SPLITS.get(row["split"].casefold())
        if split is None:
            raise ValueError(f"unknown split {row['split'][:40]!r}: use train, val or test")
    # A backslash may be part of a file name on Linux, so the path is tried as it stands first.
    paths = [folder / row["path"], folder / row["path"].replace("\\", "/")]
    path = next((path for path in paths if _exists(path)), None)
    if path is None:
        raise ValueError("the file does not exist")
    return Listed(path, plain_text(row["path"]), row["label"], order, split, row.get("session") or None, where)


def _exists(path: Path) -> bool:
    try:
        path.stat()
    except (OSError, ValueError):  # ValueError: a zero byte in the name
        return False
    return True


def _without_cut_sessions(items: Sequence[Listed]) -> tuple[list[Listed], list[tuple[int, str, str]]]:
    splits: defaultdict[str, set[str]] = defaultdict(set)
    for item in items:
        if item.session is not None and item.split is not None:
            splits[item.session].add(item.split)
    whole: list[Listed] = []
    cut: list[tuple[int, str, str]] = []
    for item in items:
        found = splits[item.session] if item.session is not None else set()
        if len(found) < 2:
            whole.append(item)
            continue
        reason = f"session {item.session!r} has rows in {' and '.join(sorted(found))}: a split must not cut a session"
        cut.append((item.order, item.shown, f"{item.where}{reason}"))
    return whole, cut
