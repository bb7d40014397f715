"""Captures: pace, gates, what a fault leaves behind, and real videos. The camera is a script of events."""

from __future__ import annotations

import dataclasses
import itertools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from edge_transfer.dataset.quality import Gates
from edge_transfer.errors import DatasetError, SourceError, StorageError
from edge_transfer.ingest import capture as capture_module
from edge_transfer.ingest.capture import CaptureProgress, CaptureResult, capture
from export.runtime.events import exhaust
from export.runtime.imaging.images import decode_image, encode_jpeg
from export.runtime.sources.source import Frame, SourceEvent, SourceState, open_source

Image = NDArray[np.uint8]
MakeImage = Callable[..., Image]


class Script:
    """A source that gives what it is told to; an exception in the script is raised."""

    def __init__(self, events: Iterable[SourceEvent | Exception], live: bool = False) -> None:
        self.name, self.live, self.closed = "scripted camera", live, 0
        self._events = events

    def events(self) -> Generator[SourceEvent, None, None]:
        try:
            for event in self._events:
                if isinstance(event, Exception):
                    raise event
                yield event
        finally:
            self.closed += 1


def frames(make: MakeImage, count: int, rate: float = 30.0, first: int = 0) -> list[Frame]:
    """`count` different sharp frames, `rate` a second."""
    return [Frame(make(number, 60, 80), number, number / rate) for number in range(first, first + count)]


def times(catalog: Catalog) -> list[float]:
    return [round(sample.time_s or 0.0, 3) for sample in catalog.samples()]


# Pace


@pytest.mark.parametrize(
    ("rate", "fps", "expected"),
    [
        (30, 10, [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]),
        (30, 30, [number / 30 for number in range(30)]),
        (10, 30, [number / 10 for number in range(30)]),
        (25, 4, [0, 0.28, 0.52, 0.76, 1.0, 1.16 + 0.12]),
        (30, 0.5, [0]),
    ],
)
def test_pace(
    project: Project, catalog: Catalog, textured: MakeImage, rate: float, fps: float, expected: list[float]
) -> None:
    source = Script(frames(textured, 30, rate))
    seconds = 1.3 if rate == 25 else None
    result = exhaust(capture(project, catalog, source, "cat", seconds=seconds, fps=fps))
    found = times(catalog)
    assert found[: len(expected)] == [round(each, 3) for each in expected][: len(found)]
    assert result.kept == len(found)
    if rate != 25:
        assert len(found) == len(expected)
    assert source.closed == 1


def test_start_and_duration_are_media_time(project: Project, catalog: Catalog, textured: MakeImage) -> None:
    source = Script(frames(textured, 90))
    result = exhaust(capture(project, catalog, source, "cat", seconds=1, fps=5, start_s=0.5))
    assert times(catalog) == [0.5, 0.7, 0.9, 1.1, 1.3]
    assert (result.kept, result.ended, result.skipped) == (5, "time", {})
    assert result.seconds == pytest.approx(1.0, abs=0.05)


def test_a_pause_does_not_lead_to_a_burst(project: Project, catalog: Catalog, textured: MakeImage) -> None:
    early, late = frames(textured, 10), frames(textured, 10, first=300)
    exhaust(capture(project, catalog, Script([*early, *late]), "cat", seconds=None, fps=10))
    assert times(catalog) == [0, 0.1, 0.2, 0.3, 10.0, 10.1, 10.2, 10.3]


@pytest.mark.parametrize(
    "options", [{"fps": 0}, {"fps": -1}, {"fps": float("inf")}, {"fps": float("nan")}, {"seconds": 0}, {"start_s": -1}]
)
def test_impossible_rates(project: Project, catalog: Catalog, options: dict[str, float]) -> None:
    arguments: dict[str, Any] = {"fps": 5, "seconds": 1} | options
    with pytest.raises(DatasetError, match="use numbers above 0"):
        exhaust(capture(project, catalog, Script([]), "cat", **arguments))


# What is recorded


def test_session_class_and_split(project: Project, catalog: Catalog, textured: MakeImage) -> None:
    splits = []
    for take in range(3):
        source = Script(frames(textured, 4, first=take * 10))
        result = exhaust(capture(project, catalog, source, "  Cat ", seconds=None, fps=30))
        splits.append(result.split)
        session = catalog.sessions()[-1]
        assert (session.id, session.kind, session.source, session.samples) == (
            result.session_id,
            "recording",
            "scripted camera",
            4,
        )
    assert splits == ["train", "test", "train"]
    assert [row.name for row in catalog.classes()] == ["Cat"]
    source = Script(frames(textured, 4, first=100))
    assert exhaust(capture(project, catalog, source, "cat", seconds=None, fps=30, split="val")).split == "val"
    assert [row.name for row in catalog.classes()] == ["Cat"]
    catalog.check()


def test_the_stored_picture_is_the_frame(project: Project, catalog: Catalog, textured: MakeImage) -> None:
    shown = cv2.GaussianBlur(textured(1, 480, 640), (0, 0), 1)
    frame = Frame(np.asarray(shown, np.uint8), 0, 0.0)
    exhaust(capture(project, catalog, Script([frame]), "cat", seconds=None, fps=5))
    sample = catalog.samples()[0]
    data = project.image_path(sample.sha256, sample.suffix).read_bytes()
    assert data == encode_jpeg(frame.image, 95)
    assert (sample.width, sample.height, sample.bytes, sample.suffix) == (640, 480, len(data), ".jpg")
    difference = np.abs(decode_image(data).astype(int) - frame.image)
    assert difference.mean() < 6


def test_a_capture_is_one_step_of_undo(project: Project, catalog: Catalog, textured: MakeImage) -> None:
    exhaust(capture(project, catalog, Script(frames(textured, 5), live=True), "cat", seconds=None, fps=30))
    assert catalog.undo() == "adding from scripted camera (5 images)"
    assert catalog.samples() == []


def test_frames_of_a_live_source_are_recorded_one_by_one(
    project: Project, catalog: Catalog, textured: MakeImage
) -> None:
    recording = capture(project, catalog, Script(frames(textured, 5), live=True), "cat", seconds=None, fps=30)
    for count, progress in enumerate(recording, 1):
        assert progress.kept == count == len(catalog.samples())


def test_frames_of_a_file_are_recorded_every_second(
    project: Project, catalog: Catalog, textured: MakeImage, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = itertools.count(0.0, 0.1)
    monkeypatch.setattr(capture_module.time, "monotonic", lambda: next(clock))
    commits: list[int] = []
    add_samples = Catalog.add_samples

    def counted(self: Catalog, session_id: int, samples: Any) -> Any:
        commits.append(len(samples))
        return add_samples(self, session_id, samples)

    monkeypatch.setattr(Catalog, "add_samples", counted)
    result = exhaust(capture(project, catalog, Script(frames(textured, 30)), "cat", seconds=None, fps=30))
    assert sum(commits) == result.kept == 30
    assert 2 <= len(commits) <= 15


# Gates


def spoiled(image: Image) -> dict[str, Image]:
    return {
        "dark": (image * 0.02).astype(np.uint8),
        "overexposed": np.full_like(image, 250),
        "flat": np.full_like(image, 128),
        "blurred": np.asarray(cv2.GaussianBlur(image, (0, 0), 6), np.uint8),
    }


def test_gates_count_what_they_stop(project: Project, catalog: Catalog, textured: MakeImage) -> None:
    good = frames(textured, 10)
    bad = list(spoiled(textured(50, 240, 320)).values())
    events = [
        dataclasses.replace(frame, image=bad[index - 3]) if 3 <= index < 7 else frame
        for index, frame in enumerate(good)
    ]
    recording = capture(project, catalog, Script(events), "cat", seconds=None, fps=30)
    progress: list[CaptureProgress] = []
    result: CaptureResult | None = None
    try:
        while True:
            progress.append(next(recording))
    except StopIteration as stop:
        result = stop.value
    assert result is not None
    assert result.kept == 6
    assert result.skipped == {"dark": 1, "overexposed": 1, "flat": 1, "blurred": 1}
    assert [each.last_reason for each in progress] == [
        *(None, None, None),
        *("dark", "overexposed", "flat", "blurred"),
        *(None, None, None),
    ]


def test_all_frames_skipped_leaves_no_session(project: Project, catalog: Catalog, textured: MakeImage) -> None:
    bad = spoiled(textured(50, 240, 320))
    images = [bad["blurred"]] * 38 + [bad["dark"]] * 2
    source = Script(Frame(image, index, index / 10) for index, image in enumerate(images))
    with pytest.raises(DatasetError, match="all 40 frames were skipped: 38 blurred, 2 dark"):
        exhaust(capture(project, catalog, source, "cat", seconds=None, fps=10))
    assert (catalog.sessions(), catalog.classes(), catalog.undo()) == ([], [], None)


def test_a_frozen_picture_is_a_duplicate(project: Project, catalog: Catalog, textured: MakeImage) -> None:
    image = textured(1)
    source = Script(Frame(image.copy(), index, index / 10) for index in range(20))
    result = exhaust(capture(project, catalog, source, "cat", seconds=None, fps=10))
    assert (result.kept, result.skipped) == (1, {"duplicate": 19})


def test_a_still_scene_can_be_recorded(project: Project, catalog: Catalog, textured: MakeImage) -> None:
    rng = np.random.default_rng(0)
    image = textured(1, 240, 320).astype(float)
    noisy = [np.clip(image + rng.normal(0, 1, image.shape), 0, 255).astype(np.uint8) for _ in range(20)]
    events = [Frame(each, index, index / 10) for index, each in enumerate(noisy)]
    result = exhaust(capture(project, catalog, Script(events), "table", seconds=None, fps=10))
    assert (result.kept, result.skipped) == (20, {})
    with pytest.raises(DatasetError, match="already there"):
        exhaust(capture(project, catalog, Script(events), "table", seconds=None, fps=10))
    gates = Gates(min_distance=3)
    more = [dataclasses.replace(frame, image=cv2.add(frame.image, 1)) for frame in events]
    picky = exhaust(capture(project, catalog, Script(more), "table", seconds=None, fps=10, gates=gates))
    assert (picky.kept, picky.skipped) == (1, {"duplicate": 19})


def test_frames_that_are_in_another_class_are_counted(project: Project, catalog: Catalog, textured: MakeImage) -> None:
    exhaust(capture(project, catalog, Script(frames(textured, 5)), "cat", seconds=None, fps=30))
    result = exhaust(capture(project, catalog, Script(frames(textured, 8)), "dog", seconds=None, fps=30))
    assert (result.kept, result.skipped) == (3, {"in another class": 5})
    assert {sample.class_name for sample in catalog.samples()} == {"cat", "dog"}


@pytest.mark.parametrize("name", ["", "x" * 101, "a\nb"])
def test_unusable_class_names(project: Project, catalog: Catalog, name: str) -> None:
    source = Script([])
    with pytest.raises(DatasetError):
        exhaust(capture(project, catalog, source, name, seconds=None, fps=5))
    assert source.closed == 0


def test_unknown_split(project: Project, catalog: Catalog) -> None:
    with pytest.raises(DatasetError, match="unknown split"):
        exhaust(capture(project, catalog, Script([]), "cat", seconds=None, fps=5, split="holdout"))


# Sources that fail


def test_a_lost_source_is_reported_and_recording_goes_on(
    project: Project, catalog: Catalog, textured: MakeImage
) -> None:
    events = [
        SourceState("connecting", "connecting to the camera"),
        *frames(textured, 3),
        SourceState("stalled", "no frame for 2 s"),
        SourceState("lost", "disconnected, trying again in 1 s"),
        *frames(textured, 3, first=60),
    ]
    recording = capture(project, catalog, Script(events, live=True), "cat", seconds=None, fps=30)
    progress = list(recording)
    assert [(each.state, each.message, each.kept) for each in progress] == [
        ("connecting", "connecting to the camera", 0),
        *(("live", "", kept) for kept in (1, 2, 3)),
        ("stalled", "no frame for 2 s", 3),
        ("lost", "disconnected, trying again in 1 s", 3),
        *(("live", "", kept) for kept in (4, 5, 6)),
    ]
    assert len(catalog.sessions()) == 1


def test_a_damaged_file_says_how_far_it_went(project: Project, catalog: Catalog, textured: MakeImage) -> None:
    message = "6 of 60 frames read, file damaged after 0:00.2"
    source = Script([*frames(textured, 6), SourceState("damaged", message)])
    result = exhaust(capture(project, catalog, source, "cat", seconds=None, fps=30))
    assert (result.kept, result.ended) == (6, f"damaged: {message}")


def test_a_source_that_ends(project: Project, catalog: Catalog, textured: MakeImage) -> None:
    source = Script([*frames(textured, 6), SourceState("ended", "")])
    assert exhaust(capture(project, catalog, source, "cat", seconds=None, fps=30)).ended == "source ended"


def test_a_source_that_breaks_off_keeps_what_there_is(
    project: Project, catalog: Catalog, textured: MakeImage, unharmed: Any
) -> None:
    source = Script([*frames(textured, 6), SourceError("the camera was unplugged")])
    with pytest.raises(SourceError, match="the camera was unplugged: 6 images kept, capture stopped"):
        exhaust(capture(project, catalog, source, "cat", seconds=None, fps=30))
    assert len(catalog.samples()) == 6
    unharmed(project, {})


def test_a_source_that_cannot_be_opened(project: Project, catalog: Catalog) -> None:
    with pytest.raises(SourceError, match=r"^no answer$"):
        exhaust(capture(project, catalog, Script([SourceError("no answer")]), "cat", seconds=None, fps=30))
    assert (catalog.sessions(), catalog.classes()) == ([], [])


def test_a_source_without_frames(project: Project, catalog: Catalog, textured: MakeImage) -> None:
    with pytest.raises(SourceError, match=r"scripted camera gave no frame$"):
        exhaust(capture(project, catalog, Script([]), "cat", seconds=None, fps=30))
    source = Script([*frames(textured, 3), SourceState("ended", "")])
    with pytest.raises(SourceError, match="gave no frame after 50 s"):
        exhaust(capture(project, catalog, source, "cat", seconds=None, fps=30, start_s=50))


def lost_for_ever(first: list[Frame], step_s: float) -> Generator[SourceEvent, None, None]:
    yield from first
    while True:
        time.sleep(step_s)
        yield SourceState("lost", "disconnected")


def test_a_live_source_that_stays_lost_ends_with_the_time(
    project: Project, catalog: Catalog, textured: MakeImage
) -> None:
    started = time.monotonic()
    source = Script(lost_for_ever(frames(textured, 3), 0.05), live=True)
    result = exhaust(capture(project, catalog, source, "cat", seconds=0.5, fps=30))
    assert (result.kept, result.ended) == (3, "time")
    assert 0.4 < time.monotonic() - started < 3


def test_a_live_source_that_never_gives_a_frame(
    project: Project, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(capture_module, "_FIRST_FRAME_S", 0.3)
    source = Script(lost_for_ever([], 0.05), live=True)
    with pytest.raises(SourceError, match="no frame came within 0 s: disconnected"):
        exhaust(capture(project, catalog, source, "cat", seconds=0.1, fps=30))


def test_progress_comes_while_no_frame_is_due(project: Project, catalog: Catalog, textured: MakeImage) -> None:
    def slow() -> Generator[SourceEvent, None, None]:
        for frame in frames(textured, 20, rate=20):
            time.sleep(0.05)
            yield frame

    progress = list(capture(project, catalog, Script(slow(), live=True), "cat", seconds=None, fps=0.1))
    assert progress[-1].kept == 1
    assert 3 <= len(progress) <= 6


# Cancelling, kills and disks


def test_closing_keeps_what_is_recorded(project: Project, catalog: Catalog, textured: MakeImage, unharmed: Any) -> None:
    for live in (True, False):
        source = Script(frames(textured, 30, first=100 * live), live=live)
        recording = capture(project, catalog, source, f"live {live}", seconds=None, fps=30)
        for _ in range(7):
            next(recording)
        recording.close()
        assert source.closed == 1
        assert len(catalog.samples(class_id=catalog.class_named(f"live {live}").id)) == 7
    unharmed(project, {})


def test_closing_before_the_first_image_leaves_nothing(project: Project, catalog: Catalog, textured: MakeImage) -> None:
    source = Script([SourceState("connecting", ""), *frames(textured, 3)])
    recording = capture(project, catalog, source, "cat", seconds=None, fps=30)
    next(recording)
    recording.close()
    assert (catalog.sessions(), catalog.classes(), source.closed) == ([], [], 1)


@pytest.mark.parametrize("live", [True, False])
def test_disk_full(small_disk: Any, textured: MakeImage, fill: Any, unharmed: Any, live: bool) -> None:
    project = Project.create(small_disk("1m") / "project")
    images = (textured(number, 240, 320) for number in itertools.count())
    source = Script((Frame(image, index, index / 30) for index, image in enumerate(images)), live=live)
    with Catalog.open(project) as catalog:
        earlier = fill(project, catalog)
        with pytest.raises(StorageError, match=r"^disk full: \d+ images kept, capture stopped$") as caught:
            exhaust(capture(project, catalog, source, "cat", seconds=None, fps=30))
        kept = len(catalog.samples()) - len(earlier)
        assert f"disk full: {kept} image" in str(caught.value)
        assert len(list(project.images_dir.glob("??/*"))) == len(catalog.samples())
        if live:
            assert kept >= 5
    assert source.closed == 1
    unharmed(project, earlier)


def test_the_folder_disappears(project: Project, catalog: Catalog, textured: MakeImage) -> None:
    def unplugging() -> Generator[SourceEvent, None, None]:
        for frame in frames(textured, 5):
            if frame.index == 3:
                project.images_dir.rename(project.root / "elsewhere")
            yield frame

    with pytest.raises(StorageError, match="the folder is gone: 3 images kept, capture stopped"):
        exhaust(capture(project, catalog, Script(unplugging(), live=True), "cat", seconds=None, fps=30))
    (project.root / "elsewhere").rename(project.images_dir)
    catalog.check()
    assert len(catalog.samples()) == 3


KILLED = """
import sys
from pathlib import Path
import numpy as np
from edge_transfer.ingest.capture import capture
from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from export.runtime.sources.source import Frame
class Camera:
    name, live = "camera", True
    def events(self):
        rng, index = np.random.default_rng(), 0
        while True:
            yield Frame(rng.integers(0, 255, (240, 320, 3), np.uint8).repeat(2, 0).repeat(2, 1), index, index / 30)
            index += 1
project = Project.open(Path(sys.argv[1]))
with Catalog.open(project) as catalog:
    for progress in capture(project, catalog, Camera(), "cat", seconds=None, fps=30):
        print(progress.kept, flush=True)
"""


@pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")
def test_a_kill_loses_no_image_that_was_reported(project: Project, tmp_path: Path) -> None:
    script = tmp_path / "capturing.py"
    script.write_text(KILLED)
    reported = 0
    for lines in (1, 4, 9):
        with subprocess.Popen(
            [sys.executable, script, project.root],
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": "."},
        ) as child:
            assert child.stdout is not None
            for _ in range(lines):
                assert child.stdout.readline()
            child.send_signal(signal.SIGKILL)
        reported += lines
        with Catalog.open(project) as catalog:
            catalog.check()
            assert len(catalog.samples()) >= reported
            files = [path for path in project.images_dir.glob("??/*") if not path.name.startswith(".tmp-")]
            assert len(files) - len(catalog.samples()) <= lines  # at most the one in flight of each kill


# Real sources


def test_a_real_video(project: Project, catalog: Catalog, shared: Path) -> None:
    source = open_source(str(shared / "videos" / "bottle-detection.mp4"))
    result = exhaust(capture(project, catalog, source, "bottles", seconds=4, fps=5, start_s=2))
    assert result.kept + sum(result.skipped.values()) == 20
    assert result.kept >= 19
    assert result.ended == "time"
    assert times(catalog)[0] == pytest.approx(2, abs=0.04)
    assert np.diff(times(catalog)).mean() == pytest.approx(0.2, abs=0.03)
    sample = catalog.samples()[0]
    assert (sample.width, sample.height) == (640, 360)
    catalog.check()


def test_the_simulated_conveyor(project: Project, catalog: Catalog) -> None:
    source = open_source("demo://conveyor?class=hex_nut&seed=1&pace=0")
    result = exhaust(capture(project, catalog, source, "hex nut", seconds=1, fps=5))
    assert result.kept >= 4
    assert result.ended == "time"
    catalog.check()
