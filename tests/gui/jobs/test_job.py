from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Generator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication, QLabel

from edge_transfer.errors import DatasetError
from export.runtime.errors import SourceError
from export.runtime.sources.frame import Frame, SourceEvent, SourceState
from export.runtime.sources.source import open_source
from gui.camera.frame_feed import FeedReplay, FrameFeed
from gui.jobs.job import Job

Until = Callable[..., None]


class Log:
    """Everything that a job says, with the thread in which it arrives."""

    def __init__(self, job: Job) -> None:
        self.said: list[tuple[str, object]] = []
        self.threads: set[int] = set()
        job.progressed.connect(lambda event: self._note("event", event))
        job.succeeded.connect(lambda result: self._note("result", result))
        job.failed.connect(lambda message, details: self._note("failed", (message, details)))
        job.cancelled.connect(lambda: self._note("cancelled", None))
        job.ended.connect(lambda: self._note("ended", None))

    def _note(self, what: str, value: object) -> None:
        self.said.append((what, value))
        self.threads.add(threading.get_ident())

    @property
    def ended(self) -> bool:
        return bool(self.said) and self.said[-1][0] == "ended"


def counting(most: int) -> Generator[int | None, None, str]:
    for number in range(most):
        yield None
        yield number
    return "done"


def test_a_job_delivers_every_event_in_order_in_the_windows_thread(until: Until) -> None:
    job = Job(counting(2000), "count")
    log = Log(job)
    job.start()
    until(lambda: log.ended)
    assert log.said == [*(("event", number) for number in range(2000)), ("result", "done"), ("ended", None)]
    assert log.threads == {threading.get_ident()}
    assert not job.running


@pytest.mark.parametrize(("error", "message"), [(DatasetError("too few"), "too few"), (KeyError("x"), "KeyError: 'x'")])
def test_a_failure_arrives_as_a_sentence(until: Until, error: Exception, message: str) -> None:
    def failing() -> Generator[int, None, None]:
        yield 1
        raise error

    job = Job(failing(), "fail")
    log = Log(job)
    job.start()
    until(lambda: log.ended)
    kind, (said, details) = log.said[1]  # type: ignore[misc]
    assert (kind, said) == ("failed", message)
    assert ("Traceback" in details) == isinstance(error, KeyError)


def test_cancelling_closes_the_generator_in_its_own_thread(until: Until) -> None:
    threads: list[int] = []

    def endless() -> Generator[int, None, None]:
        try:
            while True:
                threads.append(threading.get_ident())
                time.sleep(0.001)
                yield 1
        finally:
            threads.append(threading.get_ident())

    job = Job(endless(), "endless")
    log = Log(job)
    job.start()
    until(lambda: len(log.said) > 3)
    job.cancel()
    assert job.wait()
    assert [what for what, _ in log.said[-2:]] == ["cancelled", "ended"]
    assert len(set(threads)) == 1
    assert threads[0] != threading.get_ident()


def test_signals_and_calls_lose_no_reference_to_the_singletons(qapp: QApplication) -> None:
    # A version of PySide did, and ended in an abort after some five hundred signals.
    class Sender(QObject):
        told = Signal(bool)

    sender, label = Sender(), QLabel()
    heard: list[bool] = []
    sender.told.connect(heard.append)
    before = sys.getrefcount(True), sys.getrefcount(None)
    for _ in range(5000):
        sender.told.emit(True)
    heard.clear()
    for number in range(20_000):
        label.setText(str(number % 7))
    after = sys.getrefcount(True), sys.getrefcount(None)
    assert after[0] >= before[0] - 50
    assert after[1] >= before[1] - 50


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
    monkeypatch.setattr("gui.camera.frame_feed._RETRY_S", 0.02)
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
