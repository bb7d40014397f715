"""The application as a process in a real window, with a keyboard and a mouse that belong to the X server."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from gui.dialogs.problems import log_path
from tools.driven import DrivenApp
from tools.journey import two_classes
from tools.screen import Screen, missing

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        bool(missing()), reason=f"no {missing()}: tools/setup.sh dev installs it on Debian and its like"
    ),
]


@pytest.fixture
def screen(tmp_path: Path) -> Iterator[Screen]:
    with Screen() as made:
        made.environment |= {
            "XDG_DATA_HOME": str(tmp_path / "data"),
            "XDG_CONFIG_HOME": str(tmp_path / "config"),
            "LC_ALL": "C.UTF-8",
            "EDGE_TRANSFER_CACHE_DIR": str(tmp_path / "cache"),
        }
        yield made


@pytest.fixture
def plain(tmp_path: Path) -> Project:
    return Project.create(tmp_path / "parts")


def test_two_classes_and_the_right_answer_by_keyboard_alone(screen: Screen, plain: Project) -> None:
    with DrivenApp(plain.root, screen.environment) as app:
        two_classes(screen, app)  # how long it takes is measured in benchmarks/app.py
        screen.keys("ctrl+q")
        assert app.process.wait(15) == 0
    with Catalog.open(plain, read_only=True) as catalog:
        catalog.check()
        counts = catalog.counts()
        assert all(sum(counts[name].values()) >= 4 for name in ("nut", "nothing"))
    assert not (plain.root / ".window.lock").exists()


def test_a_second_window_is_for_reading_and_the_first_dies_without_harm(screen: Screen, plain: Project) -> None:
    with Catalog.open(plain) as catalog:
        catalog.add_class("nut")
    with DrivenApp(plain.root, screen.environment) as first:
        first.until(lambda now: now["can_record"] == [True] if "can_record" in now else False)
        with DrivenApp(plain.root, screen.environment) as second:
            state = second.until(lambda now: "can_record" in now and now["notice"])
            assert f"process {first.process.pid}" in state["notice"]
            assert "[read only]" in state["title"]
            assert state["can_record"] == [False]
        first.kill(signal.SIGKILL)
    with DrivenApp(plain.root, screen.environment) as third:
        third.until(lambda now: now.get("can_record") == [True] and not now["notice"])


def test_what_nobody_catches_stands_in_the_log_and_the_window_stays(
    screen: Screen, plain: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", screen.environment["XDG_DATA_HOME"])
    with Catalog.open(plain) as catalog:
        catalog.add_class("nut")
    with DrivenApp(plain.root, screen.environment) as app:
        app.until(lambda now: now.get("live"))
        app.kill(signal.SIGUSR1)
        app.until(lambda now: now["problems"])
        assert "this slot fails on purpose" in log_path().read_text(encoding="utf-8")
        screen.focus("Problem log")
        screen.keys("Escape")
        app.until(lambda now: not now["problems"])
        screen.focus("Edge Transfer")
        screen.keys("ctrl+1")
        app.until(lambda now: now["page"] == "start")


def test_a_worker_that_dies_leaves_the_window_alive(screen: Screen, plain: Project) -> None:
    with DrivenApp(plain.root, screen.environment) as app:
        app.until(lambda now: now.get("worker") and now["live"])
        dead = app.shown["worker"]
        os.kill(dead, signal.SIGKILL)
        app.until(lambda now: now["worker"] != dead)
        screen.focus("Edge Transfer")
        screen.keys("ctrl+k")
        screen.write("nut")
        screen.keys("Return")
        app.until(lambda now: list(now["classes"]) == ["nut"] and now["live"] and now["worker"] not in (None, dead))
        assert not app.shown["problems"]
