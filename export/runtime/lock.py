"""A lock that one process holds on a folder, and that the system takes back when that process ends, however it does."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

from .errors import StorageError
from .files import storage_error

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
