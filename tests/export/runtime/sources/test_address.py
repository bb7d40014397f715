"""Addresses of network cameras: their parts, and those that cannot be used."""

from __future__ import annotations

import pytest

from export.runtime.errors import SourceError
from export.runtime.sources.address import parse_address
from export.runtime.sources.source import open_source


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("http://", "names no host"),
        ("http://:80/x", "names no host"),
        ("http://host:port/x", "cannot be understood"),
        ("http://admin:se/cret@host/", "cannot be understood"),
        ("http://admin:12/cret@host/", "an @ stands after the host"),
        ("http://admin:cret?x@host/", "cannot be understood"),
        ("http://host/a b", "a space or a control character"),
        ("http://host/\r\nX: y", "a space or a control character"),
        ("rtsp://[::1/cret", "cannot be understood"),
    ],
)
def test_an_unusable_address_is_refused_without_repeating_it(text: str, says: str) -> None:
    with pytest.raises(SourceError, match=says) as caught:
        open_source(text)
    assert "cret" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_addresses_are_taken_apart() -> None:
    address = parse_address("HTTP://user:p%40ss@[::1]:8080/cäm/1?a=b%20c#part")
    assert (address.scheme, address.host, address.port) == ("http", "::1", 8080)
    assert (address.user, address.password) == ("user", "p@ss")
    assert address.target == "/c%C3%A4m/1?a=b%20c"
    assert address.name == "http://[::1]:8080/c%C3%A4m/1?a=b%20c"
    assert parse_address("rtsp://cam").port == 554
    assert parse_address("rtsp://cam/user=a&password=b&channel=1").name == "rtsp://cam/user=a&password=***&channel=1"
