"""What the Collect page shows of a catalogue: counts and newest pictures of each class, and the recordings."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edge_transfer.dataset.project import Project
    from edge_transfer.dataset.records import ClassRow, SessionRow


@dataclass(frozen=True)
class ClassSummary:
    """A class, its live images by split, and its newest pictures, newest first."""

    row: ClassRow
    counts: dict[str, int]
    newest: tuple[Path, ...]


@dataclass
class Overview:
    """Counts and newest pictures only, so that a read costs as much as the classes and sessions are many."""

    project: Project
    pictures: int
    """Newest pictures wanted of each class."""
    classes: list[ClassSummary] = field(default_factory=list)
    sessions: list[tuple[SessionRow, str]] = field(default_factory=list)
    """Each with the names of its classes, oldest first."""

    def read(self) -> None:
        """Bring everything up to date. Raises as `Catalog.open` does."""
        from edge_transfer.dataset.reader import Browser

        with Browser.open(self.project) as browser:
            tally = browser.tally()
            newest = {row.id: tuple(browser.newest(row.id, self.pictures)) for row in tally.classes}
        names, counts = tally.names_in(), tally.by_split()
        self.sessions = [(session, ", ".join(names[session.id])) for session in tally.sessions]
        self.classes = [ClassSummary(row, counts[row.id], newest[row.id]) for row in tally.classes]
