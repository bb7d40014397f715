"""Small controls shared by several pages."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMessageBox,
    QScrollArea,
    QSizePolicy,
    QSplitter,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QToolButton,
    QWidget,
)

from gui.widgets.retranslating import RetranslationMixin
from gui.wording.core_messages import core_words

CONTROL_PX = 30
"""Height of a field that one line of text or a number stands in."""


_MOST_LINES = 4
_MOST_LETTERS = 600


class Card(QFrame):
    """A rounded card; `selected` gives it the frame of the accent colour."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("card")

    def set_selected(self, selected: bool) -> None:
        set_property(self, "selected", selected)


class ElidedLabel(QLabel):
    """One line of plain text: what does not fit is replaced by …, at its end or where `mode` says, and stands in the
    tooltip."""

    def __init__(
        self,
        text: str = "",
        parent: QWidget | None = None,
        mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
    ) -> None:
        super().__init__(parent)
        self._mode = mode
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setText(text)

    def setText(self, text: str) -> None:  # noqa: N802  (Qt's name)
        super().setText(text)
        self._set_tip()

    def minimumSizeHint(self) -> QSize:  # noqa: N802  (Qt's name)
        return QSize(24, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  (Qt's name)
        super().resizeEvent(event)
        self._set_tip()

    def _set_tip(self) -> None:
        fits = self.fontMetrics().horizontalAdvance(self.text()) <= self.width()
        # A tooltip would take <b> for bold.
        self.setToolTip("" if fits else plain(self.text()))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802  (Qt's name)
        painter = QPainter(self)
        text = self.fontMetrics().elidedText(self.text(), self._mode, self.width())
        painter.setFont(self.font())
        painter.drawText(self.rect(), int(self.alignment() | Qt.AlignmentFlag.AlignVCenter), text)


class ElidedComboBox(QComboBox):
    """A choice whose text ends in … where it does not fit; the whole text then stands under the tooltip."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tip = ""
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(6)
        self.currentTextChanged.connect(lambda _: self._show_tip())

    def setToolTip(self, text: str) -> None:  # noqa: N802  (Qt's name)
        self._tip = text
        self._show_tip()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  (Qt's name)
        super().resizeEvent(event)
        self._show_tip()

    def _room_px(self, option: QStyleOptionComboBox) -> int:
        part = QStyle.SubControl.SC_ComboBoxEditField
        return self.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, part, self).width()

    def _show_tip(self) -> None:
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        text = self.currentText()
        fits = self.fontMetrics().horizontalAdvance(text) <= self._room_px(option)
        parts = [self._tip, "" if fits else plain(text)]
        super().setToolTip("<br>".join(part for part in parts if part))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802  (Qt's name)
        painter, option = QStylePainter(self), QStyleOptionComboBox()
        self.initStyleOption(option)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        mode = Qt.TextElideMode.ElideRight
        option.currentText = self.fontMetrics().elidedText(option.currentText, mode, self._room_px(option))
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)


class Banner(RetranslationMixin, QFrame):
    """A sentence that stays until it is read; it takes nothing away from the rest of the window."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("banner")
        self._said = ""
        self._text = QLabel(self)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setWordWrap(True)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._close = QToolButton(self)
        self._close.setObjectName("flat")
        self._close.setText("✕")
        self._close.clicked.connect(self.hide)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(14, 6, 6, 6)
        layout.addWidget(self._text, 1)
        layout.addWidget(self._close)
        self.retranslate()
        self.hide()

    @property
    def text(self) -> str:
        return self._text.text() if not self.isHidden() else ""

    def say(self, text: str) -> None:
        """Show a sentence, one of the core in the window's language; of a long text the rest stands in the tooltip."""
        self._said = text
        text = "\n".join(map(core_words, text.splitlines()))
        lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
        short = "\n".join(lines[:_MOST_LINES])[:_MOST_LETTERS]
        whole = short == "\n".join(lines)
        self._text.setText(short if whole else f"{short} …")
        self._text.setToolTip("" if whole else plain(text))
        self._text.setAccessibleName(text)
        self.setVisible(bool(text))

    def retranslate(self) -> None:
        if self.text:
            self.say(self._said)
        self._close.setAccessibleName(self.tr("Close this message"))
        self._close.setToolTip(self._close.accessibleName())


def indent(box: QAbstractSpinBox) -> None:
    """Move the number off the frame: a stylesheet's padding does not reach it."""
    box.lineEdit().setTextMargins(6, 0, 0, 0)


def text_label(kind: str = "", parent: QWidget | None = None, *, wrap: bool = False) -> QLabel:
    """A label for plain text; `kind` is a name of the stylesheet: `title`, `heading`, `muted`, `chip`."""
    label = QLabel(parent)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(wrap)
    if kind:
        label.setObjectName(kind)
    return label


def plain(text: str) -> str:
    """Text for a tooltip, in which nothing of it is taken for markup."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f"<span>{escaped}</span>"


def set_property(widget: QWidget, name: str, value: object) -> None:
    """Set a property that the stylesheet looks at."""
    if widget.property(name) != value:
        widget.setProperty(name, value)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


def ask(question: str, parent: QWidget) -> bool:
    """Ask a question with yes and no, and return whether it was yes."""
    buttons = QMessageBox.StandardButton.Yes | QMessageBox.StandardButton.No
    box = QMessageBox(QMessageBox.Icon.Question, "Edge Transfer", question, buttons, parent)
    box.setTextFormat(Qt.TextFormat.PlainText)
    return box.exec() == QMessageBox.StandardButton.Yes


def scrolling_column(content: QWidget, parent: QWidget) -> QScrollArea:
    """A frameless area as wide as it is given, in which `content` scrolls up and down."""
    area = QScrollArea(parent)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(content)
    return area


def side_by_side(
    left: QWidget, right: QWidget, parent: QWidget, sizes: tuple[int, int], stretch: tuple[int, int]
) -> QSplitter:
    """Two widgets with a border between them that can be moved, neither of which it can hide.

    `sizes` are widths in pixels at first, `stretch` how further pixels are shared.
    """
    splitter = QSplitter(parent)
    splitter.setChildrenCollapsible(False)
    for place, widget in enumerate((left, right)):
        splitter.addWidget(widget)
        splitter.setStretchFactor(place, stretch[place])
    splitter.setSizes(list(sizes))
    return splitter
