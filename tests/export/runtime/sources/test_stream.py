"""RTSP streams from a server that is made here."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest

from export.runtime.imaging.images import encode_jpeg
from export.runtime.sources import ffmpeg, live, stream
from export.runtime.sources.frame import SourceState
from export.runtime.sources.source import open_source
from tests.export.runtime.sources.conftest import looping, refusal


def rtp_jpeg(data: bytes, timestamp: int, first: int) -> Iterator[bytes]:
    """A baseline JPEG as interleaved RTP packets (RFC 2435), from its tables and its entropy-coded part."""
    tables, position, size = b"", 2, b""
    while data[position + 1] != 0xDA:
        length = int.from_bytes(data[position + 2 : position + 4], "big")
        segment = data[position + 4 : position + 2 + length]
        if data[position + 1] == 0xDB:
            tables += b"".join(segment[at + 1 : at + 65] for at in range(0, len(segment), 65))
        elif data[position + 1] == 0xC0:
            height, width = struct.unpack_from(">HH", segment, 1)
            size = bytes([width // 8, height // 8])
        position += 2 + length
    scan = data[position + 2 + int.from_bytes(data[position + 2 : position + 4], "big") : -2]
    for number, start in enumerate(range(0, len(scan), 1000)):
        header = start.to_bytes(4, "big") + bytes([1, 255]) + size
        if start == 0:
            header += struct.pack(">BBH", 0, 0, len(tables)) + tables
        last = start + 1000 >= len(scan)
        packet = struct.pack(">BBHII", 0x80, 26 | last << 7, (first + number) & 0xFFFF, timestamp, 7)
        packet += header + scan[start : start + 1000]
        yield b"$\0" + struct.pack(">H", len(packet)) + packet


def play_rtsp(connection: socket.socket, stop: threading.Event, frames: int) -> None:
    """One RTSP session (RFC 2326) over TCP: MJPEG frames whose brightness grows, then silence."""
    connection.settimeout(5)
    sdp = b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=cam\r\nt=0 0\r\nm=video 0 RTP/AVP 26\r\na=control:track1\r\n"
    extra = {
        b"OPTIONS": b"Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n",
        b"DESCRIBE": b"Content-Type: application/sdp\r\nContent-Length: %d\r\n" % len(sdp),
        b"SETUP": b"Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\nSession: 1\r\n",
        b"PLAY": b"Session: 1\r\n",
    }
    method = b""
    while method != b"PLAY":
        request = b""
        while b"\r\n\r\n" not in request:
            block = connection.recv(4096)
            if not block:
                return
            request += block
        method = request.partition(b" ")[0]
        number = request.partition(b"CSeq: ")[2].partition(b"\r\n")[0]
        connection.sendall(b"RTSP/1.0 200 OK\r\nCSeq: " + number + b"\r\n" + extra.get(method, b"") + b"\r\n")
        if method == b"DESCRIBE":
            connection.sendall(sdp)
    sent = 0
    for frame in range(frames):
        image = np.full((240, 320, 3), 40 + frame % 100, np.uint8)
        for packet in rtp_jpeg(encode_jpeg(image), frame * 3000, sent):
            connection.sendall(packet)
            sent += 1
        if stop.wait(1 / 100):
            return
    stop.wait(20)


@contextmanager
def rtsp_server(answer: bytes | None = None, frames: tuple[int, ...] = ()) -> Iterator[int]:
    """Answer every request with `answer`, or play so many frames on the n-th connection, or stay silent."""
    stop = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.01)

    def talk(connection: socket.socket, number: int) -> None:
        with connection, contextlib.suppress(OSError):
            if frames:
                play_rtsp(connection, stop, frames[min(number, len(frames) - 1)])
            elif answer is None:
                stop.wait(20)
            else:
                connection.settimeout(1)
                sequence = connection.recv(4096).partition(b"CSeq: ")[2].partition(b"\r\n")[0]
                connection.sendall(answer.replace(b"%", sequence))

    threads: list[threading.Thread] = []

    def accept() -> None:
        while not stop.is_set():
            with contextlib.suppress(TimeoutError):
                connection, _ = listener.accept()
                threads.append(threading.Thread(target=talk, args=(connection, len(threads))))
                threads[-1].start()

    accepting = threading.Thread(target=accept)
    accepting.start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        stop.set()
        for thread in (accepting, *threads):
            thread.join(10)
            assert not thread.is_alive()
        listener.close()


def test_an_rtsp_camera_is_read_and_found_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ffmpeg, "TIMEOUT_MS", 1500)
    monkeypatch.setattr(live, "STALLED_AFTER_S", 0.8)
    with rtsp_server(frames=(60, 10**6)) as port:
        source = open_source(f"rtsp://admin:s3cret@127.0.0.1:{port}/stream1")
        assert source.live
        assert source.name == f"rtsp://127.0.0.1:{port}/stream1"
        states: list[str] = []
        began, before = time.monotonic(), 0
        with looping(source) as events:
            for event in events:
                if isinstance(event, SourceState):
                    states.append(event.state)
                else:
                    assert event.image.shape == (240, 320, 3)
                    assert 38 < event.image.mean() < 142
                    before += "lost" not in states
                    if "lost" in states:
                        break
                assert time.monotonic() - began < 12
    assert before > 5
    assert "stalled" in states


def test_closing_an_rtsp_camera_many_times() -> None:
    with rtsp_server(frames=(10**6,)) as port:
        source = open_source(f"rtsp://127.0.0.1:{port}/")
        for turn in range(12):
            with looping(source) as events:
                for _ in range(turn % 5):
                    next(events)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("source ")]


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (b"RTSP/1.0 401 Unauthorized\r\nCSeq: %\r\n\r\n", "did not accept the user name and password"),
        (b"RTSP/1.0 404 Not Found\r\nCSeq: %\r\n\r\n", "was not found (404)"),
        (b"RTSP/1.0 500 Oops\r\nCSeq: %\r\n\r\n", "(status 500)"),
        (b"HTTP/1.1 200 OK\r\n\r\n", "does not speak RTSP"),
        (b"", "does not speak RTSP"),
    ],
)
def test_an_rtsp_refusal_is_said_in_plain_words(answer: bytes, says: str, capfd: pytest.CaptureFixture[str]) -> None:
    with rtsp_server(answer) as port:
        message = refusal(f"rtsp://admin:s3cret@127.0.0.1:{port}/stream1")
    assert says in message
    assert f"127.0.0.1:{port}" in message
    assert "s3cret" not in message + "".join(capfd.readouterr())


def test_an_rtsp_camera_that_is_not_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert "connection refused" in refusal(f"rtsp://127.0.0.1:{port}/")


def test_a_silent_rtsp_server_is_given_up_and_closing_does_not_wait_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ffmpeg, "TIMEOUT_MS", 1000)
    monkeypatch.setattr(stream, "TIMEOUT_S", 1.0)
    with rtsp_server() as port:
        events = open_source(f"rtsp://127.0.0.1:{port}/").events()
        next(events)
        time.sleep(0.2)
        began = time.monotonic()
        events.close()
        assert time.monotonic() - began < 1.5
        assert refusal(f"rtsp://127.0.0.1:{port}/") == f"no answer from 127.0.0.1:{port} for 1 s"
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("source ")]
