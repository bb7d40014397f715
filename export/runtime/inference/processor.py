"""Name and instruction sets of this machine's processor."""

from __future__ import annotations

import platform
import re
from pathlib import Path

TOLD = ("sse4_1", "avx", "avx2", "avx_vnni", "avx512f", "avx512_vnni", "avx512_bf16", "amx_int8", "amx_bf16", "asimddp")
"""Instruction sets worth telling, in Linux's names, from the oldest to the newest."""
_CPUINFO = Path("/proc/cpuinfo")


def processor_name() -> str:
    """The model's name as the system tells it."""
    return model_name(_cpuinfo()) or platform.processor() or platform.machine()


def instruction_sets() -> tuple[str, ...]:
    """Those of `TOLD` that this processor has; empty where the system does not say (Windows, macOS)."""
    flags = cpu_flags(_cpuinfo())
    return tuple(name for name in TOLD if name in flags)


def model_name(cpuinfo: str) -> str:
    """The processor's name in the text of Linux's /proc/cpuinfo; empty where it names none, as on many boards."""
    found = re.search(r"^model name\s*:\s*(.+)$", cpuinfo, re.MULTILINE)
    return found.group(1).strip() if found else ""


def cpu_flags(cpuinfo: str) -> frozenset[str]:
    """Flags of the first processor in the text of /proc/cpuinfo, as x86 (`flags`) and ARM (`Features`) list them."""
    found = re.search(r"^(?:flags|Features)\s*:\s*(.+)$", cpuinfo, re.MULTILINE)
    return frozenset(found.group(1).split()) if found else frozenset()


def processor_text() -> str:
    """`AMD EPYC (sse4_1, avx, avx2)`: for the reason of a decision."""
    sets = instruction_sets()
    return f"{processor_name()} ({', '.join(sets) if sets else 'its instruction sets are not known'})"


def _cpuinfo() -> str:
    try:
        return _CPUINFO.read_text("utf-8", "replace")
    except OSError:
        return ""
