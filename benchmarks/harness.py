"""What every measurement shares: how it is run, the machine, the short form, the data and the files of results.

A measurement is a module with `measure(folder)`, which yields rows of JSON values, and `as_table(rows)`. It runs in a
process of its own, in a folder of its own with empty caches.

`SHORT=1` in the environment asks for a small form that shows that a benchmark works; its figures go into a folder of
their own, which git ignores, because they say nothing. `EDGE_TRANSFER_SHARED` names the folder of real data and
weights; without it that is `shared` beside the checkout.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import Any, TypeVar

from benchmarks.competitors.stopwatch import cpu_seconds
from export.runtime.inference.processor import processor_name, processor_text
from export.runtime.storage import atomic_write

REPOSITORY = Path(__file__).resolve().parents[1]
SHARED_VARIABLE = "EDGE_TRANSFER_SHARED"
SHARED = Path(os.environ.get(SHARED_VARIABLE) or REPOSITORY.parent / "shared")
SHORT = os.environ.get("SHORT") == "1"
RESULTS = Path(__file__).resolve().parent / "results" / ("short" if SHORT else "")
Row = dict[str, Any]
T = TypeVar("T")


class Skipped(Exception):
    """A benchmark that cannot run here; the text says why."""


@dataclass
class Table:
    """What a measurement has found."""

    title: str
    result: dict[str, Any]
    """Everything that was measured, as JSON values."""
    lines: list[str]
    """Markdown below the title."""
    plots: dict[str, str] = field(default_factory=dict)
    """SVG by a name."""
    failure: str = ""
    """Why the measurement counts as failed, where it does."""


def run(name: str, stem: str) -> None:
    """Run the measurement `name` and put its table into `<stem>.{json,md}`; one that cannot run here says why."""
    from edge_transfer.backbones.weights import CACHE_DIR_VARIABLE, WEIGHTS_DIR_VARIABLE

    with tempfile.TemporaryDirectory(prefix=f"{name}-") as folder:
        os.environ[CACHE_DIR_VARIABLE] = f"{folder}/cache"
        if (SHARED / "weights").is_dir():
            os.environ.setdefault(WEIGHTS_DIR_VARIABLE, str(SHARED / "weights"))
        module = import_module(f"benchmarks.{name}")
        try:
            table = run_table(name, stem, lambda: module.measure(Path(folder)), module.as_table)
        except Skipped as reason:
            print(f"skipped: {reason}", flush=True)
            return
    if table is not None and table.failure:
        sys.exit(table.failure)


def options(**defaults: Any) -> argparse.Namespace:
    """The options of a measurement, of its defaults' types."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks NAME")
    for name, default in defaults.items():
        parser.add_argument(f"--{name}", type=type(default), default=default, help=f"default: {default}")
    return parser.parse_args()


def timed(call: Callable[[], T]) -> tuple[T, dict[str, float]]:
    """What `call` returns, and its wall and CPU seconds (of this process and its ended children)."""
    wall, cpu = time.perf_counter(), cpu_seconds()
    found = call()
    return found, {"wall_s": time.perf_counter() - wall, "cpu_s": cpu_seconds() - cpu}


def machine() -> str:
    """This machine, as it stands above a table."""
    return f"{processor_text()}, {os.cpu_count()} processors, Python {platform.python_version()}"


def suite_stem() -> str:
    """`2026-01-31-intel-xeon-gold-6430`: the day and the processor."""
    name = re.sub(r"\((?:r|tm)\)", "", processor_name().lower())
    return f"{date.today().isoformat()}-{re.sub(r'[^a-z0-9]+', '-', name).strip('-')[:40]}"


def run_table(
    name: str, stem: str, measure: Callable[[], Iterable[Row]], as_table: Callable[[list[Row]], Table]
) -> Table | None:
    """Put the table of what `measure` yields into the files `<stem>.*`, with the load of the machine around it.

    It is written after each row, so that a measurement of hours that is killed has left its part. Tables that are there
    already stay; the same one is replaced. Returns the last table, None where nothing was measured.
    """
    load = os.getloadavg()[0]
    found: list[Row] = []
    table = None
    for row in measure():
        found.append(row)
        table = as_table(found)
        _put(name, stem, table, load)
    if table is not None:
        print("\n".join([f"## {table.title}", "", *table.lines]), flush=True)
    return table


def _put(name: str, stem: str, table: Table, load: float) -> None:
    RESULTS.mkdir(parents=True, exist_ok=True)
    path = RESULTS / f"{stem}.json"
    # Read now and not before: another table may have been measured meanwhile.
    whole: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    whole = {"machine": machine(), "tables": whole.get("tables", {})}
    for plot, svg in table.plots.items():
        atomic_write(RESULTS / f"{stem}-{plot}.svg", svg.encode())
    whole["tables"][name] = {
        "title": table.title,
        "load": [load, os.getloadavg()[0]],
        "result": table.result,
        "lines": table.lines,
        "plots": sorted(table.plots),
    }
    atomic_write(path, (json.dumps(whole, indent=1) + "\n").encode())
    atomic_write(path.with_suffix(".md"), tables_markdown(whole, stem).encode())


def tables_markdown(whole: dict[str, Any], stem: str) -> str:
    """The tables of a file as one text."""
    lines = [f"# {whole['machine']}", ""]
    for name, table in sorted(whole["tables"].items()):
        before, after = table["load"]
        lines += [f"## {table['title']}", ""]
        lines += [f"`python -m benchmarks {name}`; load average {before:.1f} before, {after:.1f} after.", ""]
        lines += [*table["lines"], ""]
        lines += [f"![{plot}]({stem}-{plot}.svg)\n" for plot in table["plots"]]
    return "\n".join(lines).rstrip() + "\n"


FACTS = ("what", "measured", "bar")


def rows_of(header: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    """A table in Markdown."""
    lines = [" | ".join(header), "|".join("---" for _ in header)]
    lines = [f"| {lines[0]} |", f"|{lines[1]}|"]
    return lines + [f"| {' | '.join(map(str, row))} |" for row in rows]


def spread(values: Sequence[float]) -> dict[str, float]:
    """The median, the smallest and the largest of some values."""
    return {"median": median(values), "low": min(values), "high": max(values), "n": len(values)}


# Data: the same pictures for everybody


@dataclass(frozen=True)
class Picture:
    """A row of a data set's table."""

    path: Path
    label: str
    split: str


def pictures(name: str, split: str = "") -> list[Picture]:
    """The rows of `<name>.csv` in the shared data, of one split or all. Raises Skipped where it is not there."""
    table = table_file(name)
    with open(table, encoding="utf-8", newline="") as file:
        rows = [Picture(table.parent / row["path"], row["label"], row["split"]) for row in csv.DictReader(file)]
    return [row for row in rows if split in ("", row.split)]


def small_shared(folder: Path) -> Path:
    """Lists of the shared data with ten training and five test pictures of each class, for short runs.

    Raises Skipped as `pictures` does.
    """
    (folder / "data").mkdir(parents=True)
    for name in ("trashnet", "hymenoptera"):
        chosen = [drawn_pictures(pictures(name, split), count, 0) for split, count in (("train", 10), ("test", 5))]
        write_rows(folder / "data" / f"{name}.csv", [row for rows in chosen for row in rows])
    return folder


def table_file(name: str) -> Path:
    """`<name>.csv` in the shared data. Raises Skipped where it is not there."""
    path = SHARED / "data" / f"{name}.csv"
    if not path.is_file():
        raise Skipped(f"no {name} at {SHARED}: set {SHARED_VARIABLE} to the folder that holds data/{name}.csv")
    return path


def weights_file(name: str) -> Path:
    """A file of pretrained weights. Raises Skipped where it is not there."""
    path = SHARED / "weights" / f"{name}.safetensors"
    if not path.is_file():
        raise Skipped(f"no weights at {path}")
    return path


def drawn_pictures(rows: Sequence[Picture], per_class: int, seed: int) -> list[Picture]:
    """`per_class` of each class, all for 0, in a random order; more of each only adds to the same seed's."""
    import numpy as np  # not above: the window's start is measured in a process that has this module

    chosen: list[Picture] = []
    for number, label in enumerate(sorted({row.label for row in rows})):
        own = [row for row in rows if row.label == label]
        order = np.random.default_rng([seed, number]).permutation(len(own))
        chosen += [own[k] for k in order[: per_class or len(own)]]
    return [chosen[k] for k in np.random.default_rng(seed).permutation(len(chosen))]


def write_rows(path: Path, rows: Sequence[Picture]) -> Path:
    """A csv list of pictures, with absolute paths."""
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["path", "label", "split"])
        writer.writerows([str(row.path.resolve()), row.label, row.split] for row in rows)
    return path
