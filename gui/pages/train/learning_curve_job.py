"""Measure the learning curve in a worker process, with progress in a dialog."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QProgressDialog, QWidget

from gui.jobs.task import Task
from gui.session import Session
from gui.wording import locale

if TYPE_CHECKING:
    from edge_transfer.dataset.project import Project

_PATIENCE_S = 10.0
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
        self._task = Task("study", self, patience_s=_PATIENCE_S, warm=False)
        self._task.progressed.connect(self._on_event)
        self._task.succeeded.connect(self._open)
        self._task.failed.connect(lambda message, _: session.failed.emit(message))
        self._task.ended.connect(self._on_ended)
        self.dialog: QProgressDialog | None = None

    @property
    def running(self) -> bool:
        return self._task.running

    def start(self, project: Project, backbone: str) -> bool:
        """Begin; False when one runs already."""
        if self.running:
            return False
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
        dialog.show()
        self._task.start(_study, project, backbone, locale.current(), COUNTS, STRATEGIES)
        return True

    def cancel(self) -> None:
        """Stop it; finished points stay in the project's cache."""
        self._task.cancel()

    def shut_down(self) -> None:
        """Stop it and wait until its thread and its process are gone."""
        self._task.stop()

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
