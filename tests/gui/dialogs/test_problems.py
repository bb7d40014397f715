"""Exceptions and failures: shown, and kept in the log."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from gui.main_window import MainWindow

Until = Callable[..., None]


def test_an_exception_in_a_slot_is_shown_and_kept(window: MainWindow, until: Until, tmp_path: Path) -> None:
    problems = window._problems
    problems.install()
    try:
        try:
            raise ZeroDivisionError("in a slot")
        except ZeroDivisionError as error:
            sys.excepthook(type(error), error, error.__traceback__)
        until(lambda: window._problem_dialog is not None and window._problem_dialog.isVisible())
    finally:
        problems.uninstall()
    assert "ZeroDivisionError: in a slot" in problems.text
    logs = list((tmp_path / "data").rglob("problems.log"))
    assert "ZeroDivisionError: in a slot" in logs[0].read_text("utf-8")
    assert window._problem_dialog is not None
    window._problem_dialog.close()
