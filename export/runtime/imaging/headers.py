"""Parse image file headers without decoding: size, frames, orientation and completeness.

Decoders are lenient: OpenCV returns half a JPEG as a full picture and allocates a gigabyte for a small file that
claims to be large. So the structure is checked here first, on bytes alone.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ..errors import ImageError
from .jpeg_markers import ALONE, END, START, jpeg_markers

CUT = "the file is cut off: its end is missing"
MAX_PIXELS = 100_000_000
MAX_SIDE_PX = 20_000
# No honest file comes near these; a file made of empty parts would keep the walk busy for minutes.
_MAX_PARTS = 1_000_000
_MAX_SCANS = 100

ON_WHITE = "transparency put on white"
REDUCED = "16 bit reduced to 8"
_ORIENTATION = 0x0112
# struct's letters for the kinds BYTE, SHORT and LONG of TIFF 6.0.
_WHOLE_NUMBERS = {1: "B", 3: "H", 4: "I"}
_OTHER_FORMATS = (
    (0, b"%PDF", "PDF"),
    (0, b"PK\x03\x04", "ZIP archive"),
    (0, b"8BPS", "Photoshop"),
    (0, b"\x00\x00\x01\x00", "icon"),
    (0, b"\x00\x00\x00\x0cjP  ", "JPEG 2000"),
    (0, b"\xff\x4f\xff\x51", "JPEG 2000"),
    (0, b"\xff\x0a", "JPEG XL"),
    (0, b"\x00\x00\x00\x0cJXL ", "JPEG XL"),
    (0, b"BM", "BMP"),
    (0, b"GIF8", "GIF"),
    (0, b"II*\0", "TIFF"),
    (0, b"MM\0*", "TIFF"),
    (0, b"II+\0", "BigTIFF"),
    (0, b"MM\0+", "BigTIFF"),
    (0, b"\x1a\x45\xdf\xa3", "Matroska or WebM video"),
    (4, b"ftypavif", "AVIF"),
    (4, b"ftypavis", "AVIF"),
    (4, b"ftyphei", "HEIC"),
    (4, b"ftyphev", "HEIC"),
    (4, b"ftypmif1", "HEIC"),
    (4, b"ftypmsf1", "HEIC"),
    (4, b"ftyp", "MP4 video"),
    (8, b"AVI ", "AVI video"),
    (8, b"WEBP", "WebP"),
)


@dataclass(frozen=True)
class ImageInfo:
    """What the structure of a picture file says."""

    format: str
    """"jpeg" or "png"; on the laptop also "bmp", "gif", "tiff" or "webp"."""
    width: int
    """Pixels of the upright picture, as `decode_image` returns it."""
    height: int
    """Pixels of the upright picture, as `decode_image` returns it."""
    frames: int = 1
    """1 for a still picture; only the first frame or page is used."""
    notes: tuple[str, ...] = ()
    """Plain sentences on what differs between the file and the picture used, such as a rotation."""
    orientation: int = 1
    """EXIF orientation, 1 to 8; `width` and `height` already follow it."""


def inspect_image(data: bytes) -> ImageInfo:
    """Say what picture `data` holds, and check that its structure is whole; no pixel is decoded.

    Trailing bytes after the end of the picture are accepted. Raises ImageError with a plain reason for anything
    that is not a whole picture of a supported format within MAX_PIXELS and MAX_SIDE_PX.
    """
    if not data:
        raise ImageError("empty file")
    parser = _parser_of(data)
    if parser is None:
        raise ImageError(_foreign(data))
    try:
        return parser(data)
    except (struct.error, IndexError):  # a read past the end
        raise ImageError(CUT) from None


def _parser_of(data: bytes) -> Callable[[bytes], ImageInfo] | None:
    return next((parser for magic, parser in _PARSERS if data.startswith(magic)), None)


def _foreign(data: bytes) -> str:
    for start, magic, name in _OTHER_FORMATS:
        if data.startswith(magic, start):
            return f"unsupported format: {name}"
    head = data[:512]
    if not any(head):
        return "not a picture: it begins with zeros"
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "not a picture: it begins with text"
    try:
        text = head.decode("utf-8-sig", "strict" if len(data) <= len(head) else "ignore")
    except UnicodeDecodeError:
        text = "\x00"
    if len(text) > len(head) // 2 and all(c.isprintable() or c in "\t\r\n\f" for c in text):
        return "not a picture: it begins with text"
    return "not a picture: its first bytes belong to no supported format"


def image_info(
    kind: str, size: tuple[int, int], frames: int, orientation: int = 1, notes: tuple[str, ...] = ()
) -> ImageInfo:
    """The description of a picture of `size` (width, height) as stored, with the notes that follow from it."""
    if orientation != 1:
        notes = (f"turned upright (EXIF orientation {orientation})", *notes)
    if frames > 1:
        notes = (*notes, f"the first of {frames} frames or pages is used")
    width, height = size if orientation < 5 else (size[1], size[0])
    return ImageInfo(kind, width, height, frames, notes, orientation)


def check_size(width: int, height: int) -> None:
    """Raises ImageError for a picture without pixels or beyond MAX_PIXELS or MAX_SIDE_PX."""
    if width < 1 or height < 1:
        raise ImageError(f"damaged header: {width}×{height} pixels")
    if width > MAX_SIDE_PX or height > MAX_SIDE_PX or width * height > MAX_PIXELS:
        raise ImageError(
            f"too large ({width}×{height} pixels; the limit is {MAX_PIXELS // 1_000_000} megapixels "
            f"and {MAX_SIDE_PX} a side)"
        )


def exif_orientation(exif: bytes) -> int:
    """Orientation 1 to 8 of an EXIF block (a TIFF directory, TIFF 6.0); 1 where the block is absent or broken."""
    order = {b"II": "<", b"MM": ">"}.get(exif[:2])
    if order is None:
        return 1
    try:
        (start,) = struct.unpack_from(order + "I", exif, 4)
        (entries,) = struct.unpack_from(order + "H", exif, start)
        for at in range(start + 2, start + 2 + 12 * entries, 12):
            tag, kind, count = struct.unpack_from(order + "HHI", exif, at)
            if tag == _ORIENTATION and kind in _WHOLE_NUMBERS and count == 1:
                (orientation,) = struct.unpack_from(order + _WHOLE_NUMBERS[kind], exif, at + 8)
                return int(orientation) if 1 <= orientation <= 8 else 1
    except struct.error:  # cameras do write broken blocks
        pass
    return 1


# JPEG (ITU-T T.81, annex B)


def _jpeg(data: bytes) -> ImageInfo:
    width, height, scans, orientation = 0, 0, 0, 0
    notes: tuple[str, ...] = ()
    for marker, start, end in _jpeg_segments(data):
        if marker == 0xDA:
            scans += 1
            if not width or scans > _MAX_SCANS:
                raise ImageError(f"damaged JPEG: no frame header, or more than {_MAX_SCANS} scans")
        elif 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            if width:
                raise ImageError("damaged JPEG: it has two frame headers")
            width, height, components = _jpeg_frame(data, start, marker)
            notes = ("CMYK converted to RGB",) if components == 4 else ()
        elif marker == 0xE1 and not orientation and data.startswith(b"Exif\0\0", start):
            orientation = exif_orientation(data[start + 6 : end])
    if not scans:
        raise ImageError("damaged JPEG: it ends before the picture begins")
    return image_info("jpeg", (width, height), 1, orientation or 1, notes)


def _jpeg_segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Marker, first byte and end of each segment up to the end-of-image marker, which must be there."""
    for count, (marker, _, start, end) in enumerate(jpeg_markers(data)):
        if count == _MAX_PARTS:
            raise ImageError("damaged JPEG: too many segments")
        if marker == END:
            return
        if marker == START:
            raise ImageError("the file is cut off: another picture begins before its end")
        if marker not in ALONE:
            yield marker, start, end
    raise ImageError(CUT)


def _jpeg_frame(data: bytes, start: int, marker: int) -> tuple[int, int, int]:
    precision, height, width, components = struct.unpack_from(">BHHB", data, start)
    if marker not in (0xC0, 0xC1, 0xC2, 0xC9, 0xCA):
        raise ImageError("unsupported format: lossless or hierarchical JPEG")
    if precision != 8:
        raise ImageError(f"unsupported format: {precision}-bit JPEG")
    if components not in (1, 3, 4):
        raise ImageError(f"unsupported format: JPEG with {components} channels")
    check_size(width, height)
    return width, height, components


# PNG (W3C Portable Network Graphics, third edition)


def _png(data: bytes) -> ImageInfo:
    width, height, bits, colour = struct.unpack_from(">IIBB", data, 16)
    if data[8:16] != b"\0\0\0\x0dIHDR":
        raise ImageError("damaged PNG: it does not begin with its header")
    check_size(width, height)
    frames, orientation, pixels, alpha = 0, 1, False, colour in (4, 6)
    for kind, start, end in _png_chunks(data):
        if kind == b"IDAT":
            pixels = True
        elif kind == b"fcTL":
            frames += 1
        elif kind == b"tRNS":
            alpha = True
        elif kind == b"eXIf":
            orientation = exif_orientation(data[start:end])
    if not pixels:
        raise ImageError("damaged PNG: it holds no pixels")
    notes = ((ON_WHITE,) if alpha else ()) + ((REDUCED,) if bits == 16 else ())
    return image_info("png", (width, height), max(1, frames), orientation, notes)


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Kind, first byte and end of each chunk up to IEND, which must be there; checksums are checked."""
    view, position = memoryview(data), 8
    for _ in range(_MAX_PARTS):
        length, kind = struct.unpack_from(">I4s", data, position)
        end = position + 8 + length
        (checksum,) = struct.unpack_from(">I", data, end)
        if zlib.crc32(view[position + 4 : end]) != checksum:
            raise ImageError(
                f"damaged PNG: the checksum of its part {kind.decode('ascii', 'replace')!r} does not match"
            )
        if kind == b"IEND":
            return
        yield kind, position + 8, end
        position = end + 4
    raise ImageError("damaged PNG: too many chunks")


_PARSERS: tuple[tuple[bytes, Callable[[bytes], ImageInfo]], ...] = (
    (b"\xff\xd8\xff", _jpeg),
    (b"\x89PNG\r\n\x1a\n", _png),
)
