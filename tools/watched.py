"""The application with somebody beside it who says what it shows. The application itself knows nothing of it.

    python -c 'from tools.watched import main; main()' PROJECT

prints a line of JSON whenever what the window shows has changed. SIGUSR1 lets a slot of it fail.
"""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QApplication
from shiboken6 import getCppPointer

import gui.app
from gui.dialogs.problems import Problems
from gui.main_window import MainWindow
from gui.session import Session

_LOOK_MS = 15
_STEP_MS = 5

Script = Generator[Callable[[], bool], None, None]
"""A generator that yields what to wait for."""


@dataclass
class Slots:
    """How long the window's thread was held by one event, and how late a timer came."""

    longest: list[tuple[float, float, str]] = field(default_factory=list)
    """(milliseconds, of which the thread computed, what) of every event over `floor_ms`."""
    delays_ms: list[float] = field(default_factory=list)
    """How much later than due a timer of five milliseconds came."""
    floor_ms: float = 8.0

    def clear(self) -> None:
        self.longest.clear()
        self.delays_ms.clear()


class TimedApplication(QApplication):
    """Measures how long each event is worked on; events inside another one count with it."""

    def __init__(self, arguments: list[str]) -> None:
        super().__init__(arguments)
        self.slots = Slots()
        self._depth = 0
        self._due = 0.0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(_STEP_MS)
        self._timer.timeout.connect(self._tick)

    def watch(self) -> None:
        """Begin to measure the delay."""
        self._due = time.perf_counter() + _STEP_MS / 1000
        self._timer.start()

    def _tick(self) -> None:
        now = time.perf_counter()
        self.slots.delays_ms.append(max(0.0, now - self._due) * 1000)
        self._due = now + _STEP_MS / 1000

    def notify(self, receiver: QObject, event: QEvent) -> bool:
        if self._depth:
            return super().notify(receiver, event)
        self._depth = 1
        what = f"{type(receiver).__name__} {event.type().name}"
        start, start_cpu = time.perf_counter(), time.thread_time()
        try:
            return super().notify(receiver, event)
        finally:
            self._depth = 0
            took = (time.perf_counter() - start) * 1000
            if took > self.slots.floor_ms:
                self.slots.longest.append((took, (time.thread_time() - start_cpu) * 1000, what))


class WatchedWindow(MainWindow):
    """Says what it shows, or follows a script."""

    script: Callable[[MainWindow], Script] | None = None

    def __init__(self, session: Session, problems: Problems) -> None:
        self.painted_at = 0.0
        self.modules_at_paint: list[str] = []
        super().__init__(session, problems)
        self._said: dict[str, Any] = {}
        self._awaited: Callable[[], bool] = lambda: bool(self.painted_at)
        self._steps = self.script(self) if self.script is not None else None
        self._look = QTimer(self)
        self._look.setInterval(_LOOK_MS)
        self._look.timeout.connect(self._advance if self._steps is not None else self._say)
        self._look.start()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802  (Qt's name)
        super().paintEvent(event)
        if not self.painted_at:
            self.modules_at_paint = sorted(sys.modules)
            QTimer.singleShot(0, self._on_painted)

    def _on_painted(self) -> None:
        self.painted_at = self.painted_at or time.monotonic()

    def _say(self) -> None:
        now = shown(self)
        if now != self._said:
            self._said = now
            print(json.dumps(now), flush=True)

    def _advance(self) -> None:
        assert self._steps is not None
        try:
            if self._awaited():
                self._awaited = next(self._steps)
        except StopIteration:
            self._look.stop()
            self.close()
        except BaseException:
            self._look.stop()
            QApplication.exit(1)
            raise


def shown(window: MainWindow) -> dict[str, Any]:
    """What the window shows, as far as a person would tell it."""
    dialog, focus = window._problem_dialog, QApplication.focusWidget()
    found: dict[str, Any] = {
        "title": window.windowTitle(),
        "page": window._current,
        "banner": window.banner,
        "notice": window._notice.text,
        "status": window.statusBar().currentMessage(),
        "focus": focus.accessibleName() if focus is not None else "",
        # Not id(): for a widget that Qt made, PySide may give another object at each call.
        "focus_id": getCppPointer(focus)[0] if focus is not None else 0,
        "problems": dialog is not None and dialog.isVisible(),
    }
    page = window._pages.get("collect")
    if page is not None:
        status = page.learning.status
        found |= {
            "live": page.camera.live,
            "part": page.camera.source_bar.part,
            "recording": page.recorder.class_name,
            "classes": {card.name: card.count for card in page.classes.cards},
            "can_record": [card.record_button.isEnabled() for card in page.classes.cards],
            "stage": status.stage,
            "learned": status.learned.images if status.learned is not None else 0,
            "winner": page.panel.winner,
            "worker": page.learning.worker.pid,
        }
    return found


def follow(script: Callable[[MainWindow], Script], project: Path | None = None, *, timed: bool = False) -> int:
    """Run the application with a script instead of a user; it ends with the script. Returns the exit code."""
    if timed and QApplication.instance() is None:
        TimedApplication(sys.argv[:1]).watch()
    WatchedWindow.script = staticmethod(script)
    return _run(project)


def _run(project: Path | None) -> int:
    vars(gui.app)["MainWindow"] = WatchedWindow
    return gui.app.run_app(project)


def _fail(_number: int, _frame: object) -> None:
    raise RuntimeError("this slot fails on purpose")


def main() -> None:
    signal.signal(signal.SIGUSR1, _fail)
    sys.exit(_run(Path(sys.argv[1]) if sys.argv[1:] else None))
