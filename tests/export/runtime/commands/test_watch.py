"""The command `watch`: its documents, its events, its outputs, and how it ends."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from export.bundling.bundle_writer import pack_bundle
from export.runtime.commands import watch as watch_command
from export.runtime.imaging.images import encode_png
from export.runtime.sinks.counters import Counters
from tests.export.runtime.conftest import Run, command, lines, on_the_box

ANSWER_KEYS = ["label", "probability", "unknown", "top", "ms"]


def test_watch_documents(run: Run, tmp_path: Path, pictures: Sequence[Path]) -> None:
    code, output, errors = run("watch", "--source", tmp_path, "--json")
    assert (code, errors) == (0, "")
    documents = lines(output)
    assert documents[0] == {"state": "live", "message": ""}
    assert documents[-1] == {"state": "ended", "message": "4 pictures read"}
    answers = documents[1:-1]
    assert [answer["index"] for answer in answers] == [0, 1, 2, 3]
    assert all(list(answer) == ["index", "time_s", *ANSWER_KEYS, "per_second"] for answer in answers)
    assert answers[0]["per_second"] == 0
    assert len(pictures) == len(answers)


def test_watch_stops_after_some_frames_and_leaves_some_out(run: Run, pictures: Sequence[Path]) -> None:
    folder = pictures[0].parent
    code, output, _ = run("watch", "--source", folder, "--json", "--frames", "2")
    assert (code, [document.get("index") for document in lines(output)]) == (0, [None, 0, 1])
    code, output, _ = run("watch", "--source", folder, "--json", "--every", "0.2")
    assert (code, [document.get("index") for document in lines(output)]) == (0, [None, 0, 2, None])


def test_watch_for_people(run: Run, pictures: Sequence[Path]) -> None:
    code, output, errors = run("watch", "--source", pictures[0].parent)
    assert (code, errors) == (0, "ended: 4 pictures read\n")
    assert len(output.splitlines()) == 4
    assert all(" s  " in line and line.endswith(" ms") for line in output.splitlines())


def test_watch_a_damaged_video(run: Run, tmp_path: Path) -> None:
    """Half of its frames are no longer there, as after a copy that was cut short."""
    path = tmp_path / "damaged.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (64, 48))
    noise = np.random.default_rng(0)
    for _ in range(20):
        writer.write(noise.integers(0, 256, (48, 64, 3), np.uint8))
    writer.release()
    code, output, errors = run("watch", "--source", path)
    assert (code, len(output.splitlines()), errors) == (0, 20, "ended: 20 frames read\n")
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    code, output, errors = run("watch", "--source", path)
    assert code == 2
    assert 5 < len(output.splitlines()) < 15
    assert errors.startswith("damaged: ")


def test_watch_events(run: Run, tmp_path: Path, frames: list[NDArray[np.uint8]]) -> None:
    """Every picture six times: four states at the most, whatever the model calls them, each with its end."""
    for index in range(24):
        (tmp_path / f"{index:02d}.png").write_bytes(encode_png(frames[index // 6]))
    told = ["watch", "--source", tmp_path, "--enter", "0.5"]
    code, output, errors = run(*told, "--events", "--json", "--out", tmp_path / "out.jsonl")
    assert (code, errors) == (0, "")
    documents = lines(output)
    assert lines((tmp_path / "out.jsonl").read_text("utf-8")) == documents
    assert [document["state"] for document in documents if "state" in document] == ["live", "ended"]
    changes = [document for document in documents if "event" in document]
    assert 1 <= sum(change["event"] == "began" for change in changes) <= 4
    assert [change["event"] for change in changes] == ["began", "ended"] * (len(changes) // 2)
    keys = ["event", "label", "probability", "index", "time_s", "since_s", "duration_s", "reason", "at"]
    assert list(changes[0]) == keys
    assert changes[0]["index"] == 2
    assert changes[-1]["reason"] == "the source ended"
    code, output, _ = run(*told, "--events")
    assert code == 0
    assert [line.split()[2] for line in output.splitlines()] == [change["event"] for change in changes]


def test_watch_smooths(run: Run, tmp_path: Path, pictures: Sequence[Path]) -> None:
    _, output, _ = run("watch", "--source", tmp_path, "--json")
    plain = [dict(line["top"]) for line in lines(output)[1:-1]]
    _, output, _ = run("watch", "--source", tmp_path, "--json", "--smooth", "2")
    smooth = [dict(line["top"]) for line in lines(output)[1:-1]]
    assert len(plain) == len(pictures)
    assert smooth[0] == pytest.approx(plain[0], abs=2e-6)
    for index in (1, 2, 3):
        mean = {label: (plain[index - 1][label] + plain[index][label]) / 2 for label in plain[index]}
        assert smooth[index] == pytest.approx(mean, abs=2e-6)


def test_watch_caps_the_rate(run: Run, tmp_path: Path, pictures: Sequence[Path]) -> None:
    code, output, _ = run("watch", "--source", tmp_path, "--json", "--max-fps", "5")  # pictures come ten a second
    assert (code, [line["index"] for line in lines(output)[1:-1]]) == (0, [0, 2])
    assert len(pictures) == 4


def test_watch_with_low_power_on_a_box(tiny_bundle: Path, tmp_path: Path, pictures: Sequence[Path]) -> None:
    done = on_the_box(tiny_bundle, "watch", "--source", tmp_path, "--json", "--low-power")
    assert (done.returncode, done.stderr) == (0, "")
    assert [line["index"] for line in lines(done.stdout)[1:-1]] == [0]  # two a second
    assert pictures


def test_watch_keeps_what_it_is_unsure_of(run: Run, tmp_path: Path, pictures: Sequence[Path]) -> None:
    ring = tmp_path / "ring"
    code, output, errors = run("watch", "--source", tmp_path, "--json", "--ring", ring)
    assert (code, errors) == (0, "")
    unsure = [document["index"] for document in lines(output) if document.get("unknown")]
    assert unsure
    [words] = [json.loads(path.read_text("utf-8")) for path in ring.glob("*/*.json")]  # within one second
    assert "unknown" in words["reasons"] or "uncertain" in words["reasons"]
    assert words["index"] <= unsure[0]
    assert (words["source"], words["bundle"]) == (tmp_path.name, "tiny")
    code, _, errors = run("watch", "--source", "demo://conveyor", "--ring", tmp_path)
    assert (code, "no ring of frames and not empty" in errors) == (2, True)
    assert len(pictures) == 4


def frames_of(path: Path) -> int:
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    count = 0
    while capture.read()[0]:
        count += 1
    capture.release()
    return count


@pytest.mark.parametrize("packed", [False, True])
def test_watch_writes_a_video(tiny_bundle: Path, tmp_path: Path, pictures: Sequence[Path], packed: bool) -> None:
    bundle = tmp_path / "bundle.zip" if packed else tiny_bundle
    if packed:
        pack_bundle(tiny_bundle, bundle)
    pictures_folder = tmp_path / "pictures"
    pictures_folder.mkdir()
    for path in pictures:
        path.rename(pictures_folder / path.name)
    given = (
        "--bundle",
        bundle,
        "--ring",
        tmp_path / "ring",
        "--video",
        tmp_path / "seen.mp4",
        "--metrics",
        "127.0.0.1:0",
    )
    done = on_the_box(tiny_bundle, "watch", "--source", pictures_folder, "--json", *given)
    assert done.returncode == 0, done.stderr
    assert len(lines(done.stdout)) == 6
    assert frames_of(tmp_path / "seen.mp4") >= 4
    again = on_the_box(tiny_bundle, "watch", "--source", pictures_folder, *given)
    assert (again.returncode, again.stdout) == (2, "")
    assert f"error: cannot write {tmp_path / 'seen.mp4'}: it is there already" in again.stderr


def test_watch_shows_its_counters_to_who_has_the_token(tiny_bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("t0ken\n")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    given = ("--metrics", f"0.0.0.0:{port}", "--metrics-token-file", tmp_path / "token")
    seen = ("--ring", tmp_path / "ring", "--video", tmp_path / "seen.avi")
    arguments = command("watch", "--source", "demo://conveyor?fps=30", "--json", *given, *seen)
    with subprocess.Popen(
        arguments, cwd=tiny_bundle, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, encoding="utf-8"
    ) as child:

        def get(**headers: str) -> tuple[int, str]:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            connection.request("GET", "/metrics", headers=headers)
            response = connection.getresponse()
            found = response.status, response.read().decode()
            connection.close()
            return found

        try:
            while child.poll() is None:
                with contextlib.suppress(ConnectionRefusedError):
                    refused = get()
                    break
                time.sleep(0.05)
            code, text = get(Authorization="Bearer t0ken")
            child.terminate()
            _, errors = child.communicate(timeout=20)
        finally:
            child.kill()
    assert refused == (401, "the token is missing or wrong\n")
    assert code == 200
    assert 'output="video"' in text
    assert (child.returncode, "t0ken" in errors) == (0, False)


def test_watch_has_no_window_here(run: Run, tmp_path: Path) -> None:
    video = tmp_path / "seen.avi"
    code, output, errors = run("watch", "--source", "demo://conveyor", "--window", "--video", video)
    assert (code, output) == (2, "")
    assert errors.startswith("error: --window needs an OpenCV with windows")
    assert not video.exists()


def test_a_closed_window_ends_the_watch(run: Run, pictures: Sequence[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    keys = iter([-1, -1, 27])
    closed: list[bool] = []
    monkeypatch.setattr(cv2, "getBuildInformation", lambda: "GUI: QT5")
    monkeypatch.setattr(cv2, "namedWindow", lambda *_: None)
    monkeypatch.setattr(cv2, "imshow", lambda *_: None)
    monkeypatch.setattr(cv2, "waitKey", lambda _: next(keys))
    monkeypatch.setattr(cv2, "getWindowProperty", lambda *_: 1.0)
    monkeypatch.setattr(cv2, "destroyAllWindows", lambda: closed.append(True))
    monkeypatch.setenv("DISPLAY", ":9")
    code, output, _ = run("watch", "--source", "demo://conveyor?pace=0", "--json", "--window")
    assert code == 0
    assert 1 <= len(lines(output)) <= 3
    assert closed == [True]


@pytest.fixture
def drifted(textured: Callable[[int], NDArray[np.uint8]], tmp_path: Path) -> Path:
    """A folder with 100 usual frames, then 100 in other light, then 100 usual ones."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for index in range(300):
        frame = textured(1000 + index)
        if 100 <= index < 200:
            frame = frame // 5
        (folder / f"{index:03d}.png").write_bytes(encode_png(frame))
    return folder


def test_watch_tells_drift_once(run: Run, drift_bundle: Path, drifted: Path, tmp_path: Path) -> None:
    told = ["watch", "--source", drifted]
    code, output, errors = run(*told, "--json", "--events", "--ring", tmp_path / "ring", bundle=drift_bundle)
    assert (code, errors) == (0, "")
    began, ended = [document for document in lines(output) if document.get("event", "").startswith("drift")]
    assert list(began) == ["event", "score", "threshold", "index", "time_s", "since_s", "duration_s", "reason", "at"]
    assert (began["event"], ended["event"], ended["reason"]) == ("drift began", "drift ended", "")
    assert 100 < began["index"] < 200 < ended["index"] < 300
    assert began["score"] >= began["threshold"] > 0
    kept = [json.loads(path.read_text("utf-8")) for path in (tmp_path / "ring").glob("*/*.json")]
    marked = [words["index"] for words in kept if "drift" in words["reasons"]]
    assert marked
    assert all(began["index"] <= index < ended["index"] for index in marked)
    code, output, _ = run(*told, "--json", "--drift", bundle=drift_bundle)
    documents = lines(output)
    assert [d["event"] for d in documents if "event" in d] == ["drift began", "drift ended"]
    assert sum("label" in document for document in documents) == 300
    code, output, _ = run(*told, bundle=drift_bundle)
    told_lines = [line for line in output.splitlines() if "drift" in line]
    assert ["drift began: the picture has moved away" in line for line in told_lines] == [True, False]
    assert "drift ended  after " in told_lines[1]
    code, output, _ = run(*told, "--no-drift", bundle=drift_bundle)
    assert (code, "drift" in output) == (0, False)


def test_drift_ends_with_its_source(run: Run, drift_bundle: Path, drifted: Path) -> None:
    code, output, _ = run("watch", "--source", drifted, "--json", "--frames", "190", bundle=drift_bundle)
    changes = [document for document in lines(output) if "event" in document]
    assert (code, [change["event"] for change in changes]) == (0, ["drift began", "drift ended"])
    assert (changes[1]["reason"], changes[1]["index"]) == ("the watch stopped", 189)


def test_a_bundle_without_drift_statistics(run: Run, pictures: Sequence[Path]) -> None:
    code, output, errors = run("watch", "--source", pictures[0].parent, "--drift")
    assert (code, output) == (2, "")
    assert errors.startswith("error: the bundle has no drift statistics for model.xml: export it again")


def test_outputs_stay_out_of_the_bundle(run: Run, bundle: Path) -> None:
    code, _, errors = run("watch", "--source", "demo://conveyor", "--out", bundle / "out.jsonl", bundle=bundle)
    assert (code, errors) == (
        2,
        f"error: --out {bundle / 'out.jsonl'} lies in the bundle's folder: give a place outside of it\n",
    )


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX systems")
def test_the_system_asks_to_end(tiny_bundle: Path, tmp_path: Path) -> None:
    """As systemd does: an orderly end, and what holds has ended."""
    out, video = tmp_path / "out.jsonl", tmp_path / "seen.mp4"
    given = ("--events", "--enter", "0", "--hold", "1", "--out", out, "--video", video, "--json")
    arguments = command("watch", "--source", "demo://conveyor?fps=30", *given)
    with subprocess.Popen(
        arguments, cwd=tiny_bundle, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
    ) as child:
        assert child.stdout is not None
        while "began" not in (line := child.stdout.readline()):
            assert line
        child.terminate()
        _, errors = child.communicate(timeout=20)
    assert (child.returncode, errors) == (0, "")
    last = lines(out.read_text("utf-8"))[-1]
    assert (last["event"], last["reason"]) == ("ended", "the watch stopped")
    assert frames_of(video) > 0, "an .mp4 that was not finished cannot be opened"


@pytest.mark.parametrize(("number", "expected"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_a_lost_exception_loses_no_request_to_end(
    run: Run, pictures: Sequence[Path], monkeypatch: pytest.MonkeyPatch, number: signal.Signals, expected: int
) -> None:
    """What a signal's handler raises is dropped where a library calls Python and swallows every error."""

    class Swallowing(Counters):
        def take(self, *given: Any) -> None:
            super().take(*given)
            with contextlib.suppress(BaseException):
                signal.raise_signal(number)

    before = signal.getsignal(number)
    monkeypatch.setattr(watch_command, "Counters", Swallowing)
    code, output, _ = run("watch", "--source", pictures[0].parent, "--json")
    assert (code, len([line for line in lines(output) if "label" in line])) == (expected, 1)
    assert signal.getsignal(number) == before
