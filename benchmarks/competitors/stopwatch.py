"""What a measured program is told, and says of itself: one JSON line after another. Standard library only."""

from __future__ import annotations

import argparse
import json
import os
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

STARTED_VARIABLE = "BENCH_STARTED"
"""Monotonic seconds, set by whoever starts the program: the interpreter's start and the imports count."""


def parser(description: str | None) -> argparse.ArgumentParser:
    """The options of every program that is measured."""
    made = argparse.ArgumentParser(description=description)
    made.add_argument("--train", type=Path, required=True, help="csv list of pictures")
    made.add_argument("--test", type=Path, required=True, help="csv list of pictures, looked at for the curve alone")
    made.add_argument("--weights", type=Path, required=True, help="torchvision's MobileNetV2, safetensors")
    made.add_argument("--cap", type=float, default=900.0, help="seconds after which no epoch is begun")
    made.add_argument("--epochs", type=int, default=0, help="instead of the recipe's")
    made.add_argument("--seed", type=int, default=0)
    return made


class Stopwatch:
    """Wall and CPU seconds since the program was started, less those of `paused` blocks."""

    def __init__(self) -> None:
        self._started = float(os.environ.get(STARTED_VARIABLE, time.monotonic()))
        self._paused_wall, self._paused_cpu = 0.0, 0.0

    def read(self) -> dict[str, float]:
        """Seconds so far, and the largest resident size of this process in bytes (its helpers' not included)."""
        return {
            "wall_s": time.monotonic() - self._started - self._paused_wall,
            "cpu_s": cpu_seconds() - self._paused_cpu,
            "peak_bytes": peak_bytes(),
        }

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Looking at the test pictures is our wish, not part of the work."""
        wall, cpu = time.monotonic(), cpu_seconds()
        yield
        self._paused_wall += time.monotonic() - wall
        self._paused_cpu += cpu_seconds() - cpu

    def report(self, **values: object) -> None:
        print(json.dumps({**self.read(), **values}), flush=True)


def cpu_seconds() -> float:
    """Of this process and of its ended children."""
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def peak_bytes() -> int:
    # Linux's getrusage counts the parent's size as well, from before the program was loaded.
    try:
        lines = Path("/proc/self/status").read_text("utf-8").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))
    except (OSError, StopIteration):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
