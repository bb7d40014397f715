"""Open a zipped bundle safely, in a fresh folder that is deleted afterwards.

An archive is refused for a name, a kind of entry or a size that no export makes, before anything of it is written.
Nothing is ever written outside the fresh folder. Whether the files are the exported ones is for SHA256SUMS to say.
"""

from __future__ import annotations

import atexit
import re
import shutil
import stat
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from ..errors import BundleError
from ..storage import storage_error
from .manifest import MANIFEST_NAME, SUMS_NAME

SUFFIX = ".zip"
MAX_ARCHIVE_BYTES = 2 << 30
MAX_FILES = 1000
MAX_RATIO = 100
"""Bytes unpacked for a byte packed, over the whole archive. Models pack 1.1 times, texts 5, a bomb 1000."""
_SLACK_BYTES = 1 << 20
_MAX_DIRECTORY_BYTES = 1 << 20
_MAX_DEPTH = 4
_END = struct.Struct("<4s4H2LH")
_ZIP64_LOCATOR_BYTES = 20
_BLOCK_BYTES = 1 << 20
_ENCRYPTED = 0x1
_PART = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,98}[A-Za-z0-9_])?")
_SUFFIXES = frozenset(
    {
        *(".json", ".txt", ".md", ".html", ".py", ".onnx", ".xml", ".bin", ".png", ".jpg"),
        *(".pbtxt", ".yaml", ".yml", ".conf", ".service", ".npz", ".csv", ".safetensors"),
    }
)
_WITHOUT_SUFFIX = frozenset({SUMS_NAME, "Dockerfile"})
# Names that Windows gives to devices, whatever the suffix.
_DEVICES = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")
# zipfile raises all of these on damaged input.
_DAMAGED = (
    *(zipfile.BadZipFile, zlib.error, struct.error, ValueError, KeyError, IndexError, TypeError),
    *(EOFError, NotImplementedError, RuntimeError, OverflowError),
)


@contextmanager
def opened_bundle(bundle: Path, only: Collection[str] = ()) -> Iterator[Path]:
    """The folder of a bundle: itself, or for a .zip a fresh temporary one, deleted at the end.

    Of a .zip, only the files named in `only` are unpacked, where any is named.
    Raises BundleError for an archive that no export makes, StorageError where the temporary folder is full.
    """
    if not is_archive(bundle):
        yield bundle
        return
    try:
        folder = Path(tempfile.mkdtemp(prefix="edge-bundle-"))
    except OSError as error:
        raise storage_error(error, Path(tempfile.gettempdir())) from error
    try:
        extract(bundle, folder, only)
        yield folder
    finally:
        _delete(folder)


def is_archive(bundle: Path) -> bool:
    """Whether a path is to be read as a bundle's archive: a file, by its name or by its first bytes."""
    if not bundle.is_file():
        return False
    if bundle.suffix.lower() == SUFFIX:
        return True
    try:
        with open(bundle, "rb") as file:
            return file.read(4) == b"PK\x03\x04"
    except OSError as error:
        raise storage_error(error, bundle, "read") from error


def extract(path: Path, folder: Path, only: Collection[str] = ()) -> list[str]:
    """Unpack a bundle's archive, or `only` these files of it, into an empty folder and return the names.

    The whole archive is checked in either case. Raises BundleError and StorageError.
    """
    try:
        with open(path, "rb") as file:
            try:
                size = _checked_end(file)
                with zipfile.ZipFile(file) as archive:
                    entries = archive.infolist()
                    _check_entries(entries, size)
                    entries = [entry for entry in entries if not only or entry.filename in only]
                    for entry in entries:
                        _extract_one(archive, entry, folder)
            except _DAMAGED as error:
                raise BundleError(f"{path.name} is damaged: {_reason(error)}; copy the bundle again") from error
    except OSError as error:
        raise storage_error(error, path, "unpack") from error
    return [entry.filename for entry in entries]


def _checked_end(file: IO[bytes]) -> int:
    """Size of the archive, after a look at its end: zipfile would read a directory of any size into memory."""
    size = file.seek(0, 2)
    if size > MAX_ARCHIVE_BYTES:
        raise BundleError(f"the archive is larger than {MAX_ARCHIVE_BYTES >> 30} GiB")
    tail = min(size, _END.size + _ZIP64_LOCATOR_BYTES)
    file.seek(-tail, 2)
    data = file.read(tail)
    if len(data) < _END.size or data[-_END.size :][:4] != b"PK\x05\x06":
        raise BundleError("the archive has no end: it is cut off, has a comment, or is no .zip file")
    _, disk, start_disk, here, total, length, offset, comment = _END.unpack(data[-_END.size :])
    if disk or start_disk or comment or here != total or data[: -_END.size].startswith(b"PK\x06\x07"):
        raise BundleError("the archive is of a kind that no export makes: several disks, 64 bit, or a comment")
    if total > MAX_FILES or length > _MAX_DIRECTORY_BYTES:
        raise BundleError(f"the archive has {total} entries; a bundle has at most {MAX_FILES}")
    if offset + length + _END.size != size:
        raise BundleError("the archive holds bytes before or behind its files")
    file.seek(0)
    return size


def _check_entries(entries: list[zipfile.ZipInfo], size: int) -> None:
    seen: set[str] = set()
    for entry in entries:
        # `orig_filename` is what the archive says; zipfile cuts names at a NUL and turns \ into / on Windows.
        name = entry.orig_filename
        _check_name(name)
        if name.lower() in seen:
            raise BundleError(f"the archive holds {name} twice")
        seen.add(name.lower())
        mode = entry.external_attr >> 16
        if stat.S_IFMT(mode) not in {0, stat.S_IFREG} or entry.is_dir():
            raise BundleError(f"{name} in the archive is no regular file")
        if entry.flag_bits & _ENCRYPTED:
            raise BundleError(f"{name} in the archive is encrypted")
        if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise BundleError(f"{name} in the archive is packed in a way that no export uses")
    folders = {name.rpartition("/")[0] for name in seen}
    if clash := sorted(seen & {"/".join(name.split("/")[:k]) for name in folders for k in range(1, _MAX_DEPTH)}):
        raise BundleError(f"{clash[0]} is a file and a folder of the archive")
    if MANIFEST_NAME not in seen:
        raise BundleError(f"the archive is no bundle: it has no {MANIFEST_NAME} at its top")
    if sum(entry.compress_size for entry in entries) > size:
        raise BundleError("the files of the archive overlap")
    if sum(entry.file_size for entry in entries) > MAX_RATIO * size + _SLACK_BYTES:
        raise BundleError(f"the archive would unpack to more than {MAX_RATIO} times its size")


def _check_name(name: str) -> None:
    parts = name.split("/")
    fits = len(parts) <= _MAX_DEPTH and all(_PART.fullmatch(part) and not _DEVICES.fullmatch(part) for part in parts)
    suffix = Path(parts[-1]).suffix
    if not fits or (suffix not in _SUFFIXES if suffix else parts[-1] not in _WITHOUT_SUFFIX):
        raise BundleError(f"the archive holds {name[:120]!r}, which no bundle has")


def _extract_one(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, folder: Path) -> None:
    target = folder / entry.orig_filename
    target.parent.mkdir(parents=True, exist_ok=True)
    left = entry.file_size
    # Mode x: what is there already, a link for one, is never written through.
    with archive.open(entry) as source, open(target, "xb") as file:
        while block := source.read(min(_BLOCK_BYTES, left + 1)):
            left -= len(block)
            if left < 0:
                raise BundleError(f"{entry.filename} in the archive is larger than it says")
            file.write(block)
    if left:
        raise BundleError(f"{entry.filename} in the archive is smaller than it says")


def _delete(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    if folder.exists():  # Windows keeps a file that an engine has mapped
        atexit.register(shutil.rmtree, folder, ignore_errors=True)


def _reason(error: Exception) -> str:
    return str(error)[:200] or type(error).__name__
