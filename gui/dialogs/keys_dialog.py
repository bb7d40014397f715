"""Dialog that lists all keyboard shortcuts, from the menus and from the pages."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from gui.widgets.controls import text_label

Group = tuple[str, Sequence[tuple[str, str]]]
_COLUMNS = 2


class KeysDialog(QDialog):
    """Two columns that scroll; it is made anew each time it is opened."""

    def __init__(self, menus: Sequence[Group], parent: QWidget | None = None) -> None:
        """`menus` has for each menu its title and its actions, each with its keys."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Keys"))
        self.groups = [*self._of_pages(), *menus]
        content = QWidget()
        content.setObjectName("content")
        across = QHBoxLayout(content)
        across.setContentsMargins(4, 4, 12, 4)
        across.setSpacing(32)
        for groups in _columns(self.groups):
            column = QVBoxLayout()
            column.setSpacing(6)
            for title, rows in groups:
                heading = text_label("heading", content)
                heading.setText(title)
                column.addWidget(heading)
                column.addLayout(self._table(rows, content))
                column.addSpacing(12)
            column.addStretch(1)
            across.addLayout(column, 1)
        area = QScrollArea(self)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidget(content)
        area.setAccessibleName(self.windowTitle())
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 16, 20, 16)
        layout.addWidget(area, 1)
        layout.addWidget(buttons)
        self.resize(760, 560)

    def _of_pages(self) -> list[Group]:
        return [
            (
                self.tr("While recording"),
                [
                    (self.tr("Record the selected class while held"), self.tr("Space")),
                    (self.tr("Record that class while held"), "1 – 9"),
                    (self.tr("End a burst"), self.tr("Escape")),
                ],
            ),
            (
                self.tr("In the gallery and in live view"),
                [
                    (self.tr("Move the selected images to that class"), "1 – 9"),
                    (self.tr("Move the selected images to the trash"), self.tr("Delete")),
                    (self.tr("Accept the suggested labels"), "S"),
                    (self.tr("Send the picture back under that class"), "1 – 9"),
                ],
            ),
        ]

    @staticmethod
    def _table(rows: Sequence[tuple[str, str]], parent: QWidget) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(3)
        grid.setColumnStretch(0, 1)
        for row, (what, keys) in enumerate(rows):
            said, pressed = text_label(parent=parent, wrap=True), text_label("muted", parent)
            said.setText(what)
            pressed.setText(keys)
            pressed.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
            grid.addWidget(said, row, 0)
            grid.addWidget(pressed, row, 1)
        return grid


def _columns(groups: Sequence[Group]) -> list[list[Group]]:
    """The groups in their order, in columns of about the same height."""
    total = sum(len(rows) + 2 for _, rows in groups)
    columns: list[list[Group]] = [[]]
    height = 0
    for group in groups:
        if height >= total / _COLUMNS and len(columns) < _COLUMNS:
            columns.append([])
            height = 0
        columns[-1].append(group)
        height += len(group[1]) + 2
    return columns
