"""A bundle that is never in doubt, and the page on which it answers the conveyor."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from edge_transfer.runs.run import Run
from export.bundling.bundle import export_bundle
from export.runtime.bundle.manifest import MANIFEST_NAME, read_manifest, write_sums
from export.runtime.events import exhaust
from export.runtime.imaging.images import encode_png
from export.runtime.inference.decision import Confidence
from gui.main_window import MainWindow
from gui.pages.live.page import LivePage
from gui.session import Session

Until = Callable[..., None]
Scene = Callable[[int, int], NDArray[np.uint8]]
CONVEYOR = "demo://conveyor?size=160x120&fps=60&class=hex_nut"


@pytest.fixture(scope="session")
def sure(trained: tuple[Project, Run], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle of the trained project that is never in doubt. Not to be changed."""
    project, run = trained
    target = tmp_path_factory.mktemp("bundles") / "sure"
    with Catalog.open(project) as catalog:
        exhaust(export_bundle(project, catalog, run, target, precision="fp32"))
    return with_threshold(target, 0.0)


def with_threshold(bundle: Path, threshold: float) -> Path:
    manifest = read_manifest(bundle)
    confidence = Confidence(manifest.confidence.temperature, threshold)
    models = tuple(replace(model, confidence=None) for model in manifest.models)
    changed = replace(manifest, confidence=confidence, models=models)
    (bundle / MANIFEST_NAME).write_text(changed.to_json() + "\n", "utf-8")
    write_sums(bundle)
    return bundle


@pytest.fixture
def opened(copied: tuple[Project, Run], sure: Path) -> Project:
    project, _ = copied
    shutil.copytree(sure, project.bundles_dir / "sure")
    return project


@pytest.fixture
def page(window: MainWindow, session: Session, opened: Project, until: Until) -> LivePage:
    """The page with a bundle that answers the conveyor."""
    session.open(opened.root)
    window.show_page("live")
    found: LivePage = window.page("live")
    found.camera.source_bar.choose(CONVEYOR)
    until(lambda: found.bundles.status(0).stage == "ready", 60)
    until(lambda: found.cards[0].decision is not None)
    return found


@pytest.fixture
def pictures(scene: Scene, tmp_path: Path) -> Callable[[int], str]:
    """Makes a folder with new pictures of the class at a position."""

    def make(position: int) -> str:
        folder = tmp_path / f"pictures {position}"
        folder.mkdir()
        for number in range(8):
            (folder / f"{number}.png").write_bytes(encode_png(scene(position, 90_000 + number)))
        return str(folder)

    return make


def counts(project: Project) -> dict[str, dict[str, int]]:
    with Catalog.open(project, read_only=True) as catalog:
        catalog.check()
        return catalog.counts()
