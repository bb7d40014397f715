"""Catalogue, embeddings and training from a thousand samples to a million: time and memory of a sample, and the bend.

    python -m benchmarks scale          # SHORT=1: 200 and 2,000 samples

Every stage is a fresh process; imports are not counted. The bend is how many times more a sample costs where there are
ten times as many: 1 is a straight line. Pictures are embedded up to a hundred thousand; the rest is rows and vectors.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmarks.children import tell
from benchmarks.harness import SHORT, Row, Table, rows_of
from benchmarks.plots import lines_svg
from benchmarks.scale_stages import MOST

COUNTS = (200, 2_000) if SHORT else (1_000, 10_000, 100_000, 1_000_000)
ROUNDS, OFTEN_UP_TO = (1, 0) if SHORT else (3, 10_000)
"""What takes seconds is measured several times, and the median counts."""
MOST_PICTURES = 2_000 if SHORT else 100_000
CAP_S = 60.0 if SHORT else 1800.0
TITLES = {
    "add": "rows into the catalogue",
    "read": "rows out of it",
    "embed": "pictures to embeddings, 64 px",
    "fill": "embeddings into the cache",
    "cached": "embeddings out of it",
    "fit": "training a probe, embeddings cached",
}


def measure(folder: Path) -> Iterator[Row]:
    """Every stage at every count; a stage that needs one that failed is not tried."""
    for count in COUNTS:
        for _ in range(ROUNDS if count <= OFTEN_UP_TO else 1):
            with tempfile.TemporaryDirectory(dir=folder) as temporary:
                stages = Path(temporary) / "stages"
                stages.mkdir()
                yield from _stages(stages, count)


def _stages(folder: Path, count: int) -> Iterator[Row]:
    for stage in TITLES:
        if stage == "embed" and count > MOST_PICTURES:
            continue
        told = tell(
            *(Path(sys.executable), "benchmarks.scale_stages", stage, folder, count),
            cap_s=CAP_S,
            grace_s=0.0 if stage != "embed" else 600.0,
            extra={"EDGE_TRANSFER_WEIGHTS_DIR": os.devnull},
        )
        row = {"stage": stage, "count": count, "failure": told.failure, **(told.lines or [{}])[-1]}
        print(f"{stage}, {count:,}: {row.get('took_s', row['failure'])}", flush=True)
        yield row
        if told.failure and stage in ("add", "fill"):
            return


def micro(row: Row) -> float:
    """Microseconds of a sample."""
    return float(1e6 * row["took_s"] / row["count"])


def bytes_each(row: Row) -> float:
    """Bytes of a sample by which the process has grown at its largest."""
    return float((row["peak_bytes"] - row["before_bytes"]) / row["count"])


def as_table(found: list[Row]) -> Table:
    lines = [
        f"Wall time of a sample, up to {OFTEN_UP_TO:,} the median of {ROUNDS}, and how many times that is what it was "
        f"with a tenth of them. A training draws at most {MOST:,} samples, and chooses the strength on fewer.",
        "",
    ]
    times, memory, bends = {}, {}, {}
    cells, memory_cells = [], []
    for stage, title in TITLES.items():
        own = {count: row for count in COUNTS if (row := _middle(found, stage, count))}
        done = [row for row in own.values() if "took_s" in row]
        bends[stage] = [micro(after) / micro(before) for before, after in pairwise(done)]
        cells.append([title, *[_cell(own.get(count), lambda row: f"{micro(row):,.0f} µs") for count in COUNTS]])
        cells[-1] += [f"{bend:.2f}" for bend in bends[stage]] + [""] * (len(COUNTS) - 1 - len(bends[stage]))
        grown = (_cell(own.get(count), lambda row: f"{bytes_each(row):,.0f}") for count in COUNTS)
        memory_cells.append([title, *grown])
        if done:
            times[title] = [(row["count"], micro(row)) for row in done]
            memory[title] = [(row["count"], max(1.0, bytes_each(row))) for row in done]
    counts = [f"{count:,}" for count in COUNTS]
    decades = [f"bend to {count}" for count in counts[1:]]
    lines += [*rows_of(("", *counts, *decades), cells), ""]
    lines += ["Bytes of a sample by which the process grew at its largest.", ""]
    lines += rows_of(("", *counts), memory_cells)
    plot = lines_svg({"µs a sample": times, "bytes a sample": memory}, "samples", "", log_x=True, log_y=True)
    return Table("More samples", {"rows": found, "bends": bends}, lines, {"scale": plot})


def _middle(found: list[Row], stage: str, count: int) -> Row | None:
    """The round of median time; one that failed where one did."""
    own = [row for row in found if (row["stage"], row["count"]) == (stage, count)]
    failed = [row for row in own if "took_s" not in row]
    ordered = failed or sorted(own, key=lambda row: float(row["took_s"]))
    return ordered[len(ordered) // 2] if ordered else None


def _cell(row: Row | None, told: Any) -> str:
    if row is None:
        return "–"
    return str(told(row)) if "took_s" in row else row["failure"]
