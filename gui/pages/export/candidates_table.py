"""The table of what an export tried: size, accuracy, latency, and the decision in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QFont, QResizeEvent
from PySide6.QtWidgets import QHeaderView, QTableView, QWidget

from gui.widgets.controls import plain
from gui.widgets.retranslating import RetranslationMixin
from gui.wording.bundles import decision_sentence, decision_words, engine_words, number, percent

if TYPE_CHECKING:
    from export.conversion.candidates import Candidate

_Index = QModelIndex | QPersistentModelIndex
_NO_INDEX = QModelIndex()
_ROW_PX = 30
BOX, DECISION = 6, 7


class CandidatesModel(QAbstractTableModel):
    """One row for each engine and precision."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.rows: list[Candidate] = []
        self.box: Mapping[tuple[str, str], float] = {}

    def show(self, rows: Sequence[Candidate], box: Mapping[tuple[str, str], float]) -> None:
        self.beginResetModel()
        self.rows, self.box = list(rows), box
        self.endResetModel()

    def rowCount(self, parent: _Index = _NO_INDEX) -> int:  # noqa: N802  (Qt's name)
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: _Index = _NO_INDEX) -> int:  # noqa: N802  (Qt's name)
        return 0 if parent.isValid() else DECISION + 1

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row, column = self.rows[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self._texts(row)[column]
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain(decision_sentence(row))
        if role == Qt.ItemDataRole.FontRole and row.chosen:
            font = QFont()
            font.setBold(True)
            return font
        if role == Qt.ItemDataRole.TextAlignmentRole and 0 < column < DECISION:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None

    def _texts(self, row: Candidate) -> tuple[str, ...]:
        box_ms = self.box.get((row.engine, row.precision))
        return (
            ("★ " if row.chosen else "") + engine_words(row.engine, row.precision),
            f"{number(row.bytes / 1e6, 1)} MB" if row.bytes else "–",
            percent(row.top1),
            percent(row.agreement) if row.top1 is not None else "–",
            f"{number(row.p50_ms, 2)} ms" if row.p50_ms else "–",
            f"{number(row.p95_ms, 2)} ms" if row.p95_ms else "–",
            f"{number(box_ms, 2)} ms" if box_ms else "–",
            decision_words(row),
        )

    def headerData(  # noqa: N802  (Qt's name)
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return (
                self.tr("Engine"),
                self.tr("Size"),
                self.tr("Top-1"),
                self.tr("Agreement"),
                self.tr("p50"),
                self.tr("p95"),
                self.tr("p50 on the box"),
                self.tr("Decision"),
            )[section]
        if role == Qt.ItemDataRole.ToolTipRole:
            return (
                "",
                self.tr("All files of the model together"),
                self.tr("Right answers among the pictures that were compared"),
                self.tr("Pictures with the answer of the FP32 model"),
                self.tr("Median time from a camera frame to the decision"),
                self.tr("95 of 100 frames take no longer"),
                self.tr("Median time from a camera frame to the decision, as the box has measured it"),
                "",
            )[section]
        if role == Qt.ItemDataRole.TextAlignmentRole and 0 < section < DECISION:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None


class CandidatesTable(RetranslationMixin, QTableView):
    """As high as its rows; the chosen one is marked with a star and bold."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = CandidatesModel(self)
        self.setModel(self._model)
        self.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.setHorizontalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(_ROW_PX)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setStretchLastSection(True)
        self.retranslate()

    def show_candidates(self, rows: Sequence[Candidate], box: Mapping[tuple[str, str], float]) -> None:
        """Show these rows in their order; `box` holds median milliseconds by engine and precision."""
        self._model.show(rows, box)
        self.setColumnHidden(BOX, not box)
        self._fit_height()

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
