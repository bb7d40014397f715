"""Memory that was freed goes back to the system: torch leaves hundreds of megabytes of it in glibc's arenas."""

from __future__ import annotations

import ctypes
import gc


def give_back(*, collect: bool = True) -> None:
    """Return what was freed, and with `collect` what is not used any more; does nothing where the C library cannot."""
    if collect:
        gc.collect()
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (OSError, AttributeError, TypeError):
        return  # not glibc: its allocator returns memory by itself, or not at all
