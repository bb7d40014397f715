"""Reading image files of every supported format on the laptop: JPEG and PNG as a box does, others with Pillow.

A project stores images byte for byte in the format they came in; every reader of stored images uses this module. The
result follows the rules of `export.runtime.imaging`: first frame, upright, on white, 8 bits, no part missing.
"""

from __future__ import annotations

import io
import struct
import warnings
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from edge_transfer.errors import ImageError
from export.runtime.imaging import images
from export.runtime.imaging.headers import CUT, MAX_PIXELS, ON_WHITE, REDUCED, check_size, exif_orientation, image_info
from export.runtime.imaging.images import ImageInfo, as_described, on_white

if TYPE_CHECKING:
    from PIL import Image

SUFFIX_OF_FORMAT = {"jpeg": ".jpg", "png": ".png", "webp": ".webp", "bmp": ".bmp", "gif": ".gif", "tiff": ".tif"}
IMAGE_SUFFIXES = images.IMAGE_SUFFIXES | {".webp", ".bmp", ".gif", ".tif", ".tiff"}

_PILLOW_FORMATS = ("BMP", "GIF", "TIFF", "WEBP")
_MAGICS = (b"BM", b"GIF87a", b"GIF89a", b"II*\0", b"MM\0*")
_MAX_PAGES = 10_000
_BITS_TAG = 258
_ORIENTATION_TAG = 274
_PHOTOMETRIC_TAG = 262
_COLOURS = frozenset({"1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr"})
"""Pillow's modes of 8 bits; of those of 16 bits only grey is read, Pillow reduces colours itself."""


def decode_image(data: bytes) -> NDArray[np.uint8]:
    """The image in `data` as a fresh contiguous (H, W, 3) uint8 BGR array; rules and errors as of `read_image`."""
    return _with_pillow(data)[1] if _is_for_pillow(data) else images.decode_image(data)


def read_image(data: bytes) -> tuple[ImageInfo, NDArray[np.uint8]]:
    """What `data` holds, and its pixels as a fresh contiguous (H, W, 3) uint8 BGR array.

    EXIF orientation is applied once, transparency is put on white, 16-bit samples are reduced to 8, grey and CMYK
    become BGR, and of several frames or pages the first is used. Bytes after the end of the image are accepted. Raises
    ImageError with a plain reason for anything that is not a whole image within MAX_PIXELS and MAX_SIDE_PX.
    """
    if not _is_for_pillow(data):
        return images.inspect_image(data), images.decode_image(data)
    return _with_pillow(data, _frames)


def _is_for_pillow(data: bytes) -> bool:
    return data.startswith(_MAGICS) or (data.startswith(b"RIFF") and data[8:12] == b"WEBP")


def _with_pillow(
    data: bytes, count: Callable[[Image.Image, bytes], int] = lambda *_: 1
) -> tuple[ImageInfo, NDArray[np.uint8]]:
    """See `read_image`; `count` says how many frames or pages there are, which can take longer than decoding one."""
    pillow = _pillow()
    try:
        with pillow.open(io.BytesIO(data), formats=_PILLOW_FORMATS) as opened:
            check_size(*opened.size)
            info = _info(opened, count(opened, data))
            opened.load()
            # Pillow turns a TIFF upright when it loads it, and no other format.
            stored = replace(info, orientation=1) if info.format == "tiff" else info
            return info, as_described(_bgr(opened), stored)
    except (ImageError, MemoryError):
        raise
    except (pillow.DecompressionBombError, pillow.DecompressionBombWarning) as error:
        raise ImageError(f"too large: more than {MAX_PIXELS // 1_000_000} megapixels") from error
    except pillow.UnidentifiedImageError as error:  # its text names an object in memory
        raise ImageError("damaged or cut off: its header cannot be read") from error
    except Exception as error:  # Pillow's parsers raise what they meet: OSError, SyntaxError, struct.error, …
        reason = " ".join(str(error).split())[:200]
        raise ImageError(CUT if "truncated" in reason.lower() else f"damaged or cut off: {reason}") from error


@cache
def _pillow() -> ModuleType:
    """`PIL.Image`, which refuses an image of more than MAX_PIXELS before it takes the memory for it."""
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    warnings.filterwarnings("error", category=Image.DecompressionBombWarning)
    warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")  # what is damaged is refused or unused
    return Image


def _frames(opened: Image.Image, data: bytes) -> int:
    if opened.format != "TIFF":
        return int(getattr(opened, "n_frames", 1))
    # Pillow's own count compares each page with all before it: 30 s for 20,000 pages.
    order = "<" if data.startswith(b"II") else ">"
    (start,) = struct.unpack_from(order + "I", data, 4)
    seen: set[int] = set()
    while start and start not in seen and len(seen) < _MAX_PAGES:
        seen.add(start)
        (entries,) = struct.unpack_from(order + "H", data, start)
        (start,) = struct.unpack_from(order + "I", data, start + 2 + 12 * entries)
    return len(seen)


def _info(opened: Image.Image, frames: int) -> ImageInfo:
    """The description of an opened image that is not loaded yet."""
    kind = str(opened.format).lower()
    tags = getattr(opened, "tag_v2", {})
    if kind == "tiff":
        orientation = tags.get(_ORIENTATION_TAG, 1)
        orientation = orientation if orientation in range(1, 9) else 1
    else:
        exif: bytes = opened.info.get("exif", b"")
        orientation = exif_orientation(exif[6:] if exif.startswith(b"Exif\0\0") else exif)
    size = opened.size
    if kind == "tiff" and orientation > 4:  # Pillow gives the size of the upright image
        size = size[1], size[0]
    deep = opened.mode.startswith("I;16") or max(tags.get(_BITS_TAG, (8,))) == 16
    if opened.mode.startswith("I;16") and tags.get(_PHOTOMETRIC_TAG) == 0:  # Pillow does not invert these
        raise ImageError("unsupported format: 16-bit TIFF of a rare kind (photometric interpretation 0)")
    if not (opened.mode in _COLOURS or opened.mode.startswith("I;16")):
        raise ImageError(f"unsupported format: {opened.format} with samples of type {opened.mode}")
    notes = ((ON_WHITE,) if _has_alpha(opened) else ()) + ((REDUCED,) if deep else ())
    return image_info(kind, size, frames, orientation, notes)


def _has_alpha(opened: Image.Image) -> bool:
    return opened.has_transparency_data and opened.format != "BMP"  # the fourth byte of a BMP is often unset


def _bgr(loaded: Image.Image) -> NDArray[np.uint8]:
    """The pixels of a loaded image as it is stored, (H, W, 3) BGR."""
    if loaded.mode.startswith("I;16"):
        grey = ((np.asarray(loaded, np.uint32) + 128) // 257).astype(np.uint8)
        return np.repeat(grey[..., None], 3, axis=2)
    if _has_alpha(loaded):
        return on_white(np.asarray(loaded.convert("RGBA"), np.uint8))[..., ::-1]
    return np.asarray(loaded.convert("RGB"), np.uint8)[..., ::-1]
