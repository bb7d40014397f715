"""MJPEG over HTTP against a loopback server that misbehaves on purpose; every wait is bounded."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import threading
import time
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from export.runtime.errors import SourceError
from export.runtime.imaging.images import decode_image
from export.runtime.sources import live
from export.runtime.sources.address import parse_address
from export.runtime.sources.frame import Frame, SourceState
from export.runtime.sources.mjpeg import MAX_PART_BYTES, MjpegReader, is_whole_jpeg
from export.runtime.sources.source import open_source
from tests.export.runtime.sources.conftest import (
    HEAD,
    PICTURES,
    Answer,
    Serve,
    failure,
    frames_of,
    http,
    looping,
    matches,
    part,
    picture,
    say,
    stream,
)

CHUNKED = HEAD.replace(b"\r\n\r\n", b"\r\nTransfer-Encoding: chunked\r\n\r\n")


def chunk(data: bytes) -> bytes:
    middle = len(data) // 2
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in (data[:middle], data[middle:]))


@pytest.mark.parametrize(
    ("head", "parts"),
    [
        (HEAD, [part(data) for data in PICTURES]),
        (HEAD, [part(data, length=None) for data in PICTURES]),
        (HEAD.replace(b"=frame", b'="--frame"'), [part(data) for data in PICTURES]),
        (HEAD.replace(b"=frame", b"=--frame"), [part(data, name=b"----frame") for data in PICTURES]),
        (HEAD.replace(b"; boundary=frame", b""), [part(data) for data in PICTURES]),
        (HEAD, [part(data).removeprefix(b"\r\n") for data in PICTURES]),
        (HEAD, [part(data).replace(b"\r\n", b"\n", 4) for data in PICTURES]),
        (HEAD, [part(data + b"\r\n\0\0") for data in PICTURES]),
        (CHUNKED, [chunk(part(data)) for data in PICTURES]),
    ],
    ids=["length", "scan", "dashes", "more-dashes", "no-boundary", "no-newline", "lf-only", "padding", "chunked"],
)
def test_every_way_of_parting_frames_is_read(serve: Serve, head: bytes, parts: list[bytes]) -> None:
    server = serve(stream(parts, head=head))
    frames = frames_of(open_source(server.url()), 5)
    assert len(frames) == 5
    assert None not in [matches(frame.image) for frame in frames]
    assert [frame.index for frame in frames] == sorted({frame.index for frame in frames})
    assert all(later.time_s > earlier.time_s for earlier, later in pairwise(frames))


def test_the_password_is_sent_and_never_shown(serve: Serve) -> None:
    server = serve(stream([part(PICTURES[0])]))
    source = open_source(server.url("/live?channel=1&pwd=geheim", user="admin:pa%3Ass@"))
    assert source.name == f"http://127.0.0.1:{server.port}/live?channel=1&pwd=***"
    assert len(frames_of(source, 1)) == 1
    request = server.requests[0].decode()
    assert "Authorization: Basic YWRtaW46cGE6c3M=" in request
    assert request.startswith("GET /live?channel=1&pwd=geheim HTTP/1.1\r\n")
    address = parse_address("rtsp://admin:pass@cam/")
    assert "pass" not in repr(address) + address.name


CUT = PICTURES[1][: len(PICTURES[1]) // 2]
TAILLESS = PICTURES[1][:-2]
OVERWRITTEN = PICTURES[2][:900] + bytes([0xFF, 0x37] * 40) + PICTURES[2][980:]
SWALLOWED = part(PICTURES[1], length=len(PICTURES[1]) + 300)
CUT_SHORT = part(PICTURES[1], length=len(PICTURES[1]) - 300)
NOT_JPEG = part(b"<html>camera rebooting</html>")


@pytest.mark.parametrize(
    "damaged",
    [part(CUT), part(TAILLESS), part(OVERWRITTEN), part(CUT, length=None), SWALLOWED, CUT_SHORT, NOT_JPEG, part(b"")],
    ids=["half", "no-end", "overwritten", "half-scan", "length-too-large", "length-too-small", "text", "empty"],
)
def test_no_damaged_frame_gets_through(serve: Serve, damaged: bytes) -> None:
    server = serve(stream([part(PICTURES[0]), damaged, part(PICTURES[3]), part(PICTURES[4])]))
    frames = frames_of(open_source(server.url()), 12)
    found = [matches(frame.image) for frame in frames]
    assert len(frames) == 12
    assert set(found) <= {0, 3, 4}
    assert {0, 4} <= set(found)


def test_dropped_frames_leave_gaps_in_the_index(serve: Serve) -> None:
    server = serve(say(HEAD, part(PICTURES[0]), part(CUT), part(CUT), part(PICTURES[1]), b"\r\n--frame--\r\n"))
    with looping(open_source(server.url(), reconnect=False)) as events:
        found = [event for event in events if isinstance(event, Frame)]
    assert found[-1].index == 3


def test_a_stream_of_damaged_frames_only_is_an_error(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "TIMEOUT_S", 0.3)
    server = serve(stream([part(CUT)]))
    assert "sends damaged frames only" in failure(open_source(server.url()))


def test_every_cut_of_a_jpeg_is_seen() -> None:
    data = PICTURES[0]
    assert is_whole_jpeg(data)
    assert is_whole_jpeg(data + b"\r\n")
    assert not any(is_whole_jpeg(data[:end]) for end in range(len(data)))
    assert not any(is_whole_jpeg(data[:start] + data[start + 200 :]) for start in range(0, 600, 13))
    assert not is_whole_jpeg(data + data)


@pytest.mark.parametrize("flag", [cv2.IMWRITE_JPEG_PROGRESSIVE, cv2.IMWRITE_JPEG_RST_INTERVAL])
def test_progressive_and_restarting_jpegs_are_whole_too(flag: int) -> None:
    image = decode_image(picture(1, 320, 240))
    data = cv2.imencode(".jpg", image, [flag, 4])[1].tobytes()
    assert is_whole_jpeg(data)
    if flag == cv2.IMWRITE_JPEG_RST_INTERVAL:
        restarts = [at for at in range(len(data) - 1) if data[at] == 0xFF and 0xD0 <= data[at + 1] <= 0xD7]
        lost = data[: restarts[3]] + data[restarts[5] :]
        assert not is_whole_jpeg(lost)


def test_no_bytes_make_the_check_fail() -> None:
    rng = np.random.default_rng(0)
    for _ in range(2000):
        data = bytearray(PICTURES[0])
        for at in rng.integers(0, len(data), 4):
            data[at] = int(rng.integers(256))
        assert is_whole_jpeg(bytes(data)) in (True, False)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (
            http("401 Unauthorized", 'WWW-Authenticate: Basic realm="cam"\r\n'),
            "did not accept the user name and password",
        ),
        (http("401 Unauthorized", 'WWW-Authenticate: Digest realm="cam"\r\n'), "asks for digest authentication"),
        (http("403 Forbidden"), "refuses access (403)"),
        (http("404 Not Found"), "was not found (404)"),
        (http("302 Found", "Location: http://elsewhere/\r\n"), "sends elsewhere (302)"),
        (http("503 Busy \x1b[31m"), "reports an error (503 Busy [31m)"),
        (http("200 OK", "Content-Type: text/html\r\n", b"<html>"), "answers with a web page"),
        (http("200 OK", "Content-Type: image/jpeg\r\n", PICTURES[0]), "a single picture"),
        (http("200 OK", "Content-Type: application/vnd.apple.mpegurl\r\n", b"#EXTM3U"), "text or playlist"),
        (http("200 OK", "Content-Type: video/mp4\r\n", b"no video"), "gives no video that can be read"),
        (say(b"SSH-2.0-OpenSSH_9\r\n"), "does not speak HTTP"),
        (say(), "does not speak HTTP"),
        (say(HEAD), "closed the connection"),
        (say(HEAD, part(PICTURES[0], length=MAX_PART_BYTES + 1)), "a frame of more than 20 MB"),
        (say(HEAD, b"\r\n--frame\r\n" + b"x" * 20_000, wait=True), "a header line is longer"),
        (say(HEAD, b"\r\n--frame\r\n" + b"X: y\r\n" * 100, wait=True), "more than 64 header lines"),
        (say(HEAD.replace(b"; boundary=frame", b""), b"junk\r\n" * 9, wait=True), "its parts have no boundary"),
    ],
)
def test_a_refusal_is_said_in_plain_words(
    serve: Serve, answer: Answer, says: str, capfd: pytest.CaptureFixture[str]
) -> None:
    server = serve(answer)
    message = failure(open_source(server.url(user="admin:s3cret@")))
    assert says in message
    assert f"127.0.0.1:{server.port}" in message
    assert "s3cret" not in message + "".join(capfd.readouterr())


def test_a_missing_password_is_asked_for(serve: Serve) -> None:
    server = serve(http("401 Unauthorized", 'WWW-Authenticate: Basic realm="cam"\r\n'))
    assert "asks for a user name and a password: write http://user:password@" in failure(open_source(server.url()))


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert "connection refused" in failure(open_source(f"http://127.0.0.1:{port}/"))


def test_an_unknown_host(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert "the host camera.invalid is not known" in failure(open_source("http://camera.invalid/"))


def test_a_black_hole_is_given_up_after_three_seconds(serve: Serve) -> None:
    server = serve(say(wait=True))
    events = open_source(server.url()).events()
    began = time.monotonic()
    seen: list[float] = []
    with pytest.raises(SourceError, match=r"no answer from 127\.0\.0\.1"):
        seen.extend(time.monotonic() for _ in events)
    assert 2.5 < time.monotonic() - began < 4
    assert np.diff([began, *seen]).max() < 1.5  # so that whoever loops can stop meanwhile


def test_an_answer_drop_by_drop_is_given_up(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "TIMEOUT_S", 0.4)

    def drops(connection: socket.socket, stop: threading.Event) -> None:
        for byte in HEAD * 20:
            connection.sendall(bytes([byte]))
            if stop.wait(0.2):
                return

    message = failure(open_source(serve(drops).url()))
    assert "127.0.0.1" in message


def test_a_stall_is_seen_within_three_seconds_and_the_stream_found_again(serve: Serve) -> None:
    server = serve(say(HEAD, part(PICTURES[0]), wait=True), stream([part(PICTURES[1])]))
    began, back = time.monotonic(), None
    states: dict[str, tuple[float, str]] = {}
    with looping(open_source(server.url())) as events:
        for event in events:
            now = time.monotonic() - began
            if isinstance(event, SourceState):
                states.setdefault(event.state, (now, event.message))
            elif matches(event.image) == 1:
                back = event
                break
            assert now < 8
    assert 1.5 < states["stalled"][0] < 3
    assert "no frame from" in states["stalled"][1]
    assert states["stalled"][1].endswith("for 2 s")
    assert states["lost"][0] < 4.5
    assert back is not None
    assert back.index == 1
    assert len(server.requests) == 2


def test_a_change_of_size_is_passed_on(serve: Serve) -> None:
    server = serve(stream([part(PICTURES[0]), part(picture(9, 320, 240))], fps=30))
    shapes = {frame.image.shape for frame in frames_of(open_source(server.url()), 8)}
    assert shapes == {(120, 160, 3), (240, 320, 3)}


def test_closing_fifty_times_at_any_moment(serve: Serve) -> None:
    server = serve(stream([part(data) for data in PICTURES], fps=300))
    source = open_source(server.url())
    for turn in range(50):
        with looping(source) as events:
            for _ in range(turn % 6):
                next(events)
        assert threading.active_count() < 120
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("source ")]


@pytest.mark.parametrize("answers", [(), (HEAD,), (HEAD, part(PICTURES[0])), (HEAD, part(PICTURES[0])[:-99])])
def test_closing_while_the_server_is_silent_is_quick(serve: Serve, answers: tuple[bytes, ...]) -> None:
    server = serve(say(*answers, wait=True))
    events = open_source(server.url()).events()
    next(events)
    time.sleep(0.2)
    began = time.monotonic()
    events.close()
    assert time.monotonic() - began < 1  # the socket is woken; no time-out is waited for


def test_a_source_that_nobody_closed_ends_with_its_last_reference(serve: Serve) -> None:
    events = open_source(serve(stream([part(PICTURES[0])])).url()).events()
    next(events)
    del events
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("source ")]


def test_a_recorded_video_over_http_is_given_at_its_speed_and_ends(serve: Serve, tmp_path: Path) -> None:
    path = tmp_path / "clip.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 20, (160, 120))
    for number in range(12):
        writer.write(np.full((120, 160, 3), number * 20, np.uint8))
    writer.release()
    server = serve(http("200 OK", "Content-Type: video/x-msvideo\r\n", path.read_bytes()))
    source = open_source(server.url("/clip.avi", user="admin:s3cret@"))
    began = time.monotonic()
    with looping(source) as events:
        found = list(events)
    assert 0.4 < time.monotonic() - began < 3
    frames = [event for event in found if isinstance(event, Frame)]
    assert len(frames) >= 6
    assert frames[-1].image.mean() == pytest.approx(220, abs=6)
    assert found[-1] == SourceState("ended", "12 frames read")


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, ssl.SSLContext]:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("needs the openssl program to make a certificate")
    command = [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-keyout", "key.pem", "-out", "cert.pem", "-days", "2", "-subj", "/CN=cam"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    return tmp_path / "cert.pem", context


def test_https_with_and_without_a_trusted_certificate(
    serve: Serve, certificate: tuple[Path, ssl.SSLContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, context = certificate
    server = serve(stream([part(PICTURES[0])]), context=context)
    url = server.url(scheme="https", user="admin:s3cret@")
    assert "certificate of 127.0.0.1" in failure(open_source(url))
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    for _ in range(5):
        assert len(frames_of(open_source(url), 3)) == 3
    assert b"s3cret" not in server.requests[0]


def test_a_reader_may_be_released_without_being_opened() -> None:
    reader = MjpegReader(parse_address("http://127.0.0.1/"))
    reader.abort()
    reader.release()
    reader.release()
    assert reader._response is None
