"""The first journey by the keyboard alone: two classes are added and recorded, and the model answers rightly."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from tools.driven import DrivenApp
from tools.screen import Screen

_HOLD_S = 2.0
_WORTH_S = 120.0
"""Longer than any bar, so that a miss of it comes with a number."""


def tab_to(screen: Screen, app: DrivenApp, name: str) -> None:
    """Press Tab until the control with this name has the keyboard. Raises AssertionError where none has."""
    for _ in range(60):
        if app.shown["focus"] == name:
            return
        _tab(screen, app)
    raise AssertionError(f"no way to {name!r} by the Tab key")


def _tab(screen: Screen, app: DrivenApp) -> None:
    """Move on, and wait until the keyboard has moved."""
    before = app.shown["focus_id"]
    screen.keys("Tab")
    app.until(_moved(before), 5)


def _moved(before: int) -> Callable[[dict[str, Any]], bool]:
    return lambda now: now["focus_id"] != before


def show_part(screen: Screen, app: DrivenApp, letter: str, part: str) -> None:
    """Let the conveyor show a part; `letter` chooses it in the box."""
    tab_to(screen, app, "What the conveyor shows")
    screen.keys(letter)
    app.until(lambda now: now["part"] == part and now["live"])
    # Leave the box: in it a digit would be a search.
    _tab(screen, app)


def _record(screen: Screen, app: DrivenApp, digit: str, name: str) -> None:
    tab_to(screen, app, f"{name}, 0 images")
    screen.hold(digit)
    app.until(lambda now: now["recording"] == name)
    time.sleep(_HOLD_S)
    screen.let_go(digit)
    app.until(lambda now: not now["recording"] and now["classes"][name] >= 4)


def two_classes(screen: Screen, app: DrivenApp) -> float:
    """From an application that was just started on an empty project to the right answer: the seconds since its start.

    Two classes, nut and nothing, are recorded for two seconds each. Raises TimeoutError where a step fails.
    """
    app.until(lambda now: now["page"] == "collect" and now["live"])
    screen.focus("Edge Transfer")
    screen.keys("ctrl+k")
    screen.write("nut")
    screen.keys("Return")
    screen.write("nothing")
    screen.keys("Return")
    app.until(lambda now: list(now["classes"]) == ["nut", "nothing"])
    for digit, letter, part, name in (("1", "h", "hex_nut", "nut"), ("2", "t", "empty", "nothing")):
        show_part(screen, app, letter, part)
        _record(screen, app, digit, name)
    app.until(lambda now: now["winner"] == "nothing", _WORTH_S)
    took_s = time.monotonic() - app.started_at
    show_part(screen, app, "h", "hex_nut")
    app.until(lambda now: now["winner"] == "nut")
    return took_s
