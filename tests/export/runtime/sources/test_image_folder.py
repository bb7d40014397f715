"""A folder of images as a source: order, media time, and images that cannot be read."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from export.runtime.errors import SourceError
from export.runtime.imaging.images import encode_jpeg
from export.runtime.sources.frame import Frame, SourceState
from export.runtime.sources.source import open_source
from tests.export.runtime.sources.conftest import read_all, refusal


def write_pictures(folder: Path, count: int) -> None:
    for number in range(count):
        image = np.full((40, 60, 3), 20 * number, np.uint8)
        (folder / f"{number:03d}.jpg").write_bytes(encode_jpeg(image))


def test_a_folder_gives_its_pictures_by_name(tmp_path: Path) -> None:
    write_pictures(tmp_path, 6)
    (tmp_path / "notes.txt").write_text("no picture")
    (tmp_path / "._000.jpg").write_bytes(b"a resource fork")
    (tmp_path / "more").mkdir()
    source = open_source(f"{tmp_path}/", fps=4)
    assert source.name == tmp_path.name
    assert not source.live
    events = list(source.events())
    frames = [event for event in events if isinstance(event, Frame)]
    assert [round(frame.image.mean() / 20) for frame in frames] == [0, 1, 2, 3, 4, 5]
    assert [frame.time_s for frame in frames] == [0, 0.25, 0.5, 0.75, 1, 1.25]
    assert events[-1] == SourceState("ended", "6 pictures read")


def test_bad_pictures_are_skipped_counted_and_named(tmp_path: Path) -> None:
    write_pictures(tmp_path, 5)
    (tmp_path / "001.jpg").write_bytes((tmp_path / "001.jpg").read_bytes()[:300])
    (tmp_path / "003.jpg").write_bytes(b"")
    os.mkfifo(tmp_path / "pipe.png")
    frames, states = read_all(tmp_path)
    assert [frame.index for frame in frames] == [0, 2, 4]
    assert states[-1].message.startswith("3 pictures read, 3 skipped: 001.jpg (")
    assert "003.jpg (empty file)" in states[-1].message
    assert "pipe.png (" in states[-1].message


def test_a_folder_without_a_usable_picture_is_an_error(tmp_path: Path) -> None:
    assert "no pictures in the folder" in refusal(tmp_path)
    (tmp_path / "a.jpg").write_bytes(b"text")
    assert "no picture in the folder" in refusal(tmp_path)
    with pytest.raises(SourceError, match="fps 0"):
        open_source(str(tmp_path), fps=0)
