"""Export functions that run in the worker process; a bundle replaces its target only when complete."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from export.runtime.errors import BundleError
from export.runtime.storage import TEMPORARY_PREFIX, atomic_write, fsync_folder, storage_error

if TYPE_CHECKING:
    from edge_transfer.dataset.project import Project
    from export.runtime.bundle.check import CheckStep
    from gui.jobs.worker import Worker


@dataclass(frozen=True)
class ExportRequest:
    """What the form asks for."""

    run_id: str
    target: Path
    """A folder, or with the suffix `.zip` one file."""
    half_weights: bool = False
    precision: str = "auto"
    """As `export_bundle` takes it."""
    benchmark: str = ""
    """What the target box has measured, as `read_timings` takes it; empty for this machine."""
    language: str = "en"
    """Of the report that lies in the bundle."""


@dataclass(frozen=True)
class ExportStep:
    """As `ExportProgress`, whose module would bring torch into the window's process."""

    stage: str
    done: int
    total: int


def export(worker: Worker, project: Project, wish: ExportRequest) -> Generator[ExportStep | None, None, Path]:
    """Export a run through the worker and return the bundle's folder or .zip; to be run by a Job.

    Raises BundleError when the target is there already, and what the export raises. Whatever happens, also when the
    process is killed, nothing half-written stays.
    """
    target = wish.target
    if is_taken(target):
        raise BundleError(f"{target} is there already: choose another name")
    # A process that does not listen is killed, and then it cannot clean up after itself.
    staging = target.parent / f"{TEMPORARY_PREFIX}export-{uuid.uuid4().hex[:12]}"
    try:
        staging.mkdir(parents=True)
        yield from worker.events(_export, project, wish, staging / target.name)
        if target.is_dir():
            target.rmdir()
        (staging / target.name).rename(target)
        fsync_folder(target.parent)
    except OSError as error:
        raise storage_error(error, target) from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return target


def is_taken(target: Path) -> bool:
    """Whether something is there that an export would have to overwrite."""
    return target.exists() and (not target.is_dir() or any(target.iterdir()))


def delete_bundle(bundle: Path) -> Generator[None, None, None]:
    """Delete a bundle: at once out of the list, then file by file. Raises StorageError."""
    yield None
    doomed = bundle.with_name(f"{TEMPORARY_PREFIX}delete-{uuid.uuid4().hex[:12]}")
    try:
        bundle.rename(doomed)
        if doomed.is_dir():
            shutil.rmtree(doomed)
        else:
            doomed.unlink()
    except OSError as error:
        raise storage_error(error, bundle, "delete") from error


def check(worker: Worker, bundle: Path) -> Generator[CheckStep | None, None, None]:
    """The runtime's own check of a bundle, in the worker process; to be run by a Job."""
    yield from worker.events(_check, bundle)


# In the worker process


def _export(project: Project, wish: ExportRequest, target: Path) -> Generator[ExportStep, None, None]:
    from edge_transfer.dataset.catalog import Catalog
    from edge_transfer.runs.run import load_run
    from export.bundling.bundle import export_bundle
    from export.runtime.events import forward_events

    run = load_run(project, wish.run_id)
    box = target.parent / f"{TEMPORARY_PREFIX}benchmark.json" if wish.benchmark else None
    if box is not None:
        atomic_write(box, wish.benchmark.encode())
    with Catalog.open(project, read_only=True) as catalog:
        yield from forward_events(
            export_bundle(
                project,
                catalog,
                run,
                target,
                half_weights=wish.half_weights,
                precision=wish.precision,
                box=box,
                language=wish.language,
            ),
            lambda event: ExportStep(event.stage, event.done, event.total),
        )


def _check(bundle: Path) -> Generator[CheckStep, None, None]:
    from export.runtime.bundle.check import check_bundle

    yield from check_bundle(bundle)
