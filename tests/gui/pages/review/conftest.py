"""The page with labelled recordings, checked or not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge_transfer.curation.label_review import Review
from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from edge_transfer.ingest.importer import import_field
from export.runtime.events import exhaust
from export.runtime.sinks.frame_ring import FrameToKeep, Ring
from gui.main_window import MainWindow
from gui.pages.review.page import ReviewPage
from gui.session import Session

Until = Callable[..., None]
PLANTED = [3, 7, 15]


def labels(project: Project) -> dict[int, str]:
    with Catalog.open(project, read_only=True) as catalog:
        return {sample.id: sample.class_name for sample in catalog.samples()}


def review_of(**given: Any) -> Review:
    """Numbers 3 and 7 look like washers, 15 like a nut."""
    ids = np.arange(1, 25)
    own, suggested = np.full(24, 0.9, np.float32), np.where(ids <= 12, 1, 2)
    own[[2, 6, 14]], suggested[[2, 6, 14]] = (0.02, 0.1, 0.2), (2, 2, 1)
    group = np.full(24, -1)
    group[[0, 4]] = 0
    values: dict[str, Any] = {
        "sample_ids": ids,
        "own": own,
        "suggested": suggested,
        "outlier": np.zeros(24, np.float32),
        "group": group,
        "position": np.stack([np.linspace(0, 1, 24), np.full(24, 0.5)], 1).astype(np.float32),
        "backbone": "squeezenet",
        "suspects": tuple(PLANTED),
        "duplicates": (5,),
        "outliers": (20,),
    }
    return Review(**values | given)


@pytest.fixture
def page(
    window: MainWindow, session: Session, project: Project, record: Callable[..., object], until: Until
) -> ReviewPage:
    """Twelve nuts (1 to 12), twelve washers (13 to 24) and an empty class; two recordings."""
    with Catalog.open(project) as catalog:
        record(project, catalog, "nut", 12)
        record(project, catalog, "washer", 12)
        catalog.add_class("empty")
    session.open(project.root)
    window.show_page("review")
    found: ReviewPage = window.page("review")
    until(lambda: found.gallery.count == 24)
    return found


@pytest.fixture
def checked(page: ReviewPage, until: Until) -> ReviewPage:
    """The page after a check that has found three planted errors."""
    page.show_review(review_of())
    until(lambda: page._contents is not None and page._contents.findings is not None)
    return page


def shown(page: ReviewPage) -> list[int]:
    return page.gallery.tiles.ids.tolist() if page.gallery.tiles is not None else []


@pytest.fixture
def returned(page: ReviewPage, project: Project, tmp_path: Path, until: Until) -> ReviewPage:
    """The page after three frames of the box (25 to 27) came in, which the model took for washers."""
    ring = Ring(tmp_path / "ring", 10_000_000, 86_400, now=lambda: 1_800_000_000.0)
    rng = np.random.default_rng(5)
    for number in range(3):
        values = {"reasons": ["unknown"], "top": [["washer", 0.4], ["nut", 0.3]]}
        ring.deliver(FrameToKeep(rng.integers(0, 255, (48, 64, 3), np.uint8), 1_800_000_000.0 + number, values))
    with Catalog.open(project) as catalog:
        exhaust(import_field(project, catalog, tmp_path / "ring"))
    page.reader.read()
    until(lambda: page.gallery.count == 27)
    return page
