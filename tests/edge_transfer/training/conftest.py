"""A project of independent pictures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from export.runtime.inference.preprocess import InputSpec


@pytest.fixture
def collected(tmp_path: Path, record: Callable[..., Any]) -> Project:
    """Twenty pictures of each of three classes that are hard to tell apart for no network."""
    project = Project.create(tmp_path / "collected", input=InputSpec(64))
    with Catalog.open(project) as catalog:
        for name in ("nut", "bolt", "washer"):
            record(project, catalog, name, 20, kind="collection")
            record(project, catalog, name, 6, "test", kind="collection")
    return project
