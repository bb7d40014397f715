"""Open FFmpeg through cv2 with short time-outs and an allow-list of containers, protocols and codecs."""

from __future__ import annotations

import os
import threading
from collections.abc import Generator
from contextlib import contextmanager

import cv2

from ..errors import SourceError

TIMEOUT_MS = 3000
CODECS = "H.264, H.265, MJPEG, MPEG-4, VP8, VP9 and AV1"

FILE_OPTIONS = {
    "protocol_whitelist": "file",
    "format_whitelist": "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts",
    "fflags": "discardcorrupt",
}
HTTP_OPTIONS = {
    "protocol_whitelist": "http,https,tcp,tls",
    "format_whitelist": "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,flv,mjpeg,mpjpeg,h264,hevc",
    "fflags": "discardcorrupt",
}
RTSP_OPTIONS = {
    "protocol_whitelist": "rtsp,rtsps,rtp,srtp,udp,tcp,tls,http",
    "format_whitelist": "rtsp,sdp,rtp,mpegts,mp4,mjpeg,h264,hevc",
    "fflags": "discardcorrupt",
    "rtsp_flags": "prefer_tcp",  # cv2's own default, which it drops once options are given
}

_DECODERS = "h264,hevc,mjpeg,mpeg4,vp8,vp9,av1"
# What cv2 calls these decoders. The whitelist alone stops FFmpeg from decoding while it looks at a file, but not cv2
# from decoding afterwards (seen with FFV1, WMV2 and MPEG-2), so the codec is compared before the first read.
_FOURCCS = frozenset(["h264", "avc1", "hevc", "hvc1", "hev1", "mjpg", "fmp4", "mp4v", "vp80", "vp90", "av01"])
_lock = threading.Lock()


def open_ffmpeg(url: str, options: dict[str, str], stop: threading.Event | None = None) -> cv2.VideoCapture | None:
    """Open a file or address; None when FFmpeg cannot, after 3 s at the most.

    Raises SourceError when the video is in a codec that is not allowed. The caller's thread owns the capture.
    """
    while not _lock.acquire(timeout=0.1):  # the environment is the process's: one opening at a time
        if stop is not None and stop.is_set():
            return None
    try:
        with _environment({"codec_whitelist": _DECODERS, **options}):
            limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, TIMEOUT_MS, cv2.CAP_PROP_READ_TIMEOUT_MSEC, TIMEOUT_MS]
            capture = cv2.VideoCapture(url, cv2.CAP_FFMPEG, limits)
    except cv2.error:
        return None
    finally:
        _lock.release()
    if not capture.isOpened():
        capture.release()
        return None
    fourcc = int(capture.get(cv2.CAP_PROP_FOURCC)) & 0xFFFFFFFF
    codec = fourcc.to_bytes(4, "little").decode("latin-1").lower()
    if codec not in _FOURCCS:
        capture.release()
        shown = codec if codec.isprintable() else f"0x{fourcc:08x}"
        raise SourceError(f"the video uses the codec {shown!r}, which is not allowed: convert it to one of {CODECS}")
    return capture


@contextmanager
def _environment(options: dict[str, str]) -> Generator[None, None, None]:
    """Hand options to cv2 the only way there is, keeping what the user has set; and keep FFmpeg from printing URLs."""
    given = os.environ.get("OPENCV_FFMPEG_CAPTURE_OPTIONS")
    theirs = [pair for pair in (given or "").split("|") if pair]
    named = {pair.partition(";")[0] for pair in theirs}
    ours = [f"{key};{value}" for key, value in options.items() if key not in named]
    quiet = "OPENCV_FFMPEG_LOGLEVEL" not in os.environ and "OPENCV_FFMPEG_DEBUG" not in os.environ
    level = cv2.utils.logging.getLogLevel()
    os.environ["OPENCV_FFMPEG_CAPTURE_OPTIONS"] = "|".join(theirs + ours)
    if quiet:
        os.environ["OPENCV_FFMPEG_LOGLEVEL"] = "-8"
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    try:
        yield
    finally:
        if quiet:
            del os.environ["OPENCV_FFMPEG_LOGLEVEL"]
            cv2.utils.logging.setLogLevel(level)
        if given is None:
            del os.environ["OPENCV_FFMPEG_CAPTURE_OPTIONS"]
        else:
            os.environ["OPENCV_FFMPEG_CAPTURE_OPTIONS"] = given
