"""Events pass through, results come back, and closing reaches the innermost generator."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from export.runtime.events import exhaust, forward_events


class Work:
    """Counts to three and returns a word; remembers how it ended."""

    def __init__(self, fail: bool = False) -> None:
        self.ended = ""
        self.fail = fail

    def run(self) -> Generator[int, None, str]:
        # Kept, so that nobody but `close()` ends it.
        self.running = self._run()
        return self.running

    def _run(self) -> Generator[int, None, str]:
        self.ended = "closed"
        try:
            yield 1
            yield 2
            if self.fail:
                raise RuntimeError("broken")
            yield 3
            self.ended = "finished"
            return "done"
        finally:
            self.ended += ", cleaned up"


def outer(work: Work) -> Generator[str, None, int]:
    return len((yield from forward_events(work.run(), str)))


def test_events_are_converted_and_the_result_returned() -> None:
    work = Work()
    events = outer(work)
    assert [next(events), next(events), next(events)] == ["1", "2", "3"]
    with pytest.raises(StopIteration) as stop:
        next(events)
    assert stop.value.value == 4
    assert work.ended == "finished, cleaned up"


def test_close_reaches_the_inner_generator() -> None:
    work = Work()
    events = outer(work)
    next(events)
    events.close()
    assert work.ended == "closed, cleaned up"


def test_an_error_of_the_work_passes_through() -> None:
    work = Work(fail=True)
    with pytest.raises(RuntimeError, match="broken"):
        exhaust(outer(work))
    assert work.ended == "closed, cleaned up"


def test_an_error_of_the_conversion_closes_the_work() -> None:
    work = Work()

    def convert(number: int) -> int:
        return 1 // (number - 2)

    with pytest.raises(ZeroDivisionError):
        exhaust(forward_events(work.run(), convert))
    assert work.ended == "closed, cleaned up"


def test_an_error_thrown_in_closes_the_work() -> None:
    work = Work()
    events = outer(work)
    next(events)
    with pytest.raises(KeyboardInterrupt):
        events.throw(KeyboardInterrupt)
    assert work.ended == "closed, cleaned up"


def test_run_to_end() -> None:
    assert exhaust(outer(Work())) == 4
