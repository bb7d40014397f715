"""The layouts that a data set on disk may have. A layout is one file of this package and one row of `LAYOUTS`.

The table imports none of the files before they are needed: the command line and the window read it when they start.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edge_transfer.ingest.listing import Listing


@dataclass(frozen=True)
class Layout:
    """One layout; its module has the functions `recognises(path)` and `list_items(path, classes)`."""

    name: str
    """As `--layout` takes it."""
    description: str
    """One line, for the help and the import dialog."""
    module: str
    files: str = ""
    """Filter of a file dialog, `CSV (*.csv)`; empty where the data set is a folder."""
    refuses_new: str = ""
    """Why a new project cannot begin with it, as the end of "PATH …"; empty where one can."""

    def recognises(self, path: Path) -> bool:
        """Whether a path looks like this layout, by its kind and its marks; no image is opened."""
        return bool(import_module(self.module).recognises(path))

    def list_items(self, path: Path, classes: Sequence[str] = ()) -> Listing:
        """What the data set at `path` lists; `classes` are those of the project.

        Raises DatasetError when there is no such data set at `path`, StorageError when it cannot be read.
        """
        listing: Listing = import_module(self.module).list_items(path, classes)
        return listing


_ALL = (
    Layout("imagefolder", "a folder with a folder for each class", "edge_transfer.ingest.image_folder"),
    Layout(
        "csv",
        "a CSV file with the columns path,label[,split[,session]]",
        "edge_transfer.ingest.csv_list",
        files="CSV (*.csv)",
    ),
    Layout(
        "field",
        "the frames that `watch --ring` kept on the box, to label; their class is a guess",
        "edge_transfer.ingest.frame_ring",
        refuses_new="holds frames from a box: open the project its bundle came from, and import there",
    ),
)
LAYOUTS: dict[str, Layout] = {layout.name: layout for layout in _ALL}


def layout_of(path: Path) -> Layout:
    """The layout of what lies at `path`, existing or not: the last row that recognises it.

    So a row that looks for a mark or a suffix goes below the first two, which take every folder and every file.
    """
    return next(layout for layout in reversed(LAYOUTS.values()) if layout.recognises(path))
