"""Live sources: what they do when they are lost, found again, or fail."""

from __future__ import annotations

import time
from typing import Any

import pytest

from export.runtime.sources.address import parse_address
from export.runtime.sources.frame import Frame, SourceState
from export.runtime.sources.live import LiveSource
from export.runtime.sources.source import open_source
from export.runtime.sources.stream import HttpReader
from tests.export.runtime.sources.conftest import HEAD, PICTURES, Serve, http, looping, matches, part, say, stream


def test_a_bug_in_a_reader_reaches_the_consumer() -> None:
    def broken() -> Any:
        raise ZeroDivisionError("a bug")

    with pytest.raises(ZeroDivisionError, match="a bug"):
        list(LiveSource("x", broken).events())


def test_a_closed_stream_is_lost_and_found_again_with_growing_waits(serve: Serve) -> None:
    refuse = http("503 Busy")
    server = serve(say(HEAD, part(PICTURES[0])), refuse, refuse, stream([part(PICTURES[1])]))
    address = parse_address(server.url())
    source = LiveSource(address.name, lambda: HttpReader(address), first_wait_s=0.1)
    lost, began = [], time.monotonic()
    with looping(source) as events:
        for event in events:
            if isinstance(event, SourceState) and event.state == "lost":
                lost.append(event.message)
            if isinstance(event, Frame) and matches(event.image) == 1:
                break
            assert time.monotonic() - began < 8
    assert "closed the connection" in lost[0]
    assert sum("reports an error (503 Busy)" in message for message in lost) >= 2
    assert 0.7 <= time.monotonic() - began < 3  # 0.1 + 0.2 + 0.4
    assert len(server.requests) == 4


def test_without_reconnecting_the_events_end(serve: Serve) -> None:
    server = serve(say(HEAD, part(PICTURES[0])))
    with looping(open_source(server.url(), reconnect=False)) as events:
        found = list(events)
    assert [event.state for event in found if isinstance(event, SourceState)] == ["connecting", "live", "lost"]
    assert len(server.requests) == 1


def test_a_slow_consumer_gets_the_newest_frame(serve: Serve) -> None:
    server = serve(stream([part(data) for data in PICTURES], fps=200))
    with looping(open_source(server.url())) as events:
        first = next(event for event in events if isinstance(event, Frame))
        time.sleep(0.5)
        second = next(event for event in events if isinstance(event, Frame))
        third = next(event for event in events if isinstance(event, Frame))
    assert second.index > first.index + 20
    assert second.time_s - first.time_s > 0.3
    assert third.index < second.index + 20
