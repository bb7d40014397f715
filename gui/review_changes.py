"""What the Review page changes: labels, splits and the trash. Each change is a step of undo, and says what it did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, QObject, Signal

from gui.session import Session

if TYPE_CHECKING:
    from edge_transfer.dataset.catalog import Catalog
    from edge_transfer.dataset.reader import Trash


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
