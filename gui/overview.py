"""What the Collect page shows of a catalogue: counts and newest pictures of each class, and the recordings."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edge_transfer.catalog import Catalog
    from edge_transfer.project import Project
    from edge_transfer.rows import ClassRow, SessionRow


@dataclass(frozen=True)
class _Seen:
    """What was read of one session; good as long as the session has as many samples."""

    samples: int
    class_ids: tuple[int, ...]
    newest: dict[int, tuple[Path, ...]]


@dataclass(frozen=True)
class ClassSummary:
    """A class, its live images by split, and its newest pictures, newest first."""

    row: ClassRow
    counts: dict[str, int]
    newest: tuple[Path, ...]


@dataclass
class Overview:
    """Reads a session's samples once; after a burst only the new one is read."""

    project: Project
    pictures: int
    """Newest pictures wanted of each class."""
    classes: list[ClassSummary] = field(default_factory=list)
    sessions: list[tuple[SessionRow, str]] = field(default_factory=list)
    """Each with the names of its classes, oldest first."""
    _seen: dict[int, _Seen] = field(default_factory=dict)

    def forget(self) -> None:
        """Read everything anew next time: labels may have changed."""
        self._seen.clear()

    def read(self, catalog: Catalog) -> None:
        """Bring everything up to date."""
        rows, counts = catalog.classes(), catalog.counts()
        names = {row.id: row.name for row in rows}
        sessions = catalog.sessions()
        self._seen = {session.id: self._look(catalog, session) for session in sessions}
        self.sessions = [
            (session, ", ".join(names[each] for each in self._seen[session.id].class_ids if each in names))
            for session in sessions
        ]
        self.classes = [ClassSummary(row, counts.get(row.name, {}), self._newest(row.id)) for row in rows]

    def _look(self, catalog: Catalog, session: SessionRow) -> _Seen:
        seen = self._seen.get(session.id)
        if seen is not None and seen.samples == session.samples:
            return seen
        newest: dict[int, tuple[Path, ...]] = {}
        for sample in reversed(catalog.samples(session_id=session.id)):
            paths = newest.get(sample.class_id, ())
            if len(paths) < self.pictures:
                newest[sample.class_id] = (*paths, self.project.image_path(sample.sha256, sample.suffix))
        return _Seen(session.samples, tuple(sorted(newest)), newest)

    def _newest(self, class_id: int) -> tuple[Path, ...]:
        found: list[Path] = []
        for session_id in sorted(self._seen, reverse=True):
            found += self._seen[session_id].newest.get(class_id, ())
            if len(found) >= self.pictures:
                break
        return tuple(found[: self.pictures])
