"""What a box has measured: the lines that `python -m edge_runtime benchmark --json` printed there, read strictly."""

from __future__ import annotations

import json
import math
from dataclasses import fields
from typing import Any

from export.runtime.errors import BundleError
from export.runtime.timing import Latency, Timing

MOST_BYTES = 1 << 20
_ADVICE = "run “python -m edge_runtime benchmark --json > benchmark.json” on the box and give that file"


def read_timings(text: str) -> tuple[Timing, ...]:
    """One Timing for each line. Raises BundleError for anything else, with the number of the line."""
    timings: list[Timing] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            timing = _timing(json.loads(line, parse_constant=_refuse))
            if any((other.file, other.engine) == (timing.file, timing.engine) for other in timings):
                raise ValueError(f"{timing.file} stands there twice")
        except (ValueError, TypeError, RecursionError) as error:
            reason = "it is no JSON" if isinstance(error, json.JSONDecodeError) else str(error)[:200]
            raise BundleError(f"line {number} is not a model's benchmark: {reason}; {_ADVICE}") from error
        timings.append(timing)
    if not timings:
        raise BundleError(f"there is no benchmark in it: {_ADVICE}")
    return tuple(timings)


def _timing(values: Any) -> Timing:
    _need_keys(values, [field.name for field in fields(Timing)])
    return Timing(
        file=_text(values, "file"),
        engine=_text(values, "engine"),
        precision=_text(values, "precision"),
        threads=_whole(values, "threads", 1),
        engine_ms=_latency(values["engine_ms"]),
        end_to_end_ms=_latency(values["end_to_end_ms"]),
        peak_memory_bytes=_whole(values, "peak_memory_bytes", 0),
    )


def _latency(values: Any) -> Latency:
    _need_keys(values, [field.name for field in fields(Latency)])
    times = {name: _positive(values, name) for name in ("p50", "p95", "p99", "per_second")}
    if not times["p50"] <= times["p95"] <= times["p99"]:
        raise ValueError("its p50, p95 and p99 are not in order")
    return Latency(**times, n=_whole(values, "n", 1))


def _need_keys(values: Any, names: list[str]) -> None:
    if not isinstance(values, dict):
        raise TypeError(f"expected an object, got {str(values)[:60]!r}")
    missing, unknown = set(names) - set(values), set(values) - set(names)
    if missing or unknown:
        raise ValueError(f"it lacks {sorted(missing)}" if missing else f"it has unknown fields {sorted(unknown)[:5]}")


def _text(values: dict[str, Any], name: str) -> str:
    value = values[name]
    if not isinstance(value, str) or not 0 < len(value) <= 100:
        raise TypeError(f"{name} is {str(value)[:60]!r}, not a short text")
    return value


def _whole(values: dict[str, Any], name: str, least: int) -> int:
    value = values[name]
    if type(value) is not int or value < least:
        raise ValueError(f"{name} is {str(value)[:60]}, not a whole number from {least}")
    return value


def _positive(values: dict[str, Any], name: str) -> float:
    value = values[name]
    if type(value) not in (int, float) or not 0 < value < math.inf:
        raise ValueError(f"{name} is {str(value)[:60]}, not a number above 0")
    return float(value)


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is not a number")
