"""The process environment: OpenCV loaded without side effects, and freed memory returned to the system.

Importing cv2 changes `os.environ`, which `import_cv2` puts back; a second OpenCV wheel overwrites the files of the
first one, and is reported. glibc keeps freed blocks for itself, which in a window open for hours looks like a leak.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import os
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from types import ModuleType

from export.runtime.errors import EdgeTransferError

OPENCV_REQUIREMENT = "opencv-python-headless>=4.14.0.94,<5"

_WHEELS = (
    "opencv-python-headless",
    "opencv-python",
    "opencv-contrib-python-headless",
    "opencv-contrib-python",
)


class InstallationError(EdgeTransferError):
    """A library this program stands on is missing, damaged or installed twice."""


def opencv_wheels() -> list[str]:
    """Names of the OpenCV distributions that are installed; one is right, each of them brings the same `cv2`."""
    return [name for name in _WHEELS if _is_installed(name)]


def opencv_conflict(wheels: list[str]) -> str:
    """Message for more than one of `wheels`, with the two commands that mend it; empty when there is no conflict."""
    if len(wheels) < 2:
        return ""
    return (
        f"{len(wheels)} OpenCV packages are installed over one another ({', '.join(wheels)}), and the last one wins. "
        f"Run:\n    {_remedy(wheels)}"
    )


def import_cv2() -> ModuleType:
    """Import cv2 and put `os.environ` back as it was.

    cv2 sets `LD_LIBRARY_PATH` with an empty entry, so that every child process looks for libraries in its current
    directory, and its wheel with windows points Qt at plugins of its own. Call this before anything else imports
    cv2: a later call returns the same module and changes nothing.
    Raises InstallationError when cv2 is missing or cannot be loaded.
    """
    before = dict(os.environ)
    try:
        return importlib.import_module("cv2")
    except ImportError as error:
        remedy = _remedy(opencv_wheels())
        raise InstallationError(f"OpenCV cannot be loaded ({error}). Run:\n    {remedy}") from error
    finally:
        _restore(before)


def _restore(before: dict[str, str]) -> None:
    for name in set(os.environ) - set(before):
        del os.environ[name]
    for name, value in before.items():
        if os.environ.get(name) != value:
            os.environ[name] = value


def _remedy(wheels: list[str]) -> str:
    install = f'pip install "{OPENCV_REQUIREMENT}"'
    return f"pip uninstall -y {' '.join(wheels)}\n    {install}" if wheels else install


def _is_installed(name: str) -> bool:
    try:
        version(name)
    except PackageNotFoundError:
        return False
    return True


_M_MMAP_THRESHOLD, _M_ARENA_MAX = -3, -8  # of glibc's malloc.h


def give_back(*, collect: bool = True) -> None:
    """Return what was freed, and with `collect` what is not used any more; does nothing where the C library cannot."""
    if collect:
        gc.collect()
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (OSError, AttributeError, TypeError):
        return  # not glibc: its allocator returns memory by itself, or not at all


def keep_large_blocks_apart() -> None:
    """Let glibc take every block of 128 KiB or more from the system and give it back at once; elsewhere nothing.

    By itself it raises that limit to the size of what was freed, and frames of a megabyte then break up the heaps of
    the threads that pass them on: a window that ran for minutes held several hundred megabytes of nothing. Call it
    before the first frame.
    """
    with suppress(OSError, AttributeError, TypeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_M_MMAP_THRESHOLD, 128 << 10)
        mallopt(_M_ARENA_MAX, 2)
