"""Read the bundles and runs of a project in a background thread."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from export.runtime.errors import EdgeTransferError
from gui.jobs.job import Job

if TYPE_CHECKING:
    from edge_transfer.dataset.project import Project
    from export.runtime.bundle.manifest import Manifest


@dataclass(frozen=True)
class BundleSummary:
    """A folder or a .zip in `bundles/`."""

    path: Path
    manifest: Manifest | None
    """None where it cannot be read."""
    why: str = ""
    """Why it cannot be read."""
    bytes: int = 0
    """All its files together, or the .zip."""
    made: float = 0.0
    """When it was made, seconds since 1970."""


@dataclass(frozen=True)
class RunSummary:
    """A finished training."""

    id: str
    backbone: str
    strategy: str
    created: str
    """UTC, ISO 8601."""
    top1: float | None
    """On the held-out samples of the training, 0 to 1."""


@dataclass(frozen=True)
class _Found:
    bundles: tuple[BundleSummary, ...]
    runs: tuple[RunSummary, ...]


class BundleListing(QObject):
    """Reads a project's `bundles/` and `runs/` in a Job; newest first."""

    changed = Signal()
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.bundles: tuple[BundleSummary, ...] = ()
        self.runs: tuple[RunSummary, ...] = ()
        self._job: Job | None = None
        self._project: Project | None = None
        self._again = False

    def refresh(self, project: Project | None) -> None:
        """Read again; `changed` says when it is done. None empties the lists."""
        self._project = project
        if self._job is not None:
            self._again = True
        elif project is None:
            self._take(_Found((), ()))
        else:
            self._job = Job(_read(project), "bundles", self)
            self._job.succeeded.connect(self._take)
            self._job.failed.connect(lambda message, _: self.failed.emit(message))
            self._job.ended.connect(self._over)
            self._job.start()

    def wait(self) -> None:
        """Wait until nothing is read any more."""
        self._again = False
        if self._job is not None:
            self._job.wait()

    def _take(self, found: _Found) -> None:
        if not self._again:
            self.bundles, self.runs = found.bundles, found.runs
            self.changed.emit()

    def _over(self) -> None:
        self._job = None
        if self._again:
            self._again = False
            self.refresh(self._project)


def _read(project: Project) -> Generator[None, None, _Found]:
    from edge_transfer.runs.current_run import list_runs
    from edge_transfer.runs.run import load_run
    from export.runtime.bundle.archive import SUFFIX

    runs = []
    for run_id in reversed(list_runs(project)):
        yield None
        try:
            run = load_run(project, run_id)
        except EdgeTransferError:
            continue  # the Train page lists it with its fault; there is nothing to export
        top1 = run.validation.get("top1")
        score = float(top1) if isinstance(top1, (int, float)) else None
        runs.append(RunSummary(run.id, run.recipe.backbone, run.recipe.strategy, run.created, score))
    bundles = []
    if project.bundles_dir.is_dir():
        for path in project.bundles_dir.iterdir():
            yield None
            if not path.name.startswith(".") and (path.is_dir() or path.suffix.lower() == SUFFIX):
                bundles.append(read_bundle(path))
    return _Found(tuple(sorted(bundles, key=lambda each: -each.made)), tuple(runs))


def read_bundle(path: Path) -> BundleSummary:
    """Read one bundle's manifest and size. What is none comes with the reason."""
    from export.runtime.bundle.archive import opened_bundle
    from export.runtime.bundle.manifest import MANIFEST_NAME, read_manifest

    try:
        with opened_bundle(path, only=(MANIFEST_NAME,)) as folder:
            manifest = read_manifest(folder)
        files = path.rglob("*") if path.is_dir() else [path]
        size = sum(file.stat().st_size for file in files if file.is_file())
        return BundleSummary(path, manifest, bytes=size, made=path.stat().st_mtime)
    except (EdgeTransferError, OSError) as error:
        return BundleSummary(path, None, str(error))
