"""Advice card above the Train button: a summary, the full text on demand, and actions."""

from __future__ import annotations

from PySide6.QtCore import QSettings, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from gui.pages.train.advice_job import AdviceText, Advising
from gui.pages.train.plan import FEWEST_CLASSES, Facts
from gui.session import Session
from gui.widgets.controls import Card, text_label
from gui.widgets.retranslating import RetranslationMixin
from gui.wording import locale
from gui.wording.locale import percent

_STEPS = 1000
_WHOLE = "train/whole advice"


class AdviceCard(RetranslationMixin, Card):
    """Knows the session; shows what `Advising` tells of its project."""

    told = Signal(str)
    """Where a page lies that could not be opened."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.advising = Advising(self)
        self._heading = text_label("heading", self)
        self._words = text_label(parent=self, wrap=True)
        self._words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._state = text_label("muted", self, wrap=True)
        self._bar = QProgressBar(self)
        self._bar.setTextVisible(False)
        self._bar.setRange(0, _STEPS)
        self.more = QPushButton(self)
        self.more.setObjectName("flat")
        self.more.setCheckable(True)
        self.more.setChecked(str(QSettings().value(_WHOLE, "true")) == "true")
        self.more.toggled.connect(self._on_more)
        self.take = QPushButton(self)
        self.take.clicked.connect(self._take_side)
        self.page = QPushButton(self)
        self.page.clicked.connect(self._open_page)
        row = QHBoxLayout()
        row.addWidget(self.more)
        row.addWidget(self.page)
        row.addWidget(self.take)
        row.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.setSpacing(8)
        for widget in (self._heading, self._words, self._state, self._bar):
            layout.addWidget(widget)
        layout.addLayout(row)
        self.advising.changed.connect(self.retranslate)
        self.retranslate()

    def look(self, facts: Facts | None, *, free: bool) -> None:
        """Tell what is known of the session's project; `free` where two cores may be kept busy for what is not."""
        enough = (
            facts is not None and len(facts.trained) >= FEWEST_CLASSES and any(found for _, found in facts.backbones)
        )
        self.advising.look(self._session.project, may_work=free and enough and not self._session.read_only)

    @property
    def text(self) -> str:
        """What is said on the screen."""
        return "\n".join(label.text() for label in (self._words, self._state) if not label.isHidden())

    def retranslate(self) -> None:
        advising, told = self.advising, self.advising.told
        self._heading.setText(self.tr("Advice"))
        words = ""
        if told is not None:
            spoken = locale.current()
            words = (told.paragraphs if self.more.isChecked() else told.leads)[spoken]
        self._words.setText(words)
        self._words.setVisible(bool(words))
        state = self._say_state(told)
        self._state.setText(state)
        self._state.setVisible(bool(state))
        self._bar.setVisible(advising.working)
        self._bar.setValue(round(_STEPS * advising.share))
        self._bar.setAccessibleName(self.tr("Progress of the advice"))
        self.more.setVisible(told is not None and told.leads != told.paragraphs)
        self.more.setText(self.tr("▾ Less") if self.more.isChecked() else self.tr("▸ The whole advice"))
        self.page.setVisible(told is not None and bool(told.pages))
        self.page.setText(self.tr("Compare…"))
        self.take.setAccessibleName(self.tr("Take the advised input side"))
        self.page.setToolTip(self.tr("All networks and sides, in accuracy and milliseconds, in the browser"))
        project = self._session.project
        other = told is not None and told.side and project is not None and told.side != project.input.side
        self.take.setVisible(bool(other) and not self._session.read_only)
        if told is not None:
            self.take.setText(self.tr("Take {side} px").format(side=told.side))
        self.take.setToolTip(
            self.tr("The network sees smaller or larger pictures from the next training on; models keep their own side")
        )
        self.setVisible(bool(words or state))

    def _say_state(self, told: AdviceText | None) -> str:
        advising = self.advising
        if advising.trouble:
            return self.tr("There is no advice: {why}").format(why=advising.trouble)
        if advising.working:
            share = percent(advising.share, 0)
            return self.tr("Comparing networks and input sides on your images: {share}").format(share=share)
        if told is not None and not told.current:
            return self.tr("The images have changed since.")
        return ""

    def _on_more(self, shown: bool) -> None:
        QSettings().setValue(_WHOLE, "true" if shown else "false")
        self.retranslate()

    def _take_side(self) -> None:
        told = self.advising.told
        if told is not None and told.side:
            self._session.set_side(told.side)

    def _open_page(self) -> None:
        told = self.advising.told
        path = told.pages.get(locale.current(), "") if told is not None else ""
        if path and not QDesktopServices.openUrl(QUrl.fromLocalFile(path)):
            self.told.emit(self.tr("The page is here: {path}").format(path=path))
