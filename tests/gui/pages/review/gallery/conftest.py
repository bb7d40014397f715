"""A gallery of many samples that reads no file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication

from edge_transfer.curation.label_review import Review
from edge_transfer.dataset.project import Project
from edge_transfer.dataset.reader import CatalogCounts, SampleColumns, Trash
from edge_transfer.dataset.records import ClassRow, Sample, SessionRow
from gui.pages.review.gallery.gallery import Gallery
from gui.pages.review.gallery.rows import Contents, Filter, Judged, align, select_rows
from gui.pages.review.gallery.tiles import Tiles
from gui.widgets.thumbnails import Thumbnails


def contents_of(count: int, review: Review | None = None) -> Contents:
    """Ids from 1; the first half nuts (1), the second washers (2); sessions of 100, every fourth a test."""
    ids = np.arange(1, count + 1)
    class_ids = np.where(ids <= count // 2, 1, 2)
    sessions = (ids - 1) // 100 + 1
    splits = np.where(sessions % 4 == 0, 2, 0).astype(np.int8)
    sharpness = np.linspace(0.1, 0.9, count).astype(np.float32)
    brightness = np.linspace(5, 250, count).astype(np.float32)
    columns = SampleColumns(ids, class_ids, sessions, splits, sharpness, brightness)
    rows = tuple(
        SessionRow(int(number), "recording", "camera", "test" if number % 4 == 0 else "train", "", 100)
        for number in np.unique(sessions)
    )
    tally = CatalogCounts((ClassRow(1, "nut", 0), ClassRow(2, "washer <b>", 1)), rows, {})
    findings = align(columns, Judged(review, ids, class_ids)) if review is not None else None
    return Contents(columns, tally, Trash(0, 0), findings, np.argsort(sharpness, kind="stable"))


def review_of(count: int, **given: Any) -> Review:
    """A review that finds nothing, but for what is given."""
    ids = np.arange(1, count + 1)
    values: dict[str, Any] = {
        "sample_ids": ids,
        "own": np.full(count, 0.9, np.float32),
        "suggested": np.where(ids <= count // 2, 1, 2),
        "outlier": np.zeros(count, np.float32),
        "group": np.full(count, -1),
        "position": np.stack([np.linspace(0, 1, count), np.full(count, 0.5)], 1).astype(np.float32),
        "backbone": "squeezenet",
        "suspects": (),
        "duplicates": (),
        "outliers": (),
    }
    return Review(**values | given)


class Shelf:
    """Rows as the catalogue would give them, and a note of every page that was read."""

    def __init__(self) -> None:
        self.pages: list[list[int]] = []

    def load(self, ids: Sequence[int]) -> list[Sample]:
        self.pages.append(list(ids))
        return [self.sample(each) for each in ids]

    @staticmethod
    def sample(number: int) -> Sample:
        plain = (f"{number:064x}", ".jpg", 1, 640, 480, 1000, number, None, 0.5, 100.0, 0)
        return Sample(*plain, id=number, class_name="nut", session_id=1, split="train", session_kind="recording")


class Asked(Thumbnails):
    """Notes which pictures are asked for; makes none."""

    def __init__(self) -> None:
        super().__init__(64)
        self.asked: list[str] = []

    def pixmap(self, path: object) -> None:  # type: ignore[override]
        self.asked.append(str(path))


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def thumbnails() -> Asked:
    return Asked()


@pytest.fixture
def gallery(thumbnails: Asked) -> Iterator[Gallery]:
    made = Gallery(thumbnails)
    made.resize(800, 620)
    made.show()
    QApplication.processEvents()
    yield made
    made.close()
    made.deleteLater()


@pytest.fixture
def fill(gallery: Gallery, shelf: Shelf, project: Project) -> Callable[..., Tiles]:
    def show(count: int, wanted: Filter | None = None, review: Review | None = None) -> Tiles:
        contents = contents_of(count, review)
        tiles = Tiles(project, contents, select_rows(contents, wanted or Filter()), shelf.load)
        gallery.show_tiles(tiles)
        QApplication.processEvents()
        return tiles

    return show
