"""Access checks on a request's headers, before its body is read.

A page of another origin in the user's browser can reach this machine's loopback too, under a name of its own that it
lets point here (DNS rebinding). So a name is taken only where it is known; an address as a number needs no name server
and is always taken. What listens beyond the loopback wants a token.
"""

from __future__ import annotations

import hmac
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional
from urllib.parse import urlsplit

from ..errors import EdgeTransferError
from ..secret import read_secret

Refusal = tuple[int, str]
SAFE_HEADERS = {"x-content-type-options": "nosniff", "cache-control": "no-store"}

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
    """For the body of a request; a reverse proxy limits the time for the head (docs/serving.md)."""
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


def refusal(path: str, headers: Mapping[str, str], token: Optional[str], options: ServeOptions) -> Optional[Refusal]:
    """The status and the reason why a request is not let through; None where it is.

    `headers` have names in lower case; `token` is that of `Authorization: Bearer …`, None without one.
    """
    if not _is_known(_name_of("//" + headers.get("host", "")), options):
        return 421, "this server is not known by that name; start it with --allow-host NAME"
    if "origin" in headers and not _is_known(_name_of(headers["origin"]), options):
        return 403, "requests of other web sites are not answered"
    wanted = options.token and path not in _OPEN_PATHS
    if wanted and not hmac.compare_digest((token or "").encode(), options.token):
        return 401, "give the token: Authorization: Bearer …"
    return None


def guard(app: Any, options: ServeOptions) -> None:
    """Let a FastAPI application see only what `refusal` lets through, and add SAFE_HEADERS to its answers."""
    from fastapi.security import HTTPBearer
    from starlette.responses import JSONResponse

    bearer = HTTPBearer(auto_error=False)

    async def checked(request: Any, call_next: Callable[[Any], Awaitable[Any]]) -> Any:
        credentials = await bearer(request)
        token = credentials.credentials if credentials else None
        refused = refusal(request.scope["path"], request.headers, token, options)
        if refused is None:
            response = await call_next(request)
        else:
            status, reason = refused
            needed = {"www-authenticate": "Bearer"} if status == 401 else {}
            response = JSONResponse({"error": reason}, status, needed)
        response.headers.update(SAFE_HEADERS)
        return response

    # A dependency of FastAPI would not cover unknown paths, methods and /openapi.json.
    app.middleware("http")(checked)


def _name_of(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
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
