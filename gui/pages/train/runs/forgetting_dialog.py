"""Dialog shown before a run that has forgotten something is promoted."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from gui.widgets.controls import text_label
from gui.wording.locale import decimal, percent

if TYPE_CHECKING:
    from edge_transfer.evaluation.forgetting import ClassChange, Forgetting

_ROW_PX = 28
_MOST_ROWS = 12
_WIDTH_PX = 620


class ForgettingDialog(QDialog):
    """Accepted where the newer model is to be used all the same."""

    def __init__(self, report: Forgetting, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.report = report
        self.setWindowTitle(self.tr("Use this model?"))
        self.setMinimumWidth(_WIDTH_PX)
        names = ", ".join(each.name for each in report.lost)
        heading = text_label("heading", self, wrap=True)
        heading.setText(self.tr("It has forgotten something: {names}").format(names=names))
        told = text_label("muted", self, wrap=True)
        told.setText(
            self.tr(
                "Held-out images that neither model has learned from were shown to run {earlier}, which is in use, and "
                "to run {later}. More than {points} points lost on a class, and more than one image, are too much to "
                "replace it without asking: a single image is chance."
            ).format(earlier=report.earlier, later=report.later, points=decimal(report.allowed_loss, 1))
        )
        self.table = QTableWidget(len(report.classes), 6, self)
        self._fill()
        self.buttons = QDialogButtonBox(self)
        keep = self.buttons.addButton(self.tr("Keep the one in use"), QDialogButtonBox.ButtonRole.RejectRole)
        self.use = self.buttons.addButton(self.tr("Use this one"), QDialogButtonBox.ButtonRole.AcceptRole)
        keep.setDefault(True)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setSpacing(12)
        for widget in (heading, told, self.table, self.buttons):
            layout.addWidget(widget)

    def _fill(self) -> None:
        table = self.table
        table.setAccessibleName(self.tr("Each class before and after"))
        table.setHorizontalHeaderLabels(
            [
                self.tr("Class"),
                self.tr("Images"),
                self.tr("Before"),
                self.tr("After"),
                self.tr("Points"),
                self.tr("One image is"),
            ]
        )
        for row, change in enumerate(self.report.classes):
            for column, text in enumerate(self._texts(change)):
                item = QTableWidgetItem(text)
                if column:
                    item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                if change in self.report.lost:
                    font = item.font()
                    font.setBold(True)
                    item.setFont(font)
                table.setItem(row, column, item)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        table.setShowGrid(False)
        table.setTabKeyNavigation(False)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(_ROW_PX)
        header = table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        table.setFixedHeight(header.sizeHint().height() + _ROW_PX * min(_MOST_ROWS, table.rowCount()) + 4)

    def _texts(self, change: ClassChange) -> tuple[str, ...]:
        name = self.tr("▼ {name}").format(name=change.name) if change in self.report.lost else change.name
        if not change.n:
            return (name, self.tr("none held out"), "–", "–", "–", "–")
        return (
            name,
            str(change.n),
            percent(change.before / change.n),
            percent(change.after / change.n),
            ("+" if change.lost_points < 0 else "") + decimal(0.0 - change.lost_points, 1),
            decimal(change.step_points, 1),
        )


def ask_use(report: Forgetting, use: Callable[[str], None], parent: QWidget) -> ForgettingDialog:
    """Show what a run has forgotten, and `use` its id where the answer is yes."""
    dialog = ForgettingDialog(report, parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.accepted.connect(lambda: use(report.later))
    dialog.open()
    return dialog
