"""Panel with the most important recording hint; the others on demand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from gui.widgets.controls import Card, ElidedLabel, plain, text_label
from gui.widgets.retranslating import RetranslationMixin

if TYPE_CHECKING:
    from edge_transfer.curation.recording_hints import Hint

_LINES = 3
_MORE_ROWS = 4
_MOST_LETTERS = 22
"""Of a name in the sentence, so that three lines are enough; the tooltip has all of it."""
_SIGNS = {
    "no class": "+",
    "one class": "+",
    "few images": "+",
    "confused": "⇄",
    "one session": "☀",
    "alike": "⟳",
    "imbalance": "≠",
    "no test": "⚑",
    "no background": "▢",
}


class CoachPanel(RetranslationMixin, Card):
    """Shows hints; its height is the same whatever they say, so that nothing below it moves under the mouse."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._hints: tuple[Hint, ...] | None = None
        self._sign = text_label("title", self)
        self._sign.setFixedWidth(26)
        self._sign.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._sentence = text_label(parent=self, wrap=True)
        self._sentence.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self._sentence.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._more = QToolButton(self)
        self._more.setObjectName("flat")
        self._more.setCheckable(True)
        self._more.toggled.connect(lambda _: self._show())
        keep = self._more.sizePolicy()
        keep.setRetainSizeWhenHidden(True)
        self._more.setSizePolicy(keep)
        self._rows = [ElidedLabel(parent=self) for _ in range(_MORE_ROWS)]
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self._sign)
        head.addWidget(self._sentence, 1)
        head.addWidget(self._more, 0, Qt.AlignmentFlag.AlignVCenter)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 10, 8, 8)
        layout.setSpacing(4)
        layout.addLayout(head)
        for row in self._rows:
            row.setContentsMargins(34, 0, 0, 0)
            layout.addWidget(row)
        self.retranslate()

    @property
    def sentence(self) -> str:
        return self._sentence.text()

    @property
    def more(self) -> tuple[str, ...]:
        """The further hints that are on the screen."""
        return tuple(row.text() for row in self._rows if not row.isHidden() and row.text())

    def show_hints(self, hints: Sequence[Hint] | None) -> None:
        """Most important first; None where no project is open."""
        found = None if hints is None else tuple(hints)
        if found != self._hints:
            self._hints = found
            self._show()

    def _show(self) -> None:
        hints = self._hints or ()
        self._sentence.setFixedHeight(_LINES * self.fontMetrics().lineSpacing())
        if hints:
            text, sign = self.words(hints[0], _MOST_LETTERS), _SIGNS[hints[0].kind]
        elif self._hints is None:
            text, sign = self.tr("What to record next will stand here."), ""
        else:
            text, sign = self.tr("Nothing is missing at the moment: go on to the training."), "✓"
        self._sentence.setText(text)
        whole = self.words(hints[0]) if hints else text
        self._sentence.setToolTip(plain(whole))
        self._sentence.setAccessibleName(whole)
        self._sign.setText(sign)
        others = hints[1 : 1 + _MORE_ROWS]
        self._more.setVisible(bool(others))
        self._more.setText(f"+{len(others)}" if others else "")
        self._more.setAccessibleName(self.tr("%n further hint(s)", "", len(others)))
        self._more.setToolTip(self._more.accessibleName())
        for number, row in enumerate(self._rows):
            row.setText(f"{_SIGNS[others[number].kind]}  {self.words(others[number])}" if number < len(others) else "")
            row.setVisible(self._more.isChecked())

    def words(self, hint: Hint, most: int = 1000) -> str:
        """The hint as a sentence in the language of the window; names have at most so many letters."""
        classes = [name if len(name) <= most else f"{name[: most - 1]}…" for name in hint.classes]
        first, second = (*classes, "", "")[:2]
        one, two = (*(round(number) for number in hint.numbers), 0, 0)[:2]
        if hint.kind == "few images":
            text = self.tr("“{first}” has %n image(s) to learn from: record at least {two}.", "", one)
        elif hint.kind == "one class" and not one:
            text = self.tr("Record “{first}”, then a second class, for example the empty background.")
        elif hint.kind == "one session" and len(hint.classes) > 1:
            text = self.tr("Each of these was recorded once: {all}. Record them a second time, in other light.")
        else:
            text = {
                "no class": self.tr("Add a class for each thing to tell apart, and one for the empty background."),
                "one class": self.tr(
                    "Only “{first}” has images: record a second class, for example the empty background."
                ),
                "confused": self.tr(
                    "From one recording to another “{first}” and “{second}” are confused in {one} of {two} images: "
                    "show what tells them apart."
                ),
                "one session": self.tr("“{first}” was recorded once: record it a second time, in other light."),
                "alike": self.tr(
                    "The images of “{first}” are nearly equal: turn it, move it, change what is behind it."
                ),
                "imbalance": self.tr("“{first}” has {one} images and “{second}” has {two}: record more of “{second}”."),
                "no test": self.tr(
                    "Nothing is held out to test yet: a second recording of each class shows how good the model is."
                ),
                "no background": self.tr(
                    "There is no class for nothing: record the empty background as a class of its own."
                ),
            }[hint.kind]
        return text.format(first=first, second=second, one=one, two=two, all=_joined(classes, 3 * most))

    def retranslate(self) -> None:
        self.setAccessibleName(self.tr("What to record next"))
        self._show()


def _joined(names: Sequence[str], most: int) -> str:
    text = ", ".join(names)
    return text if len(text) <= most else f"{text[: most - 1]}…"
