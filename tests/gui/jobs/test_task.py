from __future__ import annotations

import os
import time
from collections.abc import Callable, Generator, Iterator

import pytest

from edge_transfer.errors import DatasetError
from gui.jobs.task import Task
from gui.pages.evaluate.worker_calls import EvaluationStep

Until = Callable[..., None]


def count(most: int, pause_s: float) -> Generator[EvaluationStep, None, int]:
    for number in range(most):
        time.sleep(pause_s)
        yield EvaluationStep("count", number + 1, most)
    return most


def fail() -> Generator[EvaluationStep, None, int]:
    yield EvaluationStep("count", 0, 0)
    raise DatasetError("too few")


def process() -> Generator[EvaluationStep, None, int]:
    yield EvaluationStep("count", 1, 1)
    return os.getpid()


@pytest.fixture
def task() -> Iterator[Task]:
    made = Task("counting")
    yield made
    made.close()


def test_progress_result_failure_cancel_and_the_newest_wish(task: Task, until: Until) -> None:
    shares: list[float] = []
    results: list[int] = []
    failures: list[str] = []
    task.progressed.connect(lambda _: shares.append(task.share))
    task.succeeded.connect(results.append)
    task.failed.connect(lambda text, _: failures.append(text))
    task.start(count, 4, 0.02)
    assert task.running
    assert task.seconds_left is None
    until(lambda: not task.running)
    assert shares == [0.25, 0.5, 0.75, 1.0]
    assert results == [4]
    task.start(count, 2000, 0.02)
    until(lambda: len(shares) > 5)
    assert task.seconds_left is not None
    assert task.seconds_left > 1
    task.start(count, 3, 0.0)
    until(lambda: not task.running)
    assert results == [4, 3], "the long one was replaced"
    task.start(fail)
    until(lambda: not task.running)
    assert failures == ["too few"]
    task.start(count, 2000, 0.02)
    until(lambda: task.share > 0)
    task.cancel()
    until(lambda: not task.running)
    assert results == [4, 3]


def test_a_closed_task_does_nothing(task: Task) -> None:
    task.close()
    task.start(count, 1, 0.0)
    assert not task.running


def test_a_task_that_is_not_warm_has_a_process_for_each_job(until: Until) -> None:
    task = Task("once", warm=False)
    pids: list[int] = []
    errors: list[Exception | None] = []
    task.succeeded.connect(pids.append)
    task.failed.connect(lambda *_: errors.append(task.error))
    for _ in range(2):
        task.start(process)
        until(lambda: not task.running)
        assert task.pid is None
    assert len(set(pids)) == 2
    task.start(fail)
    until(lambda: not task.running)
    assert isinstance(errors[0], DatasetError)
    task.start(count, 2000, 0.02)
    task.stop()
    assert not task.running
    assert len(pids) == 2, "what was stopped has no result"
    task.close()
