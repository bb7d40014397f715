"""Start page: recent projects, a new project, open a project, or the simulated camera."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import (
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from gui.session import Recent, Session
from gui.widgets.controls import Card, ElidedLabel, text_label
from gui.widgets.retranslating import RetranslationMixin
from gui.widgets.thumbnails import Thumbnails

if TYPE_CHECKING:
    from gui.dialogs.import_dialog import ImportDialog

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
        path = ElidedLabel(recent.path, self, Qt.TextElideMode.ElideMiddle)
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


class GoneCard(RetranslationMixin, Card):
    """A recent project whose folder is not where it was."""

    locate_wanted = Signal()
    forget_wanted = Signal()

    def __init__(self, recent: Recent, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.recent = recent
        self.setMinimumSize(300, 104)
        self.setMaximumWidth(440)
        name, self._why = ElidedLabel(recent.name, self), ElidedLabel(parent=self)
        path = ElidedLabel(recent.path, self, Qt.TextElideMode.ElideMiddle)
        for label in (name, path, self._why):
            label.setEnabled(False)  # greyed
        self.locate, self.forget = QPushButton(self), QPushButton(self)
        self.locate.clicked.connect(self.locate_wanted)
        self.forget.clicked.connect(self.forget_wanted)
        buttons = QHBoxLayout()
        buttons.addWidget(self.locate)
        buttons.addWidget(self.forget)
        buttons.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 8)
        layout.setSpacing(3)
        for label in (name, path, self._why):
            layout.addWidget(label)
        layout.addLayout(buttons)
        self.retranslate()

    def retranslate(self) -> None:
        self._why.setText(self.tr("Its folder is not there any more"))
        self.locate.setText(self.tr("Locate…"))
        self.locate.setAccessibleName(self.tr("Locate {name}").format(name=self.recent.name))
        self.forget.setText(self.tr("Forget"))
        self.forget.setAccessibleName(self.tr("Forget {name}").format(name=self.recent.name))
        self.forget.setToolTip(self.tr("Take it off this list; no file is touched"))


class StartPage(RetranslationMixin, QWidget):
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
        self._import = QPushButton(self)
        self._import.clicked.connect(self.import_pictures)
        self._importing: ImportDialog | None = None
        self._recent_title = text_label("heading", self)
        self._none = text_label("muted", self, wrap=True)
        self._grid = QGridLayout()
        self._grid.setSpacing(16)
        self.cards: list[ProjectCard] = []
        self.gone: list[GoneCard] = []
        self._recent: list[Recent] = []

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
        buttons.addWidget(self._import)
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
        if self._importing is not None:
            self._importing.shut_down()
        self._thumbnails.close()

    def import_pictures(self) -> None:
        """Ask for pictures and make a new project of them."""
        from gui.dialogs.import_dialog import ask_import

        self._importing = ask_import(self, None)
        self._importing.finished.connect(self._on_imported)

    def _on_imported(self) -> None:
        done, self._importing = self._importing, None
        if done is not None and done.imported is not None:
            self.recent_wanted.emit(done.imported)

    def locate(self, recent: Recent) -> None:
        """Ask where the folder of a recent project is now, and open it there."""
        title = self.tr("Where is {name} now?").format(name=recent.name)
        path = QFileDialog.getExistingDirectory(self, title)
        if not path:
            return
        self.recent_wanted.emit(Path(path))
        project = self._session.project
        if project is not None and project.root == Path(path).absolute():
            self._forget(recent)

    def _forget(self, recent: Recent) -> None:
        self._session.forget(recent.path)
        self.refresh()

    def refresh(self) -> None:
        """Show the recent projects as they are now."""
        recent = self._session.recent()
        if recent != self._recent:
            self._recent = recent
            for old in (*self.cards, *self.gone):
                self._grid.removeWidget(old)
                old.hide()
                old.deleteLater()
            self.cards, self.gone = [], []
            for position, each in enumerate(recent):
                self._grid.addWidget(self._card(each), position // _COLUMNS, position % _COLUMNS)
            for column in range(_COLUMNS):
                self._grid.setColumnStretch(column, 1)
        self._none.setVisible(not recent)
        self._show_pictures()

    def _card(self, recent: Recent) -> ProjectCard | GoneCard:
        if recent.gone:
            gone = GoneCard(recent, self)
            gone.locate_wanted.connect(lambda: self.locate(recent))
            gone.forget_wanted.connect(lambda: self._forget(recent))
            self.gone.append(gone)
            return gone
        card = ProjectCard(recent, self)
        card.clicked.connect(lambda: self.recent_wanted.emit(Path(recent.path)))
        self.cards.append(card)
        return card

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
        self._import.setText(self.tr("Import pictures…"))
        self._recent_title.setText(self.tr("Recent projects"))
        self._none.setText(self.tr("Projects that you have opened will stand here."))
