"""Who may ask the server: host names, pages of other sites, and the token."""

from __future__ import annotations

import socket
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from export.runtime.bundle.predictor import Predictor
from export.runtime.errors import EdgeTransferError
from export.runtime.imaging.images import encode_png
from export.runtime.serving.guard import ServeOptions, read_token, refusal
from tests.export.runtime.serving.conftest import Client, serving

TOKEN = b"a-secret-of-some-length"

# Who may ask


@pytest.mark.parametrize(
    ("host", "status"),
    [
        *(("localhost", 200), ("localhost:8000", 200), ("LOCALHOST.", 200), ("127.0.0.1:99", 200), ("[::1]:8000", 200)),
        *(("192.168.1.7", 200), (socket.gethostname(), 200), ("box.example:8000", 200)),
        *(
            ("evil.example", 421),
            ("localhost.evil.example", 421),
            ("127.0.0.1.nip.example", 421),
            ("", 421),
            ("[", 421),
        ),
    ],
)
def test_names_that_this_machine_has_not(predictor: Predictor, host: str, status: int) -> None:
    options = ServeOptions(allowed_hosts=("box.example",))
    found = refusal("/predict", {"host": host}, None, options)
    assert (found or (200, ""))[0] == status


def test_a_name_that_points_here_is_refused(client: Client) -> None:
    """DNS rebinding: the page of evil.example lets its name point to 127.0.0.1."""
    status, answer = client.get("/v2/models/tiny", Host="evil.example")
    assert (status, answer) == (
        421,
        {"error": "this server is not known by that name; start it with --allow-host NAME"},
    )


def test_pages_of_other_sites_are_refused(client: Client, frames: list[NDArray[np.uint8]]) -> None:
    for origin, status in (("http://evil.example", 403), ("null", 403), (f"http://127.0.0.1:{client.port}", 200)):
        assert client.post("/predict", encode_png(frames[0]), Origin=origin)[0] == status
    _, headers, _ = client.ask("GET", "/")
    assert "access-control-allow-origin" not in headers


def test_beyond_this_machine_only_with_a_token(tmp_path: Path) -> None:
    for host in ("0.0.0.0", "::", "192.168.1.7", "box.example"):
        with pytest.raises(EdgeTransferError, match=f"{host} can be reached from other machines: give --token-file"):
            ServeOptions(host=host)
        assert ServeOptions(host=host, token=TOKEN)
    for host in ("127.0.0.1", "127.9.9.9", "::1", "localhost"):
        assert ServeOptions(host=host)


def test_a_token_is_wanted_for_all_that_says_anything(predictor: Predictor, frames: list[NDArray[np.uint8]]) -> None:
    picture = encode_png(frames[0])
    with serving(predictor, token=TOKEN) as client:
        for path in ("/v2", "/v2/models/tiny", "/openapi.json", "/nothing", "/predict"):
            status, headers, body = client.ask("GET", path)
            assert (status, headers["www-authenticate"]) == (401, "Bearer")
            assert b"tiny" not in body
        for given in ("Bearer", "Bearer wrong", f"Basic {TOKEN.decode()}", f"Bearer {TOKEN.decode()}x", TOKEN.decode()):
            assert client.post("/predict", picture, Authorization=given)[0] == 401
        assert client.post("/predict", picture, Authorization=f"Bearer {TOKEN.decode()}")[0] == 200
        assert client.get("/v2/health/live")[0] == client.get("/v2/health/ready")[0] == 200
        assert client.ask("GET", "/")[0] == 200


def test_a_token_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_bytes(TOKEN + b"\r\n")
    assert read_token(tmp_path / "token") == TOKEN
    with pytest.raises(EdgeTransferError, match="there is no such file"):
        read_token(tmp_path / "gone")
