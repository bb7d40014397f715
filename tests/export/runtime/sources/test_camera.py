"""Cameras: found by number and by name, unplugged and plugged in again."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from itertools import takewhile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from export.runtime.errors import SourceError
from export.runtime.sources import camera, live
from export.runtime.sources.camera import Camera, CameraReader, find_camera, list_cameras
from export.runtime.sources.frame import Frame, SourceState
from export.runtime.sources.live import LiveSource
from export.runtime.sources.source import open_source
from tests.export.runtime.sources.conftest import looping


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
    with looping(source) as events, pytest.raises(SourceError) as caught:
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
    with looping(source) as events:
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
    with looping(source) as events:
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

    with looping(camera_source(iter([Hiccup()]))) as events:
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
    with looping(camera_source(iter([Hanging(frames=5)]))) as events:
        for event in events:
            if isinstance(event, SourceState) and event.state == "stalled":
                break
            assert time.monotonic() - began < 3


def test_closing_a_camera_fifty_times(plug: Plug) -> None:
    plug(0, "HD Webcam")
    captures = [FakeCapture(wait_s=0.002) for _ in range(50)]
    source = camera_source(iter(captures))
    for turn in range(50):
        with looping(source) as events:
            for _ in range(1 + turn % 4):
                next(events)
    assert all(capture.released for capture in captures[:40])


def test_a_camera_is_described_by_index_name_and_path() -> None:
    assert Camera(0, "HD Webcam", Path("/dev/video0")).name == "HD Webcam"
