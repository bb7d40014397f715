"""Parse network stream addresses so that no password appears in a name or a message."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import quote, unquote, urlsplit

from ..errors import SourceError

PORTS = {"http": 80, "https": 443, "rtsp": 554, "rtsps": 322}

_SECRET = re.compile(r"(?i)((?:pass(?:word|wd)?|pwd|psw|pw|secret|token|key|auth|sig(?:nature)?)=)[^&;/?#]*")


@dataclass(frozen=True)
class Address:
    """A stream address; `repr` and `name` hide what is secret."""

    scheme: str
    host: str
    port: int
    target: str = field(repr=False)
    """Path and query, percent-encoded, as a request line needs it."""
    user: str | None = field(repr=False)
    password: str | None = field(repr=False)
    url: str = field(repr=False)
    """The whole address as it was given: for FFmpeg only."""

    @property
    def server(self) -> str:
        """Host and port for a message."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def name(self) -> str:
        """The address without user and with secret-looking parameters masked."""
        return f"{self.scheme}://{self.server}" + _SECRET.sub(r"\1***", self.target)


def parse_address(text: str) -> Address:
    """Take an http, https, rtsp or rtsps address apart; opens nothing.

    Raises SourceError for a form that is unusable; the message never repeats the address, which may hold a password.
    """
    scheme = text.partition(":")[0].lower()
    if scheme not in PORTS:
        raise SourceError(f"unknown kind of address {scheme!r}: use one of {', '.join(PORTS)}")
    if any(ord(character) < 0x21 or ord(character) == 0x7F for character in text):
        raise SourceError(f"the {scheme} address holds a space or a control character: write a space as %20")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise SourceError(
            f"the {scheme} address cannot be understood: write {scheme}://user:password@host:port/path, "
            "with / : @ # ? in a password as %2F %3A %40 %23 %3F"
        ) from None
    if not host:
        raise SourceError(f"the {scheme} address names no host: write {scheme}://host/path")
    if "@" in parts.path + parts.query + parts.fragment:
        raise SourceError(
            f"an @ stands after the host of the {scheme} address: write / # ? in a password as %2F %23 %3F"
        )
    target = quote(parts.path or "/", safe="/%:!$&'()*+,;=~-._")
    if parts.query:
        target += "?" + quote(parts.query, safe="/%:!$&'()*+,;=~-._?")
    user = None if parts.username is None else unquote(parts.username)
    password = None if parts.password is None else unquote(parts.password)
    return Address(scheme, host, port or PORTS[scheme], target, user, password, text)
