"""Evaluate page: accuracy of a run, its reliability, and the misclassified images."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMetaMethod, QStandardPaths, QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from gui.jobs.task import Task
from gui.pages.evaluate.empty_state import EvaluateEmpty
from gui.pages.evaluate.mistakes.dialog import MistakesDialog
from gui.pages.evaluate.result import EvaluateResult
from gui.pages.evaluate.toolbar import EvaluateBar
from gui.pages.evaluate.worker_calls import (
    AUTO,
    EvaluationView,
    Measured,
    disturb,
    robustness_split,
    survey,
    use_threshold,
    write_report,
)
from gui.session import Session
from gui.widgets.retranslating import RetranslationMixin
from gui.wording import locale
from gui.wording.locale import decimal

if TYPE_CHECKING:
    from edge_transfer.dataset.catalog import Catalog

_REFRESH_MS = 500
_NOTHING = EvaluationView((), "", "test", {}, None)


class EvaluatePage(RetranslationMixin, QWidget):
    """Knows the session and no other page."""

    page_wanted = Signal(str)
    """The name of a page that helps on."""
    review_wanted = Signal(object)
    """Ids of samples whose labels are doubtful."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._survey: EvaluationView | None = None
        self._failed = ""
        self._active = False
        self.measuring, self.looking = Task("evaluation", self), Task("looking", self)
        self.disturbing, self.reporting = Task("robustness", self), Task("report", self)
        self.bar = EvaluateBar(self.measuring, self)
        self.empty = EvaluateEmpty(self)
        self.result = EvaluateResult(self.disturbing, self)
        self.dialog = MistakesDialog(session, self.looking, self)
        self._stack = QStackedWidget(self)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self.result)
        self._refresh_soon = QTimer(self)
        self._refresh_soon.setSingleShot(True)
        self._refresh_soon.setInterval(_REFRESH_MS)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.setSpacing(10)
        layout.addWidget(self.bar)
        layout.addWidget(self._stack, 1)
        self._connect()
        self._show()

    def _connect(self) -> None:
        self._refresh_soon.timeout.connect(self.measure)
        self._session.opened.connect(self._on_opened)
        self._session.changed.connect(self._on_changed)
        self.bar.chosen.connect(self._start)
        self.bar.again_wanted.connect(self.measure)
        self.bar.report_wanted.connect(self.open_report)
        self.measuring.succeeded.connect(self._on_measured)
        self.measuring.failed.connect(self._on_failed)
        self.measuring.changed.connect(self._show)
        self.reporting.succeeded.connect(self._on_report)
        self.reporting.failed.connect(lambda text, _: self._session.failed.emit(text))
        self.disturbing.succeeded.connect(lambda found: self.result.robustness.show_result(found, self.bar.split))
        self.empty.page_wanted.connect(self.page_wanted)
        self.empty.folds_wanted.connect(self.show_folds)
        self.result.opened.connect(self._open)
        self.result.relabel_wanted.connect(self._relabel_as_answered)
        self.result.coverage.threshold_wanted.connect(self._use_threshold)
        self.result.coverage.folds_wanted.connect(self.show_folds)
        self.result.robustness.measure_wanted.connect(self.measure_robustness)
        self.dialog.relabel_wanted.connect(self._relabel)
        self.dialog.review_wanted.connect(self._send_to_review)

    # What the window asks

    def activated(self) -> None:
        """The page is on the screen now: what it shows is brought up to date."""
        self._active = True
        if self._session.project is not None and not self.measuring.running:
            self.measure()
        self.setFocus()

    def deactivated(self) -> None:
        """Another page is on the screen now."""
        self._active = False
        self.dialog.hide()

    def busy(self) -> str:
        """What closing the window would interrupt; empty for nothing."""
        return self.tr("The robustness is being measured.") if self.disturbing.running else ""

    def shut_down(self) -> None:
        """Stop whatever runs."""
        self._active = False
        self._refresh_soon.stop()
        self.dialog.hide()
        for task in self._tasks:
            task.close()
        self.result.close_thumbnails()
        self.dialog.close_thumbnails()

    # Slots of the menus

    def measure(self) -> None:
        """Measure what is chosen, or at first the run in use on the test pictures."""
        known = self._survey is not None and bool(self._survey.run)
        self._start(self.bar.run if known else "", self.bar.split if known else AUTO)

    def measure_robustness(self) -> None:
        """Measure the run under disturbances."""
        project = self._session.project
        self.result.show_robustness()
        if project is not None and self._measured is not None and not self.disturbing.running:
            split = robustness_split(self.bar.split)
            self.disturbing.start(disturb, project, self.bar.run, split, not self._session.read_only)

    def open_report(self) -> None:
        """Write the report in the window's language and show it in the browser."""
        project, measured = self._session.project, self._measured
        if project is None or measured is None:
            return
        evaluation = measured.evaluation
        folder = project.runs_dir / evaluation.run
        if self._session.read_only:
            folder = Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.TempLocation))
        path = folder / f"evaluation-{evaluation.split}.html"
        self.reporting.start(write_report, project, evaluation, str(path), locale.current())

    def show_mistakes(self) -> None:
        """The pictures that the model gets wrong."""
        self.result.show_mistakes()

    def show_folds(self) -> None:
        """The held-out folds of the training."""
        self.bar.choose_split("validation")

    # Measuring

    @property
    def _tasks(self) -> tuple[Task, ...]:
        return self.measuring, self.looking, self.disturbing, self.reporting

    @property
    def _measured(self) -> Measured | None:
        return self._survey.measured if self._survey is not None else None

    def _start(self, run: str, split: str) -> None:
        project = self._session.project
        self._refresh_soon.stop()
        self._failed = ""
        if project is not None and not run and not _any(project.runs_dir):
            self._survey = _NOTHING  # the worker need not start for that
            self._show()
        elif project is not None:
            self.measuring.start(survey, project, run, split, not self._session.read_only)

    def _on_measured(self, found: object) -> None:
        if isinstance(found, float):  # a threshold was kept: measure with it
            self._session.told.emit(self.tr("The run uses the threshold {value} now").format(value=decimal(found)))
            self.measure()
            return
        assert isinstance(found, EvaluationView)
        if self._survey is not None and (found.run, found.split) != (self._survey.run, self._survey.split):
            self.disturbing.cancel()
            self.dialog.hide()
        first, self._survey = self._survey is None, found
        self.bar.show_survey(found)
        if found.measured is not None:
            self.result.show_measured(found.measured, self._session.read_only)
        self._show()
        if first and self._active:
            self.bar.runs.setFocus()

    def _on_failed(self, text: str, _details: str) -> None:
        if self._survey is not None and self._survey.run:
            self._session.failed.emit(text)
            self.bar.show_survey(self._survey)
        else:
            self._failed = text
        self._show()

    def _show(self) -> None:
        self.bar.setVisible(self._survey is not None and bool(self._survey.run))
        self._stack.setCurrentWidget(self.empty if self._measured is None else self.result)
        opened = self._session.project is not None
        self.empty.show_state(opened, self.measuring.running, self._survey, self._failed)

    def _use_threshold(self, threshold: float | None) -> None:
        project = self._session.project
        if project is not None and not self._session.read_only:
            self.measuring.start(use_threshold, project, self.bar.run, threshold, self.bar.split)

    def _on_report(self, path: str) -> None:
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(path)):
            self._session.told.emit(self.tr("The report is here: {path}").format(path=path))

    # Pictures and their labels

    def _open(self, rows: list[int], at: int) -> None:
        if self._measured is not None:
            self.dialog.allow_review(self.isSignalConnected(QMetaMethod.fromSignal(self.review_wanted)))
            self.dialog.show_rows(self._measured, rows, at)
            self.dialog.show()

    def _relabel_as_answered(self, row: int) -> None:
        if self._measured is not None:
            self._relabel(row, int(self._measured.answers[row]))

    def _relabel(self, row: int, place: int) -> None:
        measured = self._measured
        if measured is None or self._session.read_only or measured.labels[row] == place:
            return
        sample, class_id = int(measured.sample_ids[row]), measured.class_ids[place]
        name = measured.evaluation.classes[place]

        def change(catalog: Catalog) -> bool:
            catalog.relabel([sample], class_id)
            return True

        if self._session.do(change):
            self._session.told.emit(self.tr("Now a picture of {name}; Ctrl+Z takes it back").format(name=name))

    def _send_to_review(self, row: int) -> None:
        if self._measured is not None:
            self.dialog.hide()
            self.review_wanted.emit((int(self._measured.sample_ids[row]),))

    # The project

    def _on_opened(self) -> None:
        for task in self._tasks:
            task.cancel()
        self.dialog.hide()
        self._survey, self._failed = None, ""
        self.bar.show_survey(_NOTHING)
        if self._active and self._session.project is not None:
            self.measure()
        self._show()

    def _on_changed(self) -> None:
        if self._active:
            self._refresh_soon.start()

    def retranslate(self) -> None:
        self._show()


def _any(folder: Path) -> bool:
    """Whether there is something in a folder."""
    try:
        return next(folder.iterdir(), None) is not None
    except OSError:
        return False
