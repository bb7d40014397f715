"""Source that reads a video file: every frame in order, with an error for files that end early."""

from __future__ import annotations

import os
import stat
import struct
from collections.abc import Generator
from pathlib import Path
from typing import Optional

import cv2
import numpy as np

from ..errors import SourceError
from ..storage import storage_error
from .ffmpeg import CODECS, FILE_OPTIONS, open_ffmpeg
from .frame import Frame, FrameSource, SourceEvent, SourceKind, SourceState, Wanted

_EXPECTED = "expected an MP4, MOV, MKV, WebM, AVI or MPEG-TS file"
_FOREIGN = (
    (b"\xff\xd8\xff", "a JPEG picture: give the folder it lies in"),
    (b"\x89PNG", "a PNG picture: give the folder it lies in"),
    (b"GIF8", "a GIF picture: give the folder it lies in"),
    (b"PK\x03\x04", "a ZIP archive: unpack it first"),
    (b"%PDF", "a PDF document"),
    (b"\x1f\x8b", "a gzip archive: unpack it first"),
    (b"0&\xb2u", f"a WMV or ASF video, which is not allowed: {_EXPECTED}"),
    (b"\x00\x00\x01\xba", f"an MPEG-2 video, which is not allowed: {_EXPECTED}"),
    (b"FLV", f"a Flash video, which is not allowed: {_EXPECTED}"),
    (b"OggS", f"an Ogg file, which is not allowed: {_EXPECTED}"),
)
_MP4_PARTS = (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot")


class VideoFile:
    """A video file, read in the thread of whoever loops over `events`; no frame is dropped."""

    live = False

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self._path = path

    def events(self) -> Generator[SourceEvent, None, None]:
        """Give every frame with its media time, then "ended", or "damaged" where frames are missing.

        Raises SourceError when the file is no video we read; the reason is found in its first bytes.
        """
        kind = video_kind(self._path)
        capture = open_ffmpeg(str(self._path.resolve()), FILE_OPTIONS)
        if capture is None:
            if kind == "mp4" and not _has_index(self._path):
                raise SourceError(
                    f"{self.name} is incomplete: its index (moov) is missing, so the recording or a copy was cut "
                    "short; record or copy it again"
                )
            raise SourceError(f"{self.name} is not a readable video: damaged, or not one of {CODECS}")
        count, last_s = 0, 0.0
        try:
            fps = _finite(capture.get(cv2.CAP_PROP_FPS)) or 30.0
            expected = int(_finite(capture.get(cv2.CAP_PROP_FRAME_COUNT)))
            while True:
                try:
                    ok, image = capture.read()
                except cv2.error:
                    ok, image = False, None
                if not ok or image is None:
                    break
                time_s = _finite(capture.get(cv2.CAP_PROP_POS_MSEC)) / 1000
                last_s = time_s if time_s > last_s or count == 0 else last_s + (0.0 if time_s else 1 / fps)
                if count == 0:
                    yield SourceState("live", "")
                yield Frame(np.ascontiguousarray(image, np.uint8), count, last_s)
                count += 1
        finally:
            capture.release()
        if count == 0:
            raise SourceError(f"{self.name} is damaged: not one frame of it can be decoded; record or copy it again")
        if _too_few(kind, count, expected, last_s, fps):
            about = "about " if kind == "mkv" else ""
            yield SourceState(
                "damaged", f"{count} of {about}{expected} frames read, file damaged after {_clock(last_s)}"
            )
        else:
            yield SourceState("ended", f"{count} frames read")


def _too_few(kind: str, count: int, expected: int, last_s: float, fps: float) -> bool:
    """Whether a file ended early. MP4 and AVI count their frames; elsewhere the count is a guess from the duration,
    which an audio track or an uneven frame rate puts off, so that half a second is allowed."""
    if expected <= 0 or kind == "ts":
        return False
    missing = expected - count
    if kind in ("mp4", "avi"):
        return missing > max(1, expected // 100)
    ended_early = expected / fps - last_s > max(0.5, 0.05 * expected / fps)
    return missing > 2 and (ended_early or missing > expected // 4)


def _finite(value: float) -> float:
    return value if 0 < value < 1e9 else 0.0


def _clock(seconds: float) -> str:
    """0:00.2"""
    minutes, tenths = divmod(round(seconds * 10), 600)
    return f"{minutes}:{tenths // 10:02d}.{tenths % 10}"


def video_kind(path: Path) -> str:
    """ "mp4", "mkv", "avi" or "ts" by the first bytes of a regular file.

    Raises SourceError, with the reason, for anything else: no such file, a pipe, an empty file, text, a playlist.
    """
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise SourceError(f"{path.name} is not a regular file: {_EXPECTED}")
        with os.fdopen(os.open(path, flags), "rb") as file:
            head = file.read(512)
    except OSError as error:
        raise SourceError(str(storage_error(error, path, "read"))) from error
    if not head:
        raise SourceError(f"{path.name} is empty (0 bytes): {_EXPECTED}")
    if head[4:8] in _MP4_PARTS:
        return "mp4"
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return "mkv"
    if head.startswith(b"RIFF") and head[8:12] == b"AVI ":
        return "avi"
    if head[0] == 0x47 and head[188:189] == b"\x47":
        return "ts"
    raise SourceError(f"{path.name} is not a readable video: {_foreign(head)}")


def _foreign(head: bytes) -> str:
    for magic, what in _FOREIGN:
        if head.startswith(magic):
            return f"it is {what}"
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if text.startswith((b"#EXTM3U", b"ffconcat", b"[playlist]", b"v=0")):
        return "it is a playlist, which may point anywhere; give the video itself"
    if all(byte in b"\t\r\n\f" or 0x20 <= byte != 0x7F for byte in head):
        return f"it is a text file; {_EXPECTED}"
    return f"its first bytes belong to no known video; {_EXPECTED}"


def _has_index(path: Path) -> bool:
    """Whether an MP4 file has its `moov` box among the boxes of the file (ISO/IEC 14496-12)."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            position = 0
            while position + 8 <= size:
                file.seek(position)
                length, kind = struct.unpack(">I4s", file.read(8))
                if length == 1:
                    (length,) = struct.unpack(">Q", file.read(8))
                if length == 0:
                    length = size - position
                if kind == b"moov":
                    return bool(position + length <= size)
                if length < 8:
                    return False
                position += length
    except (OSError, struct.error):
        pass
    return False


def _open_source(wanted: Wanted) -> Optional[FrameSource]:
    return VideoFile(wanted.path) if wanted.path is not None and not wanted.path.is_dir() else None


VIDEO_FILE = SourceKind((("clip.mp4", "a video file: MP4, MOV, MKV, WebM, AVI or MPEG-TS"),), _open_source)
