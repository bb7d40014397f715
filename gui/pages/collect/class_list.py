"""The classes of the open project as cards in a column, their counts and newest images, and the field that adds one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from gui.pages.collect.class_card import ClassCard
from gui.widgets.controls import scrolling_column, text_label
from gui.widgets.retranslating import RetranslationMixin
from gui.widgets.thumbnails import Thumbnails

if TYPE_CHECKING:
    from edge_transfer.dataset.project import Project
    from edge_transfer.dataset.records import ClassRow, SessionRow


@dataclass(frozen=True)
class ClassSummary:
    """A class, its live images by split, and its newest pictures, newest first."""

    row: ClassRow
    counts: dict[str, int]
    newest: tuple[Path, ...]


@dataclass
class Overview:
    """Counts and newest pictures only, so that a read costs as much as the classes and sessions are many."""

    project: Project
    pictures: int
    """Newest pictures wanted of each class."""
    classes: list[ClassSummary] = field(default_factory=list)
    sessions: list[tuple[SessionRow, str]] = field(default_factory=list)
    """Each with the names of its classes, oldest first."""

    def read(self) -> None:
        """Bring everything up to date. Raises as `Catalog.open` does."""
        from edge_transfer.dataset.reader import CatalogReader

        with CatalogReader.open(self.project) as browser:
            tally = browser.tally()
            newest = {row.id: tuple(browser.newest(row.id, self.pictures)) for row in tally.classes}
        names, counts = tally.names_in(), tally.by_split()
        self.sessions = [(session, ", ".join(names[session.id])) for session in tally.sessions]
        self.classes = [ClassSummary(row, counts[row.id], newest[row.id]) for row in tally.classes]


class ClassList(RetranslationMixin, QWidget):
    """Keeps one card for each class and one of them selected."""

    pressed = Signal(int)
    released = Signal()
    rename_wanted = Signal(int)
    add_wanted = Signal(str)

    def __init__(self, thumbnails: Thumbnails, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._thumbnails = thumbnails
        self._summaries: list[ClassSummary] = []
        self.cards: list[ClassCard] = []
        self._selected = 0
        self._why_not = ""
        self._hint = text_label("muted", self, wrap=True)
        self._name = QLineEdit(self)
        self._name.setMaxLength(100)
        self._name.setObjectName("field")
        self._name.returnPressed.connect(self._add)
        self._add_button = QPushButton(self)
        self._add_button.clicked.connect(self._add)
        content = QWidget()
        content.setObjectName("content")
        self._column = QVBoxLayout(content)
        self._column.setContentsMargins(0, 0, 6, 0)
        self._column.setSpacing(8)
        self._column.addStretch(1)
        area = scrolling_column(content, self)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area = area
        add = QHBoxLayout()
        add.setSpacing(8)
        add.addWidget(self._name, 1)
        add.addWidget(self._add_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 8, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self._hint)
        layout.addWidget(area, 1)
        layout.addLayout(add)
        thumbnails.ready.connect(self._show_pictures)
        self.retranslate()

    @property
    def selected(self) -> ClassCard | None:
        """The card that Space records."""
        return next((card for card in self.cards if card.class_id == self._selected), None)

    def card_of(self, class_id: int) -> ClassCard | None:
        return next((card for card in self.cards if card.class_id == class_id), None)

    def show_classes(self, summaries: Sequence[ClassSummary]) -> None:
        """Show these classes; cards of classes that stay are kept, with their focus."""
        self._summaries = list(summaries)
        wanted = [summary.row.id for summary in summaries]
        if [card.class_id for card in self.cards] != wanted:
            old = {card.class_id: card for card in self.cards}
            self.cards = [old.pop(class_id) if class_id in old else self._new_card(class_id) for class_id in wanted]
            for card in old.values():
                self._column.removeWidget(card)
                card.deleteLater()
            for position, card in enumerate(self.cards):
                self._column.insertWidget(position, card)
        for position, (card, summary) in enumerate(zip(self.cards, summaries, strict=True), start=1):
            card.show_class(summary.row.name, position, summary.counts)
            card.set_enabled(not self._why_not, self._why_not)
        if self._selected not in wanted:
            self._select(wanted[0] if wanted else 0)
        self._hint.setVisible(not wanted)
        self._show_pictures()

    def set_why_not(self, why: str) -> None:
        """Why nothing can be recorded now; empty where it can."""
        self._why_not = why
        self._name.setEnabled(not why)
        self._add_button.setEnabled(not why)
        for card in self.cards:
            card.set_enabled(not why, why)

    def edit_new(self) -> None:
        """Put the cursor into the field for a new class."""
        self._name.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _new_card(self, class_id: int) -> ClassCard:
        card = ClassCard(class_id, self)
        card.pressed.connect(self.pressed)
        card.pressed.connect(self._select)
        card.released.connect(self.released)
        card.selected.connect(self._select)
        card.rename_wanted.connect(self.rename_wanted)
        return card

    def _select(self, class_id: int) -> None:
        self._selected = class_id
        for card in self.cards:
            card.set_selected(card.class_id == class_id)

    def _show_pictures(self) -> None:
        for card, summary in zip(self.cards, self._summaries, strict=False):
            card.show_pictures([self._thumbnails.pixmap(path) for path in summary.newest])

    def _add(self) -> None:
        name = self._name.text().strip()
        if name:
            self._name.clear()
            self.add_wanted.emit(name)

    def retranslate(self) -> None:
        self._hint.setText(self.tr("Add two or more classes; an empty background is a good one to have."))
        self._name.setPlaceholderText(self.tr("Name of a new class"))
        self._name.setAccessibleName(self.tr("Name of a new class"))
        self._add_button.setText(self.tr("Add class"))
