"""How many images are enough: a study in a process of its own, with its progress in a small window."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QProgressDialog, QWidget

from gui.jobs.job import Job
from gui.jobs.worker import Worker
from gui.session import Session
from gui.wording import locale as language

if TYPE_CHECKING:
    from edge_transfer.dataset.project import Project

_PATIENCE_S = 10.0
_JOIN_S = 5.0
COUNTS = (1, 2, 5, 10, 20, 50, 0)
STRATEGIES = ("probe", "finetune")


class Studying(QObject):
    """One study at a time. What is finished is kept when it is cancelled, and the next one goes on from there."""

    finished = Signal(str)
    """The page, as a path."""
    ended = Signal()

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self._session, self._parent = session, parent
        self._job: Job | None = None
        self._worker: Worker | None = None
        self.dialog: QProgressDialog | None = None

    @property
    def running(self) -> bool:
        return self._job is not None

    def start(self, project: Project, backbone: str) -> bool:
        """Begin; False when one runs already."""
        if self.running:
            return False
        self._worker = Worker("study", _PATIENCE_S)
        job = self._job = Job(self._events(self._worker, project, backbone, language.current()), "study", self)
        # A window of the progress, not a wall: the rest of the application stays usable.
        dialog = self.dialog = QProgressDialog(self._parent)
        dialog.setWindowTitle(self.tr("How many images are enough"))
        dialog.setLabelText(self.tr("Starting; a few seconds"))
        dialog.setCancelButtonText(self.tr("Stop; what is finished is kept"))
        dialog.setWindowModality(Qt.WindowModality.NonModal)
        dialog.setMinimumWidth(420)
        dialog.setMinimumDuration(0)
        dialog.setAutoClose(False)
        dialog.setAutoReset(False)
        dialog.setRange(0, 0)
        dialog.canceled.connect(self.cancel)
        job.progressed.connect(self._on_event)
        job.succeeded.connect(self._open)
        job.failed.connect(lambda message, _: self._session.failed.emit(message))
        job.ended.connect(self._on_ended)
        dialog.show()
        job.start()
        return True

    def cancel(self) -> None:
        """Stop it; finished points stay in the project's cache."""
        if self._job is not None:
            self._job.cancel()

    def shut_down(self) -> None:
        """Stop it and wait until its thread and its process are gone."""
        job, worker = self._job, self._worker
        if job is not None and worker is not None:
            job.cancel()
            if not job.wait(_JOIN_S):
                worker.close()
                job.wait(_JOIN_S)

    # The job's thread

    def _events(self, worker: Worker, project: Project, backbone: str, page_language: str) -> Generator[Any, None, str]:
        try:
            return (yield from worker.events(_study, project, backbone, page_language, COUNTS, STRATEGIES))
        finally:
            worker.close()

    # The window's side

    def _on_event(self, event: Any) -> None:
        dialog = self.dialog
        if dialog is None or not hasattr(event, "seconds_left"):
            return
        if event.text == "embed":
            text = self.tr("Looking at the images: {done} of {total}").format(done=event.done, total=event.total)
        else:
            text = self.tr("Training {done} of {total}").format(done=event.done + 1, total=event.total)
            if event.seconds_left is not None:
                minutes = max(1, round(event.seconds_left / 60))
                text += " · " + self.tr("about {minutes} min left").format(minutes=minutes)
        dialog.setRange(0, event.total)
        dialog.setValue(event.done)
        dialog.setLabelText(text)

    def _open(self, path: str) -> None:
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(path)):
            self._session.told.emit(self.tr("The page is here: {path}").format(path=path))
        self.finished.emit(path)

    def _on_ended(self) -> None:
        self._job = self._worker = None
        if self.dialog is not None:
            self.dialog.canceled.disconnect(self.cancel)
            self.dialog.close()
            self.dialog.deleteLater()
            self.dialog = None
        self.ended.emit()


# In the worker process


def _study(
    project: Project, backbone: str, page_language: str, counts: tuple[int, ...], strategies: tuple[str, ...]
) -> Generator[Any, None, str]:
    from edge_transfer.advice.learning_curve import StudyPlan, study
    from edge_transfer.advice.learning_curve_report import write_study
    from edge_transfer.dataset.catalog import Catalog

    plan = StudyPlan(counts=counts, strategies=strategies, backbone=backbone)
    with Catalog.open(project, read_only=True) as catalog:
        found = yield from study(project, catalog, plan)
    page, _ = write_study(project.root, found, language=page_language)
    return str(page)
