"""Where passwords and tokens come from, and that no message repeats one."""

from __future__ import annotations

from pathlib import Path

import pytest

from export.runtime.errors import EdgeTransferError, StorageError
from export.runtime.secret import read_secret

VARIABLE = "EDGE_TEST_SECRET"


@pytest.mark.parametrize(
    ("content", "secret"),
    [
        (b"s3cret\n", "s3cret"),
        (b"s3cret", "s3cret"),
        (b"s3cret\r\nmore\n", "s3cret"),
        (b"\xef\xbb\xbfs3cret\r\n", "s3cret"),
        ("p\u00e4ss w\u00f6rd \n".encode(), "p\u00e4ss w\u00f6rd "),
        (b"x" * 4096, "x" * 4096),
    ],
)
def test_the_first_line_of_a_file(tmp_path: Path, content: bytes, secret: str) -> None:
    path = tmp_path / "secret"
    path.write_bytes(content)
    assert read_secret(path) == secret


@pytest.mark.parametrize("content", [b"", b"\n", b"\ns3cret", b"s3cret" * 1000, b"s3cret\xff\n"])
def test_a_file_that_holds_none(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "secret"
    path.write_bytes(content)
    with pytest.raises(EdgeTransferError, match=str(path)) as caught:
        read_secret(path)
    assert "s3cret" not in f"{caught.value!r}{caught.value.__cause__!r}"


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    for path in (tmp_path / "gone", tmp_path):
        with pytest.raises(StorageError, match="cannot read"):
            read_secret(path)


def test_the_file_comes_before_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "secret"
    path.write_bytes(b"of the file")
    assert read_secret(None) is read_secret(None, VARIABLE) is None
    monkeypatch.setenv(VARIABLE, "")
    assert read_secret(None, VARIABLE) is None, "an empty one is none"
    monkeypatch.setenv(VARIABLE, "of the environment")
    assert read_secret(None, VARIABLE) == "of the environment"
    assert read_secret(path, VARIABLE) == "of the file"
    assert read_secret(None) is None
