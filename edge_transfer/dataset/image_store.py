"""Store images in a project: files first, durably, then their catalogue rows in one transaction."""

from __future__ import annotations

import errno
import hashlib
import os
import sqlite3
import tempfile
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from edge_transfer.dataset.catalog import Catalog, ClassRow, InsertResult, NewSample
from edge_transfer.dataset.project import Project
from edge_transfer.dataset.quality import Quality
from edge_transfer.dataset.records import UNLABELLED
from edge_transfer.errors import DatasetError, EdgeTransferError
from export.runtime.storage import fsync_folder, storage_error

# Waiting for the disk takes no CPU, and a file system writes its journal once for all threads that wait for it:
# 0.3 ms a file with eight threads, 5 ms with one (ext4).
_SYNC_THREADS = 8

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


@dataclass(frozen=True)
class Picture:
    """An encoded picture and the row it will have."""

    data: bytes
    sample: NewSample


def picture(
    data: bytes,
    suffix: str,
    size: tuple[int, int],
    quality: Quality,
    *,
    class_id: int,
    position: int,
    time_s: float | None = None,
    note: str = "",
    sha256: str | None = None,
    labelled: bool = True,
) -> Picture:
    """Name `data` by its SHA-256 and describe it; `size` is (width, height) in pixels. Nothing is written yet."""
    sample = NewSample(
        sha256=sha256 or hashlib.sha256(data).hexdigest(),
        suffix=suffix,
        class_id=class_id,
        width=size[0],
        height=size[1],
        bytes=len(data),
        position=position,
        time_s=time_s,
        sharpness=quality.sharpness,
        brightness=quality.brightness,
        dhash=quality.dhash,
        note=note,
        labelled=labelled,
    )
    return Picture(data, sample)


def store(project: Project, catalog: Catalog, session_id: int, pictures: Sequence[Picture]) -> InsertResult:
    """Write the files of `pictures` under `images/`, then record them all in one transaction.

    Each file is written to a temporary name, fsynced and renamed, and the folders are fsynced before the rows are
    committed: after a power cut no row is without its picture. A file that is there with the same size is left alone.
    Raises StorageError when the disk is full, read-only or gone; then none of these pictures is recorded, none of
    their files is left and earlier ones are unchanged.
    """
    written: list[Path] = []
    try:
        _write_files(project, pictures, written)
        added = catalog.add_samples(session_id, [each.sample for each in pictures])
        # A file that was there may have been one of the trash, which somebody has emptied since. The rows are live
        # now, so nobody deletes their files again.
        gone = [each for each in pictures if not _is_there(_path(project, each), len(each.data))]
        if gone:
            _write_files(project, gone, written)
        return added
    except BaseException:
        _remove_unrecorded(catalog, written)
        raise


def ensure_class(catalog: Catalog, name: str) -> ClassRow:
    """The class of this name, whatever its case; it is added when absent. Raises DatasetError for an unusable name."""
    try:
        return catalog.class_named(name)
    except DatasetError:
        return catalog.add_class(name)


def counted(count: int, noun: str) -> str:
    """ "1 image", "2 images"."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def why_stopped(error: EdgeTransferError) -> str:
    """ "disk full" when that is the cause of `error`, otherwise its own message."""
    cause = error.__cause__
    if isinstance(cause, OSError) and cause.errno in (errno.ENOSPC, errno.EDQUOT):
        return "disk full"
    if isinstance(cause, sqlite3.Error) and getattr(cause, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL:
        return "disk full"
    return str(error)


def _write_files(project: Project, pictures: Sequence[Picture], written: list[Path]) -> None:
    contents = {_path(project, each): each.data for each in pictures}
    new = {path: data for path, data in contents.items() if not _is_there(path, len(data))}
    # The folders of files that are there already too: whoever wrote them may have been killed before its fsync.
    folders = {path.parent for path in contents}
    temporaries: list[Path] = []

    def write(item: tuple[Path, bytes]) -> tuple[Path, Path]:
        path, data = item
        try:
            descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".tmp-")
            temporary = Path(name)
            temporaries.append(temporary)
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            temporary.chmod(0o644)
        except OSError as error:
            raise storage_error(error, path) from error
        return temporary, path

    try:
        created = [folder for folder in folders if _make_folder(folder)]
        if created:
            folders.add(project.images_dir)
        for temporary, path in _in_threads(write, new.items()):
            try:
                replaced = path.exists()
                temporary.replace(path)
            except OSError as error:
                raise storage_error(error, path) from error
            if not replaced:
                written.append(path)
        _in_threads(_sync_folder, folders)
    finally:
        for temporary in temporaries:
            _remove(temporary)


def _path(project: Project, each: Picture) -> Path:
    return project.image_path(each.sample.sha256, each.sample.suffix)


def _is_there(path: Path, size: int) -> bool:
    try:
        return path.stat().st_size == size
    except OSError:
        return False


def _make_folder(folder: Path) -> bool:
    """Create a folder in `images/`; False when it is there. `images/` itself is never created: the disk may be gone."""
    if folder.is_dir():
        return False
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise storage_error(error, folder) from error
    return True


def _sync_folder(folder: Path) -> None:
    try:
        fsync_folder(folder)
    except OSError as error:
        raise storage_error(error, folder) from error


def _in_threads(function: Callable[[_Item], _Result], items: Collection[_Item]) -> list[_Result]:
    if len(items) < 2:
        return [function(item) for item in items]
    with ThreadPoolExecutor(min(_SYNC_THREADS, len(items)), "store") as pool:
        return list(pool.map(function, items))


def _remove_unrecorded(catalog: Catalog, written: Sequence[Path]) -> None:
    """Remove files that this process has just written, except what another one has recorded in the meantime."""
    if not written:
        return
    try:
        recorded = {sample.sha256 for split in (None, UNLABELLED) for sample in catalog.samples(split=split)}
    except EdgeTransferError:
        return  # without an answer a file too many is better than one too few
    for path in written:
        if path.stem not in recorded:
            _remove(path)


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return  # the disk is gone or read-only: the error that led here says so
