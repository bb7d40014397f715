"""A server around the tiny bundle, and a client that asks it."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from export.runtime.bundle.predictor import Predictor
from export.runtime.serving.app import Lane, build_app, listen, make_server
from export.runtime.serving.guard import ServeOptions

SIDE, DIMENSIONS = 32, 8


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
