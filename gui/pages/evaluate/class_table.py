"""Class by class: precision, recall, F1 and number of pictures, sorted as wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    QRectF,
    QSortFilterProxyModel,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QHeaderView, QStyledItemDelegate, QStyleOptionViewItem, QTableView, QWidget

from gui.widgets import theme
from gui.widgets.retranslating import RetranslationMixin
from gui.wording.locale import percent

if TYPE_CHECKING:
    from edge_transfer.evaluation.evaluate import Evaluation

_Index = QModelIndex | QPersistentModelIndex
_NO_INDEX = QModelIndex()
_SORT_ROLE = int(Qt.ItemDataRole.UserRole)
_SHARES = (2, 3, 4)


class _Model(QAbstractTableModel):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.evaluation: Evaluation | None = None

    def rowCount(self, parent: _Index = _NO_INDEX) -> int:  # noqa: N802  (Qt's name)
        return 0 if parent.isValid() or self.evaluation is None else len(self.evaluation.per_class)

    def columnCount(self, parent: _Index = _NO_INDEX) -> int:  # noqa: N802  (Qt's name)
        return 0 if parent.isValid() else 6

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if self.evaluation is None:
            return None
        row = self.evaluation.per_class[index.row()]
        wrong = self._taken_for(index.row())
        values = (row.name, row.support, row.recall, row.precision, row.f1, wrong)
        value = values[index.column()]
        if role == _SORT_ROLE:
            return -1.0 if value is None else value
        if role == Qt.ItemDataRole.DisplayRole:
            return percent(value) if index.column() in _SHARES else str(value)  # type: ignore[arg-type]
        if role == Qt.ItemDataRole.TextAlignmentRole and 1 <= index.column() <= 4:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None

    def _taken_for(self, row: int) -> str:
        assert self.evaluation is not None
        counts = self.evaluation.confusion[row]
        wrong = [(count, -k) for k, count in enumerate(counts) if k != row and count]
        if not wrong:
            return "–"
        count, place = max(wrong)
        return f"{self.evaluation.classes[-place]} ({count})"

    def headerData(  # noqa: N802  (Qt's name)
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            titles = (self.tr("Class"), self.tr("Pictures"), self.tr("Recall"), self.tr("Precision"), self.tr("F1"))
            return (*titles, self.tr("Mostly taken for"))[section]
        if role == Qt.ItemDataRole.TextAlignmentRole and 1 <= section <= 4:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if role == Qt.ItemDataRole.ToolTipRole:
            tips = (
                "",
                self.tr("Pictures of this class in the split"),
                self.tr("Of the pictures of this class, the share that is recognised"),
                self.tr("Of the answers that name this class, the share that is right"),
                self.tr("Harmonic mean of recall and precision"),
                self.tr("The most frequent wrong answer"),
            )
            return tips[section]
        return None

    def show(self, evaluation: Evaluation) -> None:
        self.beginResetModel()
        self.evaluation = evaluation
        self.endResetModel()


class ShareBars(QStyledItemDelegate):
    """The share of a cell as a bar behind its number."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
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
        self._model = _Model(self)
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
        self.setShowGrid(False)
        # Place for the arrow of the sorted column beside its title.
        self.setStyleSheet("QHeaderView::section { padding-right: 22px; } QTableView::item { padding-right: 18px; }")
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(34)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setDefaultSectionSize(116)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(5, QHeaderView.ResizeMode.Stretch)
        self.activated.connect(lambda index: self.class_opened.emit(self._sorted.mapToSource(index).row()))
        self.retranslate()

    def show_evaluation(self, evaluation: Evaluation) -> None:
        self._model.show(evaluation)

    def names(self) -> list[str]:
        """The classes as they are sorted now."""
        return [str(self._sorted.index(row, 0).data()) for row in range(self._sorted.rowCount())]

    def retranslate(self) -> None:
        self.setAccessibleName(self.tr("Classes with precision, recall and F1"))
        self.viewport().update()
        self.horizontalHeader().viewport().update()
