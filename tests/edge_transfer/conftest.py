"""A project for each test, and the check that a fault harmed nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.image_store import picture, store
from edge_transfer.dataset.project import Project
from edge_transfer.dataset.quality import measure
from export.runtime.imaging.images import encode_png

Textured = Callable[..., NDArray[np.uint8]]


@pytest.fixture(scope="session")
def textured() -> Textured:
    """Makes sharp pictures that differ by their number: (H, W, 3) uint8 BGR."""

    def make(number: int, height: int = 120, width: int = 160) -> NDArray[np.uint8]:
        rng = np.random.default_rng(number)
        coarse = rng.integers(20, 235, (height // 10 + 1, width // 10 + 1, 3), np.uint8)
        image = np.kron(coarse, np.ones((10, 10, 1), np.uint8))[:height, :width]
        return np.ascontiguousarray(cv2.add(image, rng.integers(0, 8, image.shape, np.uint8)), np.uint8)

    return make


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project.create(tmp_path / "project")


@pytest.fixture
def catalog(project: Project) -> Iterator[Catalog]:
    with Catalog.open(project) as opened:
        yield opened


@pytest.fixture
def fill(textured: Textured) -> Callable[[Project, Catalog], dict[Path, str]]:
    """Puts three images of the class "earlier" into a project and returns their files and hashes."""

    def fill_project(project: Project, catalog: Catalog) -> dict[Path, str]:
        label = catalog.add_class("earlier")
        session = catalog.begin_session("collection", "earlier", "train")
        pictures = []
        for number in range(3):
            image = textured(9000 + number, 40, 40)
            pictures.append(
                picture(encode_png(image), ".png", (40, 40), measure(image), class_id=label.id, position=number)
            )
        store(project, catalog, session.id, pictures)
        return {project.image_path(each.sample.sha256, each.sample.suffix): each.sample.sha256 for each in pictures}

    return fill_project


@pytest.fixture
def unharmed() -> Callable[[Project, dict[Path, str]], None]:
    """Asserts that the catalogue is sound, that earlier images are unchanged and that no temporary file is left."""

    def check(project: Project, earlier: dict[Path, str]) -> None:
        with Catalog.open(project) as catalog:
            catalog.check()
            recorded = {sample.sha256 for sample in catalog.samples()}
        assert recorded >= set(earlier.values())
        for path, sha256 in earlier.items():
            assert hashlib.sha256(path.read_bytes()).hexdigest() == sha256
        assert not list(project.root.rglob(".tmp-*"))

    return check
