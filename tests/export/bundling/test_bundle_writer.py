"""A bundle as one file: the same bytes for the same contents, and the same contents again."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import zipfile
from pathlib import Path

import pytest

from edge_transfer.errors import StorageError
from export.bundling.bundle_writer import pack_bundle
from export.runtime.bundle.archive import extract
from export.runtime.bundle.manifest import bundle_files, write_sums


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "a" / "nuts"
    (folder / "check").mkdir(parents=True)
    (folder / "manifest.json").write_text('{"name": "nuts"}\n', "utf-8")
    (folder / "check" / "golden-0.png").write_bytes(bytes(range(256)) * 9)
    (folder / "labels.txt").write_text("hex nut\n", "utf-8")
    write_sums(folder)
    return folder


def test_other_times_modes_places_and_orders_give_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "first.zip", tmp_path / "b" / "other name.zip"
    pack_bundle(folder, first)
    other = second.parent / "elsewhere"
    other.mkdir(parents=True)
    for name in reversed(bundle_files(folder)):
        (other / name).parent.mkdir(exist_ok=True)
        shutil.copyfile(folder / name, other / name)
        os.utime(other / name, (1, 1))
        (other / name).chmod(0o600)
    (other / "__pycache__").mkdir()
    (other / "__pycache__" / "x.cpython-311.pyc").write_bytes(b"compiled")
    pack_bundle(other, second)
    assert first.read_bytes() == second.read_bytes()
    # Known bytes: a change of them is a change of the format, and shall be seen here.
    assert hashlib.sha256(first.read_bytes()).hexdigest() == (
        "112a0f72e04756f1b5a8d07339b0fd3d27e0e555eb3c15ca06a3701be138b8d7"
    )
    assert stat.S_IMODE(first.stat().st_mode) == 0o644
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_it_holds_the_files_sorted_and_plain(folder: Path, tmp_path: Path) -> None:
    pack_bundle(folder, tmp_path / "nuts.zip")
    with zipfile.ZipFile(tmp_path / "nuts.zip") as archive:
        entries = archive.infolist()
    assert [entry.filename for entry in entries] == ["SHA256SUMS", "check/golden-0.png", "labels.txt", "manifest.json"]
    assert {(entry.date_time, entry.external_attr, entry.compress_type, entry.extra) for entry in entries} == {
        ((1980, 1, 1, 0, 0, 0), 0o100644 << 16, zipfile.ZIP_STORED, b"")
    }


def test_what_was_packed_comes_out_again(folder: Path, tmp_path: Path) -> None:
    pack_bundle(folder, tmp_path / "nuts.zip")
    (tmp_path / "out").mkdir()
    extract(tmp_path / "nuts.zip", tmp_path / "out")
    assert bundle_files(tmp_path / "out") == bundle_files(folder)
    for name in bundle_files(folder):
        assert (tmp_path / "out" / name).read_bytes() == (folder / name).read_bytes()


def test_a_full_disk_leaves_nothing(folder: Path, small_disk: object) -> None:
    disk = small_disk("64k")  # type: ignore[operator]
    (folder / "model.bin").write_bytes(bytes(100_000))
    with pytest.raises(StorageError, match=r"cannot write .*nuts\.zip: the disk is full"):
        pack_bundle(folder, disk / "nuts.zip")
    assert list(disk.iterdir()) == []
