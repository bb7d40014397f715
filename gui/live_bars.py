"""A bar for each class of a bundle; of many classes those that are likeliest now."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QProgressBar, QWidget

from gui.numbers import percent
from gui.widgets import ElidedLabel, text_label

_STEPS = 1000
_MOST_ROWS = 6


class ProbabilityBars(QWidget):
    """In the order of the classes: bars that change places cannot be read. Only more than six are ranked."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._classes: tuple[str, ...] = ()
        self._rows: list[tuple[ElidedLabel, QProgressBar, QLabel]] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnStretch(0, 1)
        self._grid.setColumnStretch(1, 1)

    @property
    def shares(self) -> list[tuple[str, str]]:
        """What stands in the rows: class and percentage."""
        return [(label.text(), share.text()) for label, _, share in self._rows if not label.isHidden()]

    def show_classes(self, classes: Sequence[str]) -> None:
        """The classes of a bundle."""
        self._classes = tuple(classes)
        while len(self._rows) < min(_MOST_ROWS, len(classes)):
            self._add_row()
        for row, widgets in enumerate(self._rows):
            for widget in widgets:
                widget.setVisible(row < len(classes))
        self.show_probabilities(None)

    def show_probabilities(self, probabilities: Sequence[float] | None) -> None:
        """Probabilities in the order of the classes; None empties the bars and leaves the rows where they are."""
        order = list(range(len(self._classes)))
        if probabilities is not None and len(order) > _MOST_ROWS:
            order.sort(key=lambda index: -probabilities[index])
        for (label, bar, share), index in zip(self._rows, order, strict=False):
            probability = probabilities[index] if probabilities is not None else 0.0
            label.setText(self._classes[index])
            bar.setValue(round(probability * _STEPS))
            bar.setAccessibleName(self._classes[index])
            share.setText(percent(probability if probabilities is not None else None, 0))

    def _add_row(self) -> None:
        row = len(self._rows)
        label, bar, share = ElidedLabel(parent=self), QProgressBar(self), text_label(parent=self)
        bar.setRange(0, _STEPS)
        bar.setTextVisible(False)
        bar.setMinimumWidth(40)
        share.setFixedWidth(share.fontMetrics().horizontalAdvance("100\u00a0%") + 4)
        share.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        for column, widget in enumerate((label, bar, share)):
            self._grid.addWidget(widget, row, column)
        self._rows.append((label, bar, share))
