"""Training in a worker process: start, progress, cancel, result."""

from __future__ import annotations

import time
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from export.runtime.errors import EdgeTransferError
from gui.jobs.task import Task

if TYPE_CHECKING:
    from edge_transfer.dataset.project import Project
    from edge_transfer.runs.recipe import Recipe
    from edge_transfer.runs.run import Run
    from edge_transfer.training.promotion import Trained

_LEAST_SHARE = 0.02
_LEAST_S = 1.0
_PATIENCE_S = 30.0
"""A stopped fine-tuning writes its best round."""


class Training(QObject):
    """One training at a time. Its process begins with it and ends with it, so that its memory is given back."""

    changed = Signal()
    """It has begun, has gone on, or is over."""
    epoch_done = Signal(object)
    """An event with `epoch`, `train_loss` and what was measured on held-out samples."""
    ended = Signal()
    """It is over; `outcome` says how."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.project: Project | None = None
        """Whose samples it learns from; None before the first."""
        self.recipe: Recipe | None = None
        self.outcome = ""
        """`trained`, `cancelled` or `failed`; empty while it runs and before the first."""
        self.run: Run | None = None
        """What it made."""
        self.trained: Trained | None = None
        """Whether that is in use, and what it has forgotten."""
        self.message = ""
        """Why it failed, for the user."""
        self.details = ""
        """Why it failed, for a log; empty where the message says it all."""
        self.error_kind = ""
        """Name of the error's class."""
        self.stage, self.done, self.total = "", 0, 0
        self.epoch: Any = None
        """The last report of an epoch."""
        self.runs_before: frozenset[str] = frozenset()
        """Ids of the runs that were there when it began."""
        self._task = Task("training", self, patience_s=_PATIENCE_S, warm=False)
        self._task.progressed.connect(self._on_event)
        self._task.succeeded.connect(self._on_succeeded)
        self._task.failed.connect(self._on_failed)
        self._task.cancelled.connect(self._on_cancelled)
        self._task.ended.connect(self._on_ended)
        self._stage_began = (0.0, 0)

    @property
    def running(self) -> bool:
        return self._task.running

    @property
    def pid(self) -> int | None:
        """The number of the process; None while there is none."""
        return self._task.pid

    @property
    def preparing(self) -> bool:
        """The stage has begun and its first part is not done: the network is being loaded or converted."""
        return self.total > 0 and self._stage_began[1] == self.done < self.total

    @property
    def seconds_left(self) -> float | None:
        """Until this stage is over; None while that is not known."""
        began, from_done = self._stage_began
        passed, done = time.monotonic() - began, self.done - from_done
        if passed < _LEAST_S or done <= 0 or self.total <= 0 or done < _LEAST_SHARE * self.total:
            return None
        return passed * (self.total - self.done) / done

    def start(self, project: Project, recipe: Recipe, runs_before: frozenset[str]) -> bool:
        """Begin; False when one runs already."""
        if self.running:
            return False
        self.project, self.recipe, self.runs_before = project, recipe, runs_before
        self.outcome = self.message = self.details = self.error_kind = ""
        self.run, self.trained, self.epoch = None, None, None
        self._enter("start", 0, 0)
        self._task.start(_train, project, recipe)
        self.changed.emit()
        return True

    def cancel(self) -> None:
        """Stop it; what the core keeps of it stays: its embeddings, and the best state of a fine-tuning."""
        if self.running:
            self._enter("cancel", 0, 0)
            self._task.cancel()
            self.changed.emit()

    def shut_down(self) -> None:
        """Stop it and wait until its thread and its process are gone."""
        self.cancel()
        self._task.stop()

    def _enter(self, stage: str, done: int, total: int) -> None:
        if stage != self.stage or done < self.done or not self.running:
            self._stage_began = (time.monotonic(), done)
        self.stage, self.done, self.total = stage, done, total

    def _on_event(self, event: Any) -> None:
        if self.stage == "cancel":
            return
        if hasattr(event, "train_loss"):
            self.epoch = event
            self.epoch_done.emit(event)
        elif hasattr(event, "stage"):
            self._enter(event.stage, event.done, event.total)
        self.changed.emit()

    def _on_succeeded(self, trained: Trained) -> None:
        self.outcome, self.run, self.trained = "trained", trained.run, trained

    def _on_failed(self, message: str, details: str) -> None:
        self.outcome, self.message, self.details = "failed", message, details
        if isinstance(self._task.error, EdgeTransferError):
            self.error_kind = type(self._task.error).__name__

    def _on_cancelled(self) -> None:
        self.outcome = "cancelled"

    def _on_ended(self) -> None:
        self.changed.emit()
        self.ended.emit()


# In the worker process


def _train(project: Project, recipe: Recipe) -> Generator[Any, None, Trained]:
    from edge_transfer.dataset.catalog import Catalog
    from edge_transfer.training.promotion import train_and_promote

    # The picture of the samples is taken at the beginning; the window may go on labelling meanwhile.
    with Catalog.open(project, read_only=True) as catalog:
        return (yield from train_and_promote(project, catalog, recipe))
