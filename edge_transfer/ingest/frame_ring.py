"""Read the frames that `watch --ring` kept on the box, each with the model's prediction."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from edge_transfer.dataset.records import class_key, plain_text
from edge_transfer.errors import DatasetError, ImageError, StorageError
from edge_transfer.ingest.listing import Listed, Listing
from export.runtime.imaging.images import read_image_file
from export.runtime.sinks.frame_ring import FORMAT, FRAME_NAME, MARK, VERSION
from export.runtime.storage import LOCK, storage_error

_MOST_WORDS_BYTES = 100_000
_LAST_SECOND = 253_402_300_799  # of the year 9999


def recognises(path: Path) -> bool:
    """A folder with the mark of a ring."""
    return (path / MARK).is_file()


def list_items(path: Path, classes: Sequence[str] = ()) -> Listing:
    """See Layout.list_items."""
    return list_ring(path, classes)


def list_ring(folder: Path, classes: Sequence[str]) -> Listing:
    """The frames of a ring, the oldest first, each with the likeliest of `classes` that the model named for it.

    They are one session: its name says from when to when its frames are. A frame whose side-car is missing or unusable
    is rejected, as is one without any class of the project. Raises DatasetError when `folder` is no ring or holds no
    frame, StorageError when it cannot be read.
    """
    folder = Path(folder)
    _check_mark(folder)
    names = {class_key(name): name for name in classes}
    listing = Listing(plain_text(folder.resolve().name), [], [], [])
    ignored: list[str] = []
    for stem, suffixes in _stems(folder, ignored):
        shown = plain_text(f"{stem.parent.name}/{stem.name}.jpg")
        order = len(listing.items) + len(listing.rejected)
        try:
            label, note = _answer(stem, suffixes, names)
        except ValueError as error:
            listing.rejected.append((order, shown, str(error)))
            continue
        path = stem.with_suffix(".jpg")
        listing.items.append(Listed(path, shown, label, order, "train", note=f"{shown}: {note}", labelled=False))
    if not listing.items and not listing.rejected:
        raise DatasetError(f"{folder} holds no frame yet: `watch --ring` keeps those that the model is unsure of")
    if ignored:
        files = "1 file" if len(ignored) == 1 else f"{len(ignored)} files"
        listing.notes.append(f"{files} ignored: not a frame by the name, such as {ignored[0]}")
    if listing.items:
        span = " to ".join(dict.fromkeys(_when(listing.items[place].path) for place in (0, -1)))
        listing.items[:] = [replace(item, session=f"field, {span}") for item in listing.items]
    return listing


def _check_mark(folder: Path) -> None:
    if not folder.is_dir():
        raise DatasetError(f"{folder} is no folder: give the folder that `watch --ring` keeps its frames in")
    if not (folder / MARK).is_file():
        raise DatasetError(f"{folder} is no ring of frames, it has no {MARK}: give the folder of `watch --ring`")
    try:
        mark = _object(folder / MARK)
    except ValueError as error:
        raise DatasetError(f"{folder / MARK} is damaged ({error}): copy the ring from the box again") from error
    if mark.get("format") != FORMAT:
        raise DatasetError(f"{folder} is no ring of frames: its {MARK} is of another program")
    if mark.get("version") != VERSION:
        raise DatasetError(
            f"{folder} is a ring of version {str(mark.get('version'))[:20]}; this one reads {VERSION}: "
            "upgrade edge-transfer"
        )


def _stems(folder: Path, ignored: list[str]) -> list[tuple[Path, set[str]]]:
    """Paths without suffix of the frames, the oldest first, and which of the two files each has."""
    found: dict[Path, set[str]] = {}
    try:
        for run in os.scandir(folder):
            if run.name in (MARK, LOCK):
                continue
            if not run.is_dir(follow_symlinks=False):  # a link may lead anywhere
                ignored.append(plain_text(run.name))
                continue
            for file in os.scandir(run.path):
                if FRAME_NAME.fullmatch(file.name) and file.is_file(follow_symlinks=False):
                    path = Path(file.path)
                    found.setdefault(path.with_suffix(""), set()).add(path.suffix)
                else:
                    ignored.append(plain_text(f"{run.name}/{file.name}"))
    except OSError as error:
        raise storage_error(error, folder, "read") from error
    ignored.sort()
    return sorted(found.items(), key=lambda entry: (_milliseconds(entry[0]), str(entry[0])))


def _answer(stem: Path, suffixes: set[str], names: Mapping[str, str]) -> tuple[str, str]:
    """The suggested class and why the frame was kept. Raises ValueError with the reason when there is none."""
    if ".json" not in suffixes:
        raise ValueError("the .json beside it is missing: the box was stopped while it wrote the frame")
    if ".jpg" not in suffixes:
        raise ValueError("the picture is missing, only its .json is there")
    values = _object(stem.with_suffix(".json"))
    reasons, top = values.get("reasons"), values.get("top")
    if not (isinstance(reasons, list) and all(isinstance(reason, str) for reason in reasons)):
        raise ValueError("the .json beside it does not say why the frame was kept")
    if not (isinstance(top, list) and top and all(_is_guess(guess) for guess in top)):
        raise ValueError("the .json beside it does not say what the model answered")
    for label, probability in top:
        if class_key(label) in names:
            why = plain_text(", ".join(reason[:40] for reason in reasons[:5]))
            return names[class_key(label)], f"{why}; {names[class_key(label)]} {probability:.2f}"
    labels = plain_text(", ".join(label[:40] for label, _ in top[:5]))
    raise ValueError(f"the project has none of the classes {labels}: was it another project's bundle?")


def _is_guess(guess: object) -> bool:
    if not (isinstance(guess, list) and len(guess) == 2):
        return False
    label, probability = guess
    return isinstance(label, str) and isinstance(probability, (int, float)) and 0 <= probability <= 1


def _object(path: Path) -> dict[str, Any]:
    """The JSON object in a small file. Raises ValueError with the reason."""
    try:
        data = read_image_file(path)  # the same rules: a regular file of a sensible size
    except (ImageError, StorageError) as error:
        raise ValueError(f"{path.name}: {error}") from error
    if len(data) > _MOST_WORDS_BYTES:
        raise ValueError(f"{path.name} is too large to be ours: {len(data)} bytes")
    try:
        values = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path.name} is no JSON: damaged or cut off") from error
    if not isinstance(values, dict):
        raise ValueError(f"{path.name} holds no JSON object")
    return values


def _milliseconds(stem: Path) -> int:
    return int(stem.name.partition("-")[0])


def _when(path: Path) -> str:
    """UTC, to the second; a box without a clock says 1970."""
    return datetime.fromtimestamp(min(_milliseconds(path) // 1000, _LAST_SECOND), UTC).strftime("%Y-%m-%d %H:%M:%S")
