"""A bundle's folder as one .zip file: the same files give the same bytes, on every machine."""

from __future__ import annotations

import zipfile
from pathlib import Path

from export.runtime.bundle.manifest import bundle_files
from export.runtime.storage import atomic_file

# The earliest time that a .zip can hold.
_TIME = (1980, 1, 1, 0, 0, 0)
_MODE = 0o100644
_UNIX = 3


def pack_bundle(folder: Path, target: Path) -> None:
    """Write the files of a bundle's folder to `target`, which appears whole or not at all.

    Sorted names, one time, one mode, and stored without compression: the bytes of deflate depend on the zlib that a
    Python was built with, and weights hardly shrink (docs/adr/0027). Raises StorageError.
    """
    with atomic_file(target) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED, allowZip64=False) as archive:
        for name in bundle_files(folder):
            entry = zipfile.ZipInfo(name, _TIME)
            entry.create_system = _UNIX
            entry.external_attr = _MODE << 16
            archive.writestr(entry, (folder / name).read_bytes())
