"""Golden pictures, one per trap: every byte of them is made here, so that what must come out is known."""

from __future__ import annotations

import base64
import contextlib
import os
import struct
import threading
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from export.runtime.errors import ImageError, StorageError
from export.runtime.imaging import images
from export.runtime.imaging.images import (
    MAX_PIXELS,
    ImageInfo,
    decode_image,
    encode_jpeg,
    encode_png,
    hamming,
    inspect_image,
    read_image_file,
)

CUT = "the file is cut off"
ORANGE = (50, 100, 200)  # BGR of the golden pictures below, 8 pixels wide and 6 high

CMYK_JPEG = base64.b64decode(
    "/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwADAgIDAgIDAwMDBAMDBAUIBQUEBAUKBwcGCAwKDAwLCgsLDQ4SEA0OEQ4LCxAWEBETFBUVFQwPFxgWFBgS"
    "FBUU/8AAFAgABgAIBEMRAE0RAFkRAEsRAP/EABYAAQEBAAAAAAAAAAAAAAAAAAgHCf/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAOBEMATQBZAEsA"
    "AD8AYCaBe1Tf/9k="
)
ANIMATED_PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAGCAIAAABxZ0isAAAACGFjVEwAAAACAAAAAPONk3AAAAAaZmNUTAAAAAAAAAAIAAAABgAAAAAAAAAAAAEA"
    "CgAAHz2iFwAAABRJREFUeJxjPJFixIANMGEVpZMEAM8IAWrh8ZL5AAAAGmZjVEwAAAABAAAACAAAAAYAAAAAAAAAAAABAAoAAIROSMMAAAAWZmRB"
    "VAAAAAJ4nGP8z4AdMOEQp4sEAJiFAQtds9blAAAAAElFTkSuQmCC"
)


def corners() -> NDArray[np.uint8]:
    """A (24, 32, 3) picture that differs in each corner, in 8 × 8 blocks so that JPEG keeps it nearly as it is."""
    blocks = np.zeros((3, 4, 3), np.uint8)
    blocks[0, 0], blocks[0, -1], blocks[-1, 0], blocks[-1, -1] = (255, 0, 0), (0, 255, 0), (0, 0, 255), (90, 90, 90)
    return np.repeat(np.repeat(blocks, 8, 0), 8, 1)


def encoded(suffix: str, image: NDArray[np.uint8] | NDArray[np.uint16], *options: int) -> bytes:
    done, data = cv2.imencode(suffix, image, options)
    assert done
    return data.tobytes()


def exif_block(orientation: int, order: str = ">", padding: bytes = b"") -> bytes:
    head = (b"MM" if order == ">" else b"II") + struct.pack(order + "HI", 42, 8)
    entry = struct.pack(order + "HHIHH", 0x0112, 3, 1, orientation, 0)
    return head + struct.pack(order + "H", 1) + entry + struct.pack(order + "I", 0) + padding


def jpeg_with_exif(jpeg: bytes, exif: bytes) -> bytes:
    payload = b"Exif\0\0" + exif
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(payload) + 2) + payload + jpeg[2:]


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int, height: int, bits: int, colour: int, rows: bytes, *extra: bytes) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(rows))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(extra) + pixels + chunk(b"IEND", b"")


def rotations(image: NDArray[np.uint8]) -> dict[int, NDArray[np.uint8]]:
    """The upright picture that each EXIF orientation of the stored `image` stands for (Exif 2.3, table 5)."""
    return {
        1: image,
        2: np.fliplr(image),
        3: np.rot90(image, 2),
        4: np.flipud(image),
        5: image.transpose(1, 0, 2),
        6: np.rot90(image, -1),
        7: np.rot90(image, 2).transpose(1, 0, 2),
        8: np.rot90(image, 1),
    }


def assert_same(found: NDArray[np.uint8], wanted: NDArray[np.uint8], tolerance: int = 0) -> None:
    assert found.dtype == np.uint8
    assert found.flags.c_contiguous
    assert found.flags.writeable
    assert found.shape == wanted.shape
    assert np.abs(found.astype(int) - wanted.astype(int)).max() <= tolerance


# What comes out


def test_png_gives_the_same_pixels() -> None:
    data = encoded(".png", corners())
    assert inspect_image(data) == ImageInfo("png", 32, 24)
    assert_same(decode_image(data), corners())


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_grey_becomes_three_equal_channels(suffix: str) -> None:
    grey = np.repeat(np.repeat(np.array([[0, 80], [160, 255]], np.uint8), 8, 0), 8, 1)
    assert_same(decode_image(encoded(suffix, grey)), np.dstack([grey] * 3), 0 if suffix != ".jpg" else 2)


@pytest.mark.parametrize("options", [(), (cv2.IMWRITE_JPEG_PROGRESSIVE, 1), (cv2.IMWRITE_JPEG_RST_INTERVAL, 1)])
def test_jpeg_baseline_progressive_and_with_restart_markers(options: tuple[int, ...]) -> None:
    data = encoded(
        ".jpg", corners(), cv2.IMWRITE_JPEG_QUALITY, 100, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, 0x111111, *options
    )
    assert inspect_image(data) == ImageInfo("jpeg", 32, 24)
    assert_same(decode_image(data), corners(), 3)


def test_cmyk_jpeg_becomes_rgb() -> None:
    assert inspect_image(CMYK_JPEG) == ImageInfo("jpeg", 8, 6, notes=("CMYK converted to RGB",))
    assert_same(decode_image(CMYK_JPEG), np.full((6, 8, 3), ORANGE, np.uint8), 3)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_jpeg_orientation_is_applied_once(orientation: int, order: str) -> None:
    plain = encoded(".jpg", corners(), cv2.IMWRITE_JPEG_QUALITY, 100, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, 0x111111)
    upright = rotations(corners())[orientation]
    data = jpeg_with_exif(plain, exif_block(orientation, order))
    info = inspect_image(data)
    assert (info.width, info.height) == (upright.shape[1], upright.shape[0])
    assert info.notes == ((f"turned upright (EXIF orientation {orientation})",) if orientation > 1 else ())
    assert_same(decode_image(data), upright, 3)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_png_orientation_is_applied_once(orientation: int) -> None:
    upright = rotations(corners())[orientation]
    rows = b"".join(b"\0" + row.tobytes() for row in corners()[..., ::-1])
    data = png(32, 24, 8, 2, rows, chunk(b"eXIf", exif_block(orientation)))
    assert (inspect_image(data).height, inspect_image(data).width) == upright.shape[:2]
    assert_same(decode_image(data), upright)


@pytest.mark.parametrize(
    "exif",
    [b"", b"II", b"XX*\0garbage", exif_block(0), exif_block(9), exif_block(6)[:12], exif_block(6)[:5] + b"\xff" * 9],
)
def test_broken_exif_is_ignored(exif: bytes) -> None:
    info = inspect_image(jpeg_with_exif(encoded(".jpg", corners()), exif))
    assert (info.width, info.height, info.orientation) == (32, 24, 1)


def test_exif_thumbnail_does_not_fool_the_size_nor_the_end() -> None:
    thumbnail = encoded(".jpg", corners()[:8, :8])
    data = jpeg_with_exif(encoded(".jpg", corners()), exif_block(1, padding=thumbnail))
    assert (inspect_image(data).width, inspect_image(data).height) == (32, 24)
    with pytest.raises(ImageError, match=CUT):
        inspect_image(data[:-2])


def test_alpha_is_put_on_white_and_hides_what_lies_under_it() -> None:
    bgra = np.zeros((4, 3, 4), np.uint8)
    bgra[..., :3] = (10, 20, 200)
    bgra[:, 1, 3], bgra[:, 2, 3] = 128, 255
    wanted = np.empty((4, 3, 3), np.uint8)
    wanted[:, 0] = 255
    wanted[:, 1] = [round((c * 128 + 255 * 127) / 255) for c in (10, 20, 200)]
    wanted[:, 2] = (10, 20, 200)
    data = encoded(".png", bgra)
    assert inspect_image(data).notes == ("transparency put on white",)
    assert_same(decode_image(data), wanted)
    assert_same(decode_image(encoded(".png", bgra.astype(np.uint16) * 257)), wanted)


def test_grey_and_palette_transparency_in_png() -> None:
    grey_alpha = b"".join(b"\0" + bytes((40, 0, 40, 255)) for _ in range(2))
    assert decode_image(png(2, 2, 8, 4, grey_alpha))[0].tolist() == [[255] * 3, [40] * 3]
    palette = (chunk(b"PLTE", bytes((200, 100, 50, 1, 2, 3))), chunk(b"tRNS", bytes((0,))))
    data = png(2, 1, 8, 3, b"\0\0\1", *palette)
    assert inspect_image(data).notes == ("transparency put on white",)
    assert decode_image(data)[0].tolist() == [[255] * 3, [3, 2, 1]]
    one_colour = png(2, 1, 8, 2, b"\0" + bytes((9, 8, 7, 1, 2, 3)), chunk(b"tRNS", struct.pack(">HHH", 9, 8, 7)))
    assert decode_image(one_colour)[0].tolist() == [[255] * 3, [3, 2, 1]]


def test_all_16_bit_values_are_divided_by_257_and_rounded() -> None:
    values = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    wanted = np.round(values / 257).astype(np.uint8)
    assert (wanted[0, 0], wanted[-1, -1]) == (0, 255)
    data = encoded(".png", values)
    assert inspect_image(data).notes == ("16 bit reduced to 8",)
    assert_same(decode_image(data), np.dstack([wanted] * 3))


def test_first_frame_of_an_animation() -> None:
    note = "the first of 2 frames or pages is used"
    assert inspect_image(ANIMATED_PNG) == ImageInfo("png", 8, 6, 2, (note,))
    assert_same(decode_image(ANIMATED_PNG), np.full((6, 8, 3), ORANGE, np.uint8))


def test_bytes_after_the_end_are_accepted() -> None:
    tail = b"PK\x03\x04 an archive may follow \xff\xd8\xff"
    for suffix in (".jpg", ".png"):
        data = encoded(suffix, corners())
        assert_same(decode_image(data + tail), decode_image(data))


def test_decoded_array_is_not_tied_to_the_file() -> None:
    data = encode_png(corners())
    first = decode_image(data)
    first[:] = 0
    assert_same(decode_image(data), corners())


# What is refused


def samples() -> dict[str, bytes]:
    return {
        "jpeg": encoded(".jpg", corners()),
        "progressive": encoded(".jpg", corners(), cv2.IMWRITE_JPEG_PROGRESSIVE, 1),
        "turned": jpeg_with_exif(encoded(".jpg", corners()), exif_block(6)),
        "cmyk": CMYK_JPEG,
        "png": encoded(".png", corners()),
        "animated png": ANIMATED_PNG,
    }


@pytest.mark.parametrize("name", samples())
def test_every_cut_is_found(name: str) -> None:
    data = samples()[name]
    inspect_image(data)
    for end in range(len(data)):
        with pytest.raises(ImageError):
            inspect_image(data[:end])
    with pytest.raises(ImageError, match=CUT):
        inspect_image(data[: len(data) // 2])
    with pytest.raises(ImageError, match=CUT):
        inspect_image(data[:-2])


def test_real_photographs_pass_and_their_cuts_do_not(shared: Path) -> None:
    for path in sorted((shared / "data").rglob("*.jpg"))[::40]:
        data = read_image_file(path)
        info = inspect_image(data)
        assert decode_image(data).shape == (info.height, info.width, 3)
        for end in (len(data) // 2, len(data) - 2, len(data) - 1):
            with pytest.raises(ImageError, match=CUT):
                decode_image(data[:end])


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty file"),
        (b"\xff\xd8\xff", CUT),
        (b"label,path\ncat,1.jpg\n", "not a picture: it begins with text"),
        ("<svg>é</svg>".encode() * 60, "not a picture: it begins with text"),
        ("hello".encode("utf-16"), "not a picture: it begins with text"),
        (bytes(4096), "not a picture: it begins with zeros"),
        (bytes(range(256)), "not a picture: its first bytes"),
        (b"%PDF-1.7\n", "unsupported format: PDF"),
        (b"PK\x03\x04" + bytes(40), "unsupported format: ZIP archive"),
        (b"\0\0\0\x20ftypheic" + bytes(40), "unsupported format: HEIC"),
        (b"\0\0\0\x20ftypisom" + bytes(40), "unsupported format: MP4 video"),
        (b"RIFF\x24\0\0\0AVI LIST", "unsupported format: AVI video"),
        (b"\xff\xd8\xff\xd9", "damaged JPEG: it ends before the picture begins"),
        (b"\x89PNG\r\n\x1a\n" + chunk(b"IEND", b"") * 3, "damaged PNG: it does not begin with its header"),
        (png(2, 2, 8, 0, b"").replace(b"IDAT", b"IDAX"), "damaged PNG: the checksum of its part 'IDAX' does not match"),
        (png(2, 2, 8, 0, b"\0\1\2"), "damaged PNG: its pixels cannot be decoded"),
        (png(0, 7, 8, 0, b""), "damaged header: 0×7 pixels"),
        (encoded(".bmp", corners()), "unsupported format: BMP"),
        (encoded(".tiff", corners()), "unsupported format: TIFF"),
        (encoded(".webp", corners()), "unsupported format: WebP"),
        (encoded(".gif", corners()), "unsupported format: GIF"),
        (b"II+\0" + bytes(40), "unsupported format: BigTIFF"),
    ],
)
def test_reason_of_a_refusal(data: bytes, reason: str) -> None:
    with pytest.raises(ImageError) as caught:
        decode_image(data)
    assert reason in str(caught.value)


@pytest.mark.parametrize("surprise", [np.zeros((23, 32, 3), np.uint8), np.zeros((24, 32, 2), np.uint8)])
def test_a_decoder_that_disagrees_with_the_header_is_not_believed(
    surprise: NDArray[np.uint8], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cv2, "imdecode", lambda *_: surprise)
    with pytest.raises(ImageError):
        decode_image(encode_png(corners()))


def test_an_error_of_the_decoder_is_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise cv2.error("insufficient memory")

    monkeypatch.setattr(cv2, "imdecode", fail)
    with pytest.raises(ImageError, match="damaged PNG: its pixels cannot be decoded"):
        decode_image(encode_png(corners()))


@pytest.mark.parametrize(
    ("width", "height"), [(20_001, 1), (1, 20_001), (10_001, 10_000), (20_000, 20_000), (50_000, 50_000)]
)
def test_large_pictures_are_refused_before_decoding(width: int, height: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cv2, "imdecode", lambda *_: pytest.fail("decoded"))
    wanted = f"too large ({width}×{height} pixels; the limit is 100 megapixels and 20000 a side)"
    for data in (
        png(width, height, 8, 0, bytes(1000)),
        encoded(".jpg", corners()).replace(struct.pack(">HH", 24, 32), struct.pack(">HH", height, width)),
    ):
        with pytest.raises(ImageError) as caught:
            decode_image(data)
        assert str(caught.value) == wanted


def test_largest_pictures_pass_the_inspection() -> None:
    assert inspect_image(png(20_000, 5_000, 8, 0, b"")).width * 5_000 == MAX_PIXELS


def test_files_of_endless_empty_parts_end_soon() -> None:
    jpeg = encoded(".jpg", corners())
    scan = jpeg[jpeg.index(b"\xff\xda") : -2]
    with pytest.raises(ImageError, match="more than 100 scans"):
        inspect_image(jpeg[:-2] + scan * 200 + jpeg[-2:])
    for data in (
        b"\xff\xd8\xff" + b"\xff\x01" * 2_000_000,
        b"\xff\xd8\xff" + b"\xff" * 5_000_000 + b"\0",
        png(2, 2, 8, 0, b"", chunk(b"teSt", b"") * 1_000_001),
    ):
        with pytest.raises(ImageError):
            inspect_image(data)


@settings(max_examples=150, deadline=2000)
@given(st.binary(max_size=300), st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"]))
def test_any_bytes_give_a_picture_or_an_image_error(data: bytes, magic: bytes) -> None:
    with contextlib.suppress(ImageError):
        assert decode_image(magic + data).ndim == 3


@settings(max_examples=300, deadline=2000, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(sorted(samples())),
    st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), min_size=1, max_size=4),
)
def test_flipped_bytes_give_a_picture_or_an_image_error(name: str, flips: list[tuple[int, int]]) -> None:
    data = bytearray(samples()[name])
    for place, value in flips:
        data[place % len(data)] = value
    with contextlib.suppress(ImageError):
        image = decode_image(bytes(data))
        assert image.dtype == np.uint8
        assert image.shape[2] == 3


# Files


def test_read_image_file_gives_the_bytes(tmp_path: Path) -> None:
    path = tmp_path / "ünïcode 📷\n.jpg"
    path.write_bytes(b"abc")
    (tmp_path / "link.jpg").symlink_to(path)
    assert read_image_file(path) == b"abc"
    assert read_image_file(tmp_path / "link.jpg") == b"abc"


def test_read_image_file_refuses_what_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "folder.jpg").mkdir()
    with pytest.raises(ImageError, match="it is a folder"):
        read_image_file(tmp_path / "folder.jpg")
    with pytest.raises(ImageError, match="a pipe, a socket or a device"):
        read_image_file(Path(os.devnull))
    (tmp_path / "loop.jpg").symlink_to(tmp_path / "loop.jpg")
    for name in ("loop.jpg", "missing.jpg"):
        with pytest.raises(StorageError, match=name):
            read_image_file(tmp_path / name)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_does_not_block_even_when_swapped_in_after_the_first_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipe, plain = tmp_path / "pipe.jpg", tmp_path / "plain.jpg"
    os.mkfifo(pipe)
    plain.write_bytes(b"abc")
    caught: list[Exception] = []

    def read() -> None:
        try:
            read_image_file(pipe)
        except ImageError as error:
            caught.append(error)

    regular = plain.stat()
    for swapped in (False, True):
        with monkeypatch.context() as patch:
            if swapped:
                patch.setattr(Path, "stat", lambda *_, **__: regular)
            thread = threading.Thread(target=read, daemon=True)
            thread.start()
            thread.join(5)
            assert not thread.is_alive()
    assert [str(error) for error in caught] == ["not a picture: it is a pipe, a socket or a device"] * 2


def test_large_files_are_refused_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "sparse.jpg"
    with path.open("wb") as file:
        file.truncate(201_000_000)
    with pytest.raises(ImageError, match="too large: 201 MB; the limit is 200 MB"):
        read_image_file(path)
    path.write_bytes(bytes(100))
    monkeypatch.setattr(images, "MAX_FILE_BYTES", 100)
    assert len(read_image_file(path)) == 100


# Encoding


def test_encoding_round_trip() -> None:
    assert_same(decode_image(encode_png(corners())), corners())
    assert np.abs(decode_image(encode_jpeg(corners(), 100)).astype(int) - corners()).mean() < 3
    assert len(encode_jpeg(corners(), 10)) < len(encode_jpeg(corners(), 100))


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((4, 4, 3), np.float32),
        np.zeros((0, 4, 3), np.uint8),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros(4, np.uint8),
    ],
)
def test_encoding_refuses_other_arrays(image: NDArray[np.uint8]) -> None:
    for encode in (encode_png, encode_jpeg):
        with pytest.raises(ImageError, match="cannot encode"):
            encode(image)


def test_hamming() -> None:
    assert hamming(0, 0) == 0
    assert hamming(0b1011, 0b0010) == 2
    assert hamming(0, 2**64 - 1) == 64
