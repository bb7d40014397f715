"""Per-class table: precision, recall, F1 and number of images."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QRectF,
    QSortFilterProxyModel,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QHeaderView, QStyledItemDelegate, QStyleOptionViewItem, QTableView, QWidget

from gui.widgets import theme
from gui.widgets.column_model import Column, ColumnModel, Index, plain_table
from gui.widgets.retranslating import RetranslationMixin
from gui.wording.locale import percent

if TYPE_CHECKING:
    from edge_transfer.evaluation.evaluate import ClassResult, Evaluation

_SORT_ROLE = int(Qt.ItemDataRole.UserRole)
_SHARES = (2, 3, 4)
_Row = tuple["ClassResult", str]
"""A class's figures, and the class that it is mostly taken for."""


class ShareBars(QStyledItemDelegate):
    """The share of a cell as a bar behind its number."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        share = index.data(_SORT_ROLE)
        if isinstance(share, float) and share > 0:
            rect = option.rect
            colours = theme.colours()
            painter.fillRect(
                QRectF(rect.left() + 6, rect.bottom() - 6, share * (rect.width() - 14), 3), QColor(colours.accent)
            )
        super().paint(painter, option, index)


class ClassesTable(RetranslationMixin, QTableView):
    """A click on a header sorts; Return or a double click opens the pictures of a class."""

    class_opened = Signal(int)
    """The position of the class."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = ColumnModel(self._columns(), self, right_titles=True)
        self._sorted = QSortFilterProxyModel(self)
        self._sorted.setSourceModel(self._model)
        self._sorted.setSortRole(_SORT_ROLE)
        self.setModel(self._sorted)
        for column in _SHARES:
            self.setItemDelegateForColumn(column, ShareBars(self))
        self.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        self.setSortingEnabled(True)
        self.sortByColumn(2, Qt.SortOrder.AscendingOrder)
        # Place for the arrow of the sorted column beside its title.
        self.setStyleSheet("QHeaderView::section { padding-right: 22px; } QTableView::item { padding-right: 18px; }")
        header = plain_table(self, 34)
        header.setDefaultSectionSize(116)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(5, QHeaderView.ResizeMode.Stretch)
        self.activated.connect(lambda index: self.class_opened.emit(self._sorted.mapToSource(index).row()))
        self.retranslate()

    def show_evaluation(self, evaluation: Evaluation) -> None:
        self._model.show([(row, _taken_for(evaluation, place)) for place, row in enumerate(evaluation.per_class)])

    def _columns(self) -> list[Column[_Row]]:
        def share(
            title: Callable[[], str], value: Callable[[ClassResult], float | None], tip: Callable[[], str]
        ) -> Column[_Row]:
            def sort_key(row: _Row) -> float:
                found = value(row[0])
                return -1.0 if found is None else found

            return Column(title, lambda row: percent(value(row[0])), tip, right=True, roles={_SORT_ROLE: sort_key})

        return [
            Column(lambda: self.tr("Class"), lambda row: row[0].name, roles={_SORT_ROLE: lambda row: row[0].name}),
            Column(
                lambda: self.tr("Pictures"),
                lambda row: str(row[0].support),
                lambda: self.tr("Pictures of this class in the split"),
                right=True,
                roles={_SORT_ROLE: lambda row: row[0].support},
            ),
            share(
                lambda: self.tr("Recall"),
                lambda row: row.recall,
                lambda: self.tr("Of the pictures of this class, the share that is recognised"),
            ),
            share(
                lambda: self.tr("Precision"),
                lambda row: row.precision,
                lambda: self.tr("Of the answers that name this class, the share that is right"),
            ),
            share(lambda: self.tr("F1"), lambda row: row.f1, lambda: self.tr("Harmonic mean of recall and precision")),
            Column(
                lambda: self.tr("Mostly taken for"),
                lambda row: row[1],
                lambda: self.tr("The most frequent wrong answer"),
                roles={_SORT_ROLE: lambda row: row[1]},
            ),
        ]

    def names(self) -> list[str]:
        """The classes as they are sorted now."""
        return [str(self._sorted.index(row, 0).data()) for row in range(self._sorted.rowCount())]

    def retranslate(self) -> None:
        self.setAccessibleName(self.tr("Classes with precision, recall and F1"))
        self.viewport().update()
        self.horizontalHeader().viewport().update()


def _taken_for(evaluation: Evaluation, row: int) -> str:
    counts = evaluation.confusion[row]
    wrong = [(count, -k) for k, count in enumerate(counts) if k != row and count]
    if not wrong:
        return "–"
    count, place = max(wrong)
    return f"{evaluation.classes[-place]} ({count})"
