"""Empty state of the page: the reason, and the next step."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from gui.pages.evaluate.worker_calls import EvaluationView
from gui.widgets.controls import text_label
from gui.widgets.retranslating import RetranslationMixin
from gui.wording.core_messages import core_words


class EvaluateEmpty(RetranslationMixin, QWidget):
    """A sentence and one or two buttons."""

    page_wanted = Signal(str)
    """The name of a page that helps on."""
    folds_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state: tuple[bool, bool, EvaluationView | None, str] = (False, False, None, "")
        self._wish = ""
        self._title, self._text = text_label("title", self, wrap=True), text_label("muted", self, wrap=True)
        self.help_on, self.folds = QPushButton(self), QPushButton(self)
        self.help_on.setObjectName("primary")
        column = QVBoxLayout(self)
        column.addStretch(2)
        for label in (self._title, self._text):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            label.setMaximumWidth(620)
            centred = QHBoxLayout()
            centred.addStretch(1)
            centred.addWidget(label, 8)
            centred.addStretch(1)
            column.addLayout(centred)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.help_on)
        buttons.addWidget(self.folds)
        buttons.addStretch(1)
        column.addSpacing(10)
        column.addLayout(buttons)
        column.addStretch(3)
        self.help_on.clicked.connect(lambda: self.page_wanted.emit(self._wish))
        self.folds.clicked.connect(self.folds_wanted)
        self.retranslate()

    @property
    def title(self) -> str:
        return self._title.text()

    def show_state(self, opened: bool, measuring: bool, survey: EvaluationView | None, failed: str) -> None:
        """Whether a project is open, whether it is being measured, what was found, and what went wrong."""
        self._state = (opened, measuring, survey, failed)
        self.retranslate()

    def retranslate(self) -> None:
        opened, measuring, survey, failed = self._state
        folds = False
        if not opened:
            self._wish, button = "start", self.tr("Go to Start")
            title, text = self.tr("Nothing is open"), self.tr("Open a project on the Start page.")
        elif measuring:
            self._wish, button = "train", self.tr("Go to Train")
            title, text = self.tr("Measuring…"), self.tr("The run is asked about every picture.")
        elif failed:
            self._wish, button = "train", self.tr("Go to Train")
            title, text = self.tr("The run cannot be measured"), core_words(failed)
        elif survey is None or not survey.run:
            self._wish, button = "train", self.tr("Go to Train")
            title = self.tr("There is no run yet")
            text = self.tr("Train a model first; then this page says how good it really is.")
        else:
            self._wish, button = "collect", self.tr("Record a test session")
            title = self.tr("There are no such pictures yet")
            text = self.tr(
                "Record another session of each class, best on another day or in other light: it is held out to test. "
                "Until then the held-out folds of the training give a first idea."
            )
            folds = bool(survey.counts.get("validation")) and survey.split != "validation"
        self._title.setText(title)
        self._text.setText(text)
        self.help_on.setText(button)
        self.help_on.setVisible(not (opened and measuring))
        self.folds.setText(self.tr("Show the held-out folds"))
        self.folds.setVisible(folds)
