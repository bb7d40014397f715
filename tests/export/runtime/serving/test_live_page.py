"""The live page: complete, in both languages, and sound."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.export.runtime.serving.conftest import Client


def test_the_page_needs_nothing_from_elsewhere(client: Client) -> None:
    status, headers, body = client.ask("GET", "/")
    text = body.decode()
    assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert not re.search(r"https?://|src=|href=|@import|\burl\(|innerHTML|eval\(| on\w+=", text)
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    for tag in ("script", "style"):
        (content,) = re.findall(f"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy


def test_the_page_has_every_text_in_both_languages(client: Client) -> None:
    text = client.ask("GET", "/")[2].decode()
    english, spanish = re.findall(r"\b(?:en|es): \{(.*?)\}", text, re.DOTALL)
    keys = [re.findall(r"(\w+): '\w", part) for part in (english, spanish)]
    assert keys[0] == keys[1]
    used = set(re.findall(r'data-text="(\w+)"', text)) | set(re.findall(r"say\('(\w+)'", text))
    used |= set(re.findall(r"words\.(\w+)", text))
    assert used <= set(keys[0])


def test_its_script_is_sound(client: Client, tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    text = client.ask("GET", "/")[2].decode()
    (tmp_path / "page.js").write_text(text.partition("<script>")[2].partition("</script>")[0], "utf-8")
    done = subprocess.run([node, "--check", tmp_path / "page.js"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
