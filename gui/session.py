"""The open project: catalogue, lock against a second window, and recent projects."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import QLockFile, QObject, QSettings, Signal

from export.runtime.errors import EdgeTransferError, StorageError

if TYPE_CHECKING:
    from edge_transfer.dataset.catalog import Catalog
    from edge_transfer.dataset.project import Project

T = TypeVar("T")

_RECENT = 8
_LOCK_NAME = ".window.lock"


@dataclass(frozen=True)
class Recent:
    """A project that was open before."""

    path: str
    name: str
    picture: str = ""
    """A file of one of its pictures; empty where it has none."""
    gone: bool = False
    """There is no project in that folder at the moment: it was moved, deleted, or its disk is not there."""


class Session(QObject):
    """One project at a time. The pages listen to its signals and never to each other."""

    opened = Signal()
    """Another project is open, or none."""
    changed = Signal()
    """Classes, samples or sessions of the open project are other ones."""
    failed = Signal(str)
    """A sentence for the user: an action could not be done."""
    told = Signal(str)
    """A sentence for the user: an action was done."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.project: Project | None = None
        self._why_read_only: tuple[int, str] | None = None
        """Process and host that have it open, 0 where its folder cannot be written, None where it can."""
        self._catalog: Catalog | None = None
        self._lock: QLockFile | None = None

    @property
    def read_only(self) -> str:
        """Why the project is open for reading only, in the window's language; empty where it is not."""
        if self._why_read_only is None:
            return ""
        pid, host = self._why_read_only
        if not pid:
            return self.tr("The folder cannot be written: the project can only be looked at")
        text = self.tr("Open in another window (process {pid} on {host}): here it can only be looked at")
        return text.format(pid=pid, host=host)

    def open(self, root: Path) -> bool:
        """Open a project; one that another window has open is opened for reading only. False: `failed` said why."""
        from edge_transfer.dataset.project import Project

        try:
            return self._use(Project.open(root))
        except EdgeTransferError as error:
            self.failed.emit(str(error))
            return False

    def create(self, root: Path, classes: tuple[str, ...] = ()) -> bool:
        """Create a project with these classes and open it. False: `failed` said why."""
        from edge_transfer.dataset.project import Project

        try:
            opened = self._use(Project.create(root))
        except EdgeTransferError as error:
            self.failed.emit(str(error))
            return False
        if opened and classes:
            self.do(lambda catalog: [catalog.add_class(name) for name in classes])
        return opened

    def close(self) -> None:
        """Close what is open and give the lock back."""
        if self.project is None:
            return
        self.remember()
        if self._catalog is not None:
            self._catalog.close()
        if self._lock is not None:
            self._lock.unlock()
        self.project = self._catalog = self._lock = None
        self._why_read_only = None
        self.opened.emit()

    def do(self, action: Callable[[Catalog], T]) -> T | None:
        """Change the catalogue and tell everybody. None where it failed, and `failed` said why."""
        result = self.read(action)
        self.changed.emit()
        return result

    def read(self, action: Callable[[Catalog], T]) -> T | None:
        """Ask the catalogue. None without a project, or where it failed, and `failed` said why."""
        if self._catalog is None:
            return None
        try:
            return action(self._catalog)
        except EdgeTransferError as error:
            self.failed.emit(str(error))
            return None

    def set_region(self, region: tuple[float, float, float, float] | None) -> None:
        """Let the network see this part of every frame from now on; None for the whole frame."""
        self._set_input(roi=region)

    def set_side(self, side: int) -> None:
        """Another side of the network's input, in pixels, from the next training on; runs keep their own."""
        self._set_input(side=side)

    def _set_input(self, **values: Any) -> None:
        if self.project is None:
            return
        try:
            if self.read_only:
                raise StorageError(self.read_only)
            self.project = self.project.save_input(replace(self.project.input, **values))
        except EdgeTransferError as error:
            self.failed.emit(str(error))
        self.changed.emit()

    def undo(self) -> str | None:
        """Take the last action back; returns what it was."""
        return self.do(lambda catalog: catalog.undo())

    def redo(self) -> str | None:
        """Do again what was undone last; returns what it was."""
        return self.do(lambda catalog: catalog.redo())

    def _use(self, project: Project) -> bool:
        from edge_transfer.dataset.catalog import Catalog

        if self.project is not None and self.project.root == project.root:
            return True
        lock = QLockFile(str(project.root / _LOCK_NAME))
        lock.setStaleLockTime(0)  # stale only when its owner is dead
        why = None if lock.tryLock(0) else self._why_locked(lock)
        try:
            catalog = Catalog.open(project, read_only=why is not None)
        except EdgeTransferError:
            lock.unlock()
            raise
        self.close()
        self.project, self._catalog, self._why_read_only = project, catalog, why
        self._lock = lock if why is None else None
        self.remember()
        self.opened.emit()
        return True

    @staticmethod
    def _why_locked(lock: QLockFile) -> tuple[int, str]:
        if lock.error() == QLockFile.LockError.LockFailedError:
            # PySide gives (pid, host, application); the stub calls it None.
            pid, host, _ = lock.getLockInfo()
            return pid, host
        return 0, ""

    # Recent projects

    @staticmethod
    def recent() -> list[Recent]:
        """The projects that were open before, newest first; those whose folder is not there are marked."""
        try:
            rows = [Recent(**row) for row in json.loads(str(QSettings().value("recent", "[]")))]
            return [replace(row, gone=not (Path(row.path) / "project.toml").is_file()) for row in rows]
        except (ValueError, TypeError, OSError):
            return []  # settings that are bad never stop the start

    def remember(self) -> None:
        """Put the open project on top of the recent ones, with its newest picture."""
        project = self.project
        if project is None:
            return
        newest = self._newest_picture()
        row = Recent(str(project.root), project.name, newest)
        self._keep_recent([row, *(other for other in self.recent() if other.path != row.path)])

    def forget(self, path: str) -> None:
        """Take a project out of the recent ones; its folder is not touched."""
        self._keep_recent([row for row in self.recent() if row.path != path])

    @staticmethod
    def _keep_recent(rows: list[Recent]) -> None:
        QSettings().setValue("recent", json.dumps([asdict(each) for each in rows[:_RECENT]]))

    def _newest_picture(self) -> str:
        try:
            if self.project is None or self._catalog is None:
                return ""
            from edge_transfer.dataset.reader import CatalogReader

            with CatalogReader.open(self.project) as browser:
                newest = [browser.newest(row.id, 1) for row in reversed(self._catalog.classes())]
            return next((str(paths[0]) for paths in newest if paths), "")
        except EdgeTransferError:
            return ""
