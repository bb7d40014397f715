"""Short background jobs whose results are dropped when another project has been opened."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

from PySide6.QtCore import QObject

from gui.jobs.job import Job
from gui.session import Session


class ProjectJobs(QObject):
    """The jobs that run; their number is its length. What fails is told by `session.failed`."""

    def __init__(self, session: Session, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._name = session, name
        self._running: list[Job] = []

    def __len__(self) -> int:
        return len(self._running)

    def start(
        self,
        events: Generator[None, None, Any],
        then: Callable[[Any], None],
        after: Callable[[], None] = lambda: None,
    ) -> None:
        """Run `events`; `then` takes the result, and `after` follows also where there is none."""
        job, project = Job(events, self._name, self), self._session.project

        def use(result: Any) -> None:
            if self._session.project == project:
                then(result)

        def over() -> None:
            self._running.remove(job)
            if self._session.project == project:
                after()

        self._running.append(job)
        job.succeeded.connect(use)
        job.failed.connect(lambda message, _: self._session.failed.emit(message))
        job.ended.connect(over)
        job.start()

    def change(self, action: Callable[[], None], after: Callable[[], None]) -> None:
        """Do something with the project's files, and then `after`."""

        def events() -> Generator[None, None, None]:
            yield None
            action()

        self.start(events(), lambda _: None, after)

    def shut_down(self) -> None:
        """Cancel all and wait for their threads."""
        for job in list(self._running):
            job.cancel()
            job.wait()
