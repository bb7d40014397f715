"""Console output: results on stdout, everything else on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

Event = TypeVar("Event")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Step:
    """How far a long operation is, in words and numbers; `total` 0 where it is not known."""

    text: str
    done: float
    total: float


def say(text: str) -> None:
    """A line for the person, on stderr."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def emit(document: Any) -> None:
    """One JSON document on stdout, on one line."""
    sys.stdout.write(json.dumps(document, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def follow(events: Generator[Event, None, Result], describe: Callable[[Event], Step | None]) -> Result:
    """Run a generator to its end and show its progress with the time left, on stderr and only on a terminal.

    Ctrl-C closes the generator, which keeps what is done.
    """
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    try:
        with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
            tasks: dict[str, Any] = {}
            while True:
                try:
                    event = next(events)
                except StopIteration as stop:
                    result: Result = stop.value
                    return result
                step = describe(event)
                if step is None:
                    continue
                if step.text not in tasks:
                    tasks[step.text] = progress.add_task(step.text, total=step.total or None)
                progress.update(tasks[step.text], completed=step.done, total=step.total or None)
    finally:
        events.close()


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table on stdout; numbers to the right, names as they are, without any markup in them."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    rows = [list(row) for row in rows]
    shown = Table(title=Text(title, style="bold"), title_justify="left", header_style="bold", pad_edge=False)
    for index, column in enumerate(columns):
        numeric = bool(rows) and all(_is_number(row[index]) for row in rows)
        shown.add_column(Text(column), justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        shown.add_row(*(Text(cell) for cell in row))
    # A pipe has no width; a table folded at 80 columns could not be read.
    console = Console(width=None if sys.stdout.isatty() else 160)
    console.print(shown)


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).replace("-", "", 1).replace("e", "", 1).isdigit() or text in {"", "–"}
