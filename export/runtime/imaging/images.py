"""Decode and encode image files; the only path from bytes to pixels.

Libraries disagree on truncated files, EXIF rotation, 16-bit samples and transparency; here each has one answer. A box
reads JPEG and PNG; the laptop reads further formats as well (edge_transfer/dataset/image_formats.py).
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ..errors import ImageError
from ..storage import storage_error
from .headers import MAX_PIXELS, MAX_SIDE_PX, ImageInfo, inspect_image

__all__ = [
    "IMAGE_SUFFIXES",
    "MAX_FILE_BYTES",
    "MAX_PIXELS",
    "MAX_SIDE_PX",
    "ImageInfo",
    "decode_image",
    "difference_hash",
    "encode_jpeg",
    "encode_png",
    "hamming",
    "inspect_image",
    "read_image_file",
]

MAX_FILE_BYTES = 200_000_000
IMAGE_SUFFIXES = frozenset({".jpg", ".jpeg", ".jpe", ".jfif", ".png"})

_READ_FLAGS = sum(getattr(os, name, 0) for name in ("O_RDONLY", "O_NONBLOCK", "O_CLOEXEC", "O_NOCTTY", "O_BINARY"))


def decode_image(data: bytes) -> NDArray[np.uint8]:
    """The picture in `data` as a fresh contiguous (H, W, 3) uint8 BGR array.

    EXIF orientation is applied once, transparency is put on white, 16-bit samples are divided by 257 and rounded,
    grey and CMYK become BGR, and of several frames or pages the first is used. Raises ImageError.
    """
    info = inspect_image(data)
    name = info.format.upper()
    flags = cv2.IMREAD_UNCHANGED if info.format == "png" else cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
    try:
        decoded = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error as error:
        raise ImageError(f"damaged {name}: its pixels cannot be decoded") from error
    if decoded is None:
        raise ImageError(f"damaged {name}: its pixels cannot be decoded")
    if decoded.dtype == np.uint16:
        decoded = cv2.convertScaleAbs(decoded, alpha=1 / 257)
    if decoded.dtype != np.uint8:
        raise ImageError(f"unsupported format: {name} with samples of type {decoded.dtype}")
    return as_described(_three_channels(np.asarray(decoded, np.uint8)), info)


def as_described(image: NDArray[np.uint8], info: ImageInfo) -> NDArray[np.uint8]:
    """Turn a (H, W, 3) picture upright, contiguous. Raises ImageError where its size is not that of `info`."""
    image = _upright(image, info.orientation)
    if image.shape != (info.height, info.width, 3):
        found = f"{image.shape[1]}×{image.shape[0]}"
        raise ImageError(f"damaged file: its header says {info.width}×{info.height} pixels, it holds {found}")
    return np.ascontiguousarray(image)


def _three_channels(decoded: NDArray[np.uint8]) -> NDArray[np.uint8]:
    channels = 1 if decoded.ndim == 2 else decoded.shape[2]
    if channels == 1:
        return np.asarray(cv2.cvtColor(decoded, cv2.COLOR_GRAY2BGR), np.uint8)
    if channels == 3:
        return decoded
    if channels == 4:
        return on_white(decoded)
    raise ImageError(f"unsupported format: {channels} channels")


def on_white(bgra: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Put a (H, W, 4) picture with alpha on white: (H, W, 3) with the colours in the same order."""
    image = np.empty((*bgra.shape[:2], 3), np.uint8)
    for top in range(0, len(bgra), 256):  # in strips: the arithmetic needs two bytes a sample
        strip = bgra[top : top + 256].astype(np.uint16)
        alpha = strip[..., 3:]
        image[top : top + 256] = (strip[..., :3] * alpha + 127) // 255 + (255 - alpha)
    return image


def _upright(image: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """Undo an EXIF orientation (Exif 2.3, tag 0x0112)."""
    if orientation in (5, 6, 7, 8):
        image = image.transpose(1, 0, 2)
    if orientation in (2, 3, 6, 7):
        image = image[:, ::-1]
    if orientation in (3, 4, 7, 8):
        image = image[::-1]
    return image


def read_image_file(path: Path) -> bytes:
    """The bytes of the regular file `path`; never waits on a pipe or touches a device.

    Raises ImageError for anything that is not a regular file of at most MAX_FILE_BYTES, and StorageError when
    the file cannot be read.
    """
    try:
        _check_regular(path.stat())  # before opening: opening a device may already act on it
        with os.fdopen(os.open(path, _READ_FLAGS), "rb") as file:
            _check_regular(os.fstat(file.fileno()))
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise storage_error(error, path, "read") from error
    if len(data) > MAX_FILE_BYTES:
        raise ImageError(f"too large: more than {MAX_FILE_BYTES // 1_000_000} MB")
    return data


def _check_regular(status: os.stat_result) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise ImageError("not a picture: it is a folder")
    if not stat.S_ISREG(status.st_mode):
        raise ImageError("not a picture: it is a pipe, a socket or a device")
    if status.st_size > MAX_FILE_BYTES:
        size, limit = status.st_size // 1_000_000, MAX_FILE_BYTES // 1_000_000
        raise ImageError(f"too large: {size} MB; the limit is {limit} MB")


def encode_jpeg(image: NDArray[np.uint8], quality: int = 95) -> bytes:
    """Encode a (H, W, 3) BGR or (H, W) grey uint8 picture as JPEG, `quality` 1 to 100. Raises ImageError."""
    return _encode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])


def encode_png(image: NDArray[np.uint8], *, smallest: bool = False) -> bytes:
    """Encode a (H, W, 3) BGR or (H, W) grey uint8 picture as PNG, without loss. Raises ImageError.

    `smallest` takes several times as long, and saves half of a drawn picture.
    """
    return _encode(".png", image, [cv2.IMWRITE_PNG_COMPRESSION, 9] if smallest else [])


def _encode(suffix: str, image: NDArray[np.uint8], options: list[int]) -> bytes:
    if image.dtype != np.uint8 or image.size == 0 or not (image.ndim == 2 or (image.ndim == 3 and image.shape[2] == 3)):
        raise ImageError(
            f"cannot encode an array of shape {image.shape} and type {image.dtype}: (H, W, 3) uint8 expected"
        )
    try:
        done, encoded = cv2.imencode(suffix, image, options)
    except cv2.error as error:
        raise ImageError(f"cannot encode a picture of {image.shape[1]}×{image.shape[0]} pixels") from error
    if not done:
        raise ImageError(f"cannot encode a picture of {image.shape[1]}×{image.shape[0]} pixels")
    return encoded.tobytes()


def difference_hash(grey: NDArray[np.uint8]) -> int:
    """64 bits of a (H, W) picture, 0 to 2**64 - 1: which of neighbouring cells of a 9 × 8 grid is brighter."""
    small = cv2.resize(grey, (9, 8), interpolation=cv2.INTER_AREA)
    return int.from_bytes(np.packbits(small[:, 1:] > small[:, :-1]).tobytes(), "big")


def hamming(a: int, b: int) -> int:
    """Number of bits in which two difference hashes differ, 0 to 64."""
    return bin(a ^ b).count("1")
