"""Source for network streams through FFmpeg: RTSP, and video over HTTP other than MJPEG."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from typing import Optional

import cv2
import numpy as np
from numpy.typing import NDArray

from ..errors import SourceError
from .address import Address, parse_address
from .ffmpeg import HTTP_OPTIONS, RTSP_OPTIONS, open_ffmpeg
from .frame import FrameSource, SourceKind, Wanted
from .live import TIMEOUT_S, EndOfStream, LiveSource
from .mjpeg import MjpegReader, OtherStream, plain_reason


class StreamReader:
    """A `Reader` of an address through FFmpeg. A recorded video is given at its own speed and then ends."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._capture: cv2.VideoCapture | None = None
        self._stop = threading.Event()
        self._frame_s = 0.0
        self._started = 0.0
        self._expected = 0
        self._count = 0

    def open(self, stop: threading.Event) -> None:
        """Connect within 3 s; a refusal is looked into with a request of our own, since FFmpeg gives no reason."""
        self._stop = stop
        rtsp = self._address.scheme.startswith("rtsp")
        began = time.monotonic()
        self._capture = open_ffmpeg(self._address.url, RTSP_OPTIONS if rtsp else HTTP_OPTIONS, stop)
        if self._capture is None:
            late = time.monotonic() - began >= TIMEOUT_S - 0.1
            if stop.is_set() or late or self._address.scheme != "rtsp":
                raise SourceError(self._no_video(late))
            raise SourceError(_ask_rtsp(self._address))
        expected, fps = self._capture.get(cv2.CAP_PROP_FRAME_COUNT), self._capture.get(cv2.CAP_PROP_FPS)
        if 0 < expected < 1e9 and 0 < fps <= 240:
            self._expected, self._frame_s = int(expected), 1 / fps
        self._started = time.monotonic()

    def _no_video(self, late: bool) -> str:
        if late:
            return f"no answer from {self._address.server} for {TIMEOUT_S:.0f} s"
        return f"{self._address.name} gives no video that can be read"

    def read(self) -> NDArray[np.uint8] | None:
        """The next frame. Raises EndOfStream at the end of a recorded video, SourceError when the stream broke."""
        assert self._capture is not None
        if self._frame_s:
            self._stop.wait(max(0.0, self._started + self._count * self._frame_s - time.monotonic()))
        try:
            ok, image = self._capture.read()
        except cv2.error:
            ok, image = False, None
        if not ok or image is None:
            if self._expected and self._count >= 0.95 * self._expected:
                raise EndOfStream(f"{self._count} frames read")
            raise SourceError(f"{self._address.server} sends no more frames")
        self._count += 1
        return np.ascontiguousarray(image, np.uint8)

    def abort(self) -> None:
        """Nothing: cv2 must not be touched by another thread; a read ends by itself in 3 s."""

    def release(self) -> None:
        """Release the capture, in the thread that opened it."""
        if self._capture is not None:
            self._capture.release()
            self._capture = None


class HttpReader:
    """A `Reader` of an HTTP address: MJPEG part by part, anything else that is video through FFmpeg."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._reader: MjpegReader | StreamReader = MjpegReader(address)

    def open(self, stop: threading.Event) -> None:
        """Ask what is there, then open it. Raises SourceError with the reason."""
        try:
            self._reader.open(stop)
        except OtherStream as other:
            self._reader.release()
            self._reader = StreamReader(self._address)
            try:
                self._reader.open(stop)
            except SourceError as error:
                raise SourceError(f"{error} ({other})") from error

    def read(self) -> NDArray[np.uint8] | None:
        """The next frame, or None for a damaged one."""
        return self._reader.read()

    def abort(self) -> None:
        """Wake the reading thread where that is possible."""
        self._reader.abort()

    def release(self) -> None:
        """Close the connection."""
        self._reader.release()


def _ask_rtsp(address: Address) -> str:
    """Why an RTSP address does not open, from the status line of a DESCRIBE (RFC 2326, section 10.2)."""
    host = f"[{address.host}]" if ":" in address.host else address.host
    request = f"DESCRIBE rtsp://{host}:{address.port}{address.target} RTSP/1.0\r\nCSeq: 1\r\n\r\n"
    answer = b""
    try:
        with socket.create_connection((address.host, address.port), TIMEOUT_S / 2) as connection:
            connection.sendall(request.encode("ascii"))
            with contextlib.suppress(socket.timeout):
                while b"\n" not in answer and len(answer) < 256 and (block := connection.recv(256)):
                    answer += block
    except OSError as error:
        return plain_reason(error, address)
    words = answer.split()
    status = words[1].decode("ascii", "replace") if len(words) > 1 and words[0].startswith(b"RTSP/") else ""
    refused = "did not accept the user name and password (401)"
    if address.user is None:
        refused = f"asks for a user name and a password: write rtsp://user:password@{address.server}/…"
    reasons = {
        "401": refused,
        "404": "was not found (404): check the path in the camera's manual",
        "": "does not speak RTSP: check address and port",
    }
    return f"{address.name} " + reasons.get(status, f"gives no video that can be read (status {status[:3]})")


def _open_rtsp(wanted: Wanted) -> Optional[FrameSource]:
    if wanted.scheme not in ("rtsp", "rtsps"):
        return None
    address = parse_address(wanted.text)
    return LiveSource(address.name, lambda: StreamReader(address), reconnect=wanted.reconnect)


def _open_http(wanted: Wanted) -> Optional[FrameSource]:
    if wanted.scheme not in ("http", "https"):
        return None
    address = parse_address(wanted.text)
    return LiveSource(address.name, lambda: HttpReader(address), reconnect=wanted.reconnect)


RTSP = SourceKind((("rtsp://user:password@host/path", "a network camera (also rtsps://)"),), _open_rtsp)
HTTP = SourceKind(
    (("http://host:port/path", "an MJPEG stream (also https://), or another video stream over HTTP"),), _open_http
)
