"""The check of all labels: a worker process embeds and cross-validates, a row of the page says how far it is."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QWidget

from gui.jobs.job import Job
from gui.jobs.worker import Worker
from gui.widgets.controls import ElidedLabel
from gui.widgets.retranslating import RetranslationMixin

if TYPE_CHECKING:
    from edge_transfer.curation.label_review import Review, ReviewProgress
    from edge_transfer.dataset.project import Project


class LabelCheck(RetranslationMixin, QWidget):
    """Starts, shows and cancels the review of one project at a time."""

    started = Signal()
    found = Signal(object)
    """The Review."""
    failed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._worker = Worker("review")
        self._job: Job | None = None
        self._project: Project | None = None
        self._progress: Any = None
        self._sentence: Callable[[], str] | None = None
        self.button = QPushButton(self)
        self.button.setObjectName("primary")
        self.button.clicked.connect(self._on_clicked)
        self.bar = QProgressBar(self)
        self.bar.setTextVisible(False)
        self.bar.setFixedWidth(160)
        self.text = ElidedLabel(parent=self)
        self.text.setObjectName("muted")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        layout.addWidget(self.button)
        layout.addWidget(self.bar)
        layout.addWidget(self.text, 1)
        self.retranslate()

    @property
    def running(self) -> bool:
        return self._job is not None

    def set_project(self, project: Project | None) -> None:
        """Check this project from now on; a check of another one is given up."""
        if project is not None and self._project is not None and project.root == self._project.root:
            self._project = project
            return
        self.cancel()
        self._project, self._sentence = project, None
        self.retranslate()

    def start(self) -> None:
        """Begin, unless it runs or nothing is open."""
        if self._project is None or self._job is not None:
            return
        self._progress = None
        self._job = job = Job(self._worker.events(_review, self._project), "review", self)
        job.progressed.connect(self._on_progress)
        job.succeeded.connect(lambda review: self._on_found(job, review))
        job.failed.connect(lambda message, details: self._on_failed(job, message))
        job.ended.connect(lambda: self._on_ended(job))
        self.started.emit()
        job.start()
        self.retranslate()

    def cancel(self) -> None:
        """Give up; the embeddings made so far are kept."""
        if self._job is not None:
            self._job.cancel()

    def close_worker(self) -> None:
        """End the job and the process."""
        job = self._job
        self.cancel()
        self._worker.close()
        if job is not None:
            job.wait()

    def say(self, sentence: Callable[[], str] | None) -> None:
        """What stands beside the button while nothing runs; called again in another language."""
        self._sentence = sentence
        self.retranslate()

    def _on_clicked(self) -> None:
        if self._job is None:
            self.start()
        else:
            self.cancel()

    def _on_progress(self, progress: ReviewProgress) -> None:
        self._progress = progress
        self.retranslate()

    def _on_found(self, job: Job, review: Review) -> None:
        if job is self._job and review is not None:
            self.found.emit(review)

    def _on_failed(self, job: Job, message: str) -> None:
        if job is self._job:
            self.failed.emit(message)

    def _on_ended(self, job: Job) -> None:
        if job is self._job:
            self._job = None
        self.retranslate()

    def retranslate(self) -> None:
        progress = self._progress if self.running else None
        self.button.setText(self.tr("Cancel") if self.running else self.tr("Check the labels"))
        self.button.setToolTip(
            ""
            if self.running
            else self.tr("Find labels that are probably wrong, near-duplicates and unusual images (Ctrl+L)")
        )
        self.button.setEnabled(self._project is not None)
        self.bar.setVisible(self.running)
        self.bar.setAccessibleName(self.tr("Progress of the check"))
        if not self.running:
            self.text.setText(self._sentence() if self._sentence is not None else "")
            return
        stages = {
            "embed": self.tr("Looking at the images"),
            "cross-validate": self.tr("Asking the model about each image without its label"),
            "neighbours": self.tr("Looking for near-duplicates"),
            "map": self.tr("Drawing the map"),
        }
        stage = progress.stage if progress is not None else ""
        self.bar.setRange(0, progress.total if progress is not None else 0)
        self.bar.setValue(progress.done if progress is not None else 0)
        number = f" {progress.done}/{progress.total}" if progress is not None and progress.total > 1 else ""
        self.text.setText(stages.get(stage, stage or self.tr("Starting…")) + number)


# In the worker process


def _review(project: Project) -> Generator[ReviewProgress, None, Review]:
    from edge_transfer.curation.label_review import review

    found = yield from review(project)
    return found
