"""The first page: recent projects with a picture, a new one, another one, or the simulated camera in one click."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from gui.session import Recent, Session
from gui.thumbnails import Thumbnails
from gui.widgets import Card, ElidedLabel, text_label

_PICTURE_PX = 128
_COLUMNS = 3


class ProjectCard(QPushButton):
    """A recent project; a click opens it."""

    def __init__(self, recent: Recent, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.recent = recent
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setMinimumSize(300, 104)
        self.setMaximumWidth(440)
        self.picture = QLabel(self)
        self.picture.setFixedSize(104, 80)
        self.picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        name = ElidedLabel(recent.name, self)
        name.setObjectName("heading")
        path = ElidedLabel(recent.path, self)
        path.setObjectName("muted")
        texts = QVBoxLayout()
        texts.addStretch(1)
        texts.addWidget(name)
        texts.addWidget(path)
        texts.addStretch(1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 12, 12, 12)
        layout.setSpacing(12)
        layout.addWidget(self.picture)
        layout.addLayout(texts, 1)
        for child in (self.picture, name, path):
            child.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName(recent.name)
        self.setAccessibleDescription(recent.path)

    def show_picture(self, pixmap: QPixmap | None) -> None:
        if pixmap is None:
            return
        if pixmap.isNull():
            self.picture.setText("◇")
            return
        mode = Qt.AspectRatioMode.KeepAspectRatio
        self.picture.setPixmap(pixmap.scaled(self.picture.size(), mode, Qt.TransformationMode.SmoothTransformation))


class StartPage(QWidget):
    """Emits what the user wants; the window does it."""

    new_wanted = Signal()
    open_wanted = Signal()
    demo_wanted = Signal()
    recent_wanted = Signal(Path)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._thumbnails = Thumbnails(_PICTURE_PX, self)
        self._thumbnails.ready.connect(self._show_pictures)
        self._ready = False
        self._title = text_label("title", self)
        self._subtitle = text_label("muted", self, wrap=True)
        self._demo_card = Card(self)
        self._demo_title = text_label("heading", self)
        self._demo_text = text_label("muted", self, wrap=True)
        self._demo = QPushButton(self)
        self._demo.setObjectName("primary")
        self._demo.clicked.connect(self.demo_wanted)
        self._new = QPushButton(self)
        self._new.clicked.connect(self.new_wanted)
        self._open = QPushButton(self)
        self._open.clicked.connect(self.open_wanted)
        self._recent_title = text_label("heading", self)
        self._none = text_label("muted", self, wrap=True)
        self._grid = QGridLayout()
        self._grid.setSpacing(16)
        self.cards: list[ProjectCard] = []

        self._lay_out()
        session.opened.connect(self.refresh)
        self.retranslate()
        self.refresh()

    def _lay_out(self) -> None:
        demo_texts = QVBoxLayout()
        demo_texts.setSpacing(4)
        demo_texts.addWidget(self._demo_title)
        demo_texts.addWidget(self._demo_text)
        demo = QHBoxLayout(self._demo_card)
        demo.setContentsMargins(20, 16, 20, 16)
        demo.setSpacing(16)
        demo.addLayout(demo_texts, 1)
        demo.addWidget(self._demo)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self._new)
        buttons.addWidget(self._open)
        buttons.addStretch(1)
        content = QWidget()
        content.setObjectName("content")
        content.setMaximumWidth(1040)
        column = QVBoxLayout(content)
        column.setContentsMargins(40, 36, 40, 32)
        column.setSpacing(8)
        column.addWidget(self._title)
        column.addWidget(self._subtitle)
        column.addSpacing(16)
        column.addWidget(self._demo_card)
        column.addSpacing(8)
        column.addLayout(buttons)
        column.addSpacing(24)
        column.addWidget(self._recent_title)
        column.addWidget(self._none)
        column.addLayout(self._grid)
        column.addStretch(1)
        area = QScrollArea(self)
        area.setWidgetResizable(True)
        area.setWidget(content)
        area.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(area)

    def activated(self) -> None:
        """The page is on the screen now."""
        self._session.remember()
        self.refresh()

    def deactivated(self) -> None:
        """Another page is on the screen now."""

    def load_pictures(self) -> None:
        """Decoding may begin: the window is painted."""
        self._ready = True
        self._show_pictures()

    def busy(self) -> str:
        """What closing the window would interrupt; empty for nothing."""
        return ""

    def shut_down(self) -> None:
        """Stop whatever runs; the window is about to close."""
        self._thumbnails.close()

    def refresh(self) -> None:
        """Show the recent projects as they are now."""
        recent = self._session.recent()
        if [card.recent for card in self.cards] != recent:
            for card in self.cards:
                self._grid.removeWidget(card)
                card.deleteLater()
            self.cards = [ProjectCard(each, self) for each in recent]
            for position, card in enumerate(self.cards):
                path = Path(card.recent.path)
                card.clicked.connect(lambda _=False, path=path: self.recent_wanted.emit(path))
                self._grid.addWidget(card, position // _COLUMNS, position % _COLUMNS)
            for column in range(_COLUMNS):
                self._grid.setColumnStretch(column, 1)
        self._none.setVisible(not recent)
        self._show_pictures()

    def _show_pictures(self) -> None:
        if not self._ready:
            return
        for card in self.cards:
            card.show_picture(self._thumbnails.pixmap(card.recent.picture) if card.recent.picture else QPixmap())

    def retranslate(self) -> None:
        self._title.setText(self.tr("From a camera to a classifier on a small box"))
        self._subtitle.setText(
            self.tr("Record a few seconds of each class, see the model learn, test it honestly, take it to the box.")
        )
        self._demo_title.setText(self.tr("No camera at hand?"))
        self._demo_text.setText(
            self.tr(
                "A simulated conveyor carries nuts, washers and bolts past a simulated camera. Try everything on it."
            )
        )
        self._demo.setText(self.tr("Try the simulated camera"))
        self._new.setText(self.tr("New project…"))
        self._open.setText(self.tr("Open a project…"))
        self._recent_title.setText(self.tr("Recent projects"))
        self._none.setText(self.tr("Projects that you have opened will stand here."))

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802  (Qt's name)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
