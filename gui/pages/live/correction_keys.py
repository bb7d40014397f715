"""Class buttons that send a wrongly classified frame back under the right class, by click or key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from gui.widgets.controls import Card, plain, scrolling_column, text_label
from gui.widgets.retranslating import RetranslationMixin

_COLUMNS = 3
_ROW_PX = 36
_MOST_ROWS = 3
_PADDING_PX = 34


class ClassKey(QPushButton):
    """A class with its key and what was sent; a long name is elided."""

    def __init__(self, class_id: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.class_id = class_id
        self.name = ""
        self._key = 0
        self._count = 0
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(80)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def show_class(self, name: str, key: int, count: int) -> None:
        """`key` is the digit that sends, above 9 there is none; `count` is how many went back."""
        self.name, self._key, self._count = name, key, count
        self._elide()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  (Qt's name)
        super().resizeEvent(event)
        self._elide()

    def _elide(self) -> None:
        key = f"{self._key} · " if self._key <= 9 else ""
        sent = f"  +{self._count}" if self._count else ""
        metrics = self.fontMetrics()
        room = self.width() - _PADDING_PX - metrics.horizontalAdvance(key + sent)
        name = metrics.elidedText(self.name, Qt.TextElideMode.ElideRight, max(0, room))
        self.setText(f"{key}{name}{sent}".replace("&", "&&"))


class ClassKeys(RetranslationMixin, Card):
    """Asks to send the frame that is shown under a class."""

    wanted = Signal(int)
    """The class's id."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.keys: list[ClassKey] = []
        self._why_not = ""
        self._counts: Mapping[str, int] = {}
        self._heading = text_label("heading", self)
        self._hint = text_label("muted", self, wrap=True)
        content = QWidget()
        content.setObjectName("content")
        self._grid = QGridLayout(content)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(6)
        self._grid.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._area = scrolling_column(content, self)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 10, 12, 10)
        layout.setSpacing(6)
        layout.addWidget(self._heading)
        layout.addWidget(self._area)
        layout.addWidget(self._hint)
        self.retranslate()

    def show_classes(self, classes: Sequence[tuple[int, str]], counts: Mapping[str, int]) -> None:
        """Ids and names in the order of the project; `counts` by name."""
        self._counts = counts
        if [key.class_id for key in self.keys] != [class_id for class_id, _ in classes]:
            for key in self.keys:
                self._grid.removeWidget(key)
                key.deleteLater()
            self.keys = [self._new_key(class_id) for class_id, _ in classes]
            for position, key in enumerate(self.keys):
                self._grid.addWidget(key, position // _COLUMNS, position % _COLUMNS)
        for number, (key, (_, name)) in enumerate(zip(self.keys, classes, strict=True), start=1):
            key.show_class(name, number, counts.get(name, 0))
        rows = min(_MOST_ROWS, -(-len(classes) // _COLUMNS))
        self._area.setFixedHeight(rows * _ROW_PX)
        self._area.setVisible(bool(classes))
        self.retranslate()

    def set_why_not(self, why: str) -> None:
        """Why nothing can be sent back now; empty where it can."""
        self._why_not = why
        self.retranslate()

    @property
    def hint(self) -> str:
        return self._hint.text()

    def _new_key(self, class_id: int) -> ClassKey:
        key = ClassKey(class_id, self)
        key.clicked.connect(lambda: self.wanted.emit(class_id))
        return key

    def retranslate(self) -> None:
        self._heading.setText(self.tr("Wrong? Send the picture back under the right class"))
        self._heading.setWordWrap(True)
        sent = sum(self._counts.values())
        if self._why_not:
            self._hint.setText(self._why_not)
        elif not self.keys:
            self._hint.setText(self.tr("The project has no class yet: add one on the Collect page."))
        elif sent:
            self._hint.setText(
                self.tr("%n picture(s) sent back to learn from. Ctrl+Z takes the last one back.", "", sent)
            )
        else:
            self._hint.setText(self.tr("Click the right class or press its key; the picture is there to learn from."))
        for key in self.keys:
            key.setEnabled(not self._why_not)
            key.setAccessibleName(self.tr("Send back as {name}").format(name=key.name))
            key.setToolTip(plain(self._why_not or key.accessibleName()))
