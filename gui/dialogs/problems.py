"""Report uncaught exceptions in a dialog and append them to a log file."""

from __future__ import annotations

import sys
import threading
import traceback
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QObject, QStandardPaths, Qt, Signal
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from gui.widgets.retranslating import RetranslationMixin

_MOST_BYTES = 1_000_000


def log_path() -> Path:
    """The log file, in the user's folder for data of this application."""
    folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppLocalDataLocation)
    return Path(folder) / "problems.log"


class Problems(QObject):
    """Collects what nobody has caught, in any thread, and keeps it in the log file."""

    came = Signal()
    _noted = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.text = ""
        self._before: tuple[Callable[..., object], Callable[..., object]] | None = None
        self._noted.connect(self._keep, Qt.ConnectionType.AutoConnection)

    def install(self) -> None:
        """Take the place of `sys.excepthook` and `threading.excepthook`."""
        self._before = (sys.excepthook, threading.excepthook)
        sys.excepthook = self._on_exception
        threading.excepthook = lambda args: self._on_exception(
            args.exc_type, args.exc_value or args.exc_type(), args.exc_traceback
        )

    def uninstall(self) -> None:
        if self._before is not None:
            sys.excepthook, threading.excepthook = self._before
            self._before = None

    def note(self, text: str) -> None:
        """Keep a text with the time; may be called from any thread."""
        self._noted.emit(f"{datetime.now().astimezone():%Y-%m-%d %H:%M:%S}\n{text.rstrip()}\n")

    def _on_exception(
        self, kind: type[BaseException], error: BaseException, where: TracebackType | None = None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            return
        self.note("".join(traceback.format_exception(kind, error, where)))

    def _keep(self, entry: str) -> None:
        self.text = f"{self.text}\n{entry}"[-_MOST_BYTES:]
        try:
            path = log_path()
            path.parent.mkdir(parents=True, exist_ok=True)
            mode = "a" if path.exists() and path.stat().st_size < _MOST_BYTES else "w"
            with path.open(mode, encoding="utf-8") as file:
                file.write(f"{entry}\n")
        except OSError:
            pass  # the dialog shows it all the same
        self.came.emit()


class ProblemDialog(RetranslationMixin, QDialog):
    """The log, to read and to copy. The window stays usable."""

    def __init__(self, problems: Problems, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._problems = problems
        self._sentence = QLabel(self)
        self._sentence.setWordWrap(True)
        self._log = QPlainTextEdit(self)
        self._log.setReadOnly(True)
        self._log.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.close)
        layout = QVBoxLayout(self)
        for widget in (self._sentence, self._log, buttons):
            layout.addWidget(widget)
        self.resize(760, 420)
        problems.came.connect(self.refresh)
        self.retranslate()
        self.refresh()

    def refresh(self) -> None:
        self._log.setPlainText(self._problems.text.strip())
        self._log.moveCursor(self._log.textCursor().MoveOperation.End)

    def retranslate(self) -> None:
        self.setWindowTitle(self.tr("Problem log"))
        self._sentence.setText(
            self.tr(
                "What went wrong stands here and in {path}. What is recorded is safe; if something does not answer "
                "any more, close the window and open it again."
            ).format(path=log_path())
        )
        self._log.setAccessibleName(self.windowTitle())
