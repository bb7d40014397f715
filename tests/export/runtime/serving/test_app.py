"""A real server on a free port of the loopback, asked by the standard library's client."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from export.runtime.__main__ import main
from export.runtime.bundle.predictor import Predictor
from export.runtime.errors import EdgeTransferError
from export.runtime.imaging.images import encode_jpeg, encode_png
from export.runtime.inference.engine import EngineOutput
from export.runtime.serving.app import MAX_CONNECTIONS, Lane, build_app, listen, make_server
from export.runtime.serving.guard import ServeOptions, read_token, refusal

CLASSES = ["hex_nut", "washer", "Schräubchen"]
SIDE, DIMENSIONS = 32, 8
TOKEN = b"a-secret-of-some-length"


class Client:
    """Asks one server; a connection per request."""

    def __init__(self, port: int) -> None:
        self.port = port

    def ask(
        self, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            sent = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body, sent)
            response = connection.getresponse()
            return response.status, {key.lower(): value for key, value in response.getheaders()}, response.read()
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> tuple[int, Any]:
        status, _, body = self.ask("GET", path, **headers)
        return status, json.loads(body)

    def post(self, path: str, body: bytes | dict[str, Any], **headers: str) -> tuple[int, Any]:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        status, _, answer = self.ask("POST", path, data, **headers)
        return status, json.loads(answer)


@contextmanager
def serving(predictor: Predictor, **options: Any) -> Iterator[Client]:
    serve_options = ServeOptions(port=0, **options)
    lane = Lane(max_waiting=serve_options.max_waiting, timeout_s=serve_options.answer_timeout_s)
    with listen(serve_options) as sock:
        server = make_server(build_app(predictor, serve_options, lane))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]})
        thread.start()
        try:
            yield Client(sock.getsockname()[1])
        finally:
            server.should_exit = True
            thread.join(20)
            lane.close()
            assert not thread.is_alive()


@pytest.fixture(scope="module")
def predictor(tiny_bundle: Path) -> Predictor:
    return Predictor.open(tiny_bundle, "onnxruntime")


@pytest.fixture(scope="module")
def client(predictor: Predictor) -> Iterator[Client]:
    with serving(predictor) as client:
        yield client


@pytest.fixture(scope="module")
def images() -> NDArray[np.uint8]:
    return np.random.default_rng(3).integers(0, 256, (2, SIDE, SIDE, 3), np.uint8)


def infer(images: NDArray[np.uint8], **more: Any) -> dict[str, Any]:
    entry = {"name": "image", "shape": list(images.shape), "datatype": "UINT8", "data": images.ravel().tolist()}
    return {"inputs": [entry], **more}


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


def test_inference_answers_what_the_engine_answers(
    client: Client, predictor: Predictor, images: NDArray[np.uint8]
) -> None:
    expected = predictor.engine.run(images)
    for request in (
        infer(images),
        infer(images) | {"inputs": [infer(images)["inputs"][0] | {"data": images.tolist()}]},
    ):
        status, answer = client.post("/v2/models/tiny/infer", request | {"id": "seven"})
        assert (status, answer["id"], answer["model_name"], answer["model_version"]) == (200, "seven", "tiny", "1")
        logits, vector = answer["outputs"]
        assert (logits["name"], logits["shape"], vector["name"]) == ("logits", [2, 3], "feature_vector")
        assert np.array_equal(np.float32(logits["data"]).reshape(2, 3), expected.logits)
        assert np.array_equal(np.float32(vector["data"]).reshape(2, DIMENSIONS), expected.embedding)


def test_outputs_are_those_that_were_asked_for(client: Client, images: NDArray[np.uint8]) -> None:
    status, answer = client.post(
        "/v2/models/tiny/versions/1/infer", infer(images, outputs=[{"name": "feature_vector"}])
    )
    assert (status, [output["name"] for output in answer["outputs"]]) == (200, ["feature_vector"])
    assert "id" not in answer


def test_the_binary_extension(client: Client, predictor: Predictor, images: NDArray[np.uint8]) -> None:
    entry = {"name": "image", "shape": [2, SIDE, SIDE, 3], "datatype": "UINT8"}
    entry |= {"parameters": {"binary_data_size": images.nbytes}}
    head = json.dumps({"inputs": [entry], "parameters": {"binary_data_output": True}}).encode()
    status, headers, body = client.ask(
        "POST", "/v2/models/tiny/infer", head + images.tobytes(), Inference_Header_Content_Length=str(len(head))
    )
    assert (status, headers["content-type"]) == (200, "application/octet-stream")
    length = int(headers["inference-header-content-length"])
    answer = json.loads(body[:length])
    sizes = [output["parameters"]["binary_data_size"] for output in answer["outputs"]]
    assert sizes == [2 * 3 * 4, 2 * DIMENSIONS * 4]
    logits = np.frombuffer(body[length : length + sizes[0]], "<f4").reshape(2, 3)
    assert np.array_equal(logits, predictor.engine.run(images).logits)
    assert len(body) == length + sum(sizes)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"inputs": []}, "one input, named image"),
        ({"inputs": [{"name": "other"}]}, "one input, named image"),
        ({"inputs": "image"}, "one input, named image"),
        ({"shape": [2, SIDE, SIDE]}, "must have the shape"),
        ({"shape": [2, 3, SIDE, SIDE]}, "must have the shape"),
        ({"shape": [0, SIDE, SIDE, 3]}, "N from 1 to 64"),
        ({"shape": [65, SIDE, SIDE, 3]}, "N from 1 to 64"),
        ({"shape": [1, SIDE, SIDE, 3]}, "has 6144 numbers, its shape"),
        ({"shape": [True, SIDE, SIDE, 3]}, "must have the shape"),
        ({"datatype": "FP32"}, "must be UINT8"),
        ({"data": [256] * 6144}, "whole numbers from 0 to 255"),
        ({"data": [-1] * 6144}, "whole numbers from 0 to 255"),
        ({"data": [0.5] * 6144}, "whole numbers from 0 to 255"),
        ({"data": ["1"] * 6144}, "whole numbers from 0 to 255"),
        ({"data": [None] * 6144}, "whole numbers from 0 to 255"),
        ({"data": "AAAA"}, "needs its numbers"),
        ({"data": 7}, "needs its numbers"),
        ({"data": {}}, "needs its numbers"),
        ({"data": []}, "has 0 numbers"),
        ({"parameters": []}, "cannot be read"),
        ({"parameters": {"binary_data_size": 5}}, "0 bytes follow the JSON"),
        ({"outputs": [{"name": "softmax"}]}, "the outputs are logits and feature_vector, got softmax"),
        ({"outputs": [{"name": "logits"}, {"name": "logits"}]}, "the outputs are"),
        ({"outputs": 5}, "cannot be read"),
        ({"id": 5}, "id must be a text"),
    ],
)
def test_requests_that_are_none(client: Client, images: NDArray[np.uint8], change: dict[str, Any], reason: str) -> None:
    request = infer(images)
    of_input = set(change) & {"shape", "datatype", "data", "parameters"}
    (request["inputs"][0] if of_input else request).update(change)
    status, answer = client.post("/v2/models/tiny/infer", request)
    assert (status, list(answer)) == (400, ["error"])
    assert reason in answer["error"]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b"[" * 100_000, b"\xff\xfe", b'{"inputs": [{"name": "image", "shape": NaN}]}']
)
def test_bodies_that_are_no_request(client: Client, body: bytes) -> None:
    status, answer = client.post("/v2/models/tiny/infer", body)
    assert (status, list(answer)) == (400, ["error"])


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


@pytest.mark.parametrize(
    ("host", "status"),
    [
        *(("localhost", 200), ("localhost:8000", 200), ("LOCALHOST.", 200), ("127.0.0.1:99", 200), ("[::1]:8000", 200)),
        *(("192.168.1.7", 200), (socket.gethostname(), 200), ("box.example:8000", 200)),
        *(
            ("evil.example", 421),
            ("localhost.evil.example", 421),
            ("127.0.0.1.nip.example", 421),
            ("", 421),
            ("[", 421),
        ),
    ],
)
def test_names_that_this_machine_has_not(predictor: Predictor, host: str, status: int) -> None:
    options = ServeOptions(allowed_hosts=("box.example",))
    found = refusal("/predict", {"host": host}, None, options)
    assert (found or (200, ""))[0] == status


def test_a_name_that_points_here_is_refused(client: Client) -> None:
    """DNS rebinding: the page of evil.example lets its name point to 127.0.0.1."""
    status, answer = client.get("/v2/models/tiny", Host="evil.example")
    assert (status, answer) == (
        421,
        {"error": "this server is not known by that name; start it with --allow-host NAME"},
    )


def test_pages_of_other_sites_are_refused(client: Client, frames: list[NDArray[np.uint8]]) -> None:
    for origin, status in (("http://evil.example", 403), ("null", 403), (f"http://127.0.0.1:{client.port}", 200)):
        assert client.post("/predict", encode_png(frames[0]), Origin=origin)[0] == status
    _, headers, _ = client.ask("GET", "/")
    assert "access-control-allow-origin" not in headers


def test_beyond_this_machine_only_with_a_token(tmp_path: Path) -> None:
    for host in ("0.0.0.0", "::", "192.168.1.7", "box.example"):
        with pytest.raises(EdgeTransferError, match=f"{host} can be reached from other machines: give --token-file"):
            ServeOptions(host=host)
        assert ServeOptions(host=host, token=TOKEN)
    for host in ("127.0.0.1", "127.9.9.9", "::1", "localhost"):
        assert ServeOptions(host=host)


def test_a_token_is_wanted_for_all_that_says_anything(predictor: Predictor, frames: list[NDArray[np.uint8]]) -> None:
    picture = encode_png(frames[0])
    with serving(predictor, token=TOKEN) as client:
        for path in ("/v2", "/v2/models/tiny", "/openapi.json", "/nothing", "/predict"):
            status, headers, body = client.ask("GET", path)
            assert (status, headers["www-authenticate"]) == (401, "Bearer")
            assert b"tiny" not in body
        for given in ("Bearer", "Bearer wrong", f"Basic {TOKEN.decode()}", f"Bearer {TOKEN.decode()}x", TOKEN.decode()):
            assert client.post("/predict", picture, Authorization=given)[0] == 401
        assert client.post("/predict", picture, Authorization=f"Bearer {TOKEN.decode()}")[0] == 200
        assert client.get("/v2/health/live")[0] == client.get("/v2/health/ready")[0] == 200
        assert client.ask("GET", "/")[0] == 200


# The page


def test_the_page_needs_nothing_from_elsewhere(client: Client) -> None:
    status, headers, body = client.ask("GET", "/")
    text = body.decode()
    assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert not re.search(r"https?://|src=|href=|@import|\burl\(|innerHTML|eval\(| on\w+=", text)
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    for tag in ("script", "style"):
        (content,) = re.findall(f"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy


def test_the_page_has_every_text_in_both_languages(client: Client) -> None:
    text = client.ask("GET", "/")[2].decode()
    english, spanish = re.findall(r"\b(?:en|es): \{(.*?)\}", text, re.DOTALL)
    keys = [re.findall(r"(\w+): '\w", part) for part in (english, spanish)]
    assert keys[0] == keys[1]
    used = set(re.findall(r'data-text="(\w+)"', text)) | set(re.findall(r"say\('(\w+)'", text))
    used |= set(re.findall(r"words\.(\w+)", text))
    assert used <= set(keys[0])


def test_its_script_is_sound(client: Client, tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    text = client.ask("GET", "/")[2].decode()
    (tmp_path / "page.js").write_text(text.partition("<script>")[2].partition("</script>")[0], "utf-8")
    done = subprocess.run([node, "--check", tmp_path / "page.js"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


# The verb


def test_on_a_box(tiny_bundle: Path, frames: list[NDArray[np.uint8]]) -> None:
    """The bundle's own copy, in a process without this project; SIGTERM ends it as a service manager expects."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [sys.executable, "-B", "-m", "edge_runtime", "serve", "--port", "0", "--json"]
    with subprocess.Popen(
        command, cwd=tiny_bundle, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
    ) as server:
        try:
            assert server.stdout is not None
            document = json.loads(server.stdout.readline())
            assert document["model"] == "tiny"
            client = Client(int(document["url"].rpartition(":")[2].rstrip("/")))
            for _ in range(100):
                try:
                    status, answer = client.post("/predict", encode_png(frames[0]))
                    break
                except ConnectionError:
                    time.sleep(0.1)
            assert (status, answer["label"] in CLASSES) == (200, True)
            server.send_signal(signal.SIGTERM)
            _, errors = server.communicate(timeout=30)
        finally:
            server.kill()
    assert server.returncode == -signal.SIGTERM
    assert errors == f"serving tiny on openvino at {document['url']} (Ctrl-C ends it)\n"


def test_a_port_that_is_taken(client: Client) -> None:
    with pytest.raises(
        EdgeTransferError, match=f"cannot listen on 127.0.0.1 port {client.port}: .*another one: --port"
    ):
        listen(ServeOptions(port=client.port))
    with pytest.raises(EdgeTransferError, match=r"cannot listen on nowhere\.invalid"):
        listen(ServeOptions(host="nowhere.invalid", token=TOKEN))


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 5000, b"two words are no token", b"\xff" * 30])
def test_tokens_that_are_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "token").write_bytes(content)
    assert main(["serve", "--bundle", str(tmp_path), "--token-file", str(tmp_path / "token")]) == 2


def test_a_token_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_bytes(TOKEN + b"\r\n")
    assert read_token(tmp_path / "token") == TOKEN
    with pytest.raises(EdgeTransferError, match="there is no such file"):
        read_token(tmp_path / "gone")


@pytest.mark.parametrize(
    "arguments",
    [("--port", "65536"), ("--port", "-1"), ("--port", "http"), ("--max-megabytes", "0"), ("--max-megabytes", "999")],
)
def test_wrong_use(arguments: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["serve", *arguments])
    assert stop.value.code == 2
    assert "is not a" in capsys.readouterr().err


def test_without_its_packages_it_says_what_to_install(predictor: Predictor, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, call in (
        ("fastapi", lambda: build_app(predictor, ServeOptions(), Lane(max_waiting=1, timeout_s=1))),
        ("uvicorn", lambda: make_server(None)),
    ):
        with monkeypatch.context() as patch:
            patch.setitem(sys.modules, name, None)
            with pytest.raises(EdgeTransferError, match="pip install fastapi uvicorn"):
                call()
