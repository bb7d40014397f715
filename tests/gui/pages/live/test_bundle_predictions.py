"""Bundles at work: a crash of the worker, and a bundle that is refused."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path

from PySide6.QtTest import QTest

from gui.pages.live.page import LivePage
from tests.gui.pages.live.conftest import Until


def test_a_crash_of_the_worker_is_told_and_the_bundle_opened_again(page: LivePage, until: Until) -> None:
    pid = page.bundles.worker.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)  # so that it dies while it is asked
    until(lambda: page.camera.feed.latest().number > 0)  # type: ignore[union-attr]
    QTest.qWait(200)
    os.kill(pid, signal.SIGKILL)
    until(lambda: "SIGKILL" in page.cards[0].sentence)
    assert page.cards[0].decision is None
    assert not page.cards[0].again.isHidden()
    page.cards[0].again.click()
    until(lambda: page.cards[0].decision is not None, 60)
    # One that dies between two frames comes back by itself.
    page.bundles.watch(None)
    QTest.qWait(200)
    killed = page.bundles.worker.pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    until(lambda: page.bundles.worker.pid is None)
    page.bundles.watch(page.camera.feed)
    page.cards[0].forget()
    until(lambda: page.cards[0].decision is not None, 60)
    assert page.bundles.worker.pid not in (None, killed)


def test_a_bundle_that_does_not_fit_its_sums_is_refused(
    page: LivePage, sure: Path, tmp_path: Path, until: Until
) -> None:
    for name, file, says in (
        ("changed", "labels.txt", "labels.txt does not match"),
        ("added", "mine.txt", "mine.txt is not a part"),
    ):
        bundle = Path(shutil.copytree(sure, tmp_path / name))
        (bundle / file).write_text("x")
        page.open_bundle(0, bundle)
        until(lambda says=says: says in page.cards[0].sentence)
        assert page.cards[0].verdict.isHidden()
    page.open_bundle(0, tmp_path)
    until(lambda: "is not a bundle" in page.cards[0].sentence)
    page.open_bundle(0, sure)
    until(lambda: page.cards[0].decision is not None)
