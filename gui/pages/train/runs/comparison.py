"""Compare runs: differences between recipes, and results per class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any, cast

from PySide6.QtCore import QLocale
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QHeaderView, QStyledItemDelegate, QStyleOptionViewItem, QTableView, QWidget

from edge_transfer.runs.recipe import Recipe
from gui.pages.train.recipe_words import title_of, value_words
from gui.pages.train.runs.records import SPLITS, RunRecord
from gui.widgets import theme
from gui.widgets.column_model import Column, ColumnModel, Index, bold_where, plain_table
from gui.widgets.retranslating import RetranslationMixin
from gui.wording.runs import percent


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


class _Grounds(QStyledItemDelegate):
    """Gives the rows that differ a ground of their own, which the stylesheet would not."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        if isinstance(model, ColumnModel) and model.rows[index.row()].differs:
            # The stubs do not know the fields of Qt's options.
            painter.fillRect(cast("Any", option).rect, QColor(theme.colours().accent_soft))
        super().paint(painter, option, index)


class RunComparison(RetranslationMixin, QTableView):
    """One column a run. What differs is marked by ≠ and a ground of its own, the better number by a star."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._records: list[RunRecord] = []
        self._model: ColumnModel[ComparisonRow] = ColumnModel([], self, roles=bold_where(attrgetter("differs")))
        self.setModel(self._model)
        self.setItemDelegate(_Grounds(self))
        self.setSelectionMode(QTableView.SelectionMode.NoSelection)
        header = plain_table(self, 26)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.retranslate()

    @property
    def rows(self) -> list[ComparisonRow]:
        return self._model.rows

    def show_records(self, records: Sequence[RunRecord]) -> None:
        """Compare these; nothing for fewer than two."""
        self._records = list(records) if len(records) > 1 else []
        self._show()

    def _show(self) -> None:
        recipes, results = (self._recipe_rows(), self._result_rows()) if self._records else ([], [])
        other, same = ([row for row in recipes if row.differs is wanted] for wanted in (True, False))
        title = Column[ComparisonRow](str, lambda row: f"≠ {row.title}" if row.differs else row.title)
        columns = [_column(place, record.run.id) for place, record in enumerate(self._records)]
        self._model.show([*other, *results, *same], [title, *columns])

    def _recipe_rows(self) -> list[ComparisonRow]:
        rows = []
        for field in fields(Recipe):
            values = (getattr(record.run.recipe, field.name) for record in self._records)
            rows.append(ComparisonRow(title_of(field.name), tuple(value_words(field.name, each) for each in values)))
        return rows

    def _result_rows(self) -> list[ComparisonRow]:
        locale, records = QLocale(), self._records
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

    def retranslate(self) -> None:
        self.setAccessibleName(self.tr("Comparison of the selected runs"))
        self._show()


def _column(place: int, run_id: str) -> Column[ComparisonRow]:
    def text(row: ComparisonRow) -> str:
        return f"{row.values[place]} ★" if row.best and row.best[place] else row.values[place]

    return Column(lambda: run_id, text)
