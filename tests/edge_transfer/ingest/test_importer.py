"""Imports from end to end: splits, sessions, continuing, and every kind of bad picture."""

from __future__ import annotations

import base64
import os
import shutil
import struct
import subprocess
import zlib
from collections import Counter
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from edge_transfer.backbones.embeddings import read_frame
from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.image_formats import decode_image
from edge_transfer.dataset.project import Project
from edge_transfer.errors import DatasetError, SourceError, StorageError
from edge_transfer.ingest import importer as interchange
from edge_transfer.ingest.importer import ImportProgress, ImportResult, import_csv, import_imagefolder, import_video
from export.runtime.events import exhaust
from export.runtime.imaging.images import encode_jpeg, encode_png

CMYK_JPEG = base64.b64decode(
    "/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwADAgIDAgIDAwMDBAMDBAUIBQUEBAUKBwcGCAwKDAwLCgsLDQ4SEA0OEQ4LCxAWEBETFBUVFQwPFxgWFBgS"
    "FBUU/8AAFAgABgAIBEMRAE0RAFkRAEsRAP/EABYAAQEBAAAAAAAAAAAAAAAAAAgHCf/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAOBEMATQBZAEsA"
    "AD8AYCaBe1Tf/9k="
)
ANIMATED_GIF = base64.b64decode(
    "R0lGODlhCAAGAIEAAMhkMgAAAAAAAAAAACH5BAAKAAAALAAAAAAIAAYAAAgOAAEIHEiwoMGDCBMODAgAIfkEAQoAAQAsAAAAAAgABgCB/wAAAAAA"
    "AAAAAAAACA4AAQgcSLCgwYMIEw4MCAAh+QQBCgABACwAAAAACAAGAIEAAP8AAAAAAAAAAAAIDgABCBxIsKDBgwgTDgwIADs="
)
ANIMATED_WEBP = base64.b64decode(
    "UklGRoYAAABXRUJQVlA4WAoAAAACAAAABwAABQAAQU5JTQYAAAAAAAAAAABBTk1GKgAAAAAAAAAAAAcAAAUAAGQAAAJWUDhMEQAAAC8HQAEAB1Cy"
    "Ilem/4GI6H8AAEFOTUYoAAAAAAAAAAAABwAABQAAZAAAAFZQOEwPAAAALwdAAQAHEP2P/gciov8BAA=="
)


def png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_bomb() -> bytes:
    """20,000 × 20,000 black pixels in one bit each."""
    header = struct.pack(">IIBBBBB", 20_000, 20_000, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes(20_000 * 2_501), 9)
    parts = png_chunk(b"IHDR", header) + png_chunk(b"IDAT", rows) + png_chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def turned(jpeg: bytes, orientation: int) -> bytes:
    exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01" + struct.pack(">HH", orientation, 0) + bytes(4)
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + jpeg[2:]


def write(folder: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def listing(folder: Path, rows: list[str], header: str = "path,label,split") -> Path:
    path = folder / "list.csv"
    path.write_text("\n".join([header, *rows]), encoding="utf-8")
    return path


@pytest.fixture
def pictures(textured: Any) -> list[bytes]:
    """Forty small JPEGs, sharp and different."""
    return [encode_jpeg(textured(number, 48, 64)) for number in range(40)]


def state(catalog: Catalog) -> dict[str, tuple[str, str, str]]:
    """Note, class and split of every live sample, by hash."""
    return {each.sha256: (each.note, each.class_name, each.split) for each in catalog.samples()}


# Splits and sessions


def test_folder_with_splits(project: Project, catalog: Catalog, tmp_path: Path, pictures: list[bytes]) -> None:
    files = {}
    for number, data in enumerate(pictures):
        files[f"{('train', 'train', 'val', 'test')[number % 4]}/{('cat', 'dog')[number // 4 % 2]}/{number}.jpg"] = data
    result = exhaust(import_imagefolder(project, catalog, write(tmp_path / "animals", files)))
    assert (result.added, result.duplicates, result.rejected, result.conflicts) == (40, 0, [], [])
    assert result.classes == ["cat", "dog"]
    assert result.notes == []
    assert [row.name for row in catalog.classes()] == ["cat", "dog"]
    assert [(row.kind, row.source, row.split, row.samples) for row in catalog.sessions()] == [
        ("collection", "animals", "train", 20),
        ("collection", "animals", "val", 10),
        ("collection", "animals", "test", 10),
    ]
    assert result.sessions == [row.id for row in catalog.sessions()]
    for note, label, split in state(catalog).values():
        assert note.split("/")[:2] == [split, label]
    catalog.check()


def test_folder_without_splits_is_split_at_random(
    project: Project, catalog: Catalog, tmp_path: Path, pictures: list[bytes], textured: Any
) -> None:
    files = {f"{('cat', 'dog')[number % 2]}/{number}.jpg": data for number, data in enumerate(pictures)}
    files["bird/only.jpg"] = encode_jpeg(textured(77))
    for quality in range(60, 90):  # one picture saved again and again: not the same bytes, but near-duplicates
        files[f"fish/{quality}.jpg"] = encode_jpeg(textured(78), quality)
    files["fish/other.jpg"] = encode_jpeg(textured(79))
    result = exhaust(import_imagefolder(project, catalog, write(tmp_path / "animals", files)))
    assert result.added == len(files)
    counts = catalog.counts()
    assert [dict(+Counter(counts[name])) for name in ("bird", "cat", "dog", "fish")] == [
        {"train": 1},
        {"train": 16, "test": 4},
        {"train": 16, "test": 4},
        {"train": 30, "test": 1},
    ]
    assert len(result.notes) == 1
    assert "optimistic" in result.notes[0]
    assert "random" in result.notes[0]


def test_the_random_split_is_the_same_in_another_project(
    project: Project, catalog: Catalog, tmp_path: Path, pictures: list[bytes]
) -> None:
    folder = write(tmp_path / "a", {f"cat/{number}.jpg": data for number, data in enumerate(pictures)})
    exhaust(import_imagefolder(project, catalog, folder))
    other = Project.create(tmp_path / "other")
    renamed = write(tmp_path / "b", {f"cat/{99 - number}.jpg": data for number, data in enumerate(pictures)})
    with Catalog.open(other) as second:
        exhaust(import_imagefolder(other, second, renamed))
        splits = {sha256: split for sha256, (_, _, split) in state(second).items()}
    assert splits == {sha256: split for sha256, (_, _, split) in state(catalog).items()}


def test_csv_with_splits(project: Project, catalog: Catalog, tmp_path: Path, pictures: list[bytes]) -> None:
    folder = write(tmp_path / "data", {f"{number}.jpg": data for number, data in enumerate(pictures)})
    rows = [
        f"{number}.jpg,{'Cat' if number % 2 else 'dog'},{'test' if number > 30 else 'Train'}" for number in range(40)
    ]
    result = exhaust(import_csv(project, catalog, listing(folder, rows)))
    assert (result.added, result.rejected, result.notes) == (40, [], [])
    assert [row.name for row in catalog.classes()] == ["Cat", "dog"]
    assert [(row.kind, row.source, row.split, row.samples) for row in catalog.sessions()] == [
        ("collection", "list.csv", "train", 31),
        ("collection", "list.csv", "test", 9),
    ]
    sample = catalog.samples(split="test")[0]
    assert (sample.note, sample.position, sample.time_s) == ("31.jpg", 31, None)
    assert (sample.width, sample.height, sample.bytes) == (64, 48, len(pictures[31]))
    assert project.image_path(sample.sha256).read_bytes() == pictures[31]


def test_csv_with_sessions(project: Project, catalog: Catalog, tmp_path: Path, pictures: list[bytes]) -> None:
    folder = write(tmp_path / "data", {f"{number}.jpg": data for number, data in enumerate(pictures)})
    rows = [f"{number}.jpg,cat,s{number % 4}" for number in range(24)]  # interleaved on purpose
    rows += [f"{number}.jpg,dog," for number in range(24, 40)]
    result = exhaust(import_csv(project, catalog, listing(folder, rows, "path,label,session")))
    assert result.added == 40
    assert [(row.kind, row.source, row.split, row.samples) for row in catalog.sessions()] == [
        ("collection", "list.csv (random split)", "train", 13),
        ("collection", "list.csv (random split)", "test", 3),
        ("recording", "list.csv: s0", "train", 6),
        ("recording", "list.csv: s1", "test", 6),
        ("recording", "list.csv: s2", "train", 6),
        ("recording", "list.csv: s3", "train", 6),
    ]


def test_csv_with_sessions_and_splits(
    project: Project, catalog: Catalog, tmp_path: Path, pictures: list[bytes]
) -> None:
    folder = write(tmp_path / "data", {f"{number}.jpg": data for number, data in enumerate(pictures)})
    rows = [f"{number}.jpg,cat,{('train', 'test')[number % 2]},s{number % 2}" for number in range(10)]
    rows += ["10.jpg,cat,train,torn", "11.jpg,cat,test,torn"]
    result = exhaust(import_csv(project, catalog, listing(folder, rows, "path,label,split,session")))
    assert [(row.source, row.split, row.samples) for row in catalog.sessions()] == [
        ("list.csv: s0", "train", 5),
        ("list.csv: s1", "test", 5),
    ]
    assert [path for path, _ in result.rejected] == ["10.jpg", "11.jpg"]
    assert "line 12: session 'torn' has rows in test and train" in result.rejected[0][1]


def test_a_session_stays_whole_when_its_rows_come_later(
    project: Project, catalog: Catalog, tmp_path: Path, pictures: list[bytes]
) -> None:
    folder = write(tmp_path / "data", {f"{number}.jpg": data for number, data in enumerate(pictures)})
    header = "path,label,split,session"
    exhaust(import_csv(project, catalog, listing(folder, ["0.jpg,cat,train,s"], header)))
    catalog.set_split(catalog.sessions()[0].id, "test")
    result = exhaust(import_csv(project, catalog, listing(folder, ["0.jpg,cat,train,s", "1.jpg,cat,train,s"], header)))
    assert (result.added, result.duplicates) == (1, 1)
    assert [(row.split, row.samples) for row in catalog.sessions()] == [("test", 2)]
    assert result.notes == ["session 's' is in the project as test: its new images follow it there"]


# Going on, and undo


def test_importing_again_adds_nothing(
    project: Project, catalog: Catalog, tmp_path: Path, pictures: list[bytes]
) -> None:
    folder = write(tmp_path / "a", {f"cat/{number}.jpg": data for number, data in enumerate(pictures)})
    exhaust(import_imagefolder(project, catalog, folder))
    before = state(catalog)
    again = exhaust(import_imagefolder(project, catalog, folder))
    assert (again.added, again.duplicates, again.sessions) == (0, 40, [])
    assert state(catalog) == before


@pytest.mark.parametrize("layout", ["random", "sessions"])
def test_a_cancelled_import_goes_on(
    project: Project,
    catalog: Catalog,
    tmp_path: Path,
    pictures: list[bytes],
    unharmed: Any,
    monkeypatch: pytest.MonkeyPatch,
    layout: str,
) -> None:
    monkeypatch.setattr(interchange, "BATCH_ROWS", 8)
    folder = write(tmp_path / "a", {f"{number}.jpg": data for number, data in enumerate(pictures)})
    rows = [f"{number}.jpg,cat" + (f",s{number // 10}" if layout == "sessions" else "") for number in range(40)]
    path = listing(folder, rows, "path,label,session" if layout == "sessions" else "path,label")
    whole = Project.create(tmp_path / "whole")
    with Catalog.open(whole) as second:
        exhaust(import_csv(whole, second, path))
        wanted = state(second)
    importing = import_csv(project, catalog, path)
    last: ImportProgress | None = None
    while len(catalog.samples()) < 16:
        last = next(importing)
    importing.close()
    assert last is not None
    assert 0 < last.done < last.total
    kept = state(catalog)
    assert len(kept) == 16
    unharmed(project, {})
    result = exhaust(import_csv(project, catalog, path))
    assert (result.added, result.duplicates) == (24, 16)
    assert state(catalog) == wanted
    assert len(catalog.sessions()) == (4 if layout == "sessions" else 2)


def test_an_import_is_undone_session_by_session(
    project: Project, catalog: Catalog, tmp_path: Path, pictures: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(interchange, "BATCH_ROWS", 8)
    files = {f"{('train', 'test')[number % 2]}/cat/{number}.jpg": data for number, data in enumerate(pictures)}
    exhaust(import_imagefolder(project, catalog, write(tmp_path / "a", files)))
    assert catalog.undo() == "adding from a (20 images)"
    assert catalog.undo() == "adding from a (20 images)"
    assert catalog.samples() == []
    again = exhaust(import_imagefolder(project, catalog, tmp_path / "a"))
    assert (again.added, again.duplicates) == (40, 0)
    catalog.check()


def test_progress_counts_to_its_total(
    project: Project, catalog: Catalog, tmp_path: Path, pictures: list[bytes]
) -> None:
    files = {f"cat/{number:02}.jpg": data for number, data in enumerate(pictures)}
    files["cat/broken.jpg"] = b"no picture"
    events = list(import_imagefolder(project, catalog, write(tmp_path / "a", files)))
    assert [event.done for event in events] == list(range(1, 82))
    assert events[0] == ImportProgress(1, 82, "cat/00.jpg")
    assert events[-1].total == 81


# Content


def test_the_same_picture_twice_and_in_two_classes(
    project: Project, catalog: Catalog, tmp_path: Path, pictures: list[bytes]
) -> None:
    files = {f"train/cat/{number}.jpg": pictures[number] for number in range(5)}
    files |= {"train/cat/copy.jpg": pictures[0], "train/dog/cat.jpg": pictures[1], "test/cat/leak.jpg": pictures[2]}
    result = exhaust(import_imagefolder(project, catalog, write(tmp_path / "a", files)))
    assert (result.added, result.duplicates) == (5, 2)
    assert [(each.note, each.existing_class, each.new_class) for each in result.conflicts] == [
        ("train/dog/cat.jpg", "cat", "dog")
    ]
    assert {split for _, _, split in state(catalog).values()} == {"train"}


def test_labels_that_cannot_be_classes(
    project: Project, catalog: Catalog, tmp_path: Path, pictures: list[bytes]
) -> None:
    folder = write(tmp_path / "data", {f"{number}.jpg": pictures[number] for number in range(8)})
    labels = ["../x", "CON", "a/b", "<b>bold</b>", "Größe", "y" * 300, "bell\x07", "größe"]
    rows = [f"{number}.jpg,{label},train" for number, label in enumerate(labels)]
    result = exhaust(import_csv(project, catalog, listing(folder, rows)))
    assert result.added == 6
    assert result.classes == sorted(["../x", "CON", "a/b", "<b>bold</b>", "Größe"])
    assert [reason.split(" ")[:2] for _, reason in result.rejected] == [["line", "7:"], ["line", "8:"]]
    assert result.notes == ["the label 'größe' was taken as the class 'Größe'"]
    assert {path.name for path in project.root.iterdir()} >= {"images", "project.toml"}
    assert not any("CON" in path.name or "bold" in path.name for path in project.root.rglob("*"))


def test_unusual_but_whole_pictures_are_kept_byte_for_byte(
    project: Project, catalog: Catalog, tmp_path: Path, textured: Any, unharmed: Any
) -> None:
    image = textured(5, 30, 40)
    deep = (image.astype(np.uint16) * 257)[..., ::-1]
    clear = np.dstack([image, np.zeros(image.shape[:2], np.uint8)])
    files = {
        "cmyk.jpg": CMYK_JPEG,
        "deep.png": cv2.imencode(".png", deep)[1].tobytes(),
        "clear.png": cv2.imencode(".png", clear)[1].tobytes(),
        "moving.gif": ANIMATED_GIF,
        "moving.webp": ANIMATED_WEBP,
        "turned.jpg": turned(encode_jpeg(image), 6),
        "grey.bmp": cv2.imencode(".bmp", image[..., 0])[1].tobytes(),
        "misnamed.jpg": encode_png(image),
        "trailing.jpg": encode_jpeg(textured(6)) + b"PK\x03\x04 and more",
    }
    folder = write(tmp_path / "a", {f"train/x/{name}": data for name, data in files.items()})
    result = exhaust(import_imagefolder(project, catalog, folder))
    assert (result.added, result.rejected) == (len(files), [])
    samples = {sample.note.rsplit("/", 1)[1]: sample for sample in catalog.samples()}
    for name, data in files.items():
        sample = samples[name]
        stored = project.image_path(sample.sha256, sample.suffix).read_bytes()
        assert stored == data
        assert decode_image(stored).shape == (sample.height, sample.width, 3)
        assert np.array_equal(read_frame(project, sample), decode_image(stored))
    assert (samples["turned.jpg"].width, samples["turned.jpg"].height) == (30, 40)
    assert samples["misnamed.jpg"].suffix == ".png"
    assert samples["clear.png"].brightness == pytest.approx(255)
    notes = " ".join(result.notes)
    for word in ("first of 3 frames", "16 bit", "transparency put on white", "upright"):
        assert word in notes, result.notes
    unharmed(project, {})


def test_bad_pictures_are_rejected_and_harm_nothing(
    project: Project, catalog: Catalog, tmp_path: Path, pictures: list[bytes], fill: Any, unharmed: Any
) -> None:
    earlier = fill(project, catalog)
    whole = pictures[0]
    folder = tmp_path / "a"
    bad = {
        "half.jpg": whole[: len(whole) // 2],
        "two_bytes_short.jpg": whole[:-2],
        "empty.jpg": b"",
        "header.jpg": whole[:20],
        "text.jpg": b"I am a text",
        "video.jpg": b"\0\0\0\x18ftypmp42" + bytes(64),
        "bomb.png": png_bomb(),
        "float.tif": cv2.imencode(".tif", np.ones((4, 4), np.float32))[1].tobytes(),
    }
    write(folder, {f"train/x/{name}": data for name, data in bad.items()})
    write(folder, {"train/x/good.jpg": whole, "train/x/.hidden.jpg": whole, "train/x/readme.txt": b"x"})
    (folder / "train" / "x" / "folder.jpg").mkdir()
    write(folder, {"train/x/folder.jpg/inside.jpg": pictures[1]})
    (folder / "train" / "x" / "loop.jpg").symlink_to(folder / "train" / "x" / "loop.jpg")
    (folder / "train" / "x" / "nowhere.jpg").symlink_to(folder / "nothing")
    special = {"loop.jpg", "nowhere.jpg"}
    if hasattr(os, "mkfifo"):
        os.mkfifo(folder / "train" / "x" / "pipe.jpg")
        special.add("pipe.jpg")
    result = exhaust(import_imagefolder(project, catalog, folder))
    assert result.added == 2
    rejected = {path.rsplit("/", 1)[1]: reason for path, reason in result.rejected}
    assert rejected.keys() == bad.keys() | special
    assert "20000×20000" in rejected["bomb.png"]
    assert all(reason and "\n" not in reason for reason in rejected.values())
    assert "2 files ignored" in result.notes[0]
    assert (folder / "train" / "x" / "half.jpg").read_bytes() == bad["half.jpg"]
    unharmed(project, earlier)


def test_nothing_usable_leaves_no_trace(
    project: Project, catalog: Catalog, tmp_path: Path, fill: Any, unharmed: Any
) -> None:
    earlier = fill(project, catalog)
    folder = write(tmp_path / "a", {"cat/1.jpg": b"text", "dog/2.jpg": b""})
    with pytest.raises(DatasetError, match=r"nothing could be imported from a: 2 rejected, the first: cat/1\.jpg: "):
        exhaust(import_imagefolder(project, catalog, folder))
    with pytest.raises(DatasetError, match="line 2: the file does not exist"):
        exhaust(import_csv(project, catalog, listing(folder, ["none.jpg,cat,train"])))
    (folder / "empty").mkdir()
    with pytest.raises(DatasetError, match="it lists no pictures"):
        exhaust(import_imagefolder(project, catalog, write(tmp_path / "b", {"cat/notes.txt": b""})))
    assert [row.name for row in catalog.classes()] == ["earlier"]
    assert len(catalog.sessions()) == 1
    unharmed(project, earlier)


def test_a_file_that_changes_or_vanishes_meanwhile(
    project: Project, catalog: Catalog, tmp_path: Path, pictures: list[bytes]
) -> None:
    folder = write(tmp_path / "a", {f"cat/{number:02}.jpg": data for number, data in enumerate(pictures)})
    importing = import_imagefolder(project, catalog, folder)
    for _ in range(40):  # the first look, which decides on the split
        next(importing)
    (folder / "cat" / "30.jpg").write_bytes(pictures[30] + b"more")
    (folder / "cat" / "31.jpg").write_bytes(b"broken")
    (folder / "cat" / "32.jpg").unlink()
    result = exhaust(importing)
    assert result.added == 38
    assert [path for path, _ in result.rejected] == ["cat/31.jpg", "cat/32.jpg"]
    catalog.check()


# Disks


def test_disk_full(
    small_disk: Any, tmp_path: Path, textured: Any, fill: Any, unharmed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(interchange, "BATCH_ROWS", 4)
    images = [encode_png(textured(number, 100, 200)) for number in range(40)]
    folder = write(tmp_path / "a", {f"train/cat/{number}.png": data for number, data in enumerate(images)})
    project = Project.create(small_disk("1m") / "project")
    with Catalog.open(project) as catalog:
        earlier = fill(project, catalog)
        with pytest.raises(StorageError, match=r"^disk full: \d+ images imported, import stopped") as caught:
            exhaust(import_imagefolder(project, catalog, folder))
        kept = len(catalog.samples()) - len(earlier)
        assert f": {kept} images imported" in str(caught.value)
        assert kept > 0
        assert len(list(project.images_dir.glob("??/*"))) == len(catalog.samples())
    unharmed(project, earlier)


def test_read_only_folder(small_disk: Any, tmp_path: Path, pictures: list[bytes], fill: Any, unharmed: Any) -> None:
    folder = write(tmp_path / "a", {f"train/cat/{number}.jpg": data for number, data in enumerate(pictures)})
    project = Project.create(small_disk("4m") / "project")
    with Catalog.open(project) as catalog:
        earlier = fill(project, catalog)
        subprocess.run(["mount", "--bind", project.images_dir, project.images_dir], check=True)
        try:
            subprocess.run(["mount", "-o", "remount,bind,ro", project.images_dir], check=True)
            with pytest.raises(StorageError, match="the disk is read-only: 0 images imported"):
                exhaust(import_imagefolder(project, catalog, folder))
        finally:
            subprocess.run(["umount", project.images_dir], check=True)
        assert len(catalog.samples()) == len(earlier)
        result = exhaust(import_imagefolder(project, catalog, folder))
        assert result.added == 40
    unharmed(project, earlier)


def test_the_project_vanishes(project: Project, catalog: Catalog, tmp_path: Path, pictures: list[bytes]) -> None:
    folder = write(tmp_path / "a", {"train/cat/1.jpg": pictures[0]})
    shutil.rmtree(project.images_dir)
    with pytest.raises(StorageError, match="the folder is gone: 0 images imported"):
        exhaust(import_imagefolder(project, catalog, folder))
    assert catalog.samples() == []


# Videos and real data


def test_video(project: Project, catalog: Catalog, shared: Path) -> None:
    clip = shared / "videos" / "asl_gestures" / "yes.mkv"
    events = import_video(project, catalog, clip, "yes", fps=5)
    progress: list[ImportProgress] = []
    result: ImportResult | None = None
    try:
        while True:
            progress.append(next(events))
    except StopIteration as stop:
        result = stop.value
    assert result is not None
    assert result.added == len(catalog.samples()) >= 8
    assert result.classes == ["yes"]
    assert progress[-1].path == "yes.mkv"
    session = catalog.sessions()[0]
    assert (session.id, session.kind, session.source) == (result.sessions[0], "recording", "yes.mkv")
    catalog.check()


def test_no_video(project: Project, catalog: Catalog, tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_bytes(b"I am a text")
    for path in (tmp_path, tmp_path / "text.mp4", tmp_path / "none.mp4"):
        with pytest.raises(SourceError):
            exhaust(import_video(project, catalog, path, "x", fps=5))
    assert catalog.classes() == []


def test_real_photographs(project: Project, catalog: Catalog, shared: Path) -> None:
    result = exhaust(import_imagefolder(project, catalog, shared / "data" / "hymenoptera"))
    files = sum(1 for _ in (shared / "data" / "hymenoptera").rglob("*.jpg"))
    assert result.added + result.duplicates == files
    assert result.classes == ["ants", "bees"]
    assert {row.split for row in catalog.sessions()} == {"train", "val"}
    catalog.check()
