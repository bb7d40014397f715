"""A slow, a broken and a hanging sink, and a producer that goes on."""

from __future__ import annotations

import threading
import time
from collections import deque

import pytest

from export.runtime.errors import StorageError
from export.runtime.sinks.outbox import DeliveryCancelled, Outbox


class Gate:
    """A sink that takes nothing until it is opened; "bad" is refused, "crash" ends it."""

    name = "gate"

    def __init__(self, *, is_open: bool = False) -> None:
        self.notes: deque[str] = deque()
        self.taken: list[str] = []
        self.opened = threading.Event()
        self.entered = threading.Event()
        self.abandoned = threading.Event()
        self.closed = False
        if is_open:
            self.opened.set()

    def deliver(self, item: str) -> None:
        self.entered.set()
        while not self.opened.wait(0.01):
            if self.abandoned.is_set():
                raise DeliveryCancelled
        if item == "bad":
            raise StorageError("the disk is full")
        if item == "crash":
            raise BrokenPipeError
        self.taken.append(item)

    def abandon(self) -> None:
        self.abandoned.set()

    def close(self) -> None:
        self.closed = True


def test_order_is_kept_and_everything_arrives() -> None:
    sink = Gate(is_open=True)
    box = Outbox(sink, 1000)
    wanted = [str(k) for k in range(500)]
    for item in wanted:
        box.put(item)
    box.close()
    assert sink.taken == wanted
    assert sink.closed
    assert (box.delivered, box.dropped, box.queued, box.notes()) == (500, 0, 0, [])


def test_a_slow_sink_never_stalls_and_the_oldest_make_room() -> None:
    sink = Gate()
    box = Outbox(sink, 3)
    box.put("0")
    assert sink.entered.wait(10)  # it holds "0"
    for item in "123456":
        box.put(item)
    assert box.queued == 4
    assert box.dropped == 3
    assert box.notes() == ["gate: its queue of 3 is full, the oldest are dropped (1 so far)"]
    sink.opened.set()
    box.close()
    assert sink.taken == ["0", "4", "5", "6"]
    assert box.notes() == ["gate: 3 of 7 were not delivered"]


def test_a_file_waits_for_its_outputs() -> None:
    sink = Gate()
    box = Outbox(sink, 2, wait=True)
    threading.Timer(0.3, sink.opened.set).start()
    for item in "0123456789":
        box.put(item)
    box.close()
    assert sink.taken == list("0123456789")
    assert box.dropped == 0


def test_what_is_refused_is_counted_and_said_and_the_next_arrives() -> None:
    sink = Gate(is_open=True)
    box = Outbox(sink, 10)
    for item in ("bad", "good", "bad", "better"):
        box.put(item)
    box.close()
    assert sink.taken == ["good", "better"]
    assert (box.delivered, box.dropped) == (2, 2)
    assert box.notes() == ["gate: the disk is full", "gate: 2 of 4 were not delivered"]


def test_what_ends_a_sink_is_heard_by_the_producer() -> None:
    sink = Gate(is_open=True)
    box = Outbox(sink, 10)
    box.put("crash")
    box.close()
    assert sink.closed
    with pytest.raises(BrokenPipeError):
        box.put("more")
    with pytest.raises(BrokenPipeError):
        box.check()


def test_a_hanging_sink_is_abandoned_at_the_end() -> None:
    sink = Gate()
    box = Outbox(sink, 10)
    for item in "01234":
        box.put(item)
    start = time.monotonic()
    box.close(flush_s=0.2)
    assert time.monotonic() - start < 3
    assert sink.closed
    assert (box.delivered, box.dropped) == (0, 5)
    assert box.notes() == ["gate: 5 of 5 were not delivered"]


def test_notes_of_the_sink_come_with_its_name() -> None:
    sink = Gate(is_open=True)
    box = Outbox(sink, 10)
    sink.notes.append("connected")
    assert box.notes() == ["gate: connected"]
    assert box.notes() == []
    box.close()
