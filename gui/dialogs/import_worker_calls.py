"""Importing in the worker process: into a project that is there, or into a new one."""

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
    """Import a folder of class folders, a CSV file or a ring into the project in `root`, which is created if `is_new`.

    A new project without a single picture is removed again, whether it was cancelled or nothing could be used. Raises
    DatasetError for a ring and a new project: only the project that its bundle came from knows the classes.
    """
    from edge_transfer.environment import import_cv2

    import_cv2()
    from edge_transfer.dataset.catalog import Catalog
    from edge_transfer.dataset.project import Project
    from edge_transfer.errors import DatasetError
    from edge_transfer.ingest.csv_list import list_csv
    from edge_transfer.ingest.image_folder import list_imagefolder
    from edge_transfer.ingest.importer import import_csv, import_field, import_imagefolder
    from export.runtime.sinks.frame_ring import MARK

    whole, is_ring = source.is_dir(), (source / MARK).is_file()
    if is_new and is_ring:
        raise DatasetError(f"{source} holds frames from a box: open the project its bundle came from, and import there")
    if is_new:
        # Before anything is created: a source that cannot be used at all.
        list_imagefolder(source) if whole else list_csv(source)
    project = Project.create(root, name or None) if is_new else Project.open(root)
    filled = not is_new
    try:
        with Catalog.open(project) as catalog:
            try:
                take = import_field if is_ring else import_imagefolder if whole else import_csv
                result = yield from take(project, catalog, source)
            finally:
                filled = filled or bool(catalog.sessions())
    finally:
        if not filled:
            shutil.rmtree(project.root, ignore_errors=True)
    return Imported(project.root, result)
