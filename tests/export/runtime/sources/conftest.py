"""Videos, whole readings of a source, and a server of MJPEG streams."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from itertools import takewhile
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from export.runtime.errors import SourceError
from export.runtime.imaging.images import decode_image, encode_jpeg
from export.runtime.sources.frame import Frame, FrameSource, SourceEvent, SourceState
from export.runtime.sources.source import open_source


def make_video(path: Path, fourcc: str = "mp4v", frames: int = 60) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*fourcc), 30, (160, 120))
    assert writer.isOpened()
    noise = np.random.default_rng(0).integers(0, 30, (120, 160, 3), dtype=np.uint8)
    for number in range(frames):
        image = np.full((120, 160, 3), 60 + number, np.uint8)
        cv2.circle(image, (10 + 2 * number, 60), 12, (0, 200, 255), -1)
        writer.write(cv2.add(image, np.roll(noise, number * 7, axis=1)))
    writer.release()
    return path


def read_all(text: Path | str) -> tuple[list[Frame], list[SourceState]]:
    events = list(open_source(str(text)).events())
    return [e for e in events if isinstance(e, Frame)], [e for e in events if isinstance(e, SourceState)]


def refusal(text: Path | str) -> str:
    with pytest.raises(SourceError) as caught:
        read_all(text)
    return str(caught.value)


Answer = Callable[[socket.socket, threading.Event], None]


def picture(number: int, width: int = 160, height: int = 120) -> bytes:
    rng = np.random.default_rng(number)
    coarse = rng.integers(0, 255, (height // 8, width // 8, 3), dtype=np.uint8)
    return encode_jpeg(np.asarray(cv2.resize(coarse, (width, height)), np.uint8))


PICTURES = [picture(number) for number in range(8)]

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=frame\r\n\r\n"


def part(data: bytes, length: int | None = -1, name: bytes = b"--frame") -> bytes:
    stated = b"" if length is None else b"Content-Length: %d\r\n" % (len(data) if length < 0 else length)
    return b"\r\n" + name + b"\r\nContent-Type: image/jpeg\r\n" + stated + b"\r\n" + data


def say(*blocks: bytes, wait: bool = False) -> Answer:
    """An answer that sends the blocks and then closes, or keeps the connection open without a word."""

    def answer(connection: socket.socket, stop: threading.Event) -> None:
        for block in blocks:
            connection.sendall(block)
        if wait:
            stop.wait(20)

    return answer


def stream(parts: list[bytes], fps: float = 100, head: bytes = HEAD) -> Answer:
    """An answer that sends the parts again and again."""

    def answer(connection: socket.socket, stop: threading.Event) -> None:
        connection.sendall(head)
        while not stop.is_set():
            for block in parts:
                connection.sendall(block)
                if stop.wait(1 / fps):
                    return

    return answer


class Server:
    """Answers connection n with answer n, the last one from then on; keeps the requests."""

    def __init__(self, answers: tuple[Answer, ...], context: ssl.SSLContext | None = None) -> None:
        self.requests: list[bytes] = []
        self._answers, self._context = answers, context
        self._stop = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.01)
        self.port = int(self._listener.getsockname()[1])
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def url(self, path: str = "/stream", user: str = "", scheme: str = "http") -> str:
        return f"{scheme}://{user}127.0.0.1:{self.port}{path}"

    def _accept(self) -> None:
        while not self._stop.is_set():
            try:
                connection, _ = self._listener.accept()
            except TimeoutError:
                continue
            self._threads.append(threading.Thread(target=self._serve, args=(connection, len(self._threads) - 1)))
            self._threads[-1].start()

    def _serve(self, connection: socket.socket, number: int) -> None:
        try:
            connection.settimeout(5)
            if self._context is not None:
                connection = self._context.wrap_socket(connection, server_side=True)
            request = b""
            while b"\r\n\r\n" not in request and (block := connection.recv(4096)):
                request += block
            self.requests.append(request)
            self._answers[min(number, len(self._answers) - 1)](connection, self._stop)
        except OSError:
            pass  # the client went away: what most of these tests are about
        finally:
            connection.close()

    def close(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(10)
            assert not thread.is_alive()
        self._listener.close()


Serve = Callable[..., Server]


@pytest.fixture
def serve() -> Iterator[Serve]:
    servers: list[Server] = []

    def start(*answers: Answer, context: ssl.SSLContext | None = None) -> Server:
        servers.append(Server(answers, context))
        return servers[-1]

    yield start
    for server in servers:
        server.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("source ")]


@contextmanager
def looping(source: FrameSource) -> Generator[Generator[SourceEvent, None, None], None, None]:
    """The events of a source, closed at the end within the promised time."""
    events = source.events()
    try:
        yield events
    finally:
        began = time.monotonic()
        events.close()
        assert time.monotonic() - began < 3.5


def frames_of(source: FrameSource, count: int, limit_s: float = 10) -> list[Frame]:
    frames: list[Frame] = []
    end = time.monotonic() + limit_s
    with looping(source) as events:
        for event in events:
            if isinstance(event, Frame):
                frames.append(event)
            if len(frames) == count or time.monotonic() > end:
                break
    return frames


def matches(image: NDArray[np.uint8]) -> int | None:
    """Which of PICTURES this is, to the pixel."""
    return next((n for n, data in enumerate(PICTURES) if np.array_equal(image, decode_image(data))), None)


def failure(source: FrameSource, limit_s: float = 4.5) -> str:
    began = time.monotonic()
    with looping(source) as events, pytest.raises(SourceError) as caught:
        list(takewhile(lambda _: time.monotonic() - began < limit_s, events))
    return str(caught.value)


def http(status: str, headers: str = "", body: bytes = b"") -> Answer:
    return say(f"HTTP/1.1 {status}\r\n{headers}Content-Length: {len(body)}\r\n\r\n".encode() + body)
