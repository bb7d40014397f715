"""Confusion matrix: one row per true class; a cell opens its images."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from gui.widgets import theme
from gui.widgets.controls import plain
from gui.widgets.retranslating import RetranslationMixin
from gui.wording.locale import percent

_Index = QModelIndex | QPersistentModelIndex
_NO_INDEX = QModelIndex()
_SMALLEST_PX, _LARGEST_PX = 22, 60
_LONGEST_NAME_PX = 120
# Orange beside the blue of the accent: colour-blind people tell these two apart.
_WRONG = ("#c2570c", "#f2a25c")
_SHADE_ROLE = int(Qt.ItemDataRole.UserRole)


class _Model(QAbstractTableModel):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.classes: list[str] = []
        self.counts: list[list[int]] = []

    def rowCount(self, parent: _Index = _NO_INDEX) -> int:  # noqa: N802  (Qt's name)
        return 0 if parent.isValid() else len(self.classes)

    def columnCount(self, parent: _Index = _NO_INDEX) -> int:  # noqa: N802  (Qt's name)
        return 0 if parent.isValid() else len(self.classes)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row, column = index.row(), index.column()
        count, total = self.counts[row][column], sum(self.counts[row])
        if role == Qt.ItemDataRole.DisplayRole:
            return str(count) if count else ""
        if role == _SHADE_ROLE:
            # The root, so that a few percent of confusion can be seen beside the diagonal.
            return math.sqrt(count / total) if count else 0.0
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            text = self.tr("{truth}, answered as {answer}: {count} of {total} ({share})").format(
                truth=self.classes[row],
                answer=self.classes[column],
                count=count,
                total=total,
                share=percent(count / total if total else None),
            )
            return plain(text) if role == Qt.ItemDataRole.ToolTipRole else text
        return None

    def headerData(  # noqa: N802  (Qt's name)
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if role == Qt.ItemDataRole.DisplayRole:
            return self.classes[section]
        if role == Qt.ItemDataRole.ToolTipRole:
            down = orientation == Qt.Orientation.Vertical
            text = self.tr("true class: {name}") if down else self.tr("answer: {name}")
            return plain(text.format(name=self.classes[section]))
        return None

    def show(self, classes: Sequence[str], counts: Sequence[Sequence[int]]) -> None:
        self.beginResetModel()
        self.classes, self.counts = list(classes), [list(row) for row in counts]
        self.endResetModel()


class _Cells(QStyledItemDelegate):
    """Right answers in one hue, wrong ones in another; a colour-blind person sees blue and orange, and the place."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        colours = theme.colours()
        rect, shade = QRect(option.rect).adjusted(0, 0, -1, -1), float(index.data(_SHADE_ROLE))
        right = index.row() == index.column()
        ground = _mixed(colours.card, colours.accent if right else _WRONG[theme.is_dark()], shade)
        painter.save()
        painter.fillRect(rect, ground if shade else QColor(colours.window if right else colours.card))
        font = QFont(painter.font())
        font.setPixelSize(max(10, min(15, rect.height() * 4 // 10)))
        font.setBold(right)
        painter.setFont(font)
        painter.setPen(QColor(_readable(ground)) if shade else QColor(colours.muted))
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, index.data() or "·")
        view = self.parent()
        if isinstance(view, QTableView) and index == view.currentIndex():
            painter.setPen(QPen(QColor(colours.text), 2))
            painter.drawRect(rect.adjusted(1, 1, -2, -2))
        painter.restore()


class _Answers(QHeaderView):
    """Class names along the top, turned where they do not fit."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)

    @property
    def turned(self) -> bool:
        return self.defaultSectionSize() < self._longest() + 8

    def _longest(self) -> int:
        model = self.model()
        names = [str(model.headerData(k, self.orientation())) for k in range(model.columnCount())] if model else []
        metrics = QFontMetrics(self.font())
        return min(_LONGEST_NAME_PX, max((metrics.horizontalAdvance(name) for name in names), default=0))

    def sizeHint(self) -> QSize:  # noqa: N802  (Qt's name)
        height = QFontMetrics(self.font()).height() + 10
        return QSize(super().sizeHint().width(), self._longest() + 16 if self.turned else height)

    def paintSection(self, painter: QPainter, rect: QRect, logicalIndex: int) -> None:  # noqa: N802, N803  (Qt's names)
        colours = theme.colours()
        model = self.model()
        name = str(model.headerData(logicalIndex, self.orientation()))
        painter.save()
        painter.fillRect(rect, QColor(colours.card))
        view = self.parent()
        current = isinstance(view, QTableView) and view.currentIndex().column() == logicalIndex
        painter.setPen(QColor(colours.text if current else colours.muted))
        if self.turned:
            painter.translate(rect.center().x(), rect.bottom() - 5)
            painter.rotate(-90)
            text = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, rect.height() - 10)
            painter.drawText(QRect(0, -rect.width() // 2, rect.height() - 8, rect.width()), _LEFT, text)
        else:
            painter.drawText(rect.adjusted(2, 0, -2, -4), Qt.AlignmentFlag.AlignCenter, name)
        painter.restore()


_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)


class ConfusionView(RetranslationMixin, QTableView):
    """Arrow keys go from cell to cell; a click or the keys choose one."""

    cell_chosen = Signal(int, int)
    """Row (true class) and column (answer)."""
    cell_opened = Signal(int, int)
    """Return was pressed or the cell clicked twice."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = _Model(self)
        self.setModel(self._model)
        self.setItemDelegate(_Cells(self))
        self.setHorizontalHeader(_Answers(self))
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setFrameShape(QTableView.Shape.NoFrame)
        # The headers reach beyond the last cell, and would be grey there.
        self.setStyleSheet(
            "QTableView { border: none; } QHeaderView { background: transparent; } "
            "QHeaderView::section { border: none; } "
            "QTableCornerButton::section { background: transparent; border: none; }"
        )
        self.setCornerButtonEnabled(False)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        for header in (self.horizontalHeader(), self.verticalHeader()):
            header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
            header.setMinimumSectionSize(_SMALLEST_PX)
            header.setHighlightSections(False)
            header.setSectionsClickable(False)
        self.verticalHeader().setMaximumWidth(_LONGEST_NAME_PX + 20)
        self.verticalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.verticalHeader().setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.doubleClicked.connect(lambda index: self.cell_opened.emit(index.row(), index.column()))
        self.activated.connect(lambda index: self.cell_opened.emit(index.row(), index.column()))
        self.retranslate()

    @property
    def cell(self) -> tuple[int, int] | None:
        """Row and column of the chosen cell."""
        index = self.currentIndex()
        return (index.row(), index.column()) if index.isValid() else None

    def show_counts(self, classes: Sequence[str], counts: Sequence[Sequence[int]]) -> None:
        """Show counts (C, C), a row for each true class; the chosen cell stays where the classes do."""
        kept = self.cell if list(classes) == self._model.classes else None
        self._model.show(classes, counts)
        self._fit()
        self.choose(*(kept or self._largest_confusion()))

    def choose(self, row: int, column: int) -> None:
        """Choose a cell, as a click does."""
        index = self._model.index(row, column)
        if index.isValid():
            self.setCurrentIndex(index)
            self.scrollTo(index)

    def currentChanged(self, current: _Index, previous: _Index) -> None:  # noqa: N802  (Qt's name)
        super().currentChanged(current, previous)
        self.horizontalHeader().viewport().update()
        if current.isValid():
            self.setAccessibleDescription(str(current.data(Qt.ItemDataRole.AccessibleTextRole)))
            self.cell_chosen.emit(current.row(), current.column())

    def _largest_confusion(self) -> tuple[int, int]:
        cells = [
            (count, -row, -column)
            for row, counts in enumerate(self._model.counts)
            for column, count in enumerate(counts)
            if row != column and count
        ]
        if not cells:
            return 0, 0
        _, row, column = max(cells)
        return -row, -column

    def _fit(self) -> None:
        """Cells as large as the place allows; below the smallest size it scrolls."""
        number = max(1, len(self._model.classes))
        names = self.verticalHeader().sizeHint().width()
        across = (self.viewport().width() + self.verticalHeader().width() - names - 2) // number
        across = min(across, (self.width() - names - 4) // number)
        top = self.horizontalHeader().height()
        down = (self.height() - top - 4) // number
        side = max(_SMALLEST_PX, min(_LARGEST_PX, across, down))
        # Wider than high where there is place: names fit above without turning.
        self.horizontalHeader().setDefaultSectionSize(max(side, min(across, 2 * side)))
        self.verticalHeader().setDefaultSectionSize(side)
        self.updateGeometries()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  (Qt's name)
        super().resizeEvent(event)
        self._fit()

    def retranslate(self) -> None:
        self.setAccessibleName(self.tr("Confusion matrix: a row for each true class, a column for each answer"))


def _mixed(ground: str, hue: str, share: float) -> QColor:
    a, b = QColor(ground), QColor(hue)
    parts = [(1 - share) * x + share * y for x, y in zip(a.getRgb()[:3], b.getRgb()[:3], strict=True)]  # type: ignore[index]
    return QColor(*(round(part) for part in parts))


def _readable(ground: QColor) -> str:
    """Black or white, whichever has the higher contrast on the ground (WCAG 2, relative luminance)."""
    linear = [
        (channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4)
        for channel in (ground.redF(), ground.greenF(), ground.blueF())
    ]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#000000" if luminance > 0.179 else "#ffffff"
