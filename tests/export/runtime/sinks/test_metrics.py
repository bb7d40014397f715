"""The counters' text, and the server that shows them to this machine alone."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from export.runtime.bundle.predictor import Prediction, Watched
from export.runtime.errors import EdgeTransferError
from export.runtime.inference.decision import Decision
from export.runtime.sinks.counters import Counters
from export.runtime.sinks.metrics_server import MetricsServer, parse_listen
from export.runtime.sources.frame import Frame, SourceState

EMPTY = np.zeros((0,), np.float32)


def watched(ms: float, left_out: int = 0, dropped: int = 0) -> Watched:
    decision = Decision("nut", 0.9, False, (("nut", 0.9),))
    frame = Frame(np.zeros((2, 2, 3), np.uint8), 0, 0.0)
    return Watched(frame, Prediction(decision, EMPTY, EMPTY, 0.0, ms), 1.0, left_out, dropped)


def values(text: str) -> dict[str, float]:
    found = [line.rpartition(" ") for line in text.splitlines() if not line.startswith("#")]
    return {name.removeprefix("edge_transfer_"): float(value) for name, _, value in found}


def test_what_is_counted() -> None:
    counters = Counters()
    for k in range(1, 101):
        counters.take(watched(float(k), left_out=2, dropped=k == 1), 'n"u\\t', unknown=k > 90)
    for state in ("lost", "connecting", "lost", "live", "live"):
        counters.take_state(SourceState(state, ""))
    found = values(counters.text([]))
    assert found["frames_total"] == 100
    assert found["frames_left_out_total"] == 200
    assert found["frames_dropped_total"] == 1
    assert found["unknown_total"] == 10
    assert found['answers_total{class="n\\"u\\\\t"}'] == 90
    assert found["reconnects_total"] == 1
    assert found["source_live"] == 1
    # Of 1 … 100 ms: the median is 50.5, the 95th percentile 95.05.
    assert found['answer_seconds{quantile="0.5"}'] == pytest.approx(0.0505)
    assert found['answer_seconds{quantile="0.95"}'] == pytest.approx(0.09505)


def test_where_drift_stands() -> None:
    counters = Counters()
    assert "drift" not in counters.text([])
    counters.set_drift(None, 2.5, False)
    assert {name: value for name, value in values(counters.text([])).items() if "drift" in name} == {
        "drift_threshold": 2.5,
        "drift": 0,
    }
    counters.set_drift(3.25, 2.5, True)
    found = values(counters.text([]))
    assert (found["drift_score"], found["drift_threshold"], found["drift"]) == (3.25, 2.5, 1)


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
