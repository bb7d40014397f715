"""Projects as the measurements need them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks.harness import table_file
from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from edge_transfer.ingest.capture import capture
from edge_transfer.ingest.importer import import_csv
from export.runtime.events import exhaust
from export.runtime.sources.source import open_source

PARTS = ("hex_nut", "washer", "bolt", "empty")
"""What lies on the simulated conveyor."""


def imported(folder: Path, table: str | Path) -> Project:
    """A project of a csv list, or of the shared data set of that name. Raises Skipped where that is not there."""
    path, project = table if isinstance(table, Path) else table_file(table), Project.create(folder)
    with Catalog.open(project) as catalog:
        exhaust(import_csv(project, catalog, path))
    return project


def with_classes(folder: Path, names: Iterable[str]) -> Project:
    """A project with classes and no samples."""
    project = Project.create(folder)
    with Catalog.open(project) as catalog:
        for name in names:
            catalog.add_class(name)
    return project


def record_conveyor(
    project: Project,
    catalog: Catalog,
    seeds: Iterable[int],
    split: str,
    *,
    parts: Sequence[str] = PARTS,
    seconds: float = 3,
    fps: float = 8,
    size: str = "",
) -> dict[int, int]:
    """Record a scene of each part for each seed; the place of the seed by the id of the session."""
    turns = {}
    for turn, seed in enumerate(seeds):
        for name in parts:
            source = open_source(f"demo://conveyor?class={name}&seed={seed}&pace=0{size and f'&size={size}'}")
            recorded = exhaust(capture(project, catalog, source, name, seconds=seconds, fps=fps, split=split))
            turns[recorded.session_id] = turn
    return turns


def conveyor(folder: Path, parts: Sequence[str] = PARTS, seconds: float = 6, fps: float = 10) -> Project:
    """Two sessions of each part to learn from, one held out."""
    project = Project.create(folder)
    with Catalog.open(project) as catalog:
        for seeds, split in (((1, 2), "train"), ((3,), "test")):
            record_conveyor(project, catalog, seeds, split, parts=parts, seconds=seconds, fps=fps)
    return project
