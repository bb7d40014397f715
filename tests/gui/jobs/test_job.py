from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Generator

import pytest
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication, QLabel

from edge_transfer.errors import DatasetError
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
