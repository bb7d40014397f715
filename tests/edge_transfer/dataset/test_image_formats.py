"""Further image formats on the laptop: what comes out of files whose every byte is made here, and what is refused."""

from __future__ import annotations

import base64
import contextlib
import struct
from collections.abc import Callable
from io import BytesIO

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from edge_transfer.dataset.image_formats import IMAGE_SUFFIXES, SUFFIX_OF_FORMAT, decode_image, read_image
from edge_transfer.errors import ImageError
from export.runtime.imaging import images
from export.runtime.imaging.images import ImageInfo, encode_jpeg, encode_png
from tests.export.runtime.imaging.test_images import (
    ORANGE,
    assert_same,
    corners,
    encoded,
    exif_block,
    rotations,
)

TRANSPARENT_GIF = base64.b64decode(
    "R0lGODlhCAAGAIEAAMhkMgAAAAAAAAAAACH5BAEAAAAALAAAAAAIAAYAAAgOAAEIHEiwoMGDCBMODAgAOw=="
)
ANIMATED_GIF = base64.b64decode(
    "R0lGODlhCAAGAIEAAMhkMgAAAAAAAAAAACH5BAAKAAAALAAAAAAIAAYAAAgOAAEIHEiwoMGDCBMODAgAIfkEAQoAAQAsAAAAAAgABgCB/wAAAAAA"
    "AAAAAAAACA4AAQgcSLCgwYMIEw4MCAAh+QQBCgABACwAAAAACAAGAIEAAP8AAAAAAAAAAAAIDgABCBxIsKDBgwgTDgwIADs="
)
ANIMATED_WEBP = base64.b64decode(
    "UklGRoYAAABXRUJQVlA4WAoAAAACAAAABwAABQAAQU5JTQYAAAAAAAAAAABBTk1GKgAAAAAAAAAAAAcAAAUAAGQAAAJWUDhMEQAAAC8HQAEAB1Cy"
    "Ilem/4GI6H8AAEFOTUYoAAAAAAAAAAAABwAABQAAZAAAAFZQOEwPAAAALwdAAQAHEP2P/gciov8BAA=="
)


def webp_with_exif(webp: bytes, exif: bytes, width: int, height: int) -> bytes:
    def part(kind: bytes, body: bytes) -> bytes:
        return kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) & 1)

    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = b"WEBP" + part(b"VP8X", b"\x08\0\0\0" + size) + webp[12:] + part(b"EXIF", exif)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def tiff(image: NDArray[np.generic], order: str = "<", **changed: int) -> bytes:
    """An uncompressed single-strip TIFF of an (H, W) or (H, W, C) array, RGB order; `changed` overrides tags."""
    pixels = (image if order == "<" else image.byteswap()).tobytes()
    channels = 1 if image.ndim == 2 else image.shape[2]
    tags = {
        256: image.shape[1],
        257: image.shape[0],
        258: image.dtype.itemsize * 8,
        259: 1,
        262: 1 if channels == 1 else 2,
        273: 8,
        277: channels,
        278: image.shape[0],
        279: len(pixels),
    }
    if channels == 4:
        tags[338] = 2
    tags.update({int(name[1:]): value for name, value in changed.items()})
    start = 8 + len(pixels)
    entries = b""
    for tag, value in sorted(tags.items()):
        if tag == 258 and channels > 2:  # one number per channel: too long for the entry itself
            where = start + 2 + 12 * len(tags) + 4
            entries += struct.pack(order + "HHII", tag, 3, channels, where)
        else:
            entries += struct.pack(order + "HHII", tag, 4, 1, value)
    head = (b"II" if order == "<" else b"MM") + struct.pack(order + "HI", 42, start)
    bits = struct.pack(order + "H", tags[258]) * channels
    return head + pixels + struct.pack(order + "H", len(tags)) + entries + struct.pack(order + "I", 0) + bits


def inspect_image(data: bytes) -> ImageInfo:
    return read_image(data)[0]


def noise(*shape: int) -> NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, shape, np.uint8)


# What comes out


@pytest.mark.parametrize("encode", [encode_jpeg, encode_png])
def test_jpeg_and_png_are_read_as_a_box_reads_them(encode: Callable[[NDArray[np.uint8]], bytes]) -> None:
    data = encode(noise(24, 32, 3))
    assert inspect_image(data) == images.inspect_image(data)
    assert_same(decode_image(data), images.decode_image(data))


@pytest.mark.parametrize("suffix", [".bmp", ".tiff", ".webp"])
def test_lossless_formats_give_the_same_pixels(suffix: str) -> None:
    data = encoded(suffix, corners(), *((cv2.IMWRITE_WEBP_QUALITY, 101) if suffix == ".webp" else ()))
    assert inspect_image(data) == ImageInfo(suffix[1:], 32, 24)
    assert_same(decode_image(data), corners())
    assert SUFFIX_OF_FORMAT[suffix[1:]] in IMAGE_SUFFIXES


@pytest.mark.parametrize("suffix", [".bmp", ".tiff"])
def test_grey_becomes_three_equal_channels(suffix: str) -> None:
    grey = np.repeat(np.repeat(np.array([[0, 80], [160, 255]], np.uint8), 8, 0), 8, 1)
    assert_same(decode_image(encoded(suffix, grey)), np.dstack([grey] * 3))


@pytest.mark.parametrize("compression", ["jpeg", "packbits", "tiff_adobe_deflate", "tiff_lzw"])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_pixels_are_those_of_opencv(mode: str, compression: str) -> None:
    """Which read these formats before: a project's embeddings stay those of its images."""
    file = BytesIO()
    Image.fromarray(noise(48, 64, 3)).convert(mode).save(file, "TIFF", compression=compression)
    wanted = cv2.imdecode(np.frombuffer(file.getvalue(), np.uint8), cv2.IMREAD_COLOR)
    assert_same(decode_image(file.getvalue()), np.asarray(wanted, np.uint8))


def test_a_lossy_webp_is_decoded_as_by_opencv() -> None:
    data = encoded(".webp", noise(48, 64, 3), cv2.IMWRITE_WEBP_QUALITY, 80)
    assert_same(decode_image(data), np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR), np.uint8))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_webp_and_tiff_orientation_is_applied_once(orientation: int) -> None:
    upright = rotations(corners())[orientation]
    rgb = corners()[..., ::-1]
    webp = encoded(".webp", corners(), cv2.IMWRITE_WEBP_QUALITY, 101)
    for data in (
        webp_with_exif(webp, exif_block(orientation), 32, 24),
        webp_with_exif(webp, b"Exif\0\0" + exif_block(orientation), 32, 24),
        tiff(rgb, t274=orientation),
        tiff(rgb.astype(np.uint16) * 257, ">", t274=orientation),
    ):
        info = inspect_image(data)
        assert (info.height, info.width) == upright.shape[:2]
        assert (f"turned upright (EXIF orientation {orientation})" in info.notes) == (orientation > 1)
        assert_same(decode_image(data), upright)


@pytest.mark.parametrize("exif", [b"", b"II", b"XX*\0garbage", exif_block(0), exif_block(9), exif_block(6)[:12]])
def test_broken_exif_of_a_webp_is_ignored(exif: bytes) -> None:
    data = webp_with_exif(encoded(".webp", corners(), cv2.IMWRITE_WEBP_QUALITY, 101), exif, 32, 24)
    assert inspect_image(data) == ImageInfo("webp", 32, 24)
    assert_same(decode_image(data), corners())


def test_alpha_is_put_on_white_and_hides_what_lies_under_it() -> None:
    bgra = np.zeros((4, 3, 4), np.uint8)
    bgra[..., :3] = (10, 20, 200)
    bgra[:, 1, 3], bgra[:, 2, 3] = 128, 255
    wanted = np.empty((4, 3, 3), np.uint8)
    wanted[:, 0] = 255
    wanted[:, 1] = [round((c * 128 + 255 * 127) / 255) for c in (10, 20, 200)]
    wanted[:, 2] = (10, 20, 200)
    webp = encoded(".webp", bgra[:, 1:], cv2.IMWRITE_WEBP_QUALITY, 101)
    assert inspect_image(webp).notes == ("transparency put on white",)
    assert_same(decode_image(webp), wanted[:, 1:])
    rgba = bgra[..., [2, 1, 0, 3]]
    assert_same(decode_image(tiff(rgba)), wanted)
    assert_same(decode_image(tiff(rgba.astype(np.uint16) * 257)), wanted)
    premultiplied = np.dstack([rgba[..., :3].astype(np.uint16) * rgba[..., 3:] // 255, rgba[..., 3]]).astype(np.uint8)
    assert_same(decode_image(tiff(premultiplied, t338=1)), wanted, 2)


def test_the_unused_byte_of_a_bmp_is_no_alpha() -> None:
    clear = np.dstack([corners(), np.zeros((24, 32), np.uint8)])
    assert_same(decode_image(encoded(".bmp", clear)), corners())


def test_transparent_gif_becomes_white() -> None:
    assert_same(decode_image(TRANSPARENT_GIF), np.full((6, 8, 3), 255, np.uint8))


def test_grey_of_16_bits_is_divided_by_257_and_rounded() -> None:
    values = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    wanted = np.round(values / 257).astype(np.uint8)
    assert (wanted[0, 0], wanted[-1, -1]) == (0, 255)
    for data in (encoded(".tiff", values), tiff(values, ">")):
        assert inspect_image(data).notes == ("16 bit reduced to 8",)
        assert_same(decode_image(data), np.dstack([wanted] * 3))


def test_colours_of_16_bits_are_reduced_by_pillow() -> None:
    values = np.arange(65535, dtype=np.uint16).reshape(257, 85, 3)
    data = tiff(values)
    assert inspect_image(data).notes == ("16 bit reduced to 8",)
    assert_same(decode_image(data), np.round(values / 257).astype(np.uint8)[..., ::-1], 1)


@pytest.mark.parametrize(
    ("data", "kind", "frames"), [(ANIMATED_GIF, "gif", 3), (ANIMATED_WEBP, "webp", 2)], ids=["gif", "webp"]
)
def test_first_frame_of_an_animation(data: bytes, kind: str, frames: int) -> None:
    note = f"the first of {frames} frames or pages is used"
    assert inspect_image(data) == ImageInfo(kind, 8, 6, frames, (note,))
    assert_same(decode_image(data), np.full((6, 8, 3), ORANGE, np.uint8))


def test_first_page_of_a_tiff() -> None:
    done, data = cv2.imencodemulti(".tiff", [corners(), corners()[:8]])
    assert done
    assert inspect_image(data.tobytes()).frames == 2
    assert_same(decode_image(data.tobytes()), corners())


def test_tiff_whose_zero_is_white() -> None:
    grey = np.arange(48, dtype=np.uint8).reshape(6, 8)
    assert_same(decode_image(tiff(grey, t262=0)), np.dstack([255 - grey] * 3))


def test_bmp_from_top_to_bottom() -> None:
    data = bytearray(encoded(".bmp", corners()))
    struct.pack_into("<i", data, 22, -24)
    assert_same(decode_image(bytes(data)), corners()[::-1])


def test_bytes_after_the_end_are_accepted() -> None:
    tail = b"PK\x03\x04 an archive may follow \xff\xd8\xff"
    for suffix in (".bmp", ".webp", ".tiff"):
        data = encoded(suffix, corners())
        assert_same(decode_image(data + tail), decode_image(data))
    assert_same(decode_image(ANIMATED_GIF + tail), decode_image(ANIMATED_GIF))


def test_many_pages_and_frames_are_counted_soon() -> None:
    page = struct.pack("<HHHIII", 1, 256, 4, 1, 4, 0)[:-4]
    data, first = tiff(np.zeros((4, 4), np.uint8)), 24
    link = first + 2 + 12 * 9
    pages = b"".join(page + struct.pack("<I", len(data) + (k + 1) * (len(page) + 4)) for k in range(30_000))
    assert data[link : link + 4] == bytes(4)
    looped = data[:link] + struct.pack("<I", first) + data[link + 4 :]
    assert inspect_image(looped).frames == 1
    assert inspect_image(data[:link] + struct.pack("<I", len(data)) + data[link + 4 :] + pages).frames == 10_000
    frame = ANIMATED_GIF[ANIMATED_GIF.rindex(b"\x21\xf9") : -1]
    assert inspect_image(ANIMATED_GIF[:-1] + frame * 2000 + b";").frames == 2003


# What is refused


def samples() -> dict[str, bytes]:
    return {
        "webp": encoded(".webp", corners(), cv2.IMWRITE_WEBP_QUALITY, 80),
        "lossless webp": webp_with_exif(
            encoded(".webp", corners(), cv2.IMWRITE_WEBP_QUALITY, 101), exif_block(6), 32, 24
        ),
        "bmp": encoded(".bmp", corners()),
        "tiff": tiff(corners()),
        "lzw tiff": encoded(".tiff", corners()),
        "animated webp": ANIMATED_WEBP,
    }


@pytest.mark.parametrize("name", samples())
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_every_cut_is_found(name: str) -> None:
    data = samples()[name]
    read_image(data)
    for end in range(len(data)):
        with pytest.raises(ImageError):
            read_image(data[:end])


@pytest.mark.parametrize("name", ["bmp", "tiff"])
def test_a_cut_is_named(name: str) -> None:
    data = samples()[name]
    with pytest.raises(ImageError, match="cut off"):
        read_image(data[: len(data) // 2])


def test_a_cut_gif_gives_its_whole_first_frame_or_nothing() -> None:
    """The end of an animation is not used and may be missing."""
    second_frame = ANIMATED_GIF.index(b"\x21\xf9", 30)
    for end in range(len(ANIMATED_GIF)):
        if end < second_frame - 1:  # the empty block that ends a frame says nothing
            with pytest.raises(ImageError):
                read_image(ANIMATED_GIF[:end])
        else:
            with contextlib.suppress(ImageError):
                assert_same(decode_image(ANIMATED_GIF[:end]), decode_image(ANIMATED_GIF))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty file"),
        (b"RIFF\x24\0\0\0AVI LIST", "unsupported format: AVI video"),
        (bytes(range(256)), "not a picture: its first bytes belong to no supported format"),
        (b"II+\0" + bytes(40), "unsupported format: BigTIFF"),
        (ANIMATED_GIF[:25] + b";", "damaged or cut off: its header cannot be read"),
        (tiff(np.ones((4, 4), np.float32), t339=3), "unsupported format: TIFF with samples of type F"),
        (tiff(np.ones((4, 4), np.int32), t339=2), "unsupported format: TIFF with samples of type I"),
        (tiff(np.ones((4, 4, 2), np.uint8), t262=1), "damaged or cut off"),
        (tiff(np.ones((4, 4), np.uint16), t262=0), "unsupported format: 16-bit TIFF of a rare kind"),
        (tiff(np.ones((4, 4), np.uint8), t259=50000), "damaged or cut off: decoder error"),
        (tiff(np.ones((4, 4), np.uint8), t273=9999), "cut off"),
        (tiff(np.ones((4, 4), np.uint8))[:-40], "damaged or cut off"),
    ],
)
def test_reason_of_a_refusal(data: bytes, reason: str) -> None:
    with pytest.raises(ImageError) as caught:
        decode_image(data)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "object at" not in str(caught.value)


def bombs(width: int, height: int) -> list[bytes]:
    return [
        b"BM" + struct.pack("<IIIIiiHHII", 0, 0, 54, 40, width, height, 1, 24, 0, 0) + bytes(99),
        tiff(np.zeros((2, 2), np.uint8), t256=width, t257=height),
        ANIMATED_GIF[:6] + struct.pack("<HH", width, height) + ANIMATED_GIF[10:],
    ]


@pytest.mark.parametrize(("width", "height"), [(20_001, 1), (1, 20_001)])
def test_long_images_are_refused_before_decoding(width: int, height: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", lambda *_: pytest.fail("decoded"))
    for data in bombs(width, height)[:2]:
        with pytest.raises(ImageError) as caught:
            decode_image(data)
        assert str(caught.value) == (
            f"too large ({width}×{height} pixels; the limit is 100 megapixels and 20000 a side)"
        )


@pytest.mark.parametrize(("width", "height"), [(10_001, 10_000), (20_000, 20_000), (50_000, 50_000)])
def test_large_images_are_refused_before_decoding(width: int, height: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", lambda *_: pytest.fail("decoded"))
    for data in bombs(width, height):
        with pytest.raises(ImageError, match="too large: more than 100 megapixels"):
            decode_image(data)


def test_a_huge_canvas_of_an_animation_is_refused() -> None:
    size = (16_777_214).to_bytes(3, "little") + bytes(3)
    with pytest.raises(ImageError):
        read_image(ANIMATED_WEBP[:24] + size + ANIMATED_WEBP[30:])


def test_a_lack_of_memory_is_not_called_damage(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", fail)
    with pytest.raises(MemoryError):
        decode_image(encoded(".bmp", corners()))


@settings(max_examples=150, deadline=2000)
@given(st.binary(max_size=300), st.sampled_from([b"RIFF\x50\0\0\0WEBP", b"BM", b"GIF89a", b"II*\0", b"MM\0*"]))
def test_any_bytes_give_an_image_or_an_image_error(data: bytes, magic: bytes) -> None:
    with contextlib.suppress(ImageError):
        assert decode_image(magic + data).ndim == 3


@settings(max_examples=300, deadline=2000, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(sorted(samples() | {"gif": ANIMATED_GIF})),
    st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), min_size=1, max_size=4),
)
def test_flipped_bytes_give_an_image_or_an_image_error(name: str, flips: list[tuple[int, int]]) -> None:
    data = bytearray((samples() | {"gif": ANIMATED_GIF})[name])
    for place, value in flips:
        data[place % len(data)] = value
    with contextlib.suppress(ImageError):
        image = decode_image(bytes(data))
        assert image.dtype == np.uint8
        assert image.shape[2] == 3
