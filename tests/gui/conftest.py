"""A window without a screen, settings and data of its own, and no thread, process or window left after any test."""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edge_transfer.backbones import weights
from gui.pages.train import advice_job

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QCoreApplication, QEvent, QSettings
from PySide6.QtWidgets import QApplication

from edge_transfer.dataset.project import Project
from export.runtime.inference.preprocess import InputSpec
from gui.app import make_application
from gui.dialogs.problems import Problems
from gui.main_window import MainWindow
from gui.session import Session
from gui.widgets import theme
from gui.wording import locale

_OURS = ("job ", "frame feed", "thumbnails", "live learning", "live bundle", "source ")


@pytest.fixture(autouse=True)
def own_place(qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Settings in a temporary folder, English and light at the start; a leak of any kind fails the test."""
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(tmp_path / "settings"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    # Without weights no process starts that learns; the test that wants one brings its own.
    monkeypatch.setattr(weights, "_SHIPPED", tmp_path / "none", raising=False)
    # Advice keeps two cores busy; the test that wants it asks for it.
    monkeypatch.setattr(advice_job, "START_AFTER_MS", 10_000_000)
    make_application()
    locale.choose("en")
    theme.choose("light")
    before = {id(widget) for widget in qapp.topLevelWidgets()}
    yield
    assert wait_until(lambda: not _left(before)), f"left behind: {_left(before)}"


def _left(before: set[int]) -> list[str]:
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    windows = [repr(widget) for widget in QApplication.topLevelWidgets() if id(widget) not in before]
    windows = [name for name in windows if "MainWindow" in name or "Page" in name]
    threads = [thread.name for thread in threading.enumerate() if thread.name.startswith(_OURS)]
    return [*windows, *threads, *(str(child) for child in multiprocessing.active_children())]


def wait_until(done: Callable[[], bool], timeout_s: float = 5.0) -> bool:
    """Run the event loop until `done`; False after `timeout_s`."""
    end = time.monotonic() + timeout_s
    while not done():
        if time.monotonic() > end:
            return False
        QApplication.processEvents()
        time.sleep(0.003)
    return True


@pytest.fixture
def until() -> Callable[..., None]:
    """`until(condition, timeout_s)` runs the event loop until the condition holds, or fails."""

    def wait(done: Callable[[], bool], timeout_s: float = 20.0) -> None:
        assert wait_until(done, timeout_s), "waited too long"

    return wait


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project.create(tmp_path / "nuts", input=InputSpec(64))


@pytest.fixture
def session() -> Iterator[Session]:
    made = Session()
    yield made
    made.close()


@pytest.fixture
def window(session: Session) -> Iterator[MainWindow]:
    """The whole window with nothing open; it is closed afterwards."""
    made = MainWindow(session, Problems())
    made.show()
    yield made
    made.ask = lambda question: True  # type: ignore[method-assign]
    made.close()
    made.deleteLater()
