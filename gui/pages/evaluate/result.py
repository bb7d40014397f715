"""Evaluation result in five tabs: confusions, classes, confidence, mistakes, robustness."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QTabWidget, QVBoxLayout, QWidget

from gui.jobs.task import Task
from gui.pages.evaluate.class_table import ClassesTable
from gui.pages.evaluate.confusion_matrix import ConfusionView
from gui.pages.evaluate.headline import EvaluateHeadline
from gui.pages.evaluate.mistakes.gallery import MistakesGallery
from gui.pages.evaluate.robustness_panel import RobustnessPanel
from gui.pages.evaluate.share_plots import ReliabilityView
from gui.pages.evaluate.threshold_panel import CoveragePanel
from gui.pages.evaluate.worker_calls import Measured
from gui.widgets.controls import Card, side_by_side, text_label
from gui.widgets.retranslating import RetranslationMixin
from gui.wording.locale import percent


class EvaluateResult(RetranslationMixin, QWidget):
    """Shows what was measured; wishes go out as signals."""

    opened = Signal(object, int)
    """Rows of samples, and the position among them of the one to show."""
    relabel_wanted = Signal(int)
    """The row of a sample whose answer is right and whose label is wrong."""

    def __init__(self, disturbing: Task, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._measured: Measured | None = None
        self.headline = EvaluateHeadline(self)
        self.tabs = QTabWidget(self)
        self.confusion, self.cell_pictures = ConfusionView(self), MistakesGallery(self)
        self._cell_text, self._cell_how = text_label("heading", self, wrap=True), text_label("muted", self, wrap=True)
        self._matrix, self._matrix_how = text_label("heading", self), text_label("muted", self, wrap=True)
        self.classes = ClassesTable(self)
        self.reliability, self.coverage = ReliabilityView(self), CoveragePanel(self)
        self._believed, self._believed_how = text_label("heading", self), text_label("muted", self, wrap=True)
        self.mistakes = MistakesGallery(self)
        self._mistakes_text = text_label("muted", self, wrap=True)
        self.robustness = RobustnessPanel(disturbing, self)
        for widget in (self._confusions(), self.classes, self._confidence(), self._worst(), self.robustness):
            self.tabs.addTab(widget, "")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(self.headline)
        column.addWidget(self.tabs, 1)
        self.confusion.cell_chosen.connect(self._show_cell)
        self.confusion.cell_opened.connect(lambda row, column: self._open(self.cell_pictures, 0))
        for gallery in (self.cell_pictures, self.mistakes):
            gallery.opened.connect(lambda at, gallery=gallery: self._open(gallery, at))
            gallery.relabel_wanted.connect(self.relabel_wanted)
        self.classes.class_opened.connect(self._show_class)
        self.retranslate()

    def _confusions(self) -> QWidget:
        matrix = Card(self)
        column = QVBoxLayout(matrix)
        column.setContentsMargins(14, 10, 14, 10)
        column.setSpacing(4)
        column.addWidget(self._matrix)
        column.addWidget(self._matrix_how)
        column.addWidget(self.confusion, 1)
        behind = Card(self)
        behind.setMinimumWidth(290)
        column = QVBoxLayout(behind)
        column.setContentsMargins(14, 10, 14, 10)
        column.setSpacing(4)
        column.addWidget(self._cell_text)
        column.addWidget(self._cell_how)
        column.addWidget(self.cell_pictures, 1)
        return side_by_side(matrix, behind, self, (560, 440), (3, 2))

    def _confidence(self) -> QWidget:
        believed = Card(self)
        column = QVBoxLayout(believed)
        column.setContentsMargins(16, 12, 16, 12)
        column.addWidget(self._believed)
        column.addWidget(self.reliability, 1)
        column.addWidget(self._believed_how)
        both = QWidget(self)
        row = QHBoxLayout(both)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addWidget(believed, 1)
        row.addWidget(self.coverage, 1)
        return both

    def _worst(self) -> QWidget:
        worst = Card(self)
        column = QVBoxLayout(worst)
        column.setContentsMargins(14, 10, 14, 10)
        column.addWidget(self._mistakes_text)
        column.addWidget(self.mistakes, 1)
        return worst

    def show_measured(self, measured: Measured, why_not: str) -> None:
        """`why_not` says why nothing may be kept; empty where it may."""
        self._measured = measured
        evaluation = measured.evaluation
        self.headline.show_evaluation(evaluation)
        self.confusion.show_counts(evaluation.classes, evaluation.confusion)
        self.classes.show_evaluation(evaluation)
        self.reliability.show_bins(evaluation.reliability)
        self.coverage.show_measured(measured, why_not)
        wrong = np.flatnonzero(measured.answers != measured.labels)
        self.mistakes.show_rows(measured, wrong[np.argsort(-measured.stated[wrong], kind="stable")].tolist())
        self.robustness.show_result(measured.robustness, evaluation.split)
        if self.confusion.cell is not None:
            self._show_cell(*self.confusion.cell)

    def show_mistakes(self) -> None:
        self.tabs.setCurrentIndex(3)
        self.mistakes.setFocus()

    def show_robustness(self) -> None:
        self.tabs.setCurrentWidget(self.robustness)

    def close_thumbnails(self) -> None:
        """End the threads that make them."""
        self.cell_pictures.close_thumbnails()
        self.mistakes.close_thumbnails()

    def _show_cell(self, row: int, column: int) -> None:
        measured = self._measured
        if measured is not None:
            behind = np.flatnonzero((measured.labels == row) & (measured.answers == column))
            order = np.argsort(-measured.stated[behind], kind="stable")
            self.cell_pictures.show_rows(measured, behind[order].tolist())
            self.retranslate()

    def _show_class(self, place: int) -> None:
        self.tabs.setCurrentIndex(0)
        self.confusion.choose(place, place)
        self.confusion.setFocus()

    def _open(self, gallery: MistakesGallery, at: int) -> None:
        if gallery.rows:
            self.opened.emit(gallery.rows, at)

    def retranslate(self) -> None:
        titles = (self.tr("Confusions"), self.tr("Classes"), self.tr("Confidence"), self.tr("Mistakes"))
        for place, title in enumerate((*titles, self.tr("Robustness"))):
            self.tabs.setTabText(place, title)
        self._believed.setText(self.tr("Can its confidence be believed?"))
        self._matrix.setText(self.tr("Which classes are confused"))
        self._matrix_how.setText(self.tr("Rows: what it is. Columns: what the model says. The diagonal is right."))
        self._cell_how.setText(self.tr("Choose a cell with the mouse or the arrow keys."))
        if self._measured is None:
            return
        evaluation = self._measured.evaluation
        self._believed_how.setText(
            self.tr(
                "On the dashed line it is as often right as it says; below it, it is too sure. Mean distance (ECE): "
                "{ece}. Pale bars have fewer than ten answers."
            ).format(ece=percent(evaluation.ece))
        )
        cell = self.confusion.cell
        if cell is not None and max(cell) < len(evaluation.classes):
            count = evaluation.confusion[cell[0]][cell[1]]
            truth, answer = (evaluation.classes[place] for place in cell)
            right, taken = (
                self.tr("{truth}, recognised: %n", "", count),
                self.tr("{truth}, taken for {answer}: %n", "", count),
            )
            self._cell_text.setText((right if truth == answer else taken).format(truth=truth, answer=answer))
        wrong = len(self.mistakes.rows)
        text = self.tr(
            "%n wrong answer(s), the surest first. Look for wrong labels before you blame the model.", "", wrong
        )
        self._mistakes_text.setText(text if wrong else self.tr("Not a single mistake on these pictures."))
