"""Main window: page navigation, menus from a table, and a close that loses nothing."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from PySide6.QtCore import QByteArray, QSettings, QStandardPaths
from PySide6.QtGui import QAction, QActionGroup, QCloseEvent, QKeySequence
from PySide6.QtWidgets import (
    QButtonGroup,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QMainWindow,
    QMenu,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from gui.actions import ACTIONS, GO, MENUS, PAGES, VIEW, ActionRow, PageRow
from gui.dialogs.problems import ProblemDialog, Problems
from gui.session import Session
from gui.widgets import theme
from gui.widgets.controls import Banner, ask
from gui.widgets.retranslating import RetranslationMixin
from gui.wording import locale
from gui.wording.core_messages import core_words

DEMO_CLASSES = ("hex_nut", "washer", "bolt", "empty")
_TOLD_MS = 8000
_CHOICE_KEYS = {
    ("theme", "system"): "Ctrl+F6",
    ("theme", "light"): "Ctrl+F7",
    ("theme", "dark"): "Ctrl+F8",
    ("language", "system"): "Ctrl+F9",
    ("language", "en"): "Ctrl+F10",
    ("language", "es"): "Ctrl+F11",
}


class MainWindow(RetranslationMixin, QMainWindow):
    """Interprets PAGES and ACTIONS, and shows what the session says."""

    def __init__(self, session: Session, problems: Problems) -> None:
        super().__init__()
        self.session = session
        self._problems = problems
        self._problem_dialog: ProblemDialog | None = None
        self._pages: dict[str, Any] = {}
        self._current = ""
        self._actions: list[tuple[ActionRow, QAction]] = []
        self._go: list[tuple[PageRow, QAction]] = []
        self._menus: dict[str, QMenu] = {}
        self._choices: list[tuple[str, str, QAction]] = []
        self._theme_menu, self._language_menu = QMenu(self), QMenu(self)
        self._banner, self._notice = Banner(self), Banner(self)
        self._stack = QStackedWidget(self)
        self._rail = QFrame(self)
        self._rail.setObjectName("rail")
        self._rail_buttons: list[tuple[PageRow, QPushButton]] = []
        self._lay_out()
        self._fill_menus()
        self.setMinimumSize(800, 560)
        self._restore_geometry()
        session.opened.connect(self._on_opened)
        session.failed.connect(self._banner.say)
        session.told.connect(lambda text: self.statusBar().showMessage(text, _TOLD_MS))
        problems.came.connect(self.show_problems)
        self.retranslate()
        self.show_page("start")

    def _lay_out(self) -> None:
        rail = QVBoxLayout(self._rail)
        rail.setContentsMargins(0, 16, 0, 16)
        rail.setSpacing(4)
        group = QButtonGroup(self)
        for row in PAGES:
            button = QPushButton(self._rail)
            button.setObjectName("page")
            button.setCheckable(True)
            button.setMinimumWidth(120)
            button.clicked.connect(partial(self.show_page, row.name))
            group.addButton(button)
            rail.addWidget(button)
            self._rail_buttons.append((row, button))
        rail.addStretch(1)
        banners = QVBoxLayout()
        banners.setContentsMargins(16, 8, 16, 0)
        banners.addWidget(self._notice)
        banners.addWidget(self._banner)
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addLayout(banners)
        column.addWidget(self._stack, 1)
        central = QWidget(self)
        whole = QHBoxLayout(central)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self._rail)
        whole.addLayout(column, 1)
        self.setCentralWidget(central)
        self.statusBar().setSizeGripEnabled(False)

    def _fill_menus(self) -> None:
        for title in MENUS:
            self._menus[title] = self.menuBar().addMenu("")
        for row in ACTIONS:
            action = QAction(self)
            action.setShortcut(QKeySequence(row.shortcut))
            action.triggered.connect(partial(self._do, row.slot))
            self._menus[row.menu].addAction(action)
            self._actions.append((row, action))
        for number, page in enumerate(PAGES, start=1):
            action = QAction(self)
            action.setShortcut(QKeySequence(f"Ctrl+{number}"))
            action.triggered.connect(partial(self.show_page, page.name))
            self._menus[GO].addAction(action)
            self._go.append((page, action))
        for menu, values, choose in (
            (self._theme_menu, theme.CHOICES, theme.choose),
            (self._language_menu, ("system", *locale.LANGUAGES), locale.choose),
        ):
            self._menus[VIEW].addMenu(menu)
            self._fill_choice(menu, values, choose)

    def _fill_choice(self, menu: QMenu, values: tuple[str, ...], choose: Callable[[str], None]) -> None:
        group = QActionGroup(menu)
        chosen = theme.choice() if menu is self._theme_menu else locale.choice()
        for value in values:
            action = QAction(menu)
            action.setCheckable(True)
            action.setChecked(value == chosen)
            action.setShortcut(QKeySequence(_CHOICE_KEYS["theme" if menu is self._theme_menu else "language", value]))
            action.triggered.connect(partial(self._choose, choose, value))
            group.addAction(action)
            menu.addAction(action)
            self._choices.append(("theme" if menu is self._theme_menu else "language", value, action))

    @staticmethod
    def _choose(choose: Callable[[str], None], value: str, _checked: bool = False) -> None:
        choose(value)

    # Pages

    def page(self, name: str) -> Any:
        """A page by its name, built if it was not shown yet."""
        if name not in self._pages:
            row = next(row for row in PAGES if row.name == name)
            widget = getattr(import_module(row.module), row.widget)(self.session)
            for signal, slot in row.wishes.items():
                getattr(widget, signal).connect(getattr(self, slot))
            self._pages[name] = widget
            self._stack.addWidget(widget)
        return self._pages[name]

    @property
    def banner(self) -> str:
        """The message that is shown; empty for none."""
        return self._banner.text

    def show_page(self, name: str, _checked: bool = False) -> None:
        """Bring a page to the front."""
        if name == self._current:
            return
        page = self.page(name)
        if self._current:
            self._pages[self._current].deactivated()
        self._current = name
        self._stack.setCurrentWidget(page)
        for row, button in self._rail_buttons:
            button.setChecked(row.name == name)
        page.activated()

    def _do(self, slot: str, _checked: bool = False) -> None:
        page, dot, method = slot.rpartition(".")
        if dot:
            self.show_page(page)
        getattr(self.page(page) if dot else self, method)()

    # Slots of the menus and of the pages' wishes

    def open_path(self, path: Path) -> None:
        """Open a project and go on with its pictures."""
        if self._may_leave(path) and self.session.open(path):
            self._banner.hide()
            self.show_page("collect")

    def _may_leave(self, path: Path) -> bool:
        """Whether the open project may be left for the one in `path`: what runs in it would end."""
        project = self.session.project
        return project is None or project.root == path.absolute() or self._may_stop()

    def new_project(self) -> None:
        start = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        title = self.tr("New project: choose a name for its folder")
        path, _ = QFileDialog.getSaveFileName(self, title, start, options=QFileDialog.Option.ShowDirsOnly)
        if path and self._may_leave(Path(path)) and self.session.create(Path(path)):
            self._banner.hide()
            self.show_page("collect")
            self.page("collect").add_class()

    def open_project(self) -> None:
        path = QFileDialog.getExistingDirectory(self, self.tr("Open a project"))
        if path:
            self.open_path(Path(path))

    def try_demo(self) -> None:
        """A project with four classes in the user's data folder, and the conveyor running."""
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppLocalDataLocation)
        root = Path(folder) / "simulated-conveyor"
        if not self._may_leave(root):
            return
        opened = self.session.open(root) if root.exists() else self.session.create(root, DEMO_CLASSES)
        if opened:
            self._banner.hide()
            QSettings().setValue("source", "demo://conveyor")
            self.show_page("collect")
            self.page("collect").camera.source_bar.choose("demo://conveyor")

    def close_project(self) -> None:
        if self._may_stop():
            self.show_page("start")
            self.session.close()

    def undo(self) -> None:
        self._tell(self.tr("Undone: {what}"), self.session.undo())

    def redo(self) -> None:
        self._tell(self.tr("Done again: {what}"), self.session.redo())

    def show_keys(self) -> None:
        from gui.dialogs.keys_dialog import KeysDialog

        groups = [(_bare(menu.title()), _keys_of(menu)) for menu in self._menus.values()]
        KeysDialog(groups, self).open()

    def show_problems(self) -> None:
        if self._problem_dialog is None:
            self._problem_dialog = ProblemDialog(self._problems, self)
        self._problem_dialog.show()
        self._problem_dialog.raise_()

    def _tell(self, sentence: str, what: str | None) -> None:
        text = (
            sentence.format(what=core_words(what, capital=False))
            if what
            else self.tr("There is nothing left to take back or to do again")
        )
        self.statusBar().showMessage(text, _TOLD_MS)

    # The session

    def _on_opened(self) -> None:
        self._notice.say(self.session.read_only)
        self.retranslate()

    # Closing

    def ask(self, question: str) -> bool:
        """A question with yes and no."""
        return ask(question, self)

    def _may_stop(self) -> bool:
        busy = " ".join(text for page in self._pages.values() if (text := page.busy()))
        if not busy:
            return True
        return self.ask(self.tr("{busy} Stop it? What is done so far is kept.").format(busy=busy))

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802  (Qt's name)
        if not self._may_stop():
            event.ignore()
            return
        QSettings().setValue("geometry", self.saveGeometry())
        for page in self._pages.values():
            page.shut_down()
        self.session.close()
        event.accept()

    def _restore_geometry(self) -> None:
        kept = QSettings().value("geometry")
        if not (isinstance(kept, QByteArray) and self.restoreGeometry(kept)):
            self.resize(1280, 800)

    # Words

    def retranslate(self) -> None:
        """Set every text of the window itself; the pages do theirs."""
        project = self.session.project
        name = f"{project.name} – Edge Transfer" if project is not None else "Edge Transfer"
        self.setWindowTitle(f"{name} [{self.tr('read only')}]" if self.session.read_only else name)
        for title, menu in self._menus.items():
            menu.setTitle(self.tr(title))
        for row, action in self._actions:
            action.setText(self.tr(row.text))
            action.setEnabled(project is not None or not row.needs_project)
        for page, action in self._go:
            action.setText(self.tr(page.title))
        for number, (page, button) in enumerate(self._rail_buttons, start=1):
            button.setText(self.tr(page.title))
            button.setToolTip(f"{self.tr(page.title)} (Ctrl+{number})")
            button.setAccessibleName(self.tr(page.title))
        self._rail.setAccessibleName(self.tr("Pages"))
        if self._notice.text:
            self._notice.say(self.session.read_only)
        self._theme_menu.setTitle(self.tr("&Theme"))
        self._language_menu.setTitle(self.tr("&Language"))
        words = {"system": self.tr("As the system"), "light": self.tr("Light"), "dark": self.tr("Dark")}
        for _, value, action in self._choices:
            action.setText(words.get(value) or locale.LANGUAGES[value])


def _keys_of(menu: QMenu) -> list[tuple[str, str]]:
    """Each action of a menu and of the menus in it, with its keys."""
    found: list[tuple[str, str]] = []
    for action in menu.actions():
        inner = action.menu()
        if isinstance(inner, QMenu):
            found += [(f"{_bare(action.text())}: {text}", keys) for text, keys in _keys_of(inner)]
        elif not action.isSeparator():
            keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            found.append((_bare(action.text()), keys))
    return found


def _bare(text: str) -> str:
    return text.replace("&", "").rstrip("…")
