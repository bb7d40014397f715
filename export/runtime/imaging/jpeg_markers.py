"""The markers of a JPEG (ITU-T T.81, annex B), found on its bytes without decoding it."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import NamedTuple

from ..errors import ImageError

START, END, SCAN = 0xD8, 0xD9, 0xDA
RESTARTS = range(0xD0, START)
ALONE = (0x01, *RESTARTS, START, END)
"""Markers without a length and a segment."""

# FF, perhaps after fill bytes, followed by what is no stuffed zero; the second also passes over restart markers.
_ANY = re.compile(rb"\xff+[^\x00\xff]")
_NO_RESTART = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")


class Marker(NamedTuple):
    """One marker and its segment."""

    code: int
    """The byte after FF."""
    at: int
    """Where its first FF stands, fill bytes included if restart markers are asked for."""
    start: int
    """First byte of the segment, after its length."""
    end: int
    """First byte after the segment; it may lie behind the end of the data."""


def jpeg_markers(data: bytes, *, restarts: bool = False) -> Iterator[Marker]:
    """Every marker after the first, until none follows; those that part compressed pixels only with `restarts`.

    Bytes between segments, which should be compressed pixels, are passed over. Raises ImageError where a length is
    impossible, struct.error where it is cut off.
    """
    pattern, position = _ANY if restarts else _NO_RESTART, 2
    while (found := pattern.search(data, position)) is not None:
        code, position = data[found.end() - 1], found.end()
        if code in ALONE:
            yield Marker(code, found.start(), position, position)
            continue
        (length,) = struct.unpack_from(">H", data, position)
        if length < 2:
            raise ImageError("damaged JPEG: a segment of impossible length")
        yield Marker(code, found.start(), position + 2, position + length)
        position += length
