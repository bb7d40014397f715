"""Who may ask the server: checks of a request's head, before anything of its body is read.

A page of another origin in the user's browser can reach this machine's loopback too, under a name of its own that it
lets point here (DNS rebinding). So a name is taken only where it is known; an address as a number needs no name server
and is always taken. What listens beyond the loopback wants a token.
"""

from __future__ import annotations

import hmac
import ipaddress
import json
import socket
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional
from urllib.parse import urlsplit

from ..errors import EdgeTransferError
from ..secret import read_secret

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

MIN_TOKEN_LENGTH = 16
# What says nothing about the model: a start page without data, and health for those who restart it.
_OPEN_PATHS = frozenset({"/", "/v2/health/live", "/v2/health/ready"})


@dataclass(frozen=True)
class ServeOptions:
    """How to serve. Raises EdgeTransferError where it would be open to everybody on the network."""

    host: str = "127.0.0.1"
    port: int = 8000
    """0 takes a free one."""
    token: bytes = b""
    """What a request must carry as `Authorization: Bearer …`; empty on the loopback alone."""
    allowed_hosts: tuple[str, ...] = ()
    """Further names that this machine is asked by."""
    max_body_bytes: int = 16 << 20
    body_timeout_s: float = 10.0
    """For the head of a request, and then for its body."""
    answer_timeout_s: float = 30.0
    """For the answer, waiting included."""
    max_waiting: int = 8
    """Requests that are computed or wait for it; more are told to come again."""

    def __post_init__(self) -> None:
        if not self.token and not is_loopback(self.host):
            raise EdgeTransferError(
                f"{self.host} can be reached from other machines: give --token-file FILE, a file with a secret of at "
                f'least {MIN_TOKEN_LENGTH} characters (python -c "import secrets; print(secrets.token_urlsafe())")'
            )


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def read_token(path: Path) -> bytes:
    """The secret in a file. Raises EdgeTransferError where there is none that is long enough."""
    token = (read_secret(path) or "").strip().encode()
    if len(token) < MIN_TOKEN_LENGTH or not all(33 <= byte <= 126 for byte in token):
        raise EdgeTransferError(f"{path} must hold one secret of {MIN_TOKEN_LENGTH} letters and digits or more")
    return token


def refusal(path: str, headers: Mapping[bytes, bytes], options: ServeOptions) -> Optional[tuple[int, str]]:
    """The status and the reason why a request is not let through; None where it is."""
    if not _is_known(_name_of(b"//" + headers.get(b"host", b"")), options):
        return 421, "this server is not known by that name; start it with --allow-host NAME"
    if b"origin" in headers and not _is_known(_name_of(headers[b"origin"]), options):
        return 403, "requests of other web sites are not answered"
    if options.token and path not in _OPEN_PATHS:
        kind, _, given = headers.get(b"authorization", b"").partition(b" ")
        if kind.lower() != b"bearer" or not hmac.compare_digest(given.strip(), options.token):
            return 401, "give the token: Authorization: Bearer …"
    return None


def _name_of(address: bytes) -> str:
    try:
        return urlsplit(address.decode("ascii")).hostname or ""
    except ValueError:
        return ""


def _is_known(name: str, options: ServeOptions) -> bool:
    name = name.rstrip(".").lower()
    try:
        ipaddress.ip_address(name)
    except ValueError:
        known = ("localhost", options.host, socket.gethostname(), *options.allowed_hosts)
        return bool(name) and name in {each.rstrip(".").lower() for each in known}
    return True


class Guard:
    """An ASGI application around another one, which sees only what `refusal` lets through."""

    def __init__(self, app: App, options: ServeOptions) -> None:
        self._app = app
        self._options = options

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        refused = refusal(scope["path"], dict(scope["headers"]), self._options)
        if refused is None:
            await self._app(scope, receive, _with_headers(send))
            return
        status, reason = refused
        headers = [(b"content-type", b"application/json")]
        headers += [(b"www-authenticate", b"Bearer")] if status == 401 else []
        await _with_headers(send)({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps({"error": reason}).encode()})


def _with_headers(send: Send) -> Send:
    async def send_with_headers(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            extra = [(b"x-content-type-options", b"nosniff"), (b"cache-control", b"no-store")]
            message = {**message, "headers": [*message.get("headers", ()), *extra]}
        await send(message)

    return send_with_headers
