"""The command `serve` on a box, and its wrong use."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from export.runtime.__main__ import main
from export.runtime.imaging.images import encode_png
from tests.export.runtime.serving.conftest import Client

CLASSES = ["hex_nut", "washer", "Schräubchen"]


def test_on_a_box(tiny_bundle: Path, frames: list[NDArray[np.uint8]]) -> None:
    """The bundle's own copy, in a process without this project; SIGTERM ends it as a service manager expects."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [sys.executable, "-B", "-m", "edge_runtime", "serve", "--port", "0", "--json"]
    with subprocess.Popen(
        command, cwd=tiny_bundle, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
    ) as server:
        try:
            assert server.stdout is not None
            document = json.loads(server.stdout.readline())
            assert document["model"] == "tiny"
            client = Client(int(document["url"].rpartition(":")[2].rstrip("/")))
            for _ in range(100):
                try:
                    status, answer = client.post("/predict", encode_png(frames[0]))
                    break
                except ConnectionError:
                    time.sleep(0.1)
            assert (status, answer["label"] in CLASSES) == (200, True)
            server.send_signal(signal.SIGTERM)
            _, errors = server.communicate(timeout=30)
        finally:
            server.kill()
    assert server.returncode == -signal.SIGTERM
    assert errors == f"serving tiny on openvino at {document['url']} (Ctrl-C ends it)\n"


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 5000, b"two words are no token", b"\xff" * 30])
def test_tokens_that_are_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "token").write_bytes(content)
    assert main(["serve", "--bundle", str(tmp_path), "--token-file", str(tmp_path / "token")]) == 2


@pytest.mark.parametrize(
    "arguments",
    [("--port", "65536"), ("--port", "-1"), ("--port", "http"), ("--max-megabytes", "0"), ("--max-megabytes", "999")],
)
def test_wrong_use(arguments: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["serve", *arguments])
    assert stop.value.code == 2
    assert "is not a" in capsys.readouterr().err
