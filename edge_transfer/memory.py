"""Memory that was freed goes back to the system: torch leaves hundreds of megabytes of it in glibc's arenas."""

from __future__ import annotations

import ctypes
import gc


def give_back() -> None:
    """Collect what is not used any more and return it, where the C library can; does nothing elsewhere."""
    gc.collect()
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (OSError, AttributeError, TypeError):
        return  # not glibc: its allocator returns memory by itself, or not at all
