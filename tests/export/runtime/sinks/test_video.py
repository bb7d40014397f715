"""The video of a watch: what is on it, at which time, and that it is finished whatever happens."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from export.runtime.errors import EdgeTransferError, StorageError
from export.runtime.sinks import video as recording
from export.runtime.sinks import window
from export.runtime.sinks.annotate import AnnotatedFrame, annotated, plain_letters
from export.runtime.sinks.video import VideoWriter, fitted
from export.runtime.sinks.window import Window

GREY = np.full((120, 160, 3), 90, np.uint8)


def shown(
    time_s: float, image: NDArray[np.uint8] = GREY, answer: str = "nut 0.93", unknown: bool = False
) -> AnnotatedFrame:
    return AnnotatedFrame(image, answer, unknown, f"{time_s:.2f} s", time_s)


def read(path: Path) -> tuple[list[NDArray[np.uint8]], float]:
    """The frames of a video, and how many of them are a second."""
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    frames = []
    while True:
        ok, image = capture.read()
        if not ok:
            rate = capture.get(cv2.CAP_PROP_FPS)
            capture.release()
            return frames, rate
        frames.append(np.asarray(image, np.uint8))


def test_the_answer_is_written_on_a_copy() -> None:
    image = GREY.copy()
    known, unknown = annotated(shown(0, image)), annotated(shown(0, image, unknown=True))
    assert (image == GREY).all()
    assert (known[60:] == 90).all()
    assert (known[:20].max(axis=(0, 1)) > 200).all(), "white"
    assert unknown[:10].max(axis=(0, 1))[0] < known[:10].max(axis=(0, 1))[0], "amber has little blue"
    assert (annotated(shown(0)) != annotated(shown(1))).any(), "the time is written"
    long = annotated(shown(0, answer="a" * 100))
    assert (long[:20, -2:] < 60).all(), "a long name is written smaller"
    for size in ((1, 1), (2, 3), (9, 4000)):
        assert annotated(shown(0, np.zeros((*size, 3), np.uint8))).shape == (*size, 3)


def test_letters_that_opencv_cannot_draw() -> None:
    assert plain_letters("Schräubchen Ø 3 №") == "Schraubchen ? 3 No"


def test_a_frame_stands_where_its_time_is(tmp_path: Path) -> None:
    path = tmp_path / "a.avi"
    video = VideoWriter(path, 10.0, 10**9)
    # Two too close together, a pause of half a second, one of a minute, and a clock that was set back.
    for value, time_s in enumerate((5.0, 5.1, 5.12, 5.6, 65.6, 65.7, 1.0, 1.1)):
        video.deliver(shown(time_s, np.full((120, 160, 3), 20 + 25 * value, np.uint8)))
    video.close()
    frames, rate = read(path)
    levels = [round((float(frame[100, 80].mean()) - 20) / 25) for frame in frames]
    assert rate == 10
    assert levels == [0, 1, *[2] * 4, *[3] * 51, 4, 5, 6, 7]


@pytest.mark.parametrize("name", ["a.avi", "a.MP4"])
def test_odd_sizes_and_sizes_that_change(tmp_path: Path, name: str) -> None:
    video = VideoWriter(tmp_path / name, 25.0, 10**9)
    for place, size in enumerate(((47, 63), (480, 640), (1, 1), (47, 63))):
        video.deliver(shown(place / 25, np.full((*size, 3), 200, np.uint8)))
    video.close()
    frames, _ = read(tmp_path / name)
    assert [frame.shape for frame in frames] == [(46, 62, 3)] * 4


def test_another_shape_is_put_in_the_middle() -> None:
    found = fitted(np.full((100, 50, 3), 200, np.uint8), (80, 60))
    assert found.shape == (60, 80, 3)
    assert (found[:, 25:55] == 200).all()
    assert (found[:, :25] == 0).all()
    assert (found[:, 55:] == 0).all()


def test_what_cannot_be_opened_is_told_and_nothing_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine.avi").write_bytes(b"mine")
    for name, message in (
        ("mine.avi", "is there already; choose another name"),
        ("a.mkv", "use a name that ends in .avi or .mp4"),
        ("none/a.avi", "the folder is gone"),
    ):
        with pytest.raises(StorageError, match=message):
            VideoWriter(tmp_path / name, 10.0, 10**9)
    assert (tmp_path / "mine.avi").read_bytes() == b"mine"
    monkeypatch.setitem(recording.CODECS, ".mp4", "XXXX")
    with pytest.raises(StorageError, match="OpenCV cannot open a video of 64 x 64 pixels there; install"):
        VideoWriter(tmp_path / "b.mp4", 10.0, 10**9)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.avi"]


def test_a_video_without_a_frame_is_none(tmp_path: Path) -> None:
    VideoWriter(tmp_path / "a.avi", 10.0, 10**9).close()
    assert list(tmp_path.iterdir()) == []


def test_it_ends_at_its_size_and_before_the_disk_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 255, (120, 160, 3), np.uint8)

    class Usage(NamedTuple):
        free: int

    for name, most, free, why in (
        ("a.avi", 400_000, 10**9, "has reached 0 MB"),
        ("b.mp4", 10**9, 10**6, "nearly full"),
    ):
        video = VideoWriter(tmp_path / name, 25.0, most)
        monkeypatch.setattr(shutil, "disk_usage", lambda _, free=free: Usage(free))
        for place in range(200):
            video.deliver(shown(place / 25, noise))
        assert len(video.notes) == 1
        assert why in video.notes[0]
        frames, _ = read(tmp_path / name)
        assert 0 < len(frames) < 200
        assert len(frames) % 25 == 0
        before = (tmp_path / name).read_bytes()
        video.close()
        assert (tmp_path / name).read_bytes() == before


# The window: this OpenCV has none, so its functions are put in


def test_a_headless_opencv_says_what_to_install() -> None:
    with pytest.raises(EdgeTransferError, match=r"pip install 'opencv-python==\d+\.\d+\.\*' \(never both at once\)"):
        Window()


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """An OpenCV with windows: what it shows, which key is pressed, and whether the window is there."""
    state: dict[str, Any] = {"shown": [], "key": -1, "visible": 1.0, "open": False}
    monkeypatch.setattr(cv2, "getBuildInformation", lambda: "  GUI:                           QT5\n")
    monkeypatch.setattr(cv2, "namedWindow", lambda *_: state.update(open=True))
    monkeypatch.setattr(cv2, "imshow", lambda _, image: state["shown"].append(image))
    monkeypatch.setattr(cv2, "waitKey", lambda _: state["key"])
    monkeypatch.setattr(cv2, "getWindowProperty", lambda *_: state["visible"])
    monkeypatch.setattr(cv2, "destroyAllWindows", lambda: state.update(open=False))
    monkeypatch.setenv("DISPLAY", ":9")
    return state


def test_a_window_shows_and_is_closed_by_key_or_mouse(screen: dict[str, Any]) -> None:
    opened = Window()
    screen["visible"] = 0.0
    assert opened.alive(), "nothing was shown yet"
    screen["visible"] = 1.0
    opened.show(shown(1.0))
    assert opened.alive()
    assert (screen["shown"][0] == annotated(shown(1.0))).all()
    for key in (27, ord("q"), 0x100000 | ord("q")):
        screen["key"] = key
        assert not opened.alive()
    screen.update(key=-1, visible=0.0)
    assert not opened.alive()
    opened.close()
    assert not screen["open"]


def test_a_machine_without_a_screen(screen: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in window._SCREENS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(window.sys, "platform", "linux")
    with pytest.raises(EdgeTransferError, match="needs a screen"):
        Window()
    assert not screen["open"]
