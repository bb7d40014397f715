"""Gallery of a split's images with labels and predictions."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from gui.pages.evaluate.worker_calls import Measured
from gui.widgets import theme
from gui.widgets.column_model import Column, ColumnModel, Index, hints
from gui.widgets.retranslating import RetranslationMixin
from gui.widgets.thumbnails import Thumbnails
from gui.wording.locale import percent

_PATH_ROLE = int(Qt.ItemDataRole.UserRole)
_LINES_ROLE = _PATH_ROLE + 1
PICTURE_PX = 112
_GAP_PX = 6


class _Tiles(QStyledItemDelegate):
    def __init__(self, thumbnails: Thumbnails, parent: QWidget) -> None:
        super().__init__(parent)
        self._thumbnails = thumbnails

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: N802  (Qt's name)
        line = option.fontMetrics.height()
        return QSize(PICTURE_PX + 2 * _GAP_PX, PICTURE_PX + 2 * line + 3 * _GAP_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        colours = theme.colours()
        rect: QRect = option.rect.adjusted(2, 2, -2, -2)
        state = option.state
        painter.save()
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        if state & QStyle.StateFlag.State_Selected:
            painter.setPen(QPen(QColor(colours.accent), 2))
            painter.setBrush(QColor(colours.accent_soft))
            painter.drawRoundedRect(rect, 7, 7)
        box = QRect(rect.left() + _GAP_PX - 2, rect.top() + _GAP_PX - 2, PICTURE_PX, PICTURE_PX)
        pixmap = self._thumbnails.pixmap(index.data(_PATH_ROLE))
        if pixmap is not None and not pixmap.isNull():
            painter.drawPixmap(fitted(pixmap, box), pixmap)
        else:
            painter.setPen(QColor(colours.line))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box, 5, 5)
            painter.setPen(QColor(colours.muted))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, "…" if pixmap is None else "◇")
        truth, answer = index.data(_LINES_ROLE)
        line = painter.fontMetrics().height()
        top = box.bottom() + _GAP_PX
        for text, colour in ((truth, colours.muted), (answer, colours.text)):
            painter.setPen(QColor(colour))
            shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, PICTURE_PX)
            painter.drawText(QRect(box.left(), top, PICTURE_PX, line), Qt.AlignmentFlag.AlignLeft, shown)
            top += line
        painter.restore()


class MistakesGallery(RetranslationMixin, QListView):
    """Thumbnails in rows; `opened` gives the position among the rows that are shown."""

    opened = Signal(int)
    relabel_wanted = Signal(int)
    """The row of the sample: its label is wrong, the model's answer is right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._thumbnails = Thumbnails(2 * PICTURE_PX, self)
        self._thumbnails.ready.connect(self.viewport().update)
        self._measured: Measured | None = None
        roles = {_PATH_ROLE: self._path, _LINES_ROLE: self._lines, **hints(self._hint)}
        self._model: ColumnModel[int] = ColumnModel([Column(str, lambda _: "", roles=roles)], self)
        self.setModel(self._model)
        self.setItemDelegate(_Tiles(self._thumbnails, self))
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.clicked.connect(lambda index: self.opened.emit(index.row()))
        self.retranslate()

    @property
    def rows(self) -> list[int]:
        """Rows of the shown samples in what was measured."""
        return self._model.rows

    def show_rows(self, measured: Measured | None, rows: Sequence[int]) -> None:
        kept = self.currentIndex().row() if list(rows) == self._model.rows else 0
        self._measured = measured
        self._model.show(rows)
        if rows:
            self.setCurrentIndex(self._model.index(kept, 0))

    def _path(self, row: int) -> str:
        assert self._measured is not None
        return self._measured.paths[row]

    def _said(self, row: int) -> tuple[str, str, str]:
        """The true class, the answer, and how sure the model is of it."""
        assert self._measured is not None
        measured, classes = self._measured, self._measured.evaluation.classes
        stated = percent(float(measured.stated[row]), 0)
        return classes[measured.labels[row]], classes[measured.answers[row]], stated

    def _lines(self, row: int) -> tuple[str, str]:
        truth, answer, stated = self._said(row)
        return truth, f"{'✓' if truth == answer else '✗'} {stated} {answer}"

    def _hint(self, row: int) -> str:
        assert self._measured is not None
        truth, answer, share = self._said(row)
        text = self.tr("It is {truth}; the model says {answer}, {share}.").format(
            truth=truth, answer=answer, share=share
        )
        if self._measured.stated[row] < self._measured.evaluation.threshold:
            text += " " + self.tr("Below the threshold: the box would say “unknown”.")
        return text

    def close_thumbnails(self) -> None:
        """End the thread that makes them."""
        self._thumbnails.close()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  (Qt's name)
        row = self.currentIndex().row()
        if row >= 0 and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.opened.emit(row)
        elif row >= 0 and event.key() == Qt.Key.Key_L and not event.modifiers():
            self.relabel_wanted.emit(self._model.rows[row])
        else:
            super().keyPressEvent(event)

    def retranslate(self) -> None:
        self.setAccessibleName(self.tr("Pictures"))
        self.setToolTip(self.tr("A click or Return opens the picture; L says that its label is wrong"))


def fitted(pixmap: QPixmap, box: QRect) -> QRect:
    """Where a picture lies in a box, its shape kept."""
    size = pixmap.size().scaled(box.size(), Qt.AspectRatioMode.KeepAspectRatio)
    return QRect(
        box.left() + (box.width() - size.width()) // 2,
        box.top() + (box.height() - size.height()) // 2,
        size.width(),
        size.height(),
    )
