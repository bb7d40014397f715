"""Source for MJPEG over HTTP, parsed part by part, because cv2 returns damaged frames as good ones."""

from __future__ import annotations

import base64
import http.client
import re
import socket
import ssl
import struct
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress

import numpy as np
from numpy.typing import NDArray

from ..errors import ImageError, SourceError
from ..imaging.images import decode_image
from ..imaging.jpeg_markers import END, RESTARTS, SCAN, START, jpeg_markers
from .address import Address
from .live import TIMEOUT_S

MAX_PART_BYTES = 20_000_000
_MAX_LINE_BYTES = 8192
_MAX_LINES = 64
_STREAM = "give the address of the MJPEG stream itself"


class OtherStream(SourceError):
    """The server answers with a video that is not MJPEG; FFmpeg may read it."""


class MjpegReader:
    """A `Reader` of `multipart/x-mixed-replace` over HTTP or HTTPS, with Basic authentication from the address.

    No redirect is followed, no proxy used, no certificate check skipped.
    """

    def __init__(self, address: Address, timeout_s: float = TIMEOUT_S) -> None:
        self._address = address
        self._timeout_s = timeout_s
        self._stop = threading.Event()
        self._connection: _Connection | None = None
        self._response: http.client.HTTPResponse | None = None
        self._buffer = bytearray()
        self._delimiter: re.Pattern[bytes] | None = None
        self._deadline = 0.0

    def open(self, stop: threading.Event) -> None:
        """Ask for the stream. Raises OtherStream for a video that is not MJPEG, SourceError for anything else."""
        self._stop = stop
        address = self._address
        headers = {"Accept": "multipart/x-mixed-replace, */*", "User-Agent": "edge-transfer", "Connection": "close"}
        if address.user is not None:
            pair = f"{address.user}:{address.password or ''}".encode()
            headers["Authorization"] = "Basic " + base64.b64encode(pair).decode("ascii")
        with self._plain_reasons():
            self._connection = _Connection(address, self._timeout_s)
            self._connection.connect()
            if stop.is_set():
                raise SourceError(f"stopped while connecting to {address.server}")
            self._connection.request("GET", address.target, headers=headers)
            self._response = self._connection.getresponse()
        self._check_answer(self._response)
        boundary = self._response.headers.get_param("boundary")
        name = boundary.strip().lstrip("-") if isinstance(boundary, str) else ""
        # Some servers name the boundary with its dashes, some without.
        self._delimiter = re.compile(rb"\r?\n-{2,}" + re.escape(name.encode("utf-8", "replace"))) if name else None
        self._buffer = bytearray(b"\n")

    def _check_answer(self, response: http.client.HTTPResponse) -> None:
        address = self._address
        if response.status != 200:
            raise SourceError(f"{address.name} {self._refusal(response)}")
        kind = _printable(response.headers.get_content_type()) if response.headers.get("Content-Type") else "no type"
        if kind == "multipart/x-mixed-replace":
            return
        if kind in ("text/html", "application/xhtml+xml"):
            raise SourceError(f"{address.name} answers with a web page, not a video stream: {_STREAM}")
        if kind.startswith("image/"):
            raise SourceError(f"{address.name} answers with a single picture, not a video stream: {_STREAM}")
        if kind.startswith("text/") or "mpegurl" in kind or "dash+xml" in kind or "json" in kind:
            raise SourceError(f"{address.name} answers with a text or playlist ({kind}), not a video: {_STREAM}")
        raise OtherStream(f"{address.name} answers with {kind}, not with MJPEG")

    def _refusal(self, response: http.client.HTTPResponse) -> str:
        address, status = self._address, response.status
        if status == 401:
            scheme = _printable((response.headers.get("WWW-Authenticate") or "Basic").partition(" ")[0].lower())
            if scheme != "basic":
                return f"asks for {scheme} authentication, which is not supported: use its rtsp:// address"
            if address.user is None:
                return f"asks for a user name and a password: write {address.scheme}://user:password@{address.server}/…"
            return "did not accept the user name and password (401)"
        if 300 <= status < 400:
            return f"sends elsewhere ({status}): {_STREAM}"
        reasons = {
            403: "refuses access (403): check the user's rights on the camera",
            404: "was not found (404): check the path in the camera's manual",
        }
        return reasons.get(status, f"reports an error ({status} {_printable(response.reason)})")

    def read(self) -> NDArray[np.uint8] | None:
        """The next frame as (H, W, 3) uint8 BGR; None for a damaged part. Raises SourceError when the stream broke."""
        self._deadline = time.monotonic() + 2 * self._timeout_s
        with self._plain_reasons():
            part = self._next_part()
        if not is_whole_jpeg(part):
            return None
        try:
            return decode_image(part)
        except ImageError:
            return None

    def abort(self) -> None:
        """Wake the reading thread: unlike a cv2 capture, a socket may be shut down by another thread."""
        connection = self._connection
        if connection is not None:
            connection.wake()

    def release(self) -> None:
        """Close the response and the connection."""
        if self._response is not None:
            self._response.close()
        if self._connection is not None:
            self._connection.close()

    # Parts (RFC 2046, section 5.1)

    def _next_part(self) -> bytes:
        if self._delimiter is None:
            self._delimiter = self._first_line()
        self._until(self._delimiter)
        rest = self._line()
        if rest.startswith(b"--"):
            raise SourceError(f"{self._address.name} ended the stream")
        length = None
        for _ in range(_MAX_LINES):
            line = self._line()
            if not line:
                break
            key, _, value = line.partition(b":")
            if key.strip().lower() == b"content-length" and value.strip().isdigit():
                length = int(value[:20])
        else:
            raise SourceError(f"{self._address.name} sends a part with more than {_MAX_LINES} header lines")
        if not length:
            return self._until(self._delimiter, keep_delimiter=True)
        if length > MAX_PART_BYTES:
            raise self._too_large()
        while len(self._buffer) < length:
            self._fill()
        part = bytes(self._buffer[:length])
        self._buffer[:length] = b"\n"  # some servers put the next delimiter right after the part
        # A length that swallowed the next part is wrong: neither of the two can be trusted.
        return b"" if self._delimiter.search(part) else part

    def _first_line(self) -> re.Pattern[bytes]:
        """The delimiter of a stream whose header names none: its first line."""
        for _ in range(_MAX_LINES):
            line = self._line()
            if line.startswith(b"--"):
                self._buffer[:0] = b"\n" + line + b"\r\n"
                return re.compile(rb"\r?\n" + re.escape(line))
            if line:
                break
        raise SourceError(f"{self._address.name} sends no MJPEG: its parts have no boundary")

    def _until(self, pattern: re.Pattern[bytes], keep_delimiter: bool = False) -> bytes:
        """Take the bytes before the next match, and the match itself unless it is kept."""
        start = 0
        while True:
            match = pattern.search(self._buffer, start)
            if match is not None:
                taken = bytes(self._buffer[: match.start()])
                del self._buffer[: match.start() if keep_delimiter else match.end()]
                return taken
            if len(self._buffer) > MAX_PART_BYTES:
                raise self._too_large()
            start = max(0, len(self._buffer) - 256)
            self._fill()

    def _line(self) -> bytes:
        while (end := self._buffer.find(b"\n")) < 0:
            if len(self._buffer) > _MAX_LINE_BYTES:
                raise SourceError(
                    f"{self._address.name} sends no MJPEG: a header line is longer than {_MAX_LINE_BYTES}"
                )
            self._fill()
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        return line.rstrip(b"\r")

    def _fill(self) -> None:
        assert self._response is not None
        if self._stop.is_set() or time.monotonic() > self._deadline:
            raise SourceError(f"no whole frame from {self._address.server} for {2 * self._timeout_s:.0f} s")
        block = self._response.read1(1 << 16)
        if not block:
            raise SourceError(f"{self._address.server} closed the connection")
        self._buffer += block

    def _too_large(self) -> SourceError:
        return SourceError(f"{self._address.name} sends a frame of more than {MAX_PART_BYTES // 1_000_000} MB")

    @contextmanager
    def _plain_reasons(self) -> Generator[None, None, None]:
        try:
            yield
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise SourceError(plain_reason(error, self._address)) from error


def plain_reason(error: Exception, address: Address) -> str:
    """What a failed connection means, without the words of the library, which may hold the whole address."""
    server = address.server
    reasons: list[tuple[type[Exception], str]] = [  # the first that fits
        (socket.gaierror, f"the host {address.host} is not known: check its name and the network"),
        (
            ssl.SSLCertVerificationError,
            f"the certificate of {server} is not trusted: install it on this machine, or use the camera's http:// "
            "address in a network you trust",
        ),
        (socket.timeout, f"no answer from {server} for {TIMEOUT_S:.0f} s"),
        (ConnectionRefusedError, f"nothing listens at {server} (connection refused): check address and port"),
        (ssl.SSLError, f"no secure connection to {server}: try its http:// address"),
        (http.client.HTTPException, f"{server} does not speak HTTP, or broke off ({type(error).__name__})"),
    ]
    broke = f"the connection to {server} broke: {getattr(error, 'strerror', None) or type(error).__name__}"
    return next((reason for kind, reason in reasons if isinstance(error, kind)), broke)


def _printable(text: str) -> str:
    """What a server says, fit for a terminal."""
    return "".join(character for character in text[:60] if character.isprintable())


class _Connection(http.client.HTTPConnection):
    """One connection whose socket stays at hand to wake the thread that reads from it."""

    def __init__(self, address: Address, timeout_s: float) -> None:
        super().__init__(address.host, address.port, timeout=timeout_s)
        self._address = address
        self._timeout_s = timeout_s
        self._open_socket: socket.socket | None = None

    def connect(self) -> None:
        found = socket.getaddrinfo(self._address.host, self._address.port, type=socket.SOCK_STREAM)
        deadline = time.monotonic() + self._timeout_s
        for left, (*_, target) in zip(range(len(found), 0, -1), found):
            try:
                share = max(0.1, (deadline - time.monotonic()) / left)
                raw = socket.create_connection((str(target[0]), int(target[1])), share)
                break
            except OSError:
                if left == 1:
                    raise
        self._open_socket = raw
        raw.settimeout(self._timeout_s)
        if self._address.scheme == "https":
            context = ssl.create_default_context()
            raw = context.wrap_socket(raw, server_hostname=self._address.host)
            self._open_socket = raw
        self.sock = raw

    def wake(self) -> None:
        if self._open_socket is not None:
            # The plain method: the one of a TLS socket would pull the session from under the reader.
            with suppress(OSError):
                socket.socket.shutdown(self._open_socket, socket.SHUT_RDWR)

    def close(self) -> None:
        super().close()
        if self._open_socket is not None:
            self._open_socket.close()


def is_whole_jpeg(data: bytes) -> bool:
    """Whether `data` is one JPEG from FF D8 to FF D9 with sound markers (ITU-T T.81, annex B), without decoding it.

    Within the compressed pixels only the restart markers, in their order, are legal in a sequential picture, so
    most bytes lost or overwritten there are seen. What no reader can see is a changed byte that happens to be legal.
    """
    data = data.rstrip(b"\r\n\0")
    if not (data.startswith(b"\xff\xd8") and data.endswith(b"\xff\xd9")):
        return False
    position, scanning, restarts = 2, False, 0
    with suppress(ImageError, struct.error):
        for code, at, _, end in jpeg_markers(data, restarts=True):
            if end > len(data) or not (scanning or at == position):
                return False
            if code == END:
                return scanning and end == len(data)
            if code in RESTARTS:
                if not scanning or code != RESTARTS[restarts % len(RESTARTS)]:
                    return False
                restarts += 1
                continue
            # Tables and comments may stand between the scans of a progressive picture.
            if code < 0xC0 or code in (START, 0xC8) or (scanning and code not in (0xC4, SCAN, 0xDB, 0xDD, 0xFE)):
                return False
            position = end
            if code == SCAN:
                scanning, restarts = True, 0
    return False
