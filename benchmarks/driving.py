"""The window, or a training, as a process that is watched and killed; and what its own side says of itself."""

from __future__ import annotations

import json
import os
import random
import signal
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tools.driven import DrivenApp


def places_in(folder: Path) -> dict[str, str]:
    """Variables that let the settings and data of a window lie in the folder."""
    return {"XDG_DATA_HOME": str(folder / "data"), "XDG_CONFIG_HOME": str(folder / "config")}


def environment_in(folder: Path) -> dict[str, str]:
    """For a window without a screen whose settings and data lie in the folder."""
    return {**os.environ, **places_in(folder), "QT_QPA_PLATFORM": "offscreen", "GOMP_SPINCOUNT": "0"}


def code_of(module: str, call: str) -> str:
    """The program of a driven process: `call`, a call of a function of `benchmarks.<module>`."""
    return f"from benchmarks.{module} import {call.partition('(')[0]}; {call}"


def say(**what: object) -> None:
    """The driven side's word: a line of JSON, with the time of day."""
    print(json.dumps({"clock": time.time(), **what}), flush=True)


def percentiles(values: Sequence[float], name: str) -> dict[str, float]:
    """The median and the 99th percentile, by the name of the values: `p50_ms` is `{}_ms` of `p50`."""
    ordered = sorted(values)
    return {name.format(f"p{percent}"): ordered[len(ordered) * percent // 100] for percent in (50, 99) if ordered}


def after(wait_s: float) -> Callable[[], bool]:
    """Something to wait for in a script: that so many seconds are over."""
    due = time.monotonic() + wait_s
    return lambda: time.monotonic() >= due


def killed(
    project: Path,
    environment: dict[str, str],
    code: str,
    ready: Callable[[dict[str, Any]], object],
    wait_s: tuple[float, float],
    rng: random.Random,
) -> tuple[list[dict[str, Any]], float, bool]:
    """Start a process, wait until a line of it is `ready` and some random seconds more, and kill it.

    Returns all that it said, the time of day of its kill, and whether it had come to its end before.
    """
    with DrivenApp(project, environment, code) as app:
        app.until(ready, 120)
        time.sleep(rng.uniform(*wait_s))
        clock = time.time()
        app.kill(signal.SIGKILL)
        app.process.wait(10)
        over = app.end() == 0
    return app.lines, clock, over
