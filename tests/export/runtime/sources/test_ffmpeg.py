"""FFmpeg as it is opened here: no playlists, no other codecs, no words on standard error."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import pytest

from tests.export.runtime.sources.conftest import make_video, refusal


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
