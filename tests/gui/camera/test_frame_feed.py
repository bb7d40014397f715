"""The frame feed: the newest frame, sources that fail, and the replay of a burst."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from pathlib import Path

import numpy as np
import pytest

from export.runtime.errors import SourceError
from export.runtime.sources.frame import Frame, SourceEvent, SourceState
from export.runtime.sources.source import open_source
from gui.camera import frame_feed
from gui.camera.frame_feed import FeedReplay, FrameFeed

Until = Callable[..., None]


def test_a_feed_keeps_the_newest_frame(until: Until) -> None:
    feed = FrameFeed("demo://conveyor?fps=100&size=64x64")
    feed.start()
    until(lambda: feed.latest().number > 5)
    first = feed.latest()
    until(lambda: feed.latest().number > first.number)
    newer = feed.latest()
    assert newer.state == "live"
    assert newer.frame is not None
    assert first.frame is not None
    assert newer.frame.index > first.frame.index
    assert newer.age_s < 5
    feed.stop()
    assert feed.join()


def test_a_file_is_shown_at_its_own_pace_and_ends(until: Until) -> None:
    feed = FrameFeed("demo://conveyor?pace=0&fps=20&frames=11&size=64x64")
    started = time.monotonic()
    feed.start()
    until(lambda: feed.latest().state == "ended")
    assert time.monotonic() - started > 0.45
    assert feed.latest().number == 11
    assert feed.join()


def test_a_source_that_cannot_be_opened_is_tried_again(until: Until, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frame_feed, "_RETRY_S", 0.02)
    tries: list[str] = []

    def unplugged(text: str) -> object:
        tries.append(text)
        if len(tries) < 3:
            raise SourceError("the camera is not there")
        return open_source("demo://conveyor?size=64x64")

    feed = FrameFeed("cam", unplugged)  # type: ignore[arg-type]
    states = []
    feed.start()
    until(lambda: states.append(feed.latest().state) or feed.latest().number > 0)  # type: ignore[func-returns-value]
    assert len(tries) == 3
    feed.stop()
    assert feed.join()


def test_a_bad_file_is_not_tried_again(until: Until, tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_text("no video")
    feed = FrameFeed(str(path))
    feed.start()
    until(lambda: feed.latest().state == "failed")
    assert "clip.mp4" in feed.latest().message
    assert feed.join()


class Scripted:
    """A live source that gives what it is told."""

    name, live = "scripted", True

    def __init__(self) -> None:
        self.next: list[SourceEvent] = []
        self.index = 0

    def frame(self) -> None:
        self.next.append(Frame(np.zeros((8, 8, 3), np.uint8), self.index, self.index / 10))
        self.index += 1

    def events(self) -> Generator[SourceEvent, None, None]:
        state = SourceState("live", "")
        while True:
            event = self.next.pop(0) if self.next else state
            state = event if isinstance(event, SourceState) else SourceState("live", "")
            yield event
            time.sleep(0.002)


def test_a_replay_begins_with_the_frame_on_the_screen_and_ends_when_told(until: Until) -> None:
    source = Scripted()
    feed = FrameFeed("scripted", lambda _: source)
    feed.start()
    for _ in range(3):
        source.frame()
    until(lambda: feed.latest().number == 3)
    replay = FeedReplay(feed)
    events = replay.events()
    first = next(events)
    assert isinstance(first, Frame)
    assert first is feed.latest().frame
    source.frame()
    second = next(events)
    assert isinstance(second, Frame)
    assert second.index == 3
    replay.stop()
    assert list(events) == []
    feed.stop()
    assert feed.join()


def test_the_shortest_press_replays_one_frame(until: Until) -> None:
    source = Scripted()
    feed = FrameFeed("scripted", lambda _: source)
    feed.start()
    source.frame()
    until(lambda: feed.latest().number == 1)
    replay = FeedReplay(feed)
    replay.stop()
    assert [type(event) for event in replay.events()] == [Frame]
    feed.stop()
    assert feed.join()


def test_a_replay_ends_when_the_camera_is_lost(until: Until) -> None:
    source = Scripted()
    feed = FrameFeed("scripted", lambda _: source)
    feed.start()
    source.frame()
    until(lambda: feed.latest().number == 1)
    events = FeedReplay(feed).events()
    next(events)
    source.next.append(SourceState("lost", "unplugged"))
    until(lambda: feed.latest().state == "lost")
    last = [event for event in events if isinstance(event, SourceState)][-1]
    assert (last.state, last.message) == ("lost", "unplugged")
    feed.stop()
    assert feed.join()
