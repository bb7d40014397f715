"""Folders of images: one folder for each class, with or without splits."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from edge_transfer.errors import DatasetError
from edge_transfer.ingest.image_folder import list_imagefolder
from edge_transfer.ingest.listing import Listing


def rows(listing: Listing) -> list[tuple[str, str, str | None, str | None]]:
    return [(item.shown, item.label, item.split, item.session) for item in listing.items]


def test_class_folders(data: Path) -> None:
    (data / "b" / "deep" / "er").mkdir(parents=True)
    (data / "b" / "deep" / "er" / "4.PNG").write_bytes(b"x")
    for name in ("readme.txt", "a/.hidden.jpg", "a/notes.md", ".git/x.jpg", "b/.thumbs/5.jpg"):
        (data / name).parent.mkdir(exist_ok=True)
        (data / name).write_bytes(b"x")
    listing = list_imagefolder(data)
    assert rows(listing) == [
        ("a/1.jpg", "a", None, None),
        ("a/2.jpg", "a", None, None),
        ("b/3.jpg", "b", None, None),
        ("b/deep/er/4.PNG", "b", None, None),
    ]
    assert listing.notes == [
        "3 files ignored: hidden, not a picture by the name, or not in a class folder, such as readme.txt"
    ]
    assert listing.source == "data"


def test_split_folders(tmp_path: Path) -> None:
    for name in ("Train/cat/1.jpg", "Train/dog/2.jpg", "valid/cat/3.jpg", "test/ape/4.jpg", "test/loose.jpg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    listing = list_imagefolder(tmp_path)
    assert rows(listing) == [
        ("test/ape/4.jpg", "ape", "test", None),
        ("Train/cat/1.jpg", "cat", "train", None),
        ("valid/cat/3.jpg", "cat", "val", None),
        ("Train/dog/2.jpg", "dog", "train", None),
    ]
    assert "1 file ignored" in listing.notes[0]
    (tmp_path / "unlabelled").mkdir()
    again = list_imagefolder(tmp_path)
    assert rows(again) == rows(listing)
    assert again.notes[0] == "ignored beside the splits: unlabelled"


def test_a_class_may_be_called_like_a_split(tmp_path: Path) -> None:
    for name in ("car/1.jpg", "train/2.jpg"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_bytes(b"x")
    assert rows(list_imagefolder(tmp_path)) == [("car/1.jpg", "car", None, None), ("train/2.jpg", "train", None, None)]


def test_links_that_lead_back_are_not_followed(data: Path) -> None:
    (data / "a" / "up").symlink_to(data, target_is_directory=True)
    (data / "self").symlink_to(data, target_is_directory=True)
    (data / "above").symlink_to(data.parent, target_is_directory=True)
    (data / "endless").symlink_to(data / "endless")
    assert [item.shown for item in list_imagefolder(data).items] == ["a/1.jpg", "a/2.jpg", "b/3.jpg"]
    (data / "linked").symlink_to(data / "b", target_is_directory=True)
    assert list_imagefolder(data).items[-1].shown == "linked/3.jpg"


@pytest.mark.skipif(os.name == "nt", reason="names are Unicode here")
def test_names_that_are_not_unicode(data: Path) -> None:
    folder = Path(os.fsdecode(b"caf\xe9"))
    (data / folder).mkdir()
    (data / folder / os.fsdecode(b"\xff.jpg")).write_bytes(b"x")
    item = list_imagefolder(data).items[-1]
    assert item.label == r"caf\udce9"
    assert item.shown.encode() == rb"caf\udce9/\udcff.jpg"
    assert item.path.read_bytes() == b"x"


def test_folders_without_classes(tmp_path: Path) -> None:
    (tmp_path / "1.jpg").write_bytes(b"x")
    with pytest.raises(DatasetError, match="holds no class folders"):
        list_imagefolder(tmp_path)
    with pytest.raises(DatasetError, match="is no folder"):
        list_imagefolder(tmp_path / "1.jpg")
    with pytest.raises(DatasetError, match="is no folder"):
        list_imagefolder(tmp_path / "none")
