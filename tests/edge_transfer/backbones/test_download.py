"""Fetching weights from a real server on this machine: whole, cut, resumed, changed, silent, or not there at all."""

from __future__ import annotations

import hashlib
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from edge_transfer.backbones import download
from edge_transfer.backbones.download import DownloadProgress, download_weights
from edge_transfer.backbones.registry import REGISTRY, Backbone
from edge_transfer.backbones.weights import find_weights
from edge_transfer.errors import StorageError, WeightsError
from export.runtime.events import exhaust, forward_events

SMALL = REGISTRY["squeezenet"]
CONTENT = bytes(range(256)) * 4096
DIGITS = hashlib.sha256(CONTENT).hexdigest()[:8]


class Server:
    """A loopback server with one file; `behaviour` says how it misbehaves."""

    def __init__(self) -> None:
        self.behaviour = "good"
        self.requests: list[str | None] = []
        """The Range header of every request."""
        self.release = threading.Event()
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: object) -> None:
                pass

            def do_GET(self) -> None:
                with suppress(ConnectionError):  # a client that has read enough
                    owner.answer(self)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def url(self, name: str = f"squeezenet-{DIGITS}.pth") -> str:
        return f"http://127.0.0.1:{self.port}/models/{name}"

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        asked = request.headers.get("Range")
        self.requests.append(asked)
        request.close_connection = True
        if self.behaviour.startswith("redirect "):
            request.send_response(302)
            request.send_header("Location", self.behaviour.removeprefix("redirect "))
            request.send_header("Content-Length", "0")
            request.end_headers()
            return
        if self.behaviour.isdecimal():
            request.send_error(int(self.behaviour))
            return
        if self.behaviour == "not http":
            request.wfile.write(b"220 this is another service\r\n\r\n")
            return
        content = CONTENT[::-1] if self.behaviour == "other content" else CONTENT
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked and self.behaviour != "no range" else 0
        if start >= len(content):
            request.send_response(416)
            request.send_header("Content-Range", f"bytes */{len(content)}")
            request.send_header("Content-Length", "0")
            request.end_headers()
            return
        request.send_response(206 if start else 200)
        if start:
            shown = 0 if self.behaviour == "wrong range" else start
            request.send_header("Content-Range", f"bytes {shown}-{len(content) - 1}/{len(content)}")
        if self.behaviour == "huge":
            request.send_header("Content-Length", str(10**10))
        elif self.behaviour != "no length":
            request.send_header("Content-Length", str(len(content) - start))
        request.end_headers()
        body = content[start:]
        if self.behaviour == "cut":
            body = body[: len(body) // 2]
        if self.behaviour == "stall":
            request.wfile.write(body[:100_000])
            self.release.wait(20)
            return
        request.wfile.write(body)

    def close(self) -> None:
        self.release.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.close()


@pytest.fixture(autouse=True)
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that weights come to; not there yet."""
    monkeypatch.setenv("EDGE_TRANSFER_CACHE_DIR", str(tmp_path))
    # A proxy would not find this machine's own address.
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    return tmp_path / "weights"


def fetched(server: Server, url: str = "") -> list[DownloadProgress]:
    events: list[DownloadProgress] = []
    for_each = forward_events(download_weights(SMALL, url=url or server.url()), events.append)
    assert exhaust(for_each).read_bytes() == CONTENT
    return events


def refused(server: Server, url: str = "") -> str:
    with pytest.raises(WeightsError) as caught:
        exhaust(download_weights(SMALL, url=url or server.url()))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} if folder.exists() else set()


def test_a_whole_file_is_verified_and_found_with_its_sidecar(server: Server, weights: Path) -> None:
    events = fetched(server)
    assert events[0] == DownloadProgress(0, len(CONTENT))
    assert events[-1] == DownloadProgress(len(CONTENT), len(CONTENT))
    assert [event.done_bytes for event in events] == sorted({event.done_bytes for event in events})
    assert names(weights) == {"squeezenet.pth", "squeezenet.json"}
    sidecar = json.loads((weights / "squeezenet.json").read_text())
    assert sidecar["sha256"] == hashlib.sha256(CONTENT).hexdigest()
    assert sidecar["source"] == server.url()
    assert "torchvision" in sidecar["license"]
    found = find_weights(SMALL)
    assert (found.path, found.licence) == (weights / "squeezenet.pth", sidecar["license"])


def test_what_is_there_is_not_fetched_again(server: Server, weights: Path) -> None:
    fetched(server)
    (weights / "squeezenet.json").unlink()
    assert fetched(server) == []
    assert server.requests == [None]
    assert (weights / "squeezenet.json").is_file()


def test_a_damaged_file_is_replaced_with_its_sidecar(server: Server, weights: Path) -> None:
    weights.mkdir()
    (weights / "squeezenet.pth").write_bytes(b"damaged")
    (weights / "squeezenet.json").write_text('{"sha256": "of an older file"}')
    fetched(server)
    assert find_weights(SMALL).sha256.startswith(DIGITS)


def test_a_cut_connection_keeps_its_part_and_goes_on_from_there(server: Server, weights: Path) -> None:
    server.behaviour = "cut"
    message = refused(server)
    assert f"ended after {len(CONTENT) // 2} of {len(CONTENT)} bytes" in message
    assert "start again to go on" in message
    assert names(weights) == {"squeezenet.pth.part"}
    server.behaviour = "good"
    events = fetched(server)
    assert events[0] == DownloadProgress(len(CONTENT) // 2, len(CONTENT))
    assert server.requests == [None, f"bytes={len(CONTENT) // 2}-"]
    assert names(weights) == {"squeezenet.pth", "squeezenet.json"}


def test_closing_the_generator_keeps_the_part(server: Server, weights: Path) -> None:
    fetching = download_weights(SMALL, url=server.url())
    done = [next(fetching).done_bytes for _ in range(3)][-1]
    fetching.close()
    part = weights / "squeezenet.pth.part"
    assert 0 < part.stat().st_size == done < len(CONTENT)
    assert part.read_bytes() == CONTENT[:done]
    assert fetched(server)[0].done_bytes == done


def test_a_server_that_ignores_the_range_starts_anew(server: Server, weights: Path) -> None:
    weights.mkdir()
    (weights / "squeezenet.pth.part").write_bytes(b"x" * 1000)
    server.behaviour = "no range"
    events = fetched(server)
    assert server.requests == ["bytes=1000-"]
    assert events[0] == DownloadProgress(0, len(CONTENT))


def test_a_part_that_is_whole_already_needs_no_byte(server: Server, weights: Path) -> None:
    weights.mkdir()
    (weights / "squeezenet.pth.part").write_bytes(CONTENT)
    assert fetched(server) == [DownloadProgress(len(CONTENT), len(CONTENT))]
    assert server.requests == [f"bytes={len(CONTENT)}-"]


@pytest.mark.parametrize("length", [1000, len(CONTENT) + 1])
def test_a_part_of_another_file_is_deleted(server: Server, weights: Path, length: int) -> None:
    weights.mkdir()
    (weights / "squeezenet.pth.part").write_bytes(b"x" * length)
    assert "was deleted" in refused(server)
    assert names(weights) == set()
    fetched(server)


def test_an_answer_with_another_range_is_refused(server: Server, weights: Path) -> None:
    weights.mkdir()
    (weights / "squeezenet.pth.part").write_bytes(CONTENT[:1000])
    server.behaviour = "wrong range"
    assert "another range" in refused(server)


def test_other_content_is_deleted_and_named(server: Server, weights: Path) -> None:
    server.behaviour = "other content"
    message = refused(server)
    assert hashlib.sha256(CONTENT[::-1]).hexdigest()[:8] in message
    assert f"expected {DIGITS}" in message
    assert names(weights) == set()


def test_no_length_is_no_obstacle(server: Server) -> None:
    server.behaviour = "no length"
    assert fetched(server)[-1] == DownloadProgress(len(CONTENT), None)


@pytest.mark.parametrize("status", ["404", "403", "500"])
def test_an_error_of_the_server_is_said_with_the_way_out(server: Server, weights: Path, status: str) -> None:
    server.behaviour = status
    message = refused(server)
    assert f"127.0.0.1 answered {status}" in message
    assert str(weights / "squeezenet.pth") in message
    assert names(weights) == set()


def test_a_silent_server_is_left_after_the_time_out(
    server: Server, weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "TIMEOUT_S", 0.3)
    server.behaviour = "stall"
    message = refused(server)
    assert "silent for 0.3 s" in message
    assert (weights / "squeezenet.pth.part").read_bytes() == CONTENT[:100_000]
    server.behaviour = "good"
    assert fetched(server)[0].done_bytes == 100_000


def test_a_server_that_accepts_and_never_answers(monkeypatch: pytest.MonkeyPatch, server: Server) -> None:
    monkeypatch.setattr(download, "TIMEOUT_S", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/squeezenet-{DIGITS}.pth"
        assert "127.0.0.1 was silent for 0.3 s" in refused(server, url)


def test_no_server_says_to_check_the_network_or_copy_by_hand(server: Server, weights: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        url = f"http://127.0.0.1:{held.getsockname()[1]}/squeezenet-{DIGITS}.pth"
    message = refused(server, url)
    assert "127.0.0.1 cannot be reached (Connection refused): check the network" in message
    assert f"fetch {url} elsewhere and save it as {weights / 'squeezenet.pth'}" in message
    assert names(weights) == set()


def test_another_service_at_the_port_is_an_error(server: Server) -> None:
    server.behaviour = "not http"
    assert "cannot be reached" in refused(server)


def test_a_file_beyond_the_limit_is_not_kept(server: Server, weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server.behaviour = "huge"
    assert "larger than 500 MB" in refused(server)
    assert (weights / "squeezenet.pth.part").stat().st_size == 0
    server.behaviour = "no length"
    monkeypatch.setattr(download, "MAX_BYTES", len(CONTENT) - 1)
    assert "larger than" in refused(server)
    assert (weights / "squeezenet.pth.part").stat().st_size == 0


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        (f"http://example.org/w-{DIGITS}.pth", "https only"),
        (f"ftp://127.0.0.1/w-{DIGITS}.pth", "https only"),
        (f"file:///etc/w-{DIGITS}.pth", "https only"),
        (f"/etc/w-{DIGITS}.pth", "https only"),
        (f"https://name:secret@example.org/w-{DIGITS}.pth", "holds a password"),
        (f"https://[::1/w-{DIGITS}.pth", "unusable address"),
        ("https://example.org/weights.pth", "carries no hash"),
        ("https://example.org/weights-1234.pth", "carries no hash"),
    ],
)
def test_addresses_that_are_not_used(server: Server, weights: Path, url: str, reason: str) -> None:
    message = refused(server, url)
    assert reason in message
    assert "secret" not in message
    assert not weights.exists()


def test_a_redirect_within_this_machine_is_followed_and_one_to_plain_http_is_not(server: Server) -> None:
    other = Server()
    try:
        server.behaviour = f"redirect {other.url('anything')}"
        fetched(server)
    finally:
        other.close()
    server.behaviour = f"redirect http://example.org/squeezenet-{DIGITS}.pth"
    (find_weights(SMALL).path).unlink()
    assert "https only" in refused(server)


def test_a_backbone_that_torchvision_has_no_weights_for() -> None:
    own = Backbone("own", "Our own", "no_such_builder", "fc", 8, 8)
    for backbone in (own, REGISTRY["builtin"]):
        with pytest.raises(WeightsError, match=f"torchvision has no weights for {backbone.title}: give a file"):
            next(download_weights(backbone))


def test_every_backbone_of_the_registry_has_an_address_with_a_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def unreachable(source: str, *_: object) -> None:
        asked.append(source)
        raise WeightsError("no network in this test")

    monkeypatch.setattr(download, "_open", unreachable)
    for backbone in REGISTRY.values():
        if backbone.name != "builtin":
            with pytest.raises(WeightsError, match="no network in this test"):
                next(download_weights(backbone))
    assert len(set(asked)) == len(REGISTRY) - 1
    assert all(url.startswith("https://") for url in asked)


def test_a_full_disk_says_so_and_keeps_the_part(
    server: Server, small_disk: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = small_disk("256k")
    monkeypatch.setenv("EDGE_TRANSFER_CACHE_DIR", str(disk))
    with pytest.raises(StorageError, match="the disk is full"):
        exhaust(download_weights(SMALL, url=server.url()))
    assert names(disk / "weights") == {"squeezenet.pth.part"}
