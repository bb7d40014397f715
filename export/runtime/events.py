"""Helpers for generators that yield events and return a result: nest them, or run them to their result."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TypeVar

Inner = TypeVar("Inner")
Outer = TypeVar("Outer")
Result = TypeVar("Result")


def forward_events(
    events: Generator[Inner, None, Result], convert: Callable[[Inner], Outer]
) -> Generator[Outer, None, Result]:
    """Yield each event of `events` as `convert` makes it, and return their result; `close()` closes both."""
    try:
        while True:
            try:
                event = next(events)
            except StopIteration as stop:
                result: Result = stop.value
                return result
            yield convert(event)
    finally:
        events.close()


def exhaust(events: Generator[Inner, None, Result]) -> Result:
    """Run a generator without looking at its events, and return its result."""
    while True:
        try:
            next(events)
        except StopIteration as stop:
            result: Result = stop.value
            return result
