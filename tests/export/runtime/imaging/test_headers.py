"""The structure of JPEG and PNG files, read from their bytes alone."""

from __future__ import annotations

import struct
import zlib

import cv2
import numpy as np
import pytest

from export.runtime.errors import ImageError
from export.runtime.imaging.headers import (
    CUT,
    MAX_PIXELS,
    MAX_SIDE_PX,
    check_size,
    exif_orientation,
    image_info,
    inspect_image,
)


def encoded(suffix: str) -> bytes:
    image = np.arange(24 * 32 * 3, dtype=np.uint8).reshape(24, 32, 3)
    return cv2.imencode(suffix, image)[1].tobytes()


def exif(orientation: int, order: str) -> bytes:
    mark = b"II*\0" if order == "<" else b"MM\0*"
    return mark + struct.pack(f"{order}IHHHIHHI", 8, 1, 0x0112, 3, 1, orientation, 0, 0)


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_size_and_format(suffix: str) -> None:
    info = inspect_image(encoded(suffix) + b"bytes behind the end")
    assert (info.format, info.width, info.height) == ({".jpg": "jpeg", ".png": "png"}[suffix], 32, 24)
    assert (info.frames, info.orientation, info.notes) == (1, 1, ())


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_a_file_without_its_end_is_cut(suffix: str) -> None:
    with pytest.raises(ImageError, match=CUT):
        inspect_image(encoded(suffix)[:-12])


def test_an_orientation_turns_the_size() -> None:
    jpeg = encoded(".jpg")
    block = b"Exif\0\0" + exif(6, ">")
    turned = jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block + jpeg[2:]
    info = inspect_image(turned)
    assert (info.width, info.height, info.orientation) == (24, 32, 6)
    assert info.notes == ("turned upright (EXIF orientation 6)",)


@pytest.mark.parametrize("order", ["<", ">"])
def test_orientations_of_exif(order: str) -> None:
    assert [exif_orientation(exif(number, order)) for number in range(10)] == [1, 1, 2, 3, 4, 5, 6, 7, 8, 1]
    assert exif_orientation(exif(6, order)[:12]) == 1
    assert exif_orientation(b"") == 1


def test_a_changed_byte_of_a_png_is_damage() -> None:
    data = bytearray(encoded(".png"))
    place = data.index(b"IDAT") + 10
    data[place] ^= 1
    with pytest.raises(ImageError, match="damaged PNG"):
        inspect_image(bytes(data))


def test_a_header_with_an_impossible_size_is_refused() -> None:
    data = bytearray(encoded(".png"))
    data[16:20] = struct.pack(">I", MAX_SIDE_PX + 1)
    data[29:33] = struct.pack(">I", zlib.crc32(bytes(data[12:29])))
    with pytest.raises(ImageError, match=f"too large \\({MAX_SIDE_PX + 1}×24 pixels"):
        inspect_image(bytes(data))


@pytest.mark.parametrize(
    ("width", "height"), [(0, 5), (5, 0), (MAX_SIDE_PX + 1, 1), (MAX_SIDE_PX, MAX_PIXELS // MAX_SIDE_PX + 1)]
)
def test_sizes_beyond_the_limits(width: int, height: int) -> None:
    with pytest.raises(ImageError, match=f"{width}×{height} pixels"):
        check_size(width, height)
    check_size(MAX_SIDE_PX, MAX_PIXELS // MAX_SIDE_PX)


@pytest.mark.parametrize(("head", "name"), [(b"BM", "BMP"), (b"GIF89a", "GIF"), (b"%PDF-1.7", "PDF")])
def test_a_foreign_format_is_named(head: bytes, name: str) -> None:
    with pytest.raises(ImageError, match=f"unsupported format: {name}"):
        inspect_image(head + bytes(100))


def test_notes_follow_from_frames_and_orientation() -> None:
    info = image_info("png", (8, 6), 3, 5, ("note",))
    assert (info.width, info.height) == (6, 8)
    assert info.notes == ("turned upright (EXIF orientation 5)", "note", "the first of 3 frames or pages is used")
