"""Runs side by side: what was different in their recipes, and what came of it, class by class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, cast

from PySide6.QtCore import QAbstractTableModel, QLocale, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor, QFont, QPainter
from PySide6.QtWidgets import QHeaderView, QStyledItemDelegate, QStyleOptionViewItem, QTableView, QWidget

from edge_transfer.runs.recipe import Recipe
from gui.pages.train.recipe_words import title_of, value_words
from gui.pages.train.runs.records import SPLITS, RunRecord
from gui.widgets import theme
from gui.widgets.retranslating import RetranslationMixin
from gui.wording.runs import percent

_Index = QModelIndex | QPersistentModelIndex
_NO_INDEX = QModelIndex()


@dataclass(frozen=True)
class ComparisonRow:
    """A line of the comparison."""

    title: str
    values: tuple[str, ...]
    best: tuple[bool, ...] = ()
    """Which of the values are the best ones; empty where none is better than another."""

    @property
    def differs(self) -> bool:
        return len(set(self.values)) > 1


class _ComparisonModel(QAbstractTableModel):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.records: list[RunRecord] = []
        self.rows: list[ComparisonRow] = []

    def rowCount(self, parent: _Index = _NO_INDEX) -> int:  # noqa: N802  (Qt's name)
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: _Index = _NO_INDEX) -> int:  # noqa: N802  (Qt's name)
        return 0 if parent.isValid() else len(self.records) + 1

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row, column = self.rows[index.row()], index.column() - 1
        if role == Qt.ItemDataRole.DisplayRole:
            if column < 0:
                return f"≠ {row.title}" if row.differs else row.title
            return f"{row.values[column]} ★" if row.best and row.best[column] else row.values[column]
        if role == Qt.ItemDataRole.FontRole and row.differs:
            font = QFont()
            font.setBold(True)
            return font
        return None

    def headerData(  # noqa: N802  (Qt's name)
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation != Qt.Orientation.Horizontal or role != Qt.ItemDataRole.DisplayRole:
            return None
        return "" if section == 0 else self.records[section - 1].run.id

    def show(self, records: Sequence[RunRecord]) -> None:
        self.beginResetModel()
        self.records = list(records)
        recipes, results = (self._recipe_rows(), self._result_rows()) if records else ([], [])
        other, same = ([row for row in recipes if row.differs is wanted] for wanted in (True, False))
        self.rows = [*other, *results, *same]
        self.endResetModel()

    def _recipe_rows(self) -> list[ComparisonRow]:
        rows = []
        for field in fields(Recipe):
            values = (getattr(record.run.recipe, field.name) for record in self.records)
            rows.append(ComparisonRow(title_of(field.name), tuple(value_words(field.name, each) for each in values)))
        return rows

    def _result_rows(self) -> list[ComparisonRow]:
        locale, records = QLocale(), self.records
        rows = [
            ComparisonRow(self.tr("Images"), tuple(locale.toString(record.run.samples) for record in records)),
            ComparisonRow(self.tr("Seconds"), tuple(locale.toString(record.run.seconds, "f", 1) for record in records)),
            self._shares(self.tr("Right, held out"), [record.top1 for record in records]),
            ComparisonRow(
                self.tr("Optimistic"),
                tuple(self.tr("⚠ yes") if record.reasons else self.tr("no") for record in records),
            ),
        ]
        titles = {"test": self.tr("Right, test"), "validation": self.tr("Right, validation")}
        recalls = {"test": self.tr("{name} recognised, test"), "validation": self.tr("{name} recognised, validation")}
        for split in SPLITS:
            found = [record.evaluations.get(split) for record in records]
            if not any(found):
                continue
            rows.append(self._shares(titles[split], [each.top1 if each else None for each in found]))
            names = dict.fromkeys(row.name for each in found if each for row in each.per_class)
            for name in names:
                shares = [
                    next((row.recall for row in each.per_class if row.name == name), None) if each else None
                    for each in found
                ]
                rows.append(self._shares(recalls[split].format(name=name), shares))
        return rows

    @staticmethod
    def _shares(title: str, shares: Sequence[float | None]) -> ComparisonRow:
        known = [share for share in shares if share is not None]
        best = tuple(len(set(known)) > 1 and share == max(known) for share in shares)
        return ComparisonRow(title, tuple(percent(share) for share in shares), best)


class _Grounds(QStyledItemDelegate):
    """Gives the rows that differ a ground of their own, which the stylesheet would not."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        model = index.model()
        if isinstance(model, _ComparisonModel) and model.rows[index.row()].differs:
            # The stubs do not know the fields of Qt's options.
            painter.fillRect(cast("Any", option).rect, QColor(theme.colours().accent_soft))
        super().paint(painter, option, index)


class RunComparison(RetranslationMixin, QTableView):
    """One column a run. What differs is marked by ≠ and a ground of its own, the better number by a star."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = _ComparisonModel(self)
        self.setModel(self._model)
        self.setItemDelegate(_Grounds(self))
        self.setSelectionMode(QTableView.SelectionMode.NoSelection)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(26)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.retranslate()

    @property
    def rows(self) -> list[ComparisonRow]:
        return self._model.rows

    def show_records(self, records: Sequence[RunRecord]) -> None:
        """Compare these; nothing for fewer than two."""
        self._model.show(records if len(records) > 1 else [])

    def retranslate(self) -> None:
        self.setAccessibleName(self.tr("Comparison of the selected runs"))
        self._model.show(self._model.records)
