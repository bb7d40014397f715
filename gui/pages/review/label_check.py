"""Label check: find suspected label errors in a worker process, with progress on the page."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QWidget

from gui.jobs.task import Task
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
        self._task = Task("review", self)
        self._task.progressed.connect(self._on_progress)
        self._task.succeeded.connect(self.found)
        self._task.failed.connect(lambda message, _: self.failed.emit(message))
        self._task.changed.connect(self.retranslate)
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
        return self._task.running

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
        if self._project is None or self.running:
            return
        self._progress = None
        self._task.start(_review, self._project)
        self.started.emit()

    def cancel(self) -> None:
        """Give up; the embeddings made so far are kept."""
        self._task.cancel()

    def close_worker(self) -> None:
        """End the job and the process."""
        self._task.close()

    def say(self, sentence: Callable[[], str] | None) -> None:
        """What stands beside the button while nothing runs; called again in another language."""
        self._sentence = sentence
        self.retranslate()

    def _on_clicked(self) -> None:
        if self.running:
            self.cancel()
        else:
            self.start()

    def _on_progress(self, progress: ReviewProgress) -> None:
        self._progress = progress
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
