"""A kill or a fault at any instant leaves the old file or the new one."""

from __future__ import annotations

import errno
import hashlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from export.runtime.errors import StorageError
from export.runtime.storage import atomic_write, fsync_folder, remove_leftovers, sha256_of


def test_writes_and_replaces(tmp_path: Path) -> None:
    path = tmp_path / "file"
    atomic_write(path, b"old")
    atomic_write(path, b"new")
    assert path.read_bytes() == b"new"
    assert [item.name for item in tmp_path.iterdir()] == ["file"]
    if os.name != "nt":
        assert path.stat().st_mode & 0o777 == 0o644


WRITER = """
import itertools, sys
from pathlib import Path
from export.runtime.storage import atomic_write
contents = [bytes([number]) * 400_000 for number in (1, 2)]
print("ready", flush=True)
for number in itertools.count():
    atomic_write(Path(sys.argv[1]), contents[number % 2])
"""


@pytest.mark.skipif(os.name == "nt", reason="kill -9 is a matter of POSIX systems")
def test_kill_leaves_a_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    atomic_write(path, b"\1" * 400_000)
    instants = random.Random(0)
    for _ in range(10):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, cwd=Path(__file__).parents[3]
        ) as child:
            assert child.stdout is not None
            assert child.stdout.readline() == b"ready\n"
            time.sleep(instants.uniform(0, 0.03))
            child.send_signal(signal.SIGKILL)
        data = path.read_bytes()
        assert len(data) == 400_000
        assert data in (b"\1" * 400_000, b"\2" * 400_000)
    remove_leftovers(tmp_path, older_than_s=-1)
    assert [item.name for item in tmp_path.iterdir()] == ["file"]


def test_leftovers_of_killed_processes_are_removed_after_a_day(tmp_path: Path) -> None:
    yesterday = time.time() - 90_000
    (tmp_path / "images").mkdir()
    (tmp_path / ".tmp-bundle-x").mkdir()
    for name in (".tmp-new", "images/.tmp-old", ".tmp-bundle-x/model.onnx", "kept"):
        (tmp_path / name).write_bytes(b"x")
    for name in ("images/.tmp-old", ".tmp-bundle-x", "kept"):
        os.utime(tmp_path / name, (yesterday, yesterday))
    assert remove_leftovers(tmp_path) == 2
    assert sorted(item.name for item in tmp_path.rglob("*")) == [".tmp-new", "images", "kept"]


def test_full_disk(small_disk: Callable[[str], Path]) -> None:
    disk = small_disk("256k")
    path = disk / "file"
    atomic_write(path, b"old")
    with pytest.raises(StorageError, match="the disk is full"):
        atomic_write(path, b"x" * 1_000_000)
    assert path.read_bytes() == b"old"
    assert [item.name for item in disk.iterdir()] == ["file"]


def test_read_only_disk(small_disk: Callable[[str], Path]) -> None:
    disk = small_disk("256k")
    path = disk / "file"
    atomic_write(path, b"old")
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    with pytest.raises(StorageError, match="read-only"):
        atomic_write(path, b"new")
    assert path.read_bytes() == b"old"


def test_folder_gone_or_no_folder(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="the folder is gone"):
        atomic_write(tmp_path / "gone" / "file", b"x")
    (tmp_path / "file").write_bytes(b"x")
    with pytest.raises(StorageError, match="not a folder"):
        atomic_write(tmp_path / "file" / "file", b"x")


@pytest.mark.parametrize("call", ["fdopen", "fsync", "chmod", "replace", "mkstemp"])
def test_fault_in_any_call_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    path = tmp_path / "file"
    atomic_write(path, b"old")

    def fail(*arguments: Any, **_: Any) -> None:
        if call == "fdopen":
            os.close(arguments[0])
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(tempfile if call == "mkstemp" else os, call, fail)
        with pytest.raises(StorageError, match="the disk reports an error"):
            atomic_write(path, b"new")
    assert path.read_bytes() == b"old"
    assert [item.name for item in tmp_path.iterdir()] == ["file"]


def test_file_is_synced_before_the_rename_and_the_folder_after(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    fsync, replace = os.fsync, os.replace

    def record_fsync(descriptor: int) -> None:
        calls.append("fsync folder" if os.path.isdir(f"/proc/self/fd/{descriptor}") else "fsync file")
        fsync(descriptor)

    def record_replace(source: str, target: Path) -> None:
        calls.append("replace")
        replace(source, target)

    monkeypatch.setattr(os, "fsync", record_fsync)
    monkeypatch.setattr(os, "replace", record_replace)
    atomic_write(tmp_path / "file", b"data")
    assert calls[:2] == ["fsync file", "replace"]
    assert len(calls) == (2 if os.name == "nt" else 3)
    if sys.platform == "linux":
        assert calls[2] == "fsync folder"


@pytest.mark.skipif(os.name == "nt", reason="folders are not synced on Windows")
def test_a_network_disk_that_cannot_sync_folders_is_no_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(code: int) -> Any:
        def fsync(_: int) -> None:
            raise OSError(code, os.strerror(code))

        return fsync

    monkeypatch.setattr(os, "fsync", fail(errno.EINVAL))
    fsync_folder(tmp_path)
    monkeypatch.setattr(os, "fsync", fail(errno.EIO))
    with pytest.raises(OSError, match="Input/output"):
        fsync_folder(tmp_path)


def test_sha256(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"abc" * 1_000_000)
    assert sha256_of(path) == hashlib.sha256(b"abc" * 1_000_000).hexdigest()
    with pytest.raises(StorageError, match=r"cannot read .*missing: there is no such file"):
        sha256_of(tmp_path / "missing")
