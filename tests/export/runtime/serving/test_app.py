"""A real server on a free port of the loopback, asked by the standard library's client."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from export.runtime.bundle.predictor import Predictor
from export.runtime.errors import EdgeTransferError
from export.runtime.imaging.images import encode_jpeg, encode_png
from export.runtime.inference.engine import EngineOutput
from export.runtime.serving.app import MAX_CONNECTIONS, Lane, build_app, listen, make_server
from export.runtime.serving.guard import ServeOptions
from tests.export.runtime.serving.conftest import DIMENSIONS, SIDE, Client, infer, serving

CLASSES = ["hex_nut", "washer", "Schräubchen"]

TOKEN = b"a-secret-of-some-length"

# The protocol


def test_health_and_metadata(client: Client) -> None:
    assert client.get("/v2/health/live") == (200, {"live": True})
    assert client.get("/v2/health/ready") == (200, {"ready": True})
    status, server = client.get("/v2")
    assert (status, server["name"], server["extensions"]) == (200, "edge-transfer", ["binary_tensor_data"])
    status, model = client.get("/v2/models/tiny")
    assert status == 200
    assert model["inputs"] == [{"name": "image", "datatype": "UINT8", "shape": [-1, SIDE, SIDE, 3]}]
    assert model["outputs"] == [
        {"name": "logits", "datatype": "FP32", "shape": [-1, 3]},
        {"name": "feature_vector", "datatype": "FP32", "shape": [-1, DIMENSIONS]},
    ]
    assert (model["name"], model["versions"], model["parameters"]["labels"]) == ("tiny", ["1"], CLASSES)
    assert client.get("/v2/models/tiny/versions/1") == (200, model)
    assert client.get("/v2/models/tiny/ready") == (200, {"name": "tiny", "ready": True})


@pytest.mark.parametrize("length", ["-1", "x", "99999999", "1e3", "²", ""])
def test_lengths_that_are_none(client: Client, length: str) -> None:
    headers = {"Inference_Header_Content_Length": length}
    if not length.isascii():
        headers = {"Inference_Header_Content_Length": length.encode().decode("latin-1")}
    status, answer = client.post("/v2/models/tiny/infer", b"{}", **headers)
    assert (status, list(answer)) == (400, ["error"])


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v2/models/other", 404),
        ("GET", "/v2/models/other/ready", 404),
        ("GET", "/v2/models/tiny/versions/2", 404),
        ("POST", "/v2/models/other/infer", 404),
        ("GET", "/nothing", 404),
        ("GET", "/predict", 405),
        ("DELETE", "/v2/models/tiny", 405),
        ("GET", "/v2/models/..%2f..%2fetc/ready", 404),
        ("GET", "/docs", 404),
    ],
)
def test_paths_that_are_not_there(client: Client, method: str, path: str, status: int) -> None:
    found, headers, body = client.ask(method, path)
    assert (found, headers["content-type"]) == (status, "application/json")
    assert list(json.loads(body)) == ["error"]


def test_it_describes_itself(client: Client) -> None:
    status, document = client.get("/openapi.json")
    assert status == 200
    assert {"/predict", "/v2/models/{name}/infer"} <= set(document["paths"])


# Pictures


@pytest.mark.parametrize("encode", [encode_png, lambda frame: encode_jpeg(frame, 100)])
def test_a_picture_is_classified(
    client: Client,
    predictor: Predictor,
    frames: list[NDArray[np.uint8]],
    encode: Callable[[NDArray[np.uint8]], bytes],
) -> None:
    for frame in frames:
        status, answer = client.post("/predict", encode(frame), Content_Type="image/png")
        expected = predictor.predict(frame).decision
        assert status == 200
        assert list(answer) == ["label", "probability", "unknown", "top", "ms"]
        assert (answer["label"], answer["unknown"]) == (expected.label, expected.unknown)
        assert answer["probability"] == pytest.approx(expected.probability, abs=0.02)
        assert len(answer["top"]) == 3


def test_what_is_no_picture(client: Client, frames: list[NDArray[np.uint8]]) -> None:
    jpeg = encode_jpeg(frames[0])
    for body in (b"", b"hello", jpeg[: len(jpeg) // 2], b"\xff\xd8\xff", b"GIF89a"):
        status, answer = client.post("/predict", body)
        assert (status, list(answer)) == (400, ["error"])
        assert "Traceback" not in answer["error"]


def test_many_at_once_get_their_own_answers(tiny_bundle: Path, frames: list[NDArray[np.uint8]]) -> None:
    """R4: an OpenVINO request that is asked twice at once raises "Infer Request is busy"."""
    predictor = Predictor.open(tiny_bundle, "openvino")
    expected = [predictor.predict(frame).decision.label for frame in frames]
    found: list[tuple[int, str]] = []

    with serving(predictor, max_waiting=100) as client:

        def ask(index: int) -> None:
            for _ in range(5):
                status, answer = client.post("/predict", encode_png(frames[index]))
                found.append((index, answer["label"] if status == 200 else str(answer)))

        threads = [threading.Thread(target=ask, args=(index % len(frames),)) for index in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
    assert len(found) == 40
    assert all(label == expected[index] for index, label in found)


# Limits


class Slow:
    """A network that answers when it is told to."""

    name, side = "onnxruntime", SIDE

    def __init__(self) -> None:
        self.begun, self.go = threading.Event(), threading.Event()

    def run(self, images: NDArray[np.uint8]) -> EngineOutput:
        if images.any():
            self.begun.set()
            assert self.go.wait(20)
        return EngineOutput(np.zeros((len(images), 3), np.float32), np.zeros((len(images), DIMENSIONS), np.float32))


def test_too_many_are_told_to_come_again(predictor: Predictor, frames: list[NDArray[np.uint8]]) -> None:
    slow = Slow()
    waiting = Predictor(predictor.manifest, predictor.model, slow)
    answers: list[int] = []
    with serving(waiting, max_waiting=1) as client:
        first = threading.Thread(target=lambda: answers.append(client.post("/predict", encode_png(frames[0]))[0]))
        first.start()
        assert slow.begun.wait(20)
        assert client.post("/predict", encode_png(frames[0])) == (503, {"error": "busy: come again in a moment"})
        assert client.get("/v2/health/live")[0] == 200
        slow.go.set()
        first.join(20)
    assert answers == [200]


def test_an_answer_that_takes_too_long(predictor: Predictor, frames: list[NDArray[np.uint8]]) -> None:
    slow = Slow()
    with serving(Predictor(predictor.manifest, predictor.model, slow), answer_timeout_s=0.2) as client:
        assert client.post("/predict", encode_png(frames[0])) == (503, {"error": "no answer within 0.2 s"})
        slow.go.set()


def test_numbers_that_are_none_are_an_error(predictor: Predictor, images: NDArray[np.uint8]) -> None:
    class Broken(Slow):
        def run(self, images: NDArray[np.uint8]) -> EngineOutput:
            return EngineOutput(np.full((len(images), 3), np.nan, np.float32), np.zeros((len(images), 8), np.float32))

    with serving(Predictor(predictor.manifest, predictor.model, Broken())) as client:
        status, answer = client.post("/v2/models/tiny/infer", infer(images))
        assert (status, answer) == (500, {"error": "the network answered with numbers that are not finite"})
        status, answer = client.post("/predict", encode_png(images[0]))
        assert status == 500
        assert "not finite" in answer["error"]


def test_bodies_that_are_too_large(predictor: Predictor) -> None:
    with serving(predictor, max_body_bytes=10_000) as client:
        for headers in (b"Content-Length: 10001\r\n", b"Content-Length: " + b"9" * 30 + b"\r\n"):
            assert b" 4" in talk(client.port, b"POST /predict HTTP/1.1\r\nHost: localhost\r\n" + headers + b"\r\n")[:12]
        assert client.post("/predict", bytes(10_000))[0] == 400
        # Without an announced length the bytes are counted as they come.
        chunks = b"".join(b"1000\r\n" + bytes(0x1000) + b"\r\n" for _ in range(3)) + b"0\r\n\r\n"
        head = b"POST /predict HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
        assert talk(client.port, head + chunks).startswith(b"HTTP/1.1 413")


def talk(port: int, data: bytes) -> bytes:
    """Everything the server says to these bytes until it hangs up or falls silent for long."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(data)
        answer = b""
        while b"\r\n\r\n" not in answer and (part := connection.recv(4096)):
            answer += part
        return answer


@pytest.mark.parametrize(
    "data", [b"\0" * 64, b"GET\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x02\x00\x01", b"X" * 100_000]
)
def test_what_is_no_request_gets_a_400_or_nothing(client: Client, data: bytes) -> None:
    try:
        answer = talk(client.port, data + b"\r\n\r\n")
    except ConnectionError:
        answer = b""
    assert re.match(rb"HTTP/1.1 4\d\d|$", answer)
    assert client.get("/v2/health/live")[0] == 200


# Who may ask


# The page


# The verb


def test_a_port_that_is_taken(client: Client) -> None:
    with pytest.raises(
        EdgeTransferError, match=f"cannot listen on 127.0.0.1 port {client.port}: .*another one: --port"
    ):
        listen(ServeOptions(port=client.port))
    with pytest.raises(EdgeTransferError, match=r"cannot listen on nowhere\.invalid"):
        listen(ServeOptions(host="nowhere.invalid", token=TOKEN))


def test_without_its_packages_it_says_what_to_install(predictor: Predictor, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, call in (
        ("fastapi", lambda: build_app(predictor, ServeOptions(), Lane(max_waiting=1, timeout_s=1))),
        ("uvicorn", lambda: make_server(None)),
    ):
        with monkeypatch.context() as patch:
            patch.setitem(sys.modules, name, None)
            with pytest.raises(EdgeTransferError, match="pip install fastapi uvicorn"):
                call()


def test_slow_bodies_are_given_up(predictor: Predictor) -> None:
    with serving(predictor, body_timeout_s=0.3) as client:
        head = b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n"
        assert talk(client.port, head + b"abc").startswith(b"HTTP/1.1 408")


def test_an_idle_connection_is_closed_after_its_answer(client: Client) -> None:
    with socket.create_connection(("127.0.0.1", client.port), timeout=20) as connection:
        connection.sendall(b"GET /v2/health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
        answer = b""
        while not answer.endswith(b"}"):
            answer += connection.recv(9999)
        assert answer.startswith(b"HTTP/1.1 200")
        assert connection.recv(9999) == b""


def test_connections_are_limited(predictor: Predictor) -> None:
    """Half a head holds up no other request; too many connections get a 503 until some of them end."""
    with serving(predictor) as client, contextlib.ExitStack() as stack:
        for _ in range(MAX_CONNECTIONS // 2):
            connection = stack.enter_context(socket.create_connection(("127.0.0.1", client.port), timeout=20))
            connection.sendall(b"GET /v2 HTTP/1.1\r\nHost: local")
        assert client.get("/v2/health/live")[0] == 200
        for _ in range(MAX_CONNECTIONS // 2):
            stack.enter_context(socket.create_connection(("127.0.0.1", client.port), timeout=20))
        assert client.ask("GET", "/v2/health/live")[0] == 503
        stack.close()
        deadline = time.monotonic() + 20
        while client.ask("GET", "/v2/health/live")[0] == 503 and time.monotonic() < deadline:
            time.sleep(0.05)
        assert client.get("/v2/health/live")[0] == 200
