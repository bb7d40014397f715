"""List a folder of class folders, `class/…` or `{train,val,test}/class/…`, in the order of the names.

Hidden files and files that are no images by their suffix are ignored and counted. Links to folders are followed only
for the class folders themselves, and never back to the folder or above it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from edge_transfer.dataset.image_formats import IMAGE_SUFFIXES
from edge_transfer.dataset.records import plain_text
from edge_transfer.errors import DatasetError
from edge_transfer.ingest.listing import _SPLITS, Listed, Listing
from export.runtime.storage import storage_error


def recognises(path: Path) -> bool:
    """Any folder."""
    return path.is_dir()


def list_items(path: Path, classes: Sequence[str] = ()) -> Listing:
    """See Layout.list_items."""
    return list_imagefolder(path)


def list_imagefolder(folder: Path) -> Listing:
    """The pictures of `folder/class/…` or `folder/{train,val,test}/class/…`, in the order of their names.

    The folder is one of splits when each visible folder in it is named like a split, or one of those holds folders.
    Raises DatasetError when there is no class folder, StorageError when `folder` cannot be read.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise DatasetError(f"{folder} is no folder: give the folder that holds the class folders")
    listing = Listing(plain_text(folder.resolve().name), [], [], [])
    ignored: list[str] = []
    tops = _folders(folder, folder, ignored)
    splits = [top for top in tops if top.name.casefold() in _SPLITS]
    if splits and (len(splits) == len(tops) or any(_folders(folder, split, []) for split in splits)):
        others = [plain_text(top.name) for top in tops if top not in splits]
        if others:
            listing.notes.append(f"ignored beside the splits: {', '.join(others[:10])}")
        classes = [
            (_SPLITS[split.name.casefold()], found) for split in splits for found in _folders(folder, split, ignored)
        ]
    else:
        classes = [("", top) for top in tops]
    if not classes:
        raise DatasetError(f"{folder} holds no class folders: put the pictures of each class into a folder of its name")
    for split, top in sorted(classes, key=lambda entry: (entry[1].name, entry[0])):
        for path in _files(top, ignored):
            order = len(listing.items) + len(listing.rejected)
            shown = plain_text(str(path.relative_to(folder)))
            listing.items.append(Listed(path, shown, plain_text(top.name), order, split or None))
    if ignored:
        files = "1 file" if len(ignored) == 1 else f"{len(ignored)} files"
        listing.notes.append(
            f"{files} ignored: hidden, not a picture by the name, or not in a class folder, such as {ignored[0]}"
        )
    return listing


def _folders(root: Path, folder: Path, ignored: list[str]) -> list[Path]:
    """The visible folders in `folder`, by name; a link that leads back to `root` or above is left out."""
    found: list[Path] = []
    try:
        for path in sorted(folder.iterdir()):
            if not path.is_dir():
                ignored.append(plain_text(path.name))
            elif not path.name.startswith(".") and not root.resolve().is_relative_to(path.resolve()):
                found.append(path)
    except (OSError, RuntimeError) as error:  # RuntimeError: a loop of links
        reason = error if isinstance(error, OSError) else OSError(str(error))
        raise storage_error(reason, folder, "read") from error
    return found


def _files(top: Path, ignored: list[str]) -> Iterator[Path]:
    """The visible picture files under a class folder, by name; links to folders are not followed."""

    def fail(error: OSError) -> None:
        raise storage_error(error, top, "read") from error

    for folder, folders, names in os.walk(top, onerror=fail):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(folder, name)
            if name.startswith(".") or path.suffix.lower() not in IMAGE_SUFFIXES:
                ignored.append(plain_text(name))
            else:
                yield path
