"""The catalogue as the Review page uses it: columns read in a thread, records a page at a time, changes with undo."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QLocale, QObject, Signal

from edge_transfer.dataset.reader import CatalogReader
from export.runtime.errors import EdgeTransferError
from gui.jobs.job import Job
from gui.pages.review.gallery.rows import Contents, Judged, read_contents
from gui.session import Session

if TYPE_CHECKING:
    from edge_transfer.dataset.catalog import Catalog
    from edge_transfer.dataset.project import Project
    from edge_transfer.dataset.reader import Trash
    from edge_transfer.dataset.records import Sample

T = TypeVar("T")


class ReviewReader(QObject):
    """One read at a time; what is asked for meanwhile is one more read at the end."""

    arrived = Signal(object)
    """The newest Contents."""
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.project: Project | None = None
        self._judged: Judged | None = None
        self._browser: CatalogReader | None = None
        self._job: Job | None = None
        self._again = False

    def set_project(self, project: Project | None) -> None:
        """Read this project from now on; nothing is read yet."""
        self._close_browser()
        self.project, self._judged = project, None

    def read(self, judged: Judged | None = None) -> None:
        """Read everything anew; `judged` is the review to read it with from now on."""
        self._judged = judged or self._judged
        if self.project is None:
            return
        if self._job is not None:
            self._again = True
            return
        project = self.project
        self._job = job = Job(_contents(project, self._judged), "review page", self)
        job.succeeded.connect(lambda contents: self._on_read(project, contents))
        job.failed.connect(lambda message, details: self.failed.emit(message))
        job.ended.connect(self._on_ended)
        job.start()

    def samples(self, ids: Sequence[int]) -> list[Sample]:
        """Whole rows of a page, at once."""
        return self.ask(lambda browser: browser.samples(ids)) or []

    def ask(self, question: Callable[[CatalogReader], T]) -> T | None:
        """Ask the catalogue something short. None without a project, or where it failed, and `failed` said why."""
        if self.project is None:
            return None
        try:
            if self._browser is None:
                self._browser = CatalogReader.open(self.project)
            return question(self._browser)
        except EdgeTransferError as error:
            self.failed.emit(str(error))
            return None

    def close(self) -> None:
        """Wait for what runs."""
        self._again = False
        if self._job is not None:
            self._job.wait()
        self._close_browser()

    def _on_read(self, project: Project, contents: Contents) -> None:
        # Where something was changed meanwhile, the next read is on its way, and this one would flicker.
        if project is self.project and not self._again:
            self.arrived.emit(contents)

    def _on_ended(self) -> None:
        self._job = None
        if self._again:
            self._again = False
            self.read()

    def _close_browser(self) -> None:
        if self._browser is not None:
            self._browser.close()
            self._browser = None


def _contents(project: Project, judged: Judged | None) -> Generator[None, None, Contents]:
    yield None
    return read_contents(project, judged)


class ReviewChanges(QObject):
    """Does nothing in a session that is read only."""

    relabelled = Signal(object)
    """The new labels: ids of samples by class id."""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session

    def relabel(self, wanted: Mapping[int, Sequence[int]]) -> None:
        """Move samples to classes: ids by class id. Each class is a step of undo."""
        if not wanted or self._session.read_only:
            return

        def change(catalog: Catalog) -> list[str]:
            names = {row.id: row.name for row in catalog.classes()}
            for class_id, ids in wanted.items():
                catalog.relabel(ids, class_id)
            return [names[class_id] for class_id in wanted]

        names = self._session.do(change)
        if names is not None:
            self.relabelled.emit(wanted)
            count = sum(len(ids) for ids in wanted.values())
            self._session.told.emit(self.tr("%n image(s) moved to “{name}”", "", count).format(name=", ".join(names)))

    def trash(self, ids: Sequence[int]) -> None:
        """Move samples to the trash."""
        if not ids or self._session.read_only:
            return

        def change(catalog: Catalog) -> bool:
            catalog.trash(ids)
            return True

        if self._session.do(change):
            self._session.told.emit(self.tr("%n image(s) moved to the trash; Ctrl+Z brings them back", "", len(ids)))

    def trash_session(self, session_id: int) -> None:
        """Move a whole session to the trash."""
        if not self._session.read_only:
            self._session.do(lambda catalog: catalog.trash_session(session_id))

    def set_split(self, session_id: int, split: str) -> None:
        """Move a whole session to another split."""
        if not self._session.read_only:
            self._session.do(lambda catalog: catalog.set_split(session_id, split))

    def question(self, trash: Trash) -> str:
        """What to ask before the trash is emptied."""
        space = QLocale().formattedDataSize(trash.bytes)
        what = self.tr("Delete %n image(s) for good?", "", trash.images)
        why = self.tr("That frees {space} and cannot be undone.").format(space=space)
        return f"{what} {why}"

    def empty_trash(self) -> None:
        """Delete what is in the trash for good."""
        if self._session.read_only:
            return
        deleted = self._session.do(lambda catalog: catalog.empty_trash())
        if deleted is not None:
            self._session.told.emit(self.tr("%n image(s) deleted", "", deleted))
