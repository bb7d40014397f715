"""The server of the counters: one page, and a token beyond this machine."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from typing import Any

import pytest

from export.runtime.errors import EdgeTransferError
from export.runtime.sinks.metrics_server import MetricsServer, parse_listen


@pytest.fixture
def server() -> Iterator[MetricsServer]:
    server = MetricsServer("127.0.0.1:0", lambda: "edge_transfer_x 1\n")
    yield server
    server.close()


def get(port: int, path: str, **headers: Any) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path, headers=headers)
    response = connection.getresponse()
    found = response.status, response.read().decode()
    connection.close()
    return found


def test_metrics_and_nothing_else(server: MetricsServer) -> None:
    assert get(server.port, "/metrics") == (200, "edge_transfer_x 1\n")
    for path in ("/", "/metrics/../etc/passwd", "/metricsx"):
        assert get(server.port, path)[0] == 404
    assert get(server.port, "/metrics", Host="evil.example:80")[0] == 403


def test_a_token() -> None:
    server = MetricsServer("127.0.0.1:0", lambda: "x 1\n", "t0ken")
    try:
        assert get(server.port, "/metrics")[0] == 401
        assert get(server.port, "/metrics", Authorization="Bearer wrong")[0] == 401
        assert get(server.port, "/metrics", Authorization="Bearer t0ken")[0] == 200
    finally:
        server.close()


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"Authorization": ""},
        {"Authorization": "Bearer "},
        {"Authorization": "Bearer t0ke"},
        {"Authorization": "Bearer t0kenn"},
        {"Authorization": "bearer  t0ken"},
        {"Authorization": "Basic dDBrZW4="},
        {"Authorization": "t0ken"},
        {"Authorization": b"Bearer t0ken\xff"},
        {"X-Authorization": "Bearer t0ken"},
    ],
)
@pytest.mark.parametrize("path", ["/metrics", "/", "/metrics?token=t0ken"])
def test_nothing_is_said_without_the_token(given: dict[str, Any], path: str) -> None:
    asked: list[bool] = []
    server = MetricsServer("127.0.0.1:0", lambda: str(asked.append(True)), "t0ken")
    try:
        assert get(server.port, path, **given) == (401, "the token is missing or wrong\n")
    finally:
        server.close()
    assert asked == []


def test_a_token_that_is_not_ascii_and_the_name_of_the_scheme() -> None:
    server = MetricsServer("127.0.0.1:0", lambda: "x 1\n", "schl\u00fcssel")
    try:
        assert get(server.port, "/metrics", Authorization="Bearer schl\u00fcssel".encode())[0] == 200
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        connection.request("GET", "/metrics")
        assert connection.getresponse().getheader("WWW-Authenticate") == "Bearer"
        connection.close()
        # Another way to ask gets nothing either.
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        connection.request("POST", "/metrics", b"x")
        response = connection.getresponse()
        assert (response.status, b"x 1" in response.read()) == (501, False)
        connection.close()
    finally:
        server.close()


@pytest.mark.parametrize("listen", ["0.0.0.0:9109", "192.168.1.2:9109", "[::]:9109"])
def test_others_need_a_token(listen: str) -> None:
    with pytest.raises(EdgeTransferError, match="--metrics-token-file"):
        MetricsServer(listen, str)


def test_addresses() -> None:
    assert parse_listen("127.0.0.1:9109") == ("127.0.0.1", 9109)
    assert parse_listen("localhost:1") == ("127.0.0.1", 1)
    assert parse_listen("9109") == ("127.0.0.1", 9109)
    assert parse_listen("[::1]:80") == ("::1", 80)
    for text in ("host:80", "127.0.0.1:x", "127.0.0.1:70000", ""):
        with pytest.raises(EdgeTransferError, match="--metrics"):
            parse_listen(text)
