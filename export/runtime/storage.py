"""Durable files: atomic writes, SHA-256 sums, and the lock of a folder.

A kill at any instant leaves the old file or the new one, never a part of it. A lock is the system's, so that a process
that was killed leaves none behind.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from .errors import StorageError

TEMPORARY_PREFIX = ".tmp-"

_REASONS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "the file would exceed the allowed file size",
    errno.EROFS: "the disk is read-only",
    errno.EACCES: "permission is denied",
    errno.EPERM: "permission is denied",
    errno.ENOENT: "the folder is gone",
    errno.ENOTDIR: "a part of the path is not a folder",
    errno.EIO: "the disk reports an error",
}


def storage_error(error: OSError, path: Path, action: str = "write") -> StorageError:
    """Say in one sentence why `path` could not be written or read."""
    reason = _REASONS.get(error.errno or 0, error.strerror or str(error))
    if action == "read" and error.errno == errno.ENOENT:
        reason = "there is no such file"
    return StorageError(f"cannot {action} {path}: {reason}")


def atomic_write(path: Path, data: bytes) -> None:
    """Write `data` to `path` as `atomic_file` does. Raises StorageError."""
    with atomic_file(path) as file:
        file.write(data)


@contextmanager
def atomic_file(path: Path) -> Iterator[BinaryIO]:
    """A file to be written in place of `path`, in the same folder: then fsync, rename, fsync the folder.

    Raises StorageError when the disk is full, read-only or gone; after that or any other error an earlier file at
    `path` is unchanged and no temporary file is left.
    """
    temporary = ""
    try:
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=TEMPORARY_PREFIX)
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
        fsync_folder(path.parent)
    except OSError as error:
        raise storage_error(error, path) from error
    finally:
        if temporary:
            with suppress(OSError):
                os.unlink(temporary)


def fsync_folder(folder: Path) -> None:
    """Make a rename in `folder` durable; a no-op where a folder cannot be synced (Windows, some network disks)."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in {errno.EINVAL, errno.ENOTSUP}:
            raise
    finally:
        os.close(descriptor)


def remove_leftovers(folder: Path, *, older_than_s: float = 86_400.0) -> int:
    """Delete what killed processes left in `folder` and below, and return how many: `.tmp-*`, untouched for a day.

    The day spares what another process is writing now. What cannot be deleted stays.
    """
    latest = time.time() - older_than_s
    removed = 0
    for path in sorted(folder.rglob(f"{TEMPORARY_PREFIX}*")):
        with suppress(OSError):
            if path.lstat().st_mtime > latest:
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
            removed += 1
    return removed


def sha256_of(path: Path) -> str:
    """SHA-256 of a file as 64 hexadecimal digits. Raises StorageError when it cannot be read."""
    digest = hashlib.sha256()
    try:
        with open(path, "rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    except OSError as error:
        raise storage_error(error, path, "read") from error
    return digest.hexdigest()


LOCK = ".lock"
_HELD = frozenset({errno.EACCES, errno.EAGAIN, errno.EDEADLK})


class FolderLock:
    """Held from its making until `close`; the empty file it needs stays."""

    def __init__(self, folder: Path) -> None:
        """Raises StorageError where another process, or this one, holds it, or the disk knows no locks."""
        path = folder / LOCK
        try:
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o644)
        except OSError as error:
            raise storage_error(error, path) from error
        try:
            _lock(self._descriptor)
        except OSError as error:
            os.close(self._descriptor)
            if error.errno in _HELD:
                raise StorageError(
                    f"another watch writes into {folder}: stop that one, or give each a folder of its own"
                ) from error
            raise storage_error(error, path, "lock") from error

    def close(self) -> None:
        os.close(self._descriptor)


def _lock(descriptor: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
