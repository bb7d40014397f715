"""Against a real server on the loopback that answers as it is told."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from export.runtime.__main__ import main
from export.runtime.errors import EdgeTransferError
from export.runtime.imaging.images import encode_png
from export.runtime.sinks.messages import CHANGE, Message
from export.runtime.sinks.outbox import DeliveryCancelled, Outbox
from export.runtime.sinks.webhook import WebhookSink


class Server(ThreadingHTTPServer):
    """Gives the answers it was told, then 204."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.answers: list[int] = []
        self.posted: list[tuple[str, dict[str, Any], str | None]] = []


class Answer(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        data = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.posted.append((self.path, json.loads(data), self.headers.get("Authorization")))
        code = self.server.answers.pop(0) if self.server.answers else 204
        self.send_response(code)
        if code == 302:
            self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    server = Server()
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def sink_for(server: Server, token: str | None = None) -> WebhookSink:
    return WebhookSink(f"http://127.0.0.1:{server.server_address[1]}/hook?key=k3y", token, first_wait_s=0.01)


def message(number: int) -> Message:
    return Message(CHANGE, {"number": number}, "")


def test_drift_is_posted(
    server: Server, drift_bundle: Path, textured: Callable[[int], NDArray[np.uint8]], tmp_path: Path
) -> None:
    folder = tmp_path / "dark"
    folder.mkdir()
    for index in range(100):
        (folder / f"{index:03d}.png").write_bytes(encode_png(textured(index) // 5))
    address = f"http://127.0.0.1:{server.server_address[1]}/hook"
    assert main(["watch", "--bundle", str(drift_bundle), "--source", str(folder), "--webhook", address]) == 0
    posted = [document["event"] for _, document, _ in server.posted if "score" in document]
    assert posted == ["drift began", "drift ended"]


def test_events_arrive_in_order_with_the_token(server: Server) -> None:
    box = Outbox(sink_for(server, "t0ken"), 100)
    for number in range(5):
        box.put(message(number))
    box.close()
    assert server.posted == [("/hook?key=k3y", {"number": number}, "Bearer t0ken") for number in range(5)]
    assert box.notes() == []


def test_what_fails_is_tried_again_before_the_next(server: Server) -> None:
    server.answers = [503, 429, 500]
    box = Outbox(sink_for(server), 100)
    box.put(message(0))
    box.put(message(1))
    box.close()
    assert [document["number"] for _, document, _ in server.posted] == [0, 0, 0, 0, 1]
    name = f"webhook http://127.0.0.1:{server.server_address[1]}"
    assert box.notes() == [f"{name}: the server answers 503; trying again", f"{name}: answers again"]


def test_what_is_refused_is_counted_and_no_redirect_is_followed(server: Server) -> None:
    server.answers = [400, 302]
    box = Outbox(sink_for(server), 100)
    for number in range(3):
        box.put(message(number))
    box.close()
    assert [path for path, _, _ in server.posted] == ["/hook?key=k3y"] * 3
    assert (box.delivered, box.dropped) == (1, 2)
    notes = box.notes()
    assert any("400" in note for note in notes)
    assert not any("k3y" in note for note in notes)


def test_a_server_that_is_away(server: Server) -> None:
    sink = WebhookSink("http://127.0.0.1:9/", first_wait_s=0.01)
    timer = threading.Timer(0.2, sink.abandon)
    timer.start()
    with pytest.raises(DeliveryCancelled):
        sink.deliver(message(0))
    timer.join()
    assert sink.notes[0].startswith("cannot be reached: ")


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://host/x", "host/x", "https://user:geheim@host/x"])
def test_addresses_that_are_none(url: str) -> None:
    with pytest.raises(EdgeTransferError) as caught:
        WebhookSink(url)
    assert "geheim" not in str(caught.value)
