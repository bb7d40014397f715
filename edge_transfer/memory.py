"""Memory that was freed goes back to the system: torch leaves hundreds of megabytes of it in glibc's arenas."""

from __future__ import annotations

import ctypes
import gc
from contextlib import suppress

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
