"""Serve the counters at GET /metrics, on loopback unless configured otherwise."""

from __future__ import annotations

import hmac
import ipaddress
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Optional

from ..errors import EdgeTransferError

_TIMEOUT_S = 5.0


def parse_listen(text: str) -> tuple[str, int]:
    """`127.0.0.1:9109`, `[::1]:9109` or `9109` as address and port. Raises EdgeTransferError."""
    host, _, port = text.rpartition(":")
    host = host.strip("[]") or "127.0.0.1"
    try:
        address = ipaddress.ip_address("127.0.0.1" if host == "localhost" else host)
    except ValueError:
        raise EdgeTransferError(f"--metrics takes an IP address and a port, 127.0.0.1:9109 say, got {text!r}") from None
    if not port.isdecimal() or int(port) > 65_535:
        raise EdgeTransferError(f"--metrics takes a port of 0 to 65535, got {port!r}")
    return str(address), int(port)


class MetricsServer:
    """Answers in threads of its own, from the moment it is made until `close`."""

    def __init__(self, listen: str, text: Callable[[], str], token: Optional[str] = None) -> None:
        """Listen; port 0 takes a free one. Raises EdgeTransferError where that is refused, or where others could read
        along and there is no `token`."""
        host, port = parse_listen(listen)
        loopback = ipaddress.ip_address(host).is_loopback
        if not loopback and token is None:
            raise EdgeTransferError(
                f"the metrics at {host} could be read by others: give --metrics-token-file, or listen on 127.0.0.1"
            )
        handler = type("_Answer", (_Metrics,), {"metrics": staticmethod(text), "token": token, "loopback": loopback})
        try:
            self._server = _Server((host, port), handler)
        except OSError as error:
            raise EdgeTransferError(f"cannot listen on {host}:{port}: {error.strerror or error}") from error
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.2,), name="metrics", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], handler: Any) -> None:
        if ":" in address[0]:
            import socket

            self.address_family = socket.AF_INET6
        super().__init__(address, handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is nothing to tell."""


class _Metrics(BaseHTTPRequestHandler):
    timeout = _TIMEOUT_S
    server_version, sys_version = "edge-transfer", ""
    metrics: Callable[[], str]
    token: Optional[str]
    loopback: bool

    def do_GET(self) -> None:
        if self.loopback and not _is_local(self.headers.get("Host", "")):
            self._answer(403, "this server answers to its own address alone\n")  # a web page that calls us by its name
        elif self.token is not None and not self._knows(self.token):
            self._answer(401, "the token is missing or wrong\n")
        elif self.path.partition("?")[0] != "/metrics":
            self._answer(404, "there is /metrics and nothing else\n")
        else:
            self._answer(200, self.metrics())

    def _knows(self, token: str) -> bool:
        given = self.headers.get("Authorization", "").encode("latin-1", "replace")  # as http.server has decoded it
        return hmac.compare_digest(given, f"Bearer {token}".encode())

    def _answer(self, code: int, text: str) -> None:
        data = text.encode()
        self.send_response(code)
        if code == 401:
            self.send_header("WWW-Authenticate", "Bearer")
        self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *_: Any) -> None:  # noqa: A002  (the base class's name)
        """Nothing: standard error belongs to the watch."""


def _is_local(host: str) -> bool:
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdecimal() else host
    name = name.strip("[]").lower()
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
