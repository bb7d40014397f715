"""Filter bar of the gallery: list, class, split, session and order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QGridLayout, QPushButton, QSizePolicy, QWidget

from gui.pages.review.gallery.rows import LISTS, NEED_REVIEW, ORDERS, Filter
from gui.pages.review.gallery.tiles import split_word
from gui.widgets.controls import CONTROL_PX, ElidedComboBox
from gui.widgets.retranslating import RetranslationMixin

if TYPE_CHECKING:
    from edge_transfer.dataset.reader import CatalogCounts

_SPLITS = ("train", "val", "test")
_ARROW_PX = 48
_WIDEST_PX = 190


class ReviewFilter(RetranslationMixin, QWidget):
    """Gives a `Filter`; `changed` says that it is another one."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._filling = False
        self._tally: CatalogCounts | None = None
        self.listed, self.classes, self.sessions, self.splits, self.order = (ElidedComboBox(self) for _ in range(5))
        self.everything = QPushButton(self)
        self.everything.clicked.connect(self.show_everything)
        self._rows = 0
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(8)
        for box in self._boxes():
            box.setMinimumHeight(CONTROL_PX)
            box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            box.currentIndexChanged.connect(self._on_chosen)
        self._fill(Filter())
        self.retranslate()

    @property
    def filter(self) -> Filter:
        """What is chosen."""
        return Filter(*(box.currentData() for box in self._boxes()))

    def choose(self, wanted: Filter) -> None:
        """Choose it as the user would; what is not offered stands for no condition."""
        before = self.filter
        self._fill(wanted)
        if self.filter != before:
            self.changed.emit()

    def show_everything(self) -> None:
        """Take every condition away; the order stays."""
        self.choose(Filter(order=self.filter.order))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  (Qt's name)
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        """One row where every choice can be read in it, otherwise two."""
        wanted = self.everything.sizeHint().width()
        for box in self._boxes():
            texts = (box.itemText(row) for row in range(min(12, box.count())))
            wanted += min(_WIDEST_PX, max(map(box.fontMetrics().horizontalAdvance, texts), default=0) + _ARROW_PX)
        rows = 1 if self.width() >= wanted + 5 * self._grid.spacing() else 2
        if rows == self._rows:
            return
        self._rows = rows
        across = 6 // rows
        for place, widget in enumerate((*self._boxes(), self.everything)):
            self._grid.addWidget(widget, place // across, place % across)
        for column, share in enumerate((5, 4, 4, 4, 6, 0) if rows == 1 else (1, 1, 1, 0, 0, 0)):
            self._grid.setColumnStretch(column, share)

    def show_tally(self, tally: CatalogCounts) -> None:
        """Offer these classes and sessions; a choice that is still there stays."""
        old, self._tally = self._tally, tally
        same = old is not None and (tally.classes, tally.sessions) == (old.classes, old.sessions)
        if not same:
            self.choose(self.filter)

    def _boxes(self) -> tuple[QComboBox, QComboBox, QComboBox, QComboBox, QComboBox]:
        """In the order of the fields of `Filter`."""
        return self.listed, self.classes, self.sessions, self.splits, self.order

    def _on_chosen(self) -> None:
        if not self._filling:
            self.everything.setEnabled(self.filter != Filter(order=self.filter.order))
            self.changed.emit()

    def _fill(self, wanted: Filter) -> None:
        self._filling = True
        lists = {
            "all": self.tr("All images"),
            "unlabelled": self.tr("To label"),
            "suspects": self.tr("Suspected labels"),
            "disagreement": self.tr("The model disagrees"),
            "duplicates": self.tr("Near-duplicates"),
            "outliers": self.tr("Unusual images"),
            "blurred": self.tr("Blurred"),
            "dark": self.tr("Dark"),
            "bright": self.tr("Bright"),
        }
        orders = {
            "suspicion": self.tr("Most suspicious first"),
            "newest": self.tr("Newest first"),
            "recorded": self.tr("As recorded"),
            "blur": self.tr("Blurriest first"),
        }
        classes = self._tally.classes if self._tally is not None else ()
        sessions = reversed(self._tally.sessions) if self._tally is not None else ()
        rows: tuple[list[tuple[str, object]], ...] = (
            [(lists[each], each) for each in LISTS],
            [(self.tr("All classes"), None), *((row.name, row.id) for row in classes)],
            [
                (self.tr("All recordings"), None),
                *((f"{row.id} · {row.source}", row.id) for row in sessions),
            ],
            [(self.tr("All splits"), None), *((split_word(each), each) for each in _SPLITS)],
            [(orders[each], each) for each in ORDERS],
        )
        values = (wanted.listed, wanted.class_id, wanted.session_id, wanted.split, wanted.order)
        for box, offered, value in zip(self._boxes(), rows, values, strict=True):
            box.clear()
            for text, data in offered:
                box.addItem(text, data)
            box.setCurrentIndex(max(0, box.findData(value)) if value is not None else 0)
        for name in NEED_REVIEW:
            tip = self.tr("Known after “Check the labels”")
            self.listed.setItemData(LISTS.index(name), tip, 3)  # Qt.ToolTipRole
        self._filling = False
        self._arrange()
        self.everything.setEnabled(self.filter != Filter(order=self.filter.order))

    def retranslate(self) -> None:
        self._fill(self.filter)
        self.everything.setText(self.tr("Show all"))
        self.everything.setToolTip(self.tr("Take every condition away"))
        names = (
            self.tr("What to show"),
            self.tr("Class to show"),
            self.tr("Recording to show"),
            self.tr("Split to show"),
            self.tr("Order"),
        )
        for box, name in zip(self._boxes(), names, strict=True):
            box.setAccessibleName(name)
            box.setToolTip(name)
