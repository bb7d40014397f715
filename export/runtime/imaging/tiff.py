"""The directories of a TIFF file, and of the TIFF block inside EXIF, read without decoding a pixel (TIFF 6.0)."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from ..errors import ImageError

CUT = "the file is cut off: its end is missing"


class _Tag(IntEnum):
    WIDTH = 256
    HEIGHT = 257
    BITS = 258
    COMPRESSION = 259
    PHOTOMETRIC = 262
    STRIP_OFFSETS = 273
    ORIENTATION = 274
    CHANNELS = 277
    STRIP_BYTES = 279
    PLANES = 284
    TILE_WIDTH = 322
    TILE_HEIGHT = 323
    TILE_OFFSETS = 324
    TILE_BYTES = 325
    EXTRA_SAMPLES = 338
    SAMPLE_FORMAT = 339


_WANTED = frozenset(int(tag) for tag in _Tag)
_TYPES = {1: "u1", 3: "u2", 4: "u4"}
_MAX_PAGES = 10_000
_MAX_TILE_PX = 1 << 15

_Tags = dict[int, NDArray[np.int64]]


@dataclass(frozen=True)
class TiffStructure:
    """The first page of a TIFF file, as stored, and how many pages there are."""

    width: int
    height: int
    pages: int
    orientation: int
    bits: int
    """Bits of a sample: 1, 4, 8 or 16."""


def read_structure(data: bytes) -> TiffStructure:
    """Read the first directory of a TIFF file and check that its pixels lie within `data`.

    Raises ImageError where the samples are of a kind that cannot be turned into 8-bit colours for sure, and
    ImageError or struct.error where the file is cut.
    """
    order = "<" if data.startswith(b"II") else ">"
    (start,) = struct.unpack_from(order + "I", data, 4)
    tags, end = _directory(data, start, order)
    _check_samples(tags)
    _check_places(tags, len(data))
    pages, seen = 1, {start}
    (following,) = struct.unpack_from(order + "I", data, end)
    while following and following not in seen and pages < _MAX_PAGES:
        seen.add(following)
        pages += 1
        (entries,) = struct.unpack_from(order + "H", data, following)
        (following,) = struct.unpack_from(order + "I", data, following + 2 + 12 * entries)
    orientation = _first(tags, _Tag.ORIENTATION, 1)
    size = _first(tags, _Tag.WIDTH, 0), _first(tags, _Tag.HEIGHT, 0)
    return TiffStructure(*size, pages, orientation if 1 <= orientation <= 8 else 1, _first(tags, _Tag.BITS, 1))


def exif_orientation(exif: bytes) -> int:
    """Orientation 1 to 8 of an EXIF block; 1 where it says nothing usable, since cameras do write broken blocks."""
    order = {b"II": "<", b"MM": ">"}.get(exif[:2])
    if order is None:
        return 1
    try:
        tags, _ = _directory(exif, struct.unpack_from(order + "I", exif, 4)[0], order)
    except (struct.error, ImageError):
        return 1
    orientation = _first(tags, _Tag.ORIENTATION, 1)
    return orientation if 1 <= orientation <= 8 else 1


def _directory(data: bytes, start: int, order: str) -> tuple[_Tags, int]:
    """The tags of the directory at `start` that matter here, and where its entries end."""
    (entries,) = struct.unpack_from(order + "H", data, start)
    end = start + 2 + 12 * entries
    tags: _Tags = {}
    for at in range(start + 2, end, 12):
        tag, kind, count = struct.unpack_from(order + "HHI", data, at)
        if tag not in _WANTED or kind not in _TYPES or not count:
            continue
        size = count * int(_TYPES[kind][1])
        where = at + 8 if size <= 4 else struct.unpack_from(order + "I", data, at + 8)[0]
        if where + size > len(data):
            raise ImageError(CUT)
        tags[tag] = np.frombuffer(data, order + _TYPES[kind], count, where).astype(np.int64)
    return tags, end


def _first(tags: _Tags, tag: int, default: int) -> int:
    return int(tags[tag][0]) if tag in tags else default


def _check_samples(tags: _Tags) -> None:
    bits, channels, meaning = (
        _first(tags, _Tag.BITS, 1),
        _first(tags, _Tag.CHANNELS, 1),
        _first(tags, _Tag.PHOTOMETRIC, 1),
    )
    sample_format, compression = _first(tags, _Tag.SAMPLE_FORMAT, 1), _first(tags, _Tag.COMPRESSION, 1)
    if sample_format == 3:
        raise ImageError("unsupported format: float TIFF")
    if sample_format not in (1, 4) or bits not in (1, 4, 8, 16):
        raise ImageError(f"unsupported format: TIFF with samples of {bits} bits (sample format {sample_format})")
    # Grey, palette, RGB, CMYK, YCbCr. OpenCV drops the alpha of a grey TIFF, so its hidden pixels would show.
    if meaning not in (0, 1, 2, 3, 5, 6) or channels > 4 or (meaning in (0, 1, 3) and channels != 1):
        raise ImageError(f"unsupported format: TIFF with {channels} channels (photometric interpretation {meaning})")
    # OpenCV hands these out as they are stored, though they mean something else.
    premultiplied, planes = _first(tags, _Tag.EXTRA_SAMPLES, 0) == 1, _first(tags, _Tag.PLANES, 1)
    if (bits == 16 and (meaning not in (1, 2) or premultiplied or planes != 1)) or (bits == 4 and meaning != 3):
        raise ImageError(f"unsupported format: {bits}-bit TIFF of a rare kind (photometric interpretation {meaning})")
    if compression not in (1, 2, 3, 4, 5, 7, 8, 32773, 32946):
        raise ImageError(f"unsupported format: TIFF with compression {compression}")


def _check_places(tags: _Tags, size_bytes: int) -> None:
    side = max(_first(tags, _Tag.TILE_WIDTH, 0), _first(tags, _Tag.TILE_HEIGHT, 0))
    if side > _MAX_TILE_PX:
        raise ImageError(f"damaged TIFF: tiles of {side} pixels")
    offsets = tags.get(_Tag.TILE_OFFSETS, tags.get(_Tag.STRIP_OFFSETS))
    counts = tags.get(_Tag.TILE_BYTES, tags.get(_Tag.STRIP_BYTES))
    if offsets is None or counts is None or offsets.size != counts.size:
        raise ImageError("damaged TIFF: it does not say where its pixels lie")
    if int((offsets + counts).max()) > size_bytes:
        raise ImageError(CUT)
