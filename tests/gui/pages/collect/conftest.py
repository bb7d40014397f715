"""The page with two classes and the conveyor."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from gui.main_window import MainWindow
from gui.pages.collect.page import CollectPage
from gui.pages.collect.recorder import Burst
from gui.session import Session

Until = Callable[..., None]
CONVEYOR = "demo://conveyor?size=160x120&fps=60&class=hex_nut"


@pytest.fixture
def page(window: MainWindow, session: Session, project: Project, until: Until) -> CollectPage:
    """The page with two classes and the conveyor running."""
    session.open(project.root)
    for name in ("nut", "washer"):
        session.do(lambda catalog, name=name: catalog.add_class(name))
    window.show_page("collect")
    found: CollectPage = window.page("collect")
    found.camera.source_bar.choose(CONVEYOR)
    found.bar.set_burst(Burst(fps=30))
    until(lambda: found.camera.view.frame is not None)
    return found


def record(page: CollectPage, until: Until, press: Callable[[], None], release: Callable[[], None], least: int) -> None:
    press()
    assert page.recorder.recording
    until(lambda: page.recorder.progress is not None and page.recorder.progress.kept >= least)
    release()
    until(lambda: not page.recorder.recording)


def counts(project: Project) -> dict[str, int]:
    with Catalog.open(project, read_only=True) as catalog:
        catalog.check()
        return {name: sum(splits.values()) for name, splits in catalog.counts().items()}
