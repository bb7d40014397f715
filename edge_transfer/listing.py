"""What a data set lists before any picture is opened: the rows of a CSV file, or the files of class folders."""

from __future__ import annotations

import csv
import io
import os
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from edge_transfer.dataset.records import plain_text
from edge_transfer.errors import DatasetError, ImageError
from export.runtime.imaging.images import IMAGE_SUFFIXES, read_image_file
from export.runtime.storage import storage_error

_NEEDED = ("path", "label")
_OPTIONAL = ("split", "session")
_SPLITS = {"train": "train", "training": "train", "val": "val", "valid": "val", "validation": "val", "test": "test"}


@dataclass(frozen=True)
class Listed:
    """A picture a data set names, not opened yet."""

    path: Path
    shown: str
    """The path as the data set writes it, fit for printing."""
    label: str
    order: int
    """Its place in the data set, unique."""
    split: str | None = None
    session: str | None = None
    where: str = ""
    """What a reason begins with, such as "line 7: "."""
    drawn: bool = False
    """Its split was drawn at random, because the data set names none."""
    note: str = ""
    """What the catalogue keeps of where it comes from, where that is more than `shown`."""
    labelled: bool = True
    """Whether a person gave it its label; False: a model suggests it."""


@dataclass(frozen=True)
class Listing:
    """A data set; `rejected` holds (order, path, reason)."""

    source: str
    items: list[Listed]
    rejected: list[tuple[int, str, str]]
    notes: list[str]


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


def list_imagefolder(folder: Path) -> Listing:
    """The pictures of `folder/class/…` or `folder/{train,val,test}/class/…`, in the order of their names.

    The folder is one of splits when each visible folder in it is named like a split, or one of those holds folders.
    Raises DatasetError when there is no class folder, StorageError when `folder` cannot be read.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise DatasetError(f"{folder} is no folder: give the folder that holds the class folders")
    listing = Listing(plain_text(folder.resolve().name), [], [], [])
    ignored: list[str] = []
    tops = _folders(folder, folder, ignored)
    splits = [top for top in tops if top.name.casefold() in _SPLITS]
    if splits and (len(splits) == len(tops) or any(_folders(folder, split, []) for split in splits)):
        others = [plain_text(top.name) for top in tops if top not in splits]
        if others:
            listing.notes.append(f"ignored beside the splits: {', '.join(others[:10])}")
        classes = [
            (_SPLITS[split.name.casefold()], found) for split in splits for found in _folders(folder, split, ignored)
        ]
    else:
        classes = [("", top) for top in tops]
    if not classes:
        raise DatasetError(f"{folder} holds no class folders: put the pictures of each class into a folder of its name")
    for split, top in sorted(classes, key=lambda entry: (entry[1].name, entry[0])):
        for path in _files(top, ignored):
            order = len(listing.items) + len(listing.rejected)
            shown = plain_text(str(path.relative_to(folder)))
            listing.items.append(Listed(path, shown, plain_text(top.name), order, split or None))
    if ignored:
        files = "1 file" if len(ignored) == 1 else f"{len(ignored)} files"
        listing.notes.append(
            f"{files} ignored: hidden, not a picture by the name, or not in a class folder, such as {ignored[0]}"
        )
    return listing


def _folders(root: Path, folder: Path, ignored: list[str]) -> list[Path]:
    """The visible folders in `folder`, by name; a link that leads back to `root` or above is left out."""
    found: list[Path] = []
    try:
        for path in sorted(folder.iterdir()):
            if not path.is_dir():
                ignored.append(plain_text(path.name))
            elif not path.name.startswith(".") and not root.resolve().is_relative_to(path.resolve()):
                found.append(path)
    except (OSError, RuntimeError) as error:  # RuntimeError: a loop of links
        reason = error if isinstance(error, OSError) else OSError(str(error))
        raise storage_error(reason, folder, "read") from error
    return found


def _files(top: Path, ignored: list[str]) -> Iterator[Path]:
    """The visible picture files under a class folder, by name; links to folders are not followed."""

    def fail(error: OSError) -> None:
        raise storage_error(error, top, "read") from error

    for folder, folders, names in os.walk(top, onerror=fail):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(folder, name)
            if name.startswith(".") or path.suffix.lower() not in IMAGE_SUFFIXES:
                ignored.append(plain_text(name))
            else:
                yield path
