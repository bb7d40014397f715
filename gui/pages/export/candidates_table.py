"""Table of export candidates: size, accuracy, latency and decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHeaderView, QTableView, QWidget

from gui.widgets.column_model import Column, ColumnModel, bold_where, plain_table, tooltip
from gui.widgets.retranslating import RetranslationMixin
from gui.wording.bundles import decision_sentence, decision_words, engine_words, number, percent

if TYPE_CHECKING:
    from export.conversion.candidates import ExportCandidate

_ROW_PX = 30
BOX = 6


class CandidatesTable(RetranslationMixin, QTableView):
    """As high as its rows; the chosen one is marked with a star and bold."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._box: Mapping[tuple[str, str], float] = {}
        self._model = ColumnModel(
            self._columns(),
            self,
            roles={**tooltip(decision_sentence), **bold_where(attrgetter("chosen"))},
            right_titles=True,
        )
        self.setModel(self._model)
        self.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        self.setWordWrap(False)
        self.setHorizontalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        header = plain_table(self, _ROW_PX)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setStretchLastSection(True)
        self.retranslate()

    def show_candidates(self, rows: Sequence[ExportCandidate], box: Mapping[tuple[str, str], float]) -> None:
        """Show these rows in their order; `box` holds median milliseconds by engine and precision."""
        self._box = box
        self._model.show(rows)
        self.setColumnHidden(BOX, not box)
        self._fit_height()

    def _columns(self) -> list[Column[ExportCandidate]]:
        return [
            Column(
                lambda: self.tr("Engine"),
                lambda row: ("★ " if row.chosen else "") + engine_words(row.engine, row.precision),
            ),
            Column(
                lambda: self.tr("Size"),
                lambda row: f"{number(row.bytes / 1e6, 1)} MB" if row.bytes else "–",
                lambda: self.tr("All files of the model together"),
                right=True,
            ),
            Column(
                lambda: self.tr("Top-1"),
                lambda row: percent(row.top1),
                lambda: self.tr("Right answers among the pictures that were compared"),
                right=True,
            ),
            Column(
                lambda: self.tr("Agreement"),
                lambda row: percent(row.agreement) if row.top1 is not None else "–",
                lambda: self.tr("Pictures with the answer of the FP32 model"),
                right=True,
            ),
            Column(
                lambda: self.tr("p50"),
                lambda row: _milliseconds(row.p50_ms),
                lambda: self.tr("Median time from a camera frame to the decision"),
                right=True,
            ),
            Column(
                lambda: self.tr("p95"),
                lambda row: _milliseconds(row.p95_ms),
                lambda: self.tr("95 of 100 frames take no longer"),
                right=True,
            ),
            Column(
                lambda: self.tr("p50 on the box"),
                lambda row: _milliseconds(self._box.get((row.engine, row.precision))),
                lambda: self.tr("Median time from a camera frame to the decision, as the box has measured it"),
                right=True,
            ),
            Column(lambda: self.tr("Decision"), decision_words),
        ]

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  (Qt's name)
        super().resizeEvent(event)
        self._fit_height()

    def _fit_height(self) -> None:
        """All rows, and room for the scroll bar only where there is one."""
        header = self.horizontalHeader()
        scroll = self.horizontalScrollBar().sizeHint().height() if header.length() > self.viewport().width() else 0
        self.setFixedHeight(header.sizeHint().height() + _ROW_PX * max(1, self._model.rowCount()) + scroll + 4)

    def texts(self) -> list[list[str]]:
        """What stands in the table, row by row."""
        model = self._model
        return [
            [str(model.data(model.index(row, column))) for column in range(model.columnCount())]
            for row in range(model.rowCount())
        ]

    def retranslate(self) -> None:
        self.setAccessibleName(self.tr("What was tried"))
        self.viewport().update()
        self.horizontalHeader().viewport().update()


def _milliseconds(value: float | None) -> str:
    return f"{number(value, 2)} ms" if value else "–"
