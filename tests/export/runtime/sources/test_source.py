"""Files, folders, cameras and RTSP as sources: every frame of what is whole, the reason for what is not."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import random
import shutil
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise, takewhile
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from export.runtime.errors import SourceError
from export.runtime.imaging.images import encode_jpeg
from export.runtime.sources import camera, ffmpeg, live, stream
from export.runtime.sources import source as source_module
from export.runtime.sources.camera import Camera, CameraReader, find_camera, list_cameras
from export.runtime.sources.conveyor.conveyor import Conveyor
from export.runtime.sources.frame import Frame, FrameSource, SourceEvent, SourceKind, SourceState, Wanted
from export.runtime.sources.live import LiveSource
from export.runtime.sources.source import SOURCE_FORMS, SOURCES, open_source


def make_video(path: Path, fourcc: str = "mp4v", frames: int = 60) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*fourcc), 30, (160, 120))
    assert writer.isOpened()
    noise = np.random.default_rng(0).integers(0, 30, (120, 160, 3), dtype=np.uint8)
    for number in range(frames):
        image = np.full((120, 160, 3), 60 + number, np.uint8)
        cv2.circle(image, (10 + 2 * number, 60), 12, (0, 200, 255), -1)
        writer.write(cv2.add(image, np.roll(noise, number * 7, axis=1)))
    writer.release()
    return path


def read_all(text: Path | str) -> tuple[list[Frame], list[SourceState]]:
    events = list(open_source(str(text)).events())
    return [e for e in events if isinstance(e, Frame)], [e for e in events if isinstance(e, SourceState)]


def refusal(text: Path | str) -> str:
    with pytest.raises(SourceError) as caught:
        read_all(text)
    return str(caught.value)


# Video files


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


def test_playlists_are_stopped_by_ffmpeg_too(tmp_path: Path) -> None:
    """The first bytes are checked by us; the container list would stop a playlist that got past them."""
    from export.runtime.sources.ffmpeg import FILE_OPTIONS, open_ffmpeg

    make_video(tmp_path / "part.mp4")
    (tmp_path / "list.mp4").write_text("ffconcat version 1.0\nfile part.mp4\n")
    assert open_ffmpeg(str(tmp_path / "list.mp4"), FILE_OPTIONS) is None
    assert open_ffmpeg(f"concat:{tmp_path / 'part.mp4'}", FILE_OPTIONS) is None
    capture = open_ffmpeg(str(tmp_path / "part.mp4"), FILE_OPTIONS)
    assert capture is not None
    capture.release()


@pytest.mark.parametrize(("name", "fourcc"), [("a.mkv", "FFV1"), ("a.avi", "WMV2"), ("a.avi", "HFYU")])
def test_a_codec_that_is_not_allowed_is_refused_before_it_decodes(tmp_path: Path, name: str, fourcc: str) -> None:
    message = refusal(make_video(tmp_path / name, fourcc, 5))
    assert f"uses the codec '{fourcc.lower()}', which is not allowed: convert it to one of H.264" in message


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


def test_the_environment_is_left_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_video(tmp_path / "a.mkv", "FFV1", 5)
    monkeypatch.delenv("OPENCV_FFMPEG_CAPTURE_OPTIONS", raising=False)
    before = dict(os.environ)
    refusal(path)
    assert dict(os.environ) == before
    seen = []
    real = cv2.VideoCapture

    def spy(*arguments: Any) -> cv2.VideoCapture:
        seen.append(os.environ["OPENCV_FFMPEG_CAPTURE_OPTIONS"])
        return real(*arguments)

    monkeypatch.setattr(cv2, "VideoCapture", spy)
    monkeypatch.setenv("OPENCV_FFMPEG_CAPTURE_OPTIONS", "threads;1|fflags;nobuffer")
    refusal(path)
    assert os.environ["OPENCV_FFMPEG_CAPTURE_OPTIONS"] == "threads;1|fflags;nobuffer"
    assert seen[0].startswith("threads;1|fflags;nobuffer|codec_whitelist;h264,")
    assert seen[0].count("fflags") == 1


def test_ffmpeg_is_silent_about_damage(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mkv")
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 3000] = bytes(3000)
    path.write_bytes(data)
    # In a process of its own: FFmpeg settles how much it prints when it is used first.
    program = (
        "import sys; from export.runtime.sources.source import open_source; "
        "print(len(list(open_source(sys.argv[1]).events())))"
    )
    environment = {key: value for key, value in os.environ.items() if not key.startswith("OPENCV_")}
    root = Path(__file__).resolve().parents[4]
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)],
        check=False,
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert int(done.stdout) > 30


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


# Folders


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


def test_real_pictures(shared: Path, tmp_path: Path) -> None:
    for path in sorted((shared / "data" / "hymenoptera" / "val" / "ants").glob("*.jpg"))[:5]:
        shutil.copy(path, tmp_path)
    frames, states = read_all(tmp_path)
    assert len(frames) == 5
    assert len({frame.image.shape for frame in frames}) > 1
    assert states[-1].state == "ended"


# Forms


@pytest.mark.parametrize(
    "text",
    [
        "concat:/tmp/a.mp4",
        "file:/etc/passwd",
        "data:video/mp4,AA",
        "pipe:0",
        "file:///etc/passwd",
        "ftp://x/y",
        "udp://@:1",
    ],
)
def test_other_kinds_of_address_are_not_allowed(text: str) -> None:
    with pytest.raises(SourceError, match=f"sources of the kind '{text.partition(':')[0]}' are not allowed"):
        open_source(text)


def test_what_does_not_exist_is_said_with_the_cameras(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SourceError, match=r"no such file, folder or camera: nothing\.mp4\. Cameras: none found"):
        open_source("nothing.mp4")
    with pytest.raises(SourceError, match="no source given"):
        open_source("  ")
    with pytest.raises(SourceError) as caught:
        open_source("admin:s3cret@192.168.1.5/stream")
    assert "s3cret" not in str(caught.value)


def test_every_form_is_explained() -> None:
    assert len(SOURCE_FORMS) == 7
    assert all(form and len(explanation) > 10 for form, explanation in SOURCE_FORMS)


# Cameras


class FakeCapture:
    """A camera that gives `frames` frames and is then unplugged."""

    def __init__(self, frames: int = 10**9, opens: bool = True, wait_s: float = 0.005) -> None:
        self.frames, self.opens, self.wait_s = frames, opens, wait_s
        self.thread = threading.get_ident()
        self.released = False

    def isOpened(self) -> bool:
        return self.opens

    def read(self) -> tuple[bool, Any]:
        assert threading.get_ident() == self.thread, "one thread owns a capture"
        assert not self.released
        time.sleep(self.wait_s)
        self.frames -= 1
        return (True, np.full((48, 64, 3), 7, np.uint8)) if self.frames >= 0 else (False, None)

    def release(self) -> None:
        assert threading.get_ident() == self.thread, "one thread owns a capture"
        self.released = True


Plug = Callable[..., Path]


@pytest.fixture
def plug(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Plug]:
    """Plug a camera into a made-up /sys and /dev; the capability query answers from the device file's first byte."""
    sysfs, dev = tmp_path / "sys", tmp_path / "dev"
    sysfs.mkdir()
    dev.mkdir()
    monkeypatch.setattr(camera, "_SYSFS", sysfs)
    monkeypatch.setattr(camera, "_DEV", dev)

    def query(descriptor: int, request: int, argument: bytes) -> bytes:
        assert request == 0x80685600
        assert len(argument) == 104
        capabilities = os.read(descriptor, 1)[0]
        return camera._CAPABILITY.pack(b"uvcvideo", b"card", b"usb", 6 << 16, 0x80000001, capabilities)

    monkeypatch.setattr(fcntl, "ioctl", query)

    def plug_in(index: int, name: str, capabilities: int = 1) -> Path:
        folder = sysfs / f"video{index}"
        folder.mkdir()
        (folder / "name").write_text(name + "\n")
        (folder / "index").write_text("0\n")
        path = dev / f"video{index}"
        path.write_bytes(bytes([capabilities]))
        return path

    yield plug_in
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("source ")]


def unplug(path: Path) -> None:
    path.unlink()
    shutil.rmtree(path.parent.parent / "sys" / path.name)


@contextmanager
def live_events(source: FrameSource) -> Iterator[Iterator[SourceEvent]]:
    events = source.events()
    try:
        yield events
    finally:
        began = time.monotonic()
        events.close()
        assert time.monotonic() - began < 3.5


def camera_source(captures: Iterator[FakeCapture], wanted: str = "0", **options: Any) -> LiveSource:
    opened: list[int] = []

    def open_capture(index: int) -> FakeCapture:
        opened.append(index)
        capture = next(captures)
        capture.thread = threading.get_ident()
        return capture

    source = LiveSource(f"camera {wanted}", lambda: CameraReader(wanted, open_capture), **options)
    source.opened = opened  # type: ignore[attr-defined]
    return source


def camera_failure(source: LiveSource) -> str:
    began = time.monotonic()
    with live_events(source) as events, pytest.raises(SourceError) as caught:
        list(takewhile(lambda _: time.monotonic() - began < 4, events))
    return str(caught.value)


def test_cameras_are_listed_by_number_without_metadata_nodes(plug: Plug) -> None:
    plug(10, "Other Cam")
    plug(0, "HD Webcam")
    plug(1, "HD Webcam", capabilities=0)  # the metadata node of the same camera
    plug(2, "HD  Webcam")
    cameras = list_cameras()
    assert [(c.index, c.name) for c in cameras] == [(0, "HD Webcam"), (2, "HD Webcam (2)"), (10, "Other Cam")]
    assert find_camera("2", cameras) == cameras[1]
    assert find_camera("hd webcam", cameras) == cameras[0]
    assert find_camera("other", cameras) == cameras[2]
    assert find_camera("cam", cameras) is None  # more than one
    assert find_camera("1", cameras) is None


def test_without_permission_to_ask_the_first_node_counts(plug: Plug, monkeypatch: pytest.MonkeyPatch) -> None:
    plug(0, "HD Webcam")
    (plug(1, "HD Webcam").parent.parent / "sys" / "video1" / "index").write_text("1\n")

    def refuse(*_: object) -> int:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    assert [c.index for c in list_cameras()] == [0]


def test_no_cameras_here_means_an_empty_list(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(camera, "_SYSFS", tmp_path / "missing")
    assert list_cameras() == []
    source = open_source("0")
    assert source.live
    assert source.name == "camera 0"
    events = source.events()
    with pytest.raises(SourceError, match="camera 0 not found: no other camera is connected; a video file"):
        list(events)


def test_a_camera_is_opened_by_its_name(plug: Plug) -> None:
    plug(0, "HD Webcam")
    plug(2, "USB Microscope")
    assert open_source("0").name == "HD Webcam"
    assert open_source("microscope").name == "USB Microscope"
    source = camera_source(iter([FakeCapture()]), "USB Microscope")
    with live_events(source) as events:
        frame = next(event for event in events if isinstance(event, Frame))
    assert frame.image.shape == (48, 64, 3)
    assert source.opened == [2]  # type: ignore[attr-defined]


def test_a_camera_in_use_names_the_others(plug: Plug) -> None:
    plug(0, "HD Webcam")
    plug(2, "USB Microscope")
    capture = FakeCapture(opens=False)
    message = camera_failure(camera_source(iter([capture])))
    assert "camera 0 is in use by another program" in message
    assert "there is 2 (USB Microscope)" in message
    assert capture.released


def test_a_camera_without_permission_names_the_group(plug: Plug, monkeypatch: pytest.MonkeyPatch) -> None:
    path, real = plug(0, "HD Webcam"), os.open

    def refuse(name: Any, *arguments: Any, **named: Any) -> int:
        if Path(name) == path:
            raise PermissionError(errno.EACCES, "Permission denied")
        return real(name, *arguments, **named)

    monkeypatch.setattr(os, "open", refuse)
    message = camera_failure(camera_source(iter([FakeCapture(opens=False)])))
    assert "no permission to use camera 0" in message
    assert "sudo usermod -aG video $USER" in message


def test_an_unplugged_camera_is_lost_at_once_and_found_under_its_new_number(plug: Plug) -> None:
    path = plug(0, "HD Webcam")

    class Replugged(FakeCapture):
        def read(self) -> tuple[bool, Any]:
            if self.frames == 0:
                unplug(path)
                plug(1, "HD Webcam")
            return super().read()

    source = camera_source(iter([Replugged(frames=5), FakeCapture()]), "HD Webcam", first_wait_s=0.2)
    began, lost_s = time.monotonic(), None
    with live_events(source) as events:
        for event in events:
            if isinstance(event, SourceState) and event.state == "lost" and lost_s is None:
                lost_s = time.monotonic() - began
                assert "HD Webcam is disconnected" in event.message
            elif isinstance(event, Frame) and lost_s is not None:
                break
            assert time.monotonic() - began < 5
    assert lost_s is not None
    assert lost_s < 3
    assert source.opened == [0, 1]  # type: ignore[attr-defined]


def test_one_bad_frame_is_not_an_unplugged_camera(plug: Plug) -> None:
    plug(0, "HD Webcam")

    class Hiccup(FakeCapture):
        def read(self) -> tuple[bool, Any]:
            self.frames -= 1
            return (False, None) if self.frames % 3 == 0 else super().read()

    with live_events(camera_source(iter([Hiccup()]))) as events:
        seen = [next(events) for _ in range(8)]
    assert "lost" not in [event.state for event in seen if isinstance(event, SourceState)]


def test_a_camera_that_hangs_is_stalled_and_still_stops_in_time(plug: Plug, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "STALLED_AFTER_S", 0.8)
    plug(0, "HD Webcam")

    class Hanging(FakeCapture):
        def read(self) -> tuple[bool, Any]:
            if self.frames < 3:
                self.wait_s = 1.5
            return super().read()

    began = time.monotonic()
    with live_events(camera_source(iter([Hanging(frames=5)]))) as events:
        for event in events:
            if isinstance(event, SourceState) and event.state == "stalled":
                break
            assert time.monotonic() - began < 3


def test_closing_a_camera_fifty_times(plug: Plug) -> None:
    plug(0, "HD Webcam")
    captures = [FakeCapture(wait_s=0.002) for _ in range(50)]
    source = camera_source(iter(captures))
    for turn in range(50):
        with live_events(source) as events:
            for _ in range(1 + turn % 4):
                next(events)
    assert all(capture.released for capture in captures[:40])


def test_a_bug_in_a_reader_reaches_the_consumer() -> None:
    def broken() -> Any:
        raise ZeroDivisionError("a bug")

    with pytest.raises(ZeroDivisionError, match="a bug"):
        list(LiveSource("x", broken).events())


def test_a_camera_is_described_by_index_name_and_path() -> None:
    assert Camera(0, "HD Webcam", Path("/dev/video0")).name == "HD Webcam"


# RTSP


def rtp_jpeg(data: bytes, timestamp: int, first: int) -> Iterator[bytes]:
    """A baseline JPEG as interleaved RTP packets (RFC 2435), from its tables and its entropy-coded part."""
    tables, position, size = b"", 2, b""
    while data[position + 1] != 0xDA:
        length = int.from_bytes(data[position + 2 : position + 4], "big")
        segment = data[position + 4 : position + 2 + length]
        if data[position + 1] == 0xDB:
            tables += b"".join(segment[at + 1 : at + 65] for at in range(0, len(segment), 65))
        elif data[position + 1] == 0xC0:
            height, width = struct.unpack_from(">HH", segment, 1)
            size = bytes([width // 8, height // 8])
        position += 2 + length
    scan = data[position + 2 + int.from_bytes(data[position + 2 : position + 4], "big") : -2]
    for number, start in enumerate(range(0, len(scan), 1000)):
        header = start.to_bytes(4, "big") + bytes([1, 255]) + size
        if start == 0:
            header += struct.pack(">BBH", 0, 0, len(tables)) + tables
        last = start + 1000 >= len(scan)
        packet = struct.pack(">BBHII", 0x80, 26 | last << 7, (first + number) & 0xFFFF, timestamp, 7)
        packet += header + scan[start : start + 1000]
        yield b"$\0" + struct.pack(">H", len(packet)) + packet


def play_rtsp(connection: socket.socket, stop: threading.Event, frames: int) -> None:
    """One RTSP session (RFC 2326) over TCP: MJPEG frames whose brightness grows, then silence."""
    connection.settimeout(5)
    sdp = b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=cam\r\nt=0 0\r\nm=video 0 RTP/AVP 26\r\na=control:track1\r\n"
    extra = {
        b"OPTIONS": b"Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n",
        b"DESCRIBE": b"Content-Type: application/sdp\r\nContent-Length: %d\r\n" % len(sdp),
        b"SETUP": b"Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\nSession: 1\r\n",
        b"PLAY": b"Session: 1\r\n",
    }
    method = b""
    while method != b"PLAY":
        request = b""
        while b"\r\n\r\n" not in request:
            block = connection.recv(4096)
            if not block:
                return
            request += block
        method = request.partition(b" ")[0]
        number = request.partition(b"CSeq: ")[2].partition(b"\r\n")[0]
        connection.sendall(b"RTSP/1.0 200 OK\r\nCSeq: " + number + b"\r\n" + extra.get(method, b"") + b"\r\n")
        if method == b"DESCRIBE":
            connection.sendall(sdp)
    sent = 0
    for frame in range(frames):
        image = np.full((240, 320, 3), 40 + frame % 100, np.uint8)
        for packet in rtp_jpeg(encode_jpeg(image), frame * 3000, sent):
            connection.sendall(packet)
            sent += 1
        if stop.wait(1 / 100):
            return
    stop.wait(20)


@contextmanager
def rtsp_server(answer: bytes | None = None, frames: tuple[int, ...] = ()) -> Iterator[int]:
    """Answer every request with `answer`, or play so many frames on the n-th connection, or stay silent."""
    stop = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.01)

    def talk(connection: socket.socket, number: int) -> None:
        with connection, contextlib.suppress(OSError):
            if frames:
                play_rtsp(connection, stop, frames[min(number, len(frames) - 1)])
            elif answer is None:
                stop.wait(20)
            else:
                connection.settimeout(1)
                sequence = connection.recv(4096).partition(b"CSeq: ")[2].partition(b"\r\n")[0]
                connection.sendall(answer.replace(b"%", sequence))

    threads: list[threading.Thread] = []

    def accept() -> None:
        while not stop.is_set():
            with contextlib.suppress(TimeoutError):
                connection, _ = listener.accept()
                threads.append(threading.Thread(target=talk, args=(connection, len(threads))))
                threads[-1].start()

    accepting = threading.Thread(target=accept)
    accepting.start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        stop.set()
        for thread in (accepting, *threads):
            thread.join(10)
            assert not thread.is_alive()
        listener.close()


def test_an_rtsp_camera_is_read_and_found_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ffmpeg, "TIMEOUT_MS", 1500)
    monkeypatch.setattr(live, "STALLED_AFTER_S", 0.8)
    with rtsp_server(frames=(60, 10**6)) as port:
        source = open_source(f"rtsp://admin:s3cret@127.0.0.1:{port}/stream1")
        assert source.live
        assert source.name == f"rtsp://127.0.0.1:{port}/stream1"
        states: list[str] = []
        began, before = time.monotonic(), 0
        with live_events(source) as events:
            for event in events:
                if isinstance(event, SourceState):
                    states.append(event.state)
                else:
                    assert event.image.shape == (240, 320, 3)
                    assert 38 < event.image.mean() < 142
                    before += "lost" not in states
                    if "lost" in states:
                        break
                assert time.monotonic() - began < 12
    assert before > 5
    assert "stalled" in states


def test_closing_an_rtsp_camera_many_times() -> None:
    with rtsp_server(frames=(10**6,)) as port:
        source = open_source(f"rtsp://127.0.0.1:{port}/")
        for turn in range(12):
            with live_events(source) as events:
                for _ in range(turn % 5):
                    next(events)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("source ")]


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (b"RTSP/1.0 401 Unauthorized\r\nCSeq: %\r\n\r\n", "did not accept the user name and password"),
        (b"RTSP/1.0 404 Not Found\r\nCSeq: %\r\n\r\n", "was not found (404)"),
        (b"RTSP/1.0 500 Oops\r\nCSeq: %\r\n\r\n", "(status 500)"),
        (b"HTTP/1.1 200 OK\r\n\r\n", "does not speak RTSP"),
        (b"", "does not speak RTSP"),
    ],
)
def test_an_rtsp_refusal_is_said_in_plain_words(answer: bytes, says: str, capfd: pytest.CaptureFixture[str]) -> None:
    with rtsp_server(answer) as port:
        message = refusal(f"rtsp://admin:s3cret@127.0.0.1:{port}/stream1")
    assert says in message
    assert f"127.0.0.1:{port}" in message
    assert "s3cret" not in message + "".join(capfd.readouterr())


def test_an_rtsp_camera_that_is_not_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert "connection refused" in refusal(f"rtsp://127.0.0.1:{port}/")


def test_a_silent_rtsp_server_is_given_up_and_closing_does_not_wait_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ffmpeg, "TIMEOUT_MS", 1000)
    monkeypatch.setattr(stream, "TIMEOUT_S", 1.0)
    with rtsp_server() as port:
        events = open_source(f"rtsp://127.0.0.1:{port}/").events()
        next(events)
        time.sleep(0.2)
        began = time.monotonic()
        events.close()
        assert time.monotonic() - began < 1.5
        assert refusal(f"rtsp://127.0.0.1:{port}/") == f"no answer from 127.0.0.1:{port} for 1 s"
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("source ")]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("0", 0),
        ("rtsp://camera/stream", 1),
        ("HTTPS://camera/stream", 2),
        ("{folder}/clip.mp4", 3),
        ("{folder}", 4),
        ("demo://conveyor?pace=0", 5),
    ],
)
def test_one_row_of_the_table_knows_a_text(text: str, place: int, tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").touch()
    text = text.format(folder=tmp_path)
    scheme = text.partition("://")[0].lower() if "://" in text else None
    wanted = Wanted(text, scheme, None if scheme or text == "0" else Path(text), True, 10.0)
    opened = [kind.open(wanted) for kind in SOURCES]
    assert [number for number, source in enumerate(opened) if source is not None] == [place]
    assert type(open_source(text)) is type(opened[place])


def test_a_further_row_is_a_further_source(monkeypatch: pytest.MonkeyPatch) -> None:
    def opened(wanted: Wanted) -> Conveyor | None:
        return Conveyor("demo://conveyor?pace=0&frames=2") if wanted.scheme == "later" else None

    with pytest.raises(SourceError, match="sources of the kind 'later' are not allowed"):
        open_source("later://somewhere")
    monkeypatch.setattr(source_module, "SOURCES", (*SOURCES, SourceKind((("later://", "for this test"),), opened)))
    frames = [event for event in open_source("later://somewhere").events() if isinstance(event, Frame)]
    assert len(frames) == 2
