"""A bundle's .zip is read without trusting it: whatever it holds, nothing is written outside."""

from __future__ import annotations

import json
import stat
import struct
import tempfile
import zipfile
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from export.bundling.bundle_writer import pack_bundle
from export.runtime.__main__ import main
from export.runtime.bundle import predictor as predictor_module
from export.runtime.bundle.archive import MAX_FILES, extract, is_archive, opened_bundle
from export.runtime.bundle.benchmark import Timing, measure_bundle
from export.runtime.bundle.check import check_bundle
from export.runtime.bundle.manifest import bundle_files
from export.runtime.bundle.predictor import Predictor
from export.runtime.errors import BundleError, EdgeTransferError, StorageError
from export.runtime.events import exhaust
from export.runtime.imaging.images import encode_png

Entry = tuple[str, bytes]


@pytest.fixture(scope="module")
def packed(tiny_bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny bundle as one file. Not to be changed."""
    path = tmp_path_factory.mktemp("packed") / "tiny.zip"
    pack_bundle(tiny_bundle, path)
    return path


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where archives are unpacked to."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def write(path: Path, *entries: Entry, packing: int = zipfile.ZIP_DEFLATED, **attributes: int) -> Path:
    """An archive of these entries; `attributes` are set on the last one."""
    with zipfile.ZipFile(path, "w", packing) as archive:
        for index, (name, data) in enumerate((("manifest.json", b"{}"), *entries)):
            info = zipfile.ZipInfo("x", (2026, 1, 1, 0, 0, 0))
            info.filename = name  # as it stands: the constructor would mend it
            info.compress_type = packing
            if index == len(entries):
                for key, value in attributes.items():
                    setattr(info, key, value)
            archive.writestr(info, data)
    return path


def refused(path: Path, reason: str) -> None:
    """The archive is refused with this reason, and nothing of it is anywhere."""
    folder = path.parent / "inside" / "folder"
    folder.mkdir(parents=True)
    before = sorted(path.parent.rglob("*"))
    with pytest.raises(BundleError, match=reason):
        extract(path, folder)
    assert [each for each in sorted(path.parent.rglob("*")) if each not in before] == []


# What works


@pytest.mark.parametrize("engine", ["openvino", "onnxruntime"])
def test_a_predictor_opens_it_and_answers_as_the_folder(
    packed: Path, tiny_bundle: Path, frames: list[NDArray[np.uint8]], temporary: Path, engine: str
) -> None:
    predictor, other = Predictor.open(packed, engine), Predictor.open(tiny_bundle, engine)
    for frame in frames:
        assert (predictor.predict(frame).logits == other.predict(frame).logits).all()
    assert list(temporary.iterdir()) == []


def test_it_is_checked_and_timed(packed: Path, temporary: Path) -> None:
    steps = list(check_bundle(packed))
    assert [step.name for step in steps] == ["hashes", "labels", "model.xml", "model.onnx"]
    assert "tiny.zip/SHA256SUMS" in steps[0].detail
    timings = list(measure_bundle(packed, threads=1, rounds=2))
    assert [timing.file for timing in timings if isinstance(timing, Timing)] == ["model.xml", "model.onnx"]
    assert list(temporary.iterdir()) == []


def test_a_check_that_is_left_cleans_up(packed: Path, temporary: Path) -> None:
    running = check_bundle(packed)
    next(running)
    assert len(list(temporary.iterdir())) == 1
    running.close()
    assert list(temporary.iterdir()) == []


def test_the_command_line_takes_it(
    packed: Path, tmp_path: Path, frames: list[NDArray[np.uint8]], capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "one.png").write_bytes(encode_png(frames[0]))
    assert main(["predict", "--bundle", str(packed), "--json", str(tmp_path / "one.png")]) == 0
    assert json.loads(capsys.readouterr().out)["label"]
    assert main(["watch", "--bundle", str(packed), "--json", "--source", str(tmp_path)]) == 0
    assert main(["check", "--bundle", str(packed)]) == 0
    assert main(["benchmark", "--bundle", str(packed), "--model", "model.onnx", "--rounds", "1"]) == 0


def test_packed_by_another_program(packed: Path, tmp_path: Path) -> None:
    """Compressed, in another order, with another time: what counts are the files."""
    path = tmp_path / "again.zip"
    with zipfile.ZipFile(packed) as archive, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as again:
        for name in reversed(archive.namelist()):
            again.writestr(name, archive.read(name))
    exhaust(check_bundle(path))


def test_a_folder_is_itself(tiny_bundle: Path) -> None:
    with opened_bundle(tiny_bundle) as folder:
        assert folder == tiny_bundle
    assert tiny_bundle.is_dir()


def test_what_is_an_archive(packed: Path, tiny_bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "bundle").write_bytes(packed.read_bytes())
    (tmp_path / "empty.zip").write_bytes(b"")
    (tmp_path / "folder.zip").mkdir()
    (tmp_path / "text").write_text("PKZIP")
    found = [is_archive(tmp_path / name) for name in ("bundle", "empty.zip", "folder.zip", "text", "gone.zip")]
    assert found == [True, True, False, False, False]
    assert not is_archive(tiny_bundle)


# What is refused


@pytest.mark.parametrize(
    "name",
    [
        *(
            "../evil.txt",
            "check/../../evil.txt",
            "/etc/evil.txt",
            "//server/share/evil.txt",
            "C:/evil.txt",
            "C:evil.txt",
        ),
        *(
            "..\\evil.txt",
            "check\\evil.txt",
            "a:b.txt",
            "nul.txt",
            "check/COM1.txt",
            "evil.txt.",
            "evil.txt ",
            " evil.txt",
        ),
        *(
            ".hidden",
            ".ssh/id.txt",
            "~/evil.txt",
            "évil.txt",
            "new\nline.txt",
            "",
            "check/",
            "check//evil.txt",
            "./a.txt",
        ),
        *(
            "evil.so",
            "evil.pyc",
            "evil.sh",
            "evil",
            "evil.PY",
            "usercustomize.pth",
            "x" * 101 + ".txt",
            "a/b/c/d/e.txt",
        ),
        *("nul\0.txt", "a?.txt", "a*.txt", "$(id).txt"),
    ],
)
def test_names(tmp_path: Path, name: str) -> None:
    refused(write(tmp_path / "x.zip", (name, b"evil")), "which no bundle has")


@pytest.mark.parametrize("second", ["labels.txt", "LABELS.txt"])
def test_a_name_twice(tmp_path: Path, second: str) -> None:
    """zipfile would take the last, an unpacker on the box the first; Windows knows no capitals."""
    with pytest.warns(UserWarning, match="Duplicate name") if second == "labels.txt" else nullcontext():
        path = write(tmp_path / "x.zip", ("labels.txt", b"a"), (second, b"b"))
    refused(path, "twice")


def test_a_file_that_is_a_folder_as_well(tmp_path: Path) -> None:
    refused(write(tmp_path / "x.zip", ("check.txt", b"a"), ("check.txt/b.txt", b"b")), "a file and a folder")


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFDIR, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFSOCK])
def test_links_and_devices(tmp_path: Path, kind: int) -> None:
    path = write(tmp_path / "x.zip", ("labels.txt", b"/etc/passwd"), external_attr=(kind | 0o777) << 16)
    refused(path, "no regular file")


def test_bombs(tmp_path: Path) -> None:
    """50 MB of zeros in 50 KB."""
    refused(write(tmp_path / "x.zip", ("model.bin", bytes(50_000_000))), "more than 100 times its size")


def test_an_entry_that_says_it_is_small(tmp_path: Path) -> None:
    """The directory lies about the size: what comes out is counted."""
    path = write(tmp_path / "x.zip", ("model.bin", bytes(5_000_000)))
    data = path.read_bytes()
    path.write_bytes(data.replace(struct.pack("<L", 5_000_000), struct.pack("<L", 1000)))
    refused_and_cut_off(path, "damaged|larger than it says")


def test_files_that_share_their_bytes(tmp_path: Path) -> None:
    """A bomb of another kind (Fifield 2019): many entries of the directory over one packed file."""
    path = write(tmp_path / "x.zip", ("a.bin", bytes(500_000)), packing=zipfile.ZIP_STORED)
    data = bytearray(path.read_bytes())
    end = data.rfind(b"PK\x05\x06")
    *_, here, total, length, offset, comment = struct.unpack("<4s4H2LH", data[end:])
    last = data.rfind(b"PK\x01\x02", 0, end)
    copies = b"".join(bytes(data[last:end]).replace(b"a.bin", b"%c.bin" % letter) for letter in b"bcdefgh")
    data[end:end] = copies
    grown = (0, 0, here + 7, total + 7, length + len(copies), offset, 0)
    data[end + len(copies) :] = struct.pack("<4s4H2LH", b"PK\5\6", *grown)
    path.write_bytes(bytes(data))
    assert comment == 0
    refused(path, "overlap")


def test_too_many_files(tmp_path: Path) -> None:
    path = write(tmp_path / "x.zip", *((f"a{k}.txt", b"") for k in range(MAX_FILES)))
    refused(path, f"1001 entries; a bundle has at most {MAX_FILES}")


@pytest.mark.parametrize("packing", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_packings(tmp_path: Path, packing: int) -> None:
    refused(write(tmp_path / "x.zip", ("labels.txt", b"a" * 99), packing=packing), "in a way that no export uses")


def test_encrypted(tmp_path: Path) -> None:
    path = write(tmp_path / "x.zip", ("labels.txt", b"a"))
    data = bytearray(path.read_bytes())
    data[data.rfind(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(bytes(data))
    refused(path, "encrypted")


@pytest.mark.parametrize("where", ["before", "behind"])
def test_polyglots(tmp_path: Path, where: str) -> None:
    """A picture or a program that is an archive as well (I14)."""
    path = write(tmp_path / "x.zip", ("labels.txt", b"a"))
    data = path.read_bytes()
    path.write_bytes(b"\xff\xd8\xff" + data if where == "before" else data + b"\0")
    refused(path, "before or behind|has no end")


def test_comments_and_64_bit_directories(tmp_path: Path) -> None:
    path = write(tmp_path / "x.zip", ("labels.txt", b"a"))
    with zipfile.ZipFile(path, "a") as archive:
        archive.comment = b"hello"
    refused(path, "has no end")


def test_no_manifest(tmp_path: Path) -> None:
    """For one, a folder that was packed with its own name."""
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("nuts/manifest.json", "{}")
    refused(path, "it has no manifest.json at its top")


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"hello" * 99, b"PK\x05\x06" + bytes(17)])
def test_no_archives(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(data)
    refused(path, "has no end")


def test_an_empty_archive(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(b"PK\x05\x06" + bytes(18))
    refused(tmp_path / "x.zip", "no manifest")


def test_cut_off_anywhere(packed: Path, tmp_path: Path) -> None:
    data = packed.read_bytes()
    for size in range(0, len(data), len(data) // 37):
        path = tmp_path / f"{size}.zip"
        path.write_bytes(data[:size])
        with pytest.raises(BundleError), opened_bundle(path):
            pass


def test_every_flipped_byte_is_refused_before_an_engine_sees_it(
    packed: Path, tmp_path: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B1, B2: bytes spread over the whole archive, and all of its directory's end."""

    def engine(*_: object, **__: object) -> None:
        raise AssertionError("an engine was given a damaged model")

    monkeypatch.setattr(predictor_module, "open_engine", engine)
    data = packed.read_bytes()
    places = [*range(0, len(data), len(data) // 211), *range(len(data) - 60, len(data))]
    unnoticed = []
    path = tmp_path / "flipped.zip"
    for place in places:
        changed = bytearray(data)
        changed[place] ^= 1 << (place % 8)
        path.write_bytes(bytes(changed))
        try:
            Predictor.open(path)
        except EdgeTransferError:
            continue
        except AssertionError:
            unnoticed.append(place)
    # What may change without a trace are dates, versions and modes of the entries: nothing of a file's content.
    with zipfile.ZipFile(packed) as archive:
        contents = [(entry.header_offset + 30, entry.compress_size) for entry in archive.infolist()]
    assert not [place for place in unnoticed if any(start <= place < start + size for start, size in contents)]
    assert len(places) - len(unnoticed) > 200
    assert list(temporary.iterdir()) == []


def test_a_full_disk(packed: Path, small_disk: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    disk = small_disk("64k")
    monkeypatch.setattr(tempfile, "tempdir", str(disk))
    with pytest.raises(StorageError, match=r"cannot unpack .*: the disk is full"):
        Predictor.open(packed)
    assert list(disk.iterdir()) == []


def test_a_link_in_the_target_is_not_written_through(packed: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "mine.txt").write_text("mine")
    (tmp_path / "out" / "labels.txt").symlink_to(tmp_path / "mine.txt")
    with pytest.raises(StorageError):
        extract(packed, tmp_path / "out")
    assert (tmp_path / "mine.txt").read_text() == "mine"


def test_a_file_too_many_or_too_few(packed: Path, tmp_path: Path) -> None:
    """The archive is sound, the bundle in it is not: SHA256SUMS says so (B2)."""
    for change, reason in (("more", "evil.txt is not a part"), ("fewer", "labels.txt is missing")):
        path = tmp_path / f"{change}.zip"
        with zipfile.ZipFile(packed) as archive, zipfile.ZipFile(path, "w") as other:
            for name in archive.namelist():
                if name != "labels.txt" or change == "more":
                    other.writestr(name, archive.read(name))
            if change == "more":
                other.writestr("evil.txt", "evil")
        with pytest.raises(BundleError, match=reason):
            Predictor.open(path)


def refused_and_cut_off(path: Path, reason: str) -> None:
    """What was unpacked before the fault lies in the fresh folder alone, and is deleted with it."""
    before = sorted(path.parent.rglob("*"))
    with pytest.raises(BundleError, match=reason), opened_bundle(path):
        pass
    assert sorted(path.parent.rglob("*")) == before


def test_names_of_a_real_bundle_fit(packed: Path, tiny_bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    assert extract(packed, tmp_path / "out") == bundle_files(tiny_bundle)
