"""Background task of a page: one worker process, one job at a time, the newest request wins."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from typing import Any

from PySide6.QtCore import QObject, Signal

from gui.jobs.job import Job
from gui.jobs.worker import Worker


class Task(QObject):
    """Starts a generator function of the core in a process; a new one replaces the one that runs."""

    progressed = Signal(object)
    """An event; `share` follows its `done` and `total`."""
    succeeded = Signal(object)
    failed = Signal(str, str)
    """A sentence for the user, and details for a log."""
    cancelled = Signal()
    changed = Signal()
    """Something runs now, or nothing any more."""
    ended = Signal()
    """Nothing runs any more; comes after the result."""

    def __init__(
        self, name: str, parent: QObject | None = None, *, patience_s: float | None = None, warm: bool = True
    ) -> None:
        """`patience_s` as for a Worker. Not `warm`: each job has a process of its own, which gives its memory back."""
        super().__init__(parent)
        self._name, self._patience_s, self._warm = name, patience_s, warm
        self._worker = Worker(name, patience_s)
        self._job: Job | None = None
        self._next: tuple[Callable[..., Generator[Any, None, Any]], tuple[Any, ...]] | None = None
        self._started = 0.0
        self._share = 0.0
        self._closed = False

    @property
    def running(self) -> bool:
        return self._job is not None

    @property
    def pid(self) -> int | None:
        """The number of the process; None while there is none."""
        return self._worker.pid

    @property
    def error(self) -> Exception | None:
        """Why the job failed that is about to end; None where it did not."""
        return self._job.error if self._job is not None else None

    @property
    def share(self) -> float:
        """How much is done, 0 to 1; 0 where it is not known yet."""
        return self._share

    @property
    def seconds_left(self) -> float | None:
        """As fast as so far; None where that is not known yet."""
        if self._share <= 0:
            return None
        return (time.monotonic() - self._started) * (1 - self._share) / self._share

    def start(self, function: Callable[..., Generator[Any, None, Any]], *args: Any) -> None:
        """Run `function(*args)`, after the end of what runs now, which is cancelled."""
        if self._closed:
            return
        self._next = (function, args)
        if self._job is None:
            self._begin()
        else:
            self._job.cancel()

    def cancel(self) -> None:
        """Stop what runs; there is no result of it."""
        self._next = None
        if self._job is not None:
            self._job.cancel()

    def close(self) -> None:
        """End the process and wait for the thread."""
        self._closed = True
        self.cancel()
        self._worker.close()
        if self._job is not None:
            self._job.wait()

    def stop(self) -> None:
        """Stop what runs, which may keep what it has done, and wait until it is over; it can be started again."""
        self.cancel()
        if self._job is not None and not self._job.wait():
            self._worker.close()
            self._job.wait()

    def _begin(self) -> None:
        assert self._next is not None
        (function, args), self._next = self._next, None
        self._started, self._share = time.monotonic(), 0.0
        if not self._warm:
            self._worker = Worker(self._name, self._patience_s)
        job = Job(self._events(self._worker, function, args), self._name, self)
        job.progressed.connect(self._on_progress)
        job.succeeded.connect(lambda result: None if self._stale else self.succeeded.emit(result))
        job.failed.connect(lambda text, details: None if self._stale else self.failed.emit(text, details))
        job.cancelled.connect(lambda: None if self._stale else self.cancelled.emit())
        job.ended.connect(self._on_end)
        self._job = job
        job.start()
        self.changed.emit()

    def _events(
        self, worker: Worker, function: Callable[..., Generator[Any, None, Any]], args: tuple[Any, ...]
    ) -> Generator[Any, None, Any]:
        """The events of a call; for the job's thread."""
        try:
            return (yield from worker.events(function, *args))
        finally:
            if not self._warm:
                worker.close()

    @property
    def _stale(self) -> bool:
        return self._closed or self._next is not None

    def _on_progress(self, event: Any) -> None:
        if not self._stale:
            total = getattr(event, "total", 0)
            self._share = event.done / total if total else 0.0
            self.progressed.emit(event)

    def _on_end(self) -> None:
        self._job = None
        if self._next is not None and not self._closed:
            self._begin()
        else:
            self.changed.emit()
            self.ended.emit()
