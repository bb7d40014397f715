"""Start the application: environment, window, event loop, exit code."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication

from edge_transfer.environment import keep_large_blocks_apart
from gui.dialogs.problems import Problems
from gui.main_window import MainWindow
from gui.session import Session
from gui.widgets import theme
from gui.wording import locale

# The GUI wheel of OpenCV, and a shell that has started one, point Qt at plugins of another version.
_FOREIGN = ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR", "QT_PLUGIN_PATH")


def run_app(project: Path | None = None) -> int:
    """Show the window, open `project` in it, and return the exit code when it is closed.

    Nothing heavy is imported before the window is on the screen.
    """
    for name in _FOREIGN:
        if "cv2" in os.environ.get(name, ""):
            del os.environ[name]
    # Two threads of torch's pool would spin against whatever else runs; the worker processes inherit it.
    os.environ.setdefault("GOMP_SPINCOUNT", "0")
    # Ctrl-C in the terminal ends the process at once; what is recorded is on the disk already.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    keep_large_blocks_apart()
    app = make_application()
    problems = Problems()
    problems.install()
    session = Session()
    window = MainWindow(session, problems)
    window.installEventFilter(_FirstPaint(window, lambda: warm_up(window, project)))
    window.show()
    try:
        return app.exec()
    finally:
        session.close()
        problems.uninstall()


def make_application() -> QApplication:
    """The QApplication with its names, theme and language."""
    found = QApplication.instance()
    app = found if isinstance(found, QApplication) else QApplication(sys.argv[:1])
    app.setOrganizationName("edge-transfer")
    app.setApplicationName("edge-transfer")
    app.setApplicationDisplayName("")
    app.setDesktopFileName("edge-transfer")
    app.setStyle("fusion")
    locale.apply()
    theme.apply()
    app.styleHints().colorSchemeChanged.connect(theme.apply)
    return app


class _FirstPaint(QObject):
    """Calls once, as soon as the window is painted: an X server may show it later than in the first round."""

    def __init__(self, window: MainWindow, then: Callable[[], None]) -> None:
        super().__init__(window)
        self._then = then

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  (Qt's name)
        if event.type() == QEvent.Type.Paint:
            watched.removeEventFilter(self)
            # The first round ends the painting; the second finds time for OpenCV.
            QTimer.singleShot(0, lambda: QTimer.singleShot(0, self._then))
        return False


def warm_up(window: MainWindow, project: Path | None) -> None:
    """What had to wait for the window: OpenCV, the pictures of recent projects, and the project to open."""
    from edge_transfer.environment import InstallationError, import_cv2

    try:
        import_cv2()
    except InstallationError as error:
        window.session.failed.emit(str(error))
        return
    window.page("start").load_pictures()
    if project is not None:
        window.open_path(project)
