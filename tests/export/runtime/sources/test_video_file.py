"""Video files: every frame in order, damage, and what is no video."""

from __future__ import annotations

import contextlib
import os
import random
import threading
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from export.runtime.errors import SourceError
from export.runtime.sources.frame import Frame, SourceEvent, SourceState
from export.runtime.sources.source import open_source
from tests.export.runtime.sources.conftest import make_video, read_all, refusal


@pytest.mark.parametrize(
    ("name", "fourcc"), [("a.mp4", "mp4v"), ("a.avi", "MJPG"), ("a.mkv", "mp4v"), ("ä b%03d.mp4", "mp4v")]
)
def test_every_frame_of_a_whole_video_comes_in_order(tmp_path: Path, name: str, fourcc: str) -> None:
    source = open_source(str(make_video(tmp_path / name, fourcc)))
    assert not source.live
    assert source.name == name
    frames, states = read_all(tmp_path / name)
    assert [frame.index for frame in frames] == list(range(60))
    assert [frame.time_s for frame in frames] == pytest.approx([number / 30 for number in range(60)], abs=0.002)
    assert [frame.image.mean() for frame in frames] == sorted(frame.image.mean() for frame in frames)
    assert frames[0].image.shape == (120, 160, 3)
    assert frames[0].image.dtype == np.uint8
    assert not np.shares_memory(frames[0].image, frames[1].image)
    assert states == [SourceState("live", ""), SourceState("ended", "60 frames read")]


def test_real_videos_are_whole(shared: Path) -> None:
    clips = sorted((shared / "videos" / "asl_gestures").glob("*.mkv"))
    assert len(clips) == 12
    for clip in clips:
        frames, states = read_all(clip)
        assert states[-1] == SourceState("ended", f"{len(frames)} frames read"), clip.name
        assert 47 <= len(frames) <= 109
        assert all(later.time_s > earlier.time_s for earlier, later in pairwise(frames))
    count, last = 0, None
    for event in open_source(str(shared / "videos" / "bottle-detection.mp4")).events():
        count, last = count + isinstance(event, Frame), event
    assert (count, last) == (1189, SourceState("ended", "1189 frames read"))


def test_a_damaged_video_says_how_far_it_went(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4")
    data = bytearray(path.read_bytes())
    start = len(data) // 8
    noise = np.random.default_rng(1).integers(0, 256, len(data) * 3 // 4, dtype=np.uint8).tobytes()
    data[start : start + len(noise)] = noise
    path.write_bytes(data)
    frames, states = read_all(path)
    assert 0 < len(frames) < 30
    tenths = round(frames[-1].time_s * 10)
    assert states[-1].state == "damaged"
    assert states[-1].message == f"{len(frames)} of 60 frames read, file damaged after 0:0{tenths // 10}.{tenths % 10}"


@pytest.mark.parametrize(("name", "fourcc"), [("a.avi", "MJPG"), ("a.avi", "XVID"), ("a.mkv", "mp4v")])
@pytest.mark.parametrize("share", [0.4, 0.8])
def test_a_cut_video_is_damaged_not_ended(tmp_path: Path, name: str, fourcc: str, share: float) -> None:
    path = make_video(tmp_path / name, fourcc, frames=120)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    frames, states = read_all(path)
    assert 120 * share - 12 < len(frames) < 120 * share + 5
    assert states[-1].state == "damaged"
    assert "of 120 frames read" in states[-1].message.replace("about ", "")


def test_a_cut_real_video(shared: Path, tmp_path: Path) -> None:
    data = (shared / "videos" / "asl_gestures" / "again.mkv").read_bytes()
    (tmp_path / "cut.mkv").write_bytes(data[: len(data) * 6 // 10])
    frames, states = read_all(tmp_path / "cut.mkv")
    assert states[-1].message.startswith(f"{len(frames)} of about 78 frames read, file damaged after 0:01")
    data = (shared / "videos" / "bottle-detection.mp4").read_bytes()
    (tmp_path / "cut.mp4").write_bytes(data[: len(data) // 2])
    assert "its index (moov) is missing" in refusal(tmp_path / "cut.mp4")


def test_random_damage_never_crashes_or_hangs(tmp_path: Path) -> None:
    random_ = random.Random(3)
    for name, fourcc in (("a.mp4", "mp4v"), ("a.avi", "MJPG"), ("a.mkv", "mp4v")):
        whole = make_video(tmp_path / name, fourcc, frames=20).read_bytes()
        for _ in range(12):
            data = bytearray(whole)
            for _ in range(random_.choice([1, 5, 60])):
                data[random_.randrange(len(data))] = random_.randrange(256)
            (tmp_path / name).write_bytes(data)
            began = time.monotonic()
            events: list[SourceEvent] = []
            with contextlib.suppress(SourceError):
                events.extend(open_source(str(tmp_path / name)).events())
                assert isinstance(events[-1], SourceState)
                assert events[-1].state in ("ended", "damaged")
            assert time.monotonic() - began < 4


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "is empty (0 bytes)"),
        (b"hello, this is no video\n", "it is a text file"),
        (b"#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:1/a.ts\n", "it is a playlist"),
        (b"ffconcat version 1.0\nfile other.mp4\n", "it is a playlist"),
        (b"\xff\xd8\xff\xe0" + bytes(600), "it is a JPEG picture"),
        (b"PK\x03\x04" + bytes(600), "it is a ZIP archive"),
        (b"%PDF-1.7" + bytes(600), "it is a PDF document"),
        (bytes(600), "belong to no known video"),
        (b"\x00\x00\x00\x18ftypmp42" + bytes(600), "its index (moov) is missing"),
        (b"\x1a\x45\xdf\xa3" + bytes(600), "is not a readable video: damaged"),
        (b"RIFF\xff\xff\xff\xffAVI LIST", "is not a readable video: damaged"),
    ],
)
def test_what_is_no_video_is_named(tmp_path: Path, data: bytes, says: str) -> None:
    (tmp_path / "clip.mp4").write_bytes(data)
    message = refusal(tmp_path / "clip.mp4")
    assert says in message
    assert message.startswith("clip.mp4 is ")


def test_only_regular_files_are_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp4")
    (tmp_path / "loop.mp4").symlink_to("loop.mp4")
    began = time.monotonic()
    assert "is not a regular file" in refusal(tmp_path / "pipe.mp4")
    assert "loop.mp4" in refusal(tmp_path / "loop.mp4")
    assert "is not a regular file" in refusal("/dev/zero")
    assert time.monotonic() - began < 1


def test_a_file_that_goes_before_it_is_read(tmp_path: Path) -> None:
    source = open_source(str(make_video(tmp_path / "a.mp4")))
    (tmp_path / "a.mp4").unlink()
    with pytest.raises(SourceError, match=r"cannot read .*a\.mp4"):
        next(source.events())


def test_closing_a_file_fifty_times_at_any_frame(shared: Path) -> None:
    clip = str(shared / "videos" / "asl_gestures" / "eat.mkv")
    for turn in range(50):
        events = open_source(clip).events()
        for _ in range(turn % 12):
            next(events)
        began = time.monotonic()
        events.close()
        assert time.monotonic() - began < 1


def test_files_are_read_in_several_threads_at_once(shared: Path) -> None:
    counts: list[int] = []

    def read(name: str) -> None:
        counts.append(len(read_all(shared / "videos" / "asl_gestures" / name)[0]))

    threads = [threading.Thread(target=read, args=(name,)) for name in ("eat.mkv", "milk.mkv", "thanks.mkv", "eat.mkv")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(counts) == [47, 47, 51, 51]
