"""Import functions that run in the worker process."""

from __future__ import annotations

import shutil
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edge_transfer.ingest.importer import ImportProgress, ImportResult


@dataclass(frozen=True)
class Imported:
    """What an import has done, and where."""

    root: Path
    result: ImportResult


def import_pictures(source: Path, root: Path, name: str, is_new: bool) -> Generator[ImportProgress, None, Imported]:
    """Import a data set of any of the layouts into the project in `root`, which is created if `is_new`.

    A new project without a single picture is removed again, whether it was cancelled or nothing could be used. Raises
    DatasetError for a new project and a layout that none can begin with.
    """
    from edge_transfer.dataset.catalog import Catalog
    from edge_transfer.dataset.project import Project
    from edge_transfer.errors import DatasetError
    from edge_transfer.ingest.importer import import_listing
    from edge_transfer.ingest.layouts import layout_of

    layout = layout_of(source)
    if is_new and layout.refuses_new:
        raise DatasetError(f"{source} {layout.refuses_new}")
    if is_new:
        # Before anything is created: a source that cannot be used at all.
        layout.list_items(source)
    project = Project.create(root, name or None) if is_new else Project.open(root)
    filled = not is_new
    try:
        with Catalog.open(project) as catalog:
            try:
                result = yield from import_listing(layout, project, catalog, source)
            finally:
                filled = filled or bool(catalog.sessions())
    finally:
        if not filled:
            shutil.rmtree(project.root, ignore_errors=True)
    return Imported(project.root, result)
