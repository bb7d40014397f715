"""Load cached advice, and recompute it in a worker process when the data have changed."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from gui.jobs.job import Job
from gui.jobs.worker import Worker

if TYPE_CHECKING:
    from edge_transfer.advice.result import Advice
    from edge_transfer.dataset.project import Project

START_AFTER_MS = 1500
"""The page is on the screen for so long before two cores are kept busy."""
_JOIN_S = 5.0


@dataclass(frozen=True)
class AdviceText:
    """Advice in words."""

    leads: dict[str, str]
    """Two sentences, by language."""
    paragraphs: dict[str, str]
    """By language."""
    pages: dict[str, str]
    """HTML files, by language; empty where nothing was compared."""
    current: bool
    """It is about the images, the side and the networks that are there now."""
    side: int
    """Advised side in pixels; 0 for none."""


class Advising(QObject):
    """One project at a time."""

    changed = Signal()
    """Something was told, or it has begun, gone on or ended."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.told: AdviceText | None = None
        self.trouble = ""
        """Why there is no advice, for the user."""
        self.share = 0.0
        """How much is done, 0 to 1."""
        self._project: Project | None = None
        self._may_work = False
        self._reading: Job | None = None
        self._job: Job | None = None
        self._worker: Worker | None = None
        self._again = False
        self._closed = False
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self._begin)

    @property
    def working(self) -> bool:
        return self._job is not None

    def look(self, project: Project | None, *, may_work: bool) -> None:
        """Tell what is known of the project now; `may_work` where missing or outdated advice may be worked out."""
        if self._closed:
            return
        if project != self._project:
            self.told, self.trouble = None, ""
        self._stop()
        self._project, self._may_work = project, may_work
        self._again = self._reading is not None
        if project is not None and not self._again:
            self._read(project)
        self.changed.emit()

    def pause(self) -> None:
        """Leave the cores to somebody else; what is told stays, what was computed is kept."""
        self._may_work = False
        self._stop()

    def shut_down(self) -> None:
        """No thread and no process is left."""
        self._closed = True
        self._stop()
        for job in (self._reading, self._job):
            if job is not None:
                job.cancel()
                job.wait(_JOIN_S)

    def _stop(self) -> None:
        self._soon.stop()
        if self._job is not None:
            self._job.cancel()

    def _read(self, project: Project) -> None:
        job = self._reading = Job(_read(project), "advice", self)
        job.succeeded.connect(lambda told: self._on_read(project, told))
        job.ended.connect(self._on_read_end)
        job.start()

    def _on_read(self, project: Project, told: AdviceText | None) -> None:
        if self._closed or project != self._project:
            return
        if told is not None:
            self.told = told
        if self._may_work and (told is None or not told.current) and self._job is None:
            self._soon.start(START_AFTER_MS)
        self.changed.emit()

    def _on_read_end(self) -> None:
        self._reading = None
        if not self._closed and self._project is not None and self._again:
            self._again = False
            self._read(self._project)

    def _begin(self) -> None:
        project = self._project
        if self._closed or project is None or self._job is not None or not self._may_work:
            return
        self.share, self.trouble = 0.0, ""
        worker = self._worker = Worker("advice")
        job = self._job = Job(_events(worker, project), "advice", self)
        job.progressed.connect(self._on_progress)
        job.succeeded.connect(lambda told: self._on_told(project, told))
        job.failed.connect(lambda message, _: self._on_failed(project, message))
        job.ended.connect(self._on_end)
        job.start()
        self.changed.emit()

    def _on_progress(self, event: Any) -> None:
        # Each stage counts from nothing; looking at the images is nearly all of it.
        done = event.done / event.total if event.total else 0.0
        self.share = {"prepare": 0.0, "embed": 0.85 * done, "score": 0.85 + 0.1 * done}.get(event.stage, 0.95)
        self.changed.emit()

    def _on_told(self, project: Project, told: AdviceText) -> None:
        if project == self._project:
            self.told = told

    def _on_failed(self, project: Project, message: str) -> None:
        if project == self._project and not self._closed:
            self.trouble = message

    def _on_end(self) -> None:
        self._job = self._worker = None
        if self._closed:
            return
        self.changed.emit()
        # Stopped because the data have changed meanwhile: they are looked at again.
        if self._may_work and self._project is not None and self._reading is None and not self.trouble:
            told = self.told
            if told is None or not told.current:
                self._soon.start(START_AFTER_MS)


def _events(worker: Worker, project: Project) -> Generator[Any, None, AdviceText]:
    try:
        return (yield from worker.events(_advise, project))
    finally:
        worker.close()


def _read(project: Project) -> Generator[None, None, AdviceText | None]:
    """What was kept; for a thread."""
    yield None
    from edge_transfer.advice.cache import fingerprint, saved_advice
    from edge_transfer.dataset.catalog import Catalog

    advice = saved_advice(project)
    if advice is None or advice.box_factor:
        return None
    with Catalog.open(project, read_only=True) as catalog:
        now = fingerprint(project, catalog.samples(split="train"), advice.budget)
    return _in_words(project, advice, current=advice.fingerprint == now)


def _in_words(project: Project, advice: Advice, *, current: bool) -> AdviceText:
    from edge_transfer.advice.wording import lead, paragraph
    from edge_transfer.report_pages import LANGUAGES

    paths = {language: project.cache_dir / f"advice-{language}.html" for language in LANGUAGES}
    return AdviceText(
        {language: lead(advice, language) for language in LANGUAGES},
        {language: paragraph(advice, language) for language in LANGUAGES},
        {language: str(path) for language, path in paths.items() if advice.choice and path.is_file()},
        current,
        advice.choice.candidate.side if advice.choice else 0,
    )


# In the worker process


def _advise(project: Project) -> Generator[Any, None, AdviceText]:
    from edge_transfer.advice.advise import advise
    from edge_transfer.advice.cache import save_advice
    from edge_transfer.advice.report import write_advice_report
    from edge_transfer.dataset.catalog import Catalog
    from edge_transfer.report_pages import LANGUAGES

    with Catalog.open(project, read_only=True) as catalog:
        advice = yield from advise(project, catalog)
    save_advice(project, advice)
    for language in LANGUAGES:
        write_advice_report(project.cache_dir / f"advice-{language}.html", advice, project.name, language=language)
    return _in_words(project, advice, current=True)
