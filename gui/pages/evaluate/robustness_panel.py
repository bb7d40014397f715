"""Robustness chart: accuracy under each image corruption, one bar per severity."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, QRect, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QProgressBar,
    QPushButton,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from gui.jobs.task import Task
from gui.pages.evaluate.worker_calls import robustness_split
from gui.widgets import theme
from gui.widgets.column_model import Column, ColumnModel, Index, hints, plain_table
from gui.widgets.controls import Card, text_label
from gui.widgets.retranslating import RetranslationMixin
from gui.wording.core_messages import core_words
from gui.wording.locale import decimal, percent

if TYPE_CHECKING:
    from edge_transfer.evaluation.robustness import Robustness, RobustnessRow

_Row = dict[int, "RobustnessRow"]
"""What was measured under one disturbance, by severity."""
_ROW_ROLE = int(Qt.ItemDataRole.UserRole)
_STEPS = 1000
_BAR_PX = 12
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)


class _Bars(QStyledItemDelegate):
    """Filled to the accuracy, with a mark where the undisturbed pictures stand."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row, clean = index.data(_ROW_ROLE)
        colours = theme.colours()
        rect: QRect = option.rect.adjusted(6, 3, -10, -3)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        view = self.parent()
        if isinstance(view, QTableView) and index == view.currentIndex() and view.hasFocus():
            painter.setPen(QPen(QColor(colours.accent), 1.5))
            painter.drawRoundedRect(option.rect.adjusted(1, 1, -2, -2), 4, 4)
        bar = QRect(rect.left(), rect.bottom() - _BAR_PX - 1, rect.width(), _BAR_PX)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.accent_soft))
        painter.drawRoundedRect(bar, 4, 4)
        painter.setBrush(QColor(colours.accent))
        painter.drawRoundedRect(QRect(bar.left(), bar.top(), max(3, round(row.top1 * bar.width())), _BAR_PX), 4, 4)
        x = bar.left() + round(clean.top1 * bar.width())
        painter.setPen(QPen(QColor(colours.text), 2))
        painter.drawLine(x, bar.top() - 3, x, bar.bottom() + 3)
        top, amount = percent(row.top1, 0), str(index.data()).partition("   ")[2]
        line = QRect(rect.left(), rect.top(), rect.width(), bar.top() - rect.top())
        low = row.top1_interval[1] < clean.top1
        font = painter.font()
        font.setBold(low)
        painter.setFont(font)
        painter.setPen(QColor(colours.text))
        painter.drawText(line, _LEFT, f"▼ {top}" if low else top)
        font.setBold(False)
        painter.setFont(font)
        painter.setPen(QColor(colours.muted))
        painter.drawText(line, _RIGHT, amount)
        painter.restore()


class RobustnessPanel(RetranslationMixin, Card):
    """Shows the last measurement and wishes a new one."""

    measure_wanted = Signal()

    def __init__(self, task: Task, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._task = task
        self._result: Robustness | None = None
        self._split, self._failed = "", ""
        self._heading = text_label("heading", self)
        self._text = text_label("muted", self, wrap=True)
        self.measure, self._cancel = QPushButton(self), QPushButton(self)
        self.measure.setObjectName("primary")
        self._progress = QProgressBar(self)
        self._progress.setTextVisible(False)
        self._left = text_label("muted", self)
        self._model: ColumnModel[_Row] = ColumnModel(
            [
                Column(lambda: self.tr("Disturbance"), lambda row: self._word(row[1].disturbance)),
                self._column(1, lambda: self.tr("mild")),
                self._column(2, lambda: self.tr("clear")),
                self._column(3, lambda: self.tr("strong")),
            ],
            self,
        )
        self.table = QTableView(self)
        self.table.setModel(self._model)
        for column in (1, 2, 3):
            self.table.setItemDelegateForColumn(column, _Bars(self.table))
        self.table.setSelectionMode(QTableView.SelectionMode.NoSelection)
        self.table.setFrameShape(QTableView.Shape.NoFrame)
        self.table.setStyleSheet("QTableView { border: none; }")
        header = plain_table(self.table, 42)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        top = QHBoxLayout()
        top.addWidget(self._heading)
        top.addStretch(1)
        top.addWidget(self._left)
        top.addWidget(self._progress, 1)
        top.addWidget(self._cancel)
        top.addWidget(self.measure)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.setSpacing(8)
        layout.addLayout(top)
        layout.addWidget(self._text)
        layout.addWidget(self.table, 1)
        layout.addStretch(0)
        self.measure.clicked.connect(self.measure_wanted)
        self._cancel.clicked.connect(task.cancel)
        task.progressed.connect(lambda _: self._show_progress())
        task.changed.connect(self._show_progress)
        task.failed.connect(self._on_failed)
        self.retranslate()

    def show_result(self, result: Robustness | None, split: str) -> None:
        """What was measured for the pictures of a split; None for nothing yet."""
        self._result, self._split, self._failed = result, split, ""
        rows: dict[str, _Row] = {}
        for row in result.rows[1:] if result is not None else ():
            rows.setdefault(row.disturbance, {})[row.severity] = row
        self._model.show(list(rows.values()))
        self.retranslate()

    def _column(self, severity: int, title: Callable[[], str]) -> Column[_Row]:
        return Column(
            title,
            lambda row: f"{percent(row[severity].top1, 0)}   {self._amount(row[severity])}",
            roles={
                _ROW_ROLE: lambda row: (row[severity], self._result.rows[0] if self._result is not None else None),
                **hints(lambda row: self._hint(row[severity])),
            },
        )

    def _hint(self, row: RobustnessRow) -> str:
        return self.tr(
            "{name}, {amount}: {top1} right, {coverage} answered, {covered} of those right; "
            "recognised least: {worst}, {recall}"
        ).format(
            name=self._word(row.disturbance),
            amount=self._amount(row),
            top1=percent(row.top1),
            coverage=percent(row.coverage),
            covered=percent(row.accuracy_covered),
            worst=row.worst_class,
            recall=percent(row.worst_recall),
        )

    def _word(self, name: str) -> str:
        words = {
            "darker": self.tr("darker"),
            "brighter": self.tr("brighter"),
            "warmer": self.tr("warmer light"),
            "cooler": self.tr("cooler light"),
            "defocus": self.tr("out of focus"),
            "motion": self.tr("motion blur"),
            "noise": self.tr("noise"),
            "jpeg": self.tr("compression"),
            "shift": self.tr("shifted"),
            "turn": self.tr("turned"),
        }
        return words.get(name, name)

    def _amount(self, row: RobustnessRow) -> str:
        number = QLocale().toString(row.amount, "g", 6).replace("-", "−")
        if row.unit == "quality":
            return self.tr("JPEG quality {number}").format(number=number)
        if row.unit == "/255":
            return self.tr("±{number} of 255").format(number=number)
        return f"{number}{row.unit}" if row.unit == "°" else f"{number} {row.unit}"

    def _on_failed(self, text: str, _details: str) -> None:
        self._failed = text
        self.retranslate()

    def _show_progress(self) -> None:
        running = self._task.running
        for widget in (self._progress, self._cancel, self._left):
            widget.setVisible(running)
        self.measure.setVisible(not running)
        self._progress.setRange(0, _STEPS if self._task.share else 0)
        self._progress.setValue(round(self._task.share * _STEPS))
        left = self._task.seconds_left
        self._left.setText("" if left is None else self.tr("about %n second(s) left", "", max(1, round(left))))

    def retranslate(self) -> None:
        self._heading.setText(self.tr("How it holds up"))
        self._cancel.setText(self.tr("Cancel"))
        self._progress.setAccessibleName(self.tr("Progress of the measurement"))
        self.measure.setText(self.tr("Measure") if self._result is None else self.tr("Measure again"))
        self.table.setAccessibleName(self.tr("Right answers under each disturbance"))
        self.table.setVisible(self._result is not None)
        self._text.setText(core_words(self._failed) or self._say())
        self.table.viewport().update()
        self.table.horizontalHeader().viewport().update()
        self._show_progress()

    def _say(self) -> str:
        learned = self.tr("These are pictures that the model has learned from: read the fall, not the height.")
        of_train = robustness_split(self._split) == "train"
        result = self._result
        if result is None:
            text = self.tr(
                "The pictures are made darker, blurred, noisy, compressed, shifted and turned, and asked again: "
                "at most 200 of them, 31 times each. It takes about a minute."
            )
            return f"{text} {learned}" if of_train else text
        clean = result.rows[0]
        text = self.tr(
            "%n picture(s); the mark stands at {top1}, as they were recorded. ▼: lower beyond doubt.",
            "",
            result.n,
        ).format(top1=percent(clean.top1))
        known = self.tr("Threshold {value}; hold the mouse over a bar to see what is answered.").format(
            value=decimal(result.threshold)
        )
        return f"{text} {learned}" if of_train else f"{text} {known}"
