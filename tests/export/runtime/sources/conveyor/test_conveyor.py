"""The simulated conveyor: reproducible, each class where it is promised, sessions that differ."""

from __future__ import annotations

import gc
import time
import weakref

import numpy as np
import pytest

from export.runtime.errors import SourceError
from export.runtime.sources.conveyor.conveyor import CLASSES, Conveyor
from export.runtime.sources.frame import Frame, SourceState
from export.runtime.sources.source import open_source


def conveyor(query: str = "") -> Conveyor:
    return Conveyor(f"demo://conveyor?size=320x240&{query}".rstrip("&"))


def test_a_frame_depends_on_the_address_and_its_index_alone() -> None:
    forwards = conveyor("class=bolt&seed=4")
    backwards = conveyor("class=bolt&seed=4")
    frames = {index: forwards.frame(index) for index in (0, 7, 150)}
    for index in (150, 0, 7):
        assert np.array_equal(frames[index], backwards.frame(index))
    assert not np.array_equal(frames[0], frames[7])
    assert frames[0].shape == (240, 320, 3)
    assert frames[0].dtype == np.uint8
    assert frames[0].flags.c_contiguous


def test_frames_are_not_shared() -> None:
    source = conveyor("class=washer&pace=0")
    image = source.frame(3)
    image[:] = 0
    assert source.frame(3).mean() > 5


def test_a_conveyor_that_nobody_holds_is_gone_at_once() -> None:
    """Without waiting for the collector of rings: a window that changes the scene would hold all of them meanwhile."""
    gc.disable()
    try:
        source = conveyor("class=bolt&seed=1")
        source.frame(0)
        session = weakref.ref(source._session)
        del source
        assert session() is None
    finally:
        gc.enable()


def test_sessions_differ_in_light_and_colour() -> None:
    brightness = [float(conveyor(f"class=empty&seed={seed}").frame(0).mean()) for seed in range(12)]
    assert max(brightness) > 1.8 * min(brightness)
    means = [conveyor(f"class=empty&seed={seed}").frame(0).mean(axis=(0, 1)) for seed in range(12)]
    tints = [blue / red for blue, _, red in means]
    assert max(tints) > 1.4 * min(tints)


def test_light_is_set_by_the_address() -> None:
    dark = conveyor("class=empty&seed=3&light=0.4").frame(0).mean()
    bright = conveyor("class=empty&seed=3&light=0.8").frame(0).mean()
    assert bright == pytest.approx(2 * dark, rel=0.15)


@pytest.mark.parametrize("kind", ["hex_nut", "washer", "bolt"])
def test_every_frame_shows_the_class_in_its_centre_crop(kind: str) -> None:
    for seed in range(6):
        source, empty = conveyor(f"class={kind}&seed={seed}"), conveyor(f"class=empty&seed={seed}")
        for index in range(0, 120, 17):
            # Same seed, same belt, same noise: what differs is the part and its shadow.
            changed = np.abs(source.frame(index).astype(int) - empty.frame(index)).max(axis=2) > 12
            assert changed[:, 40:280].mean() > 0.008, (seed, index)
            assert source.truth(index) == kind


def test_without_a_class_all_come_by_and_the_truth_is_known() -> None:
    source, seen = conveyor("seed=2"), set()
    for index in range(0, 700, 2):
        truth = source.truth(index)
        if truth is not None:
            seen.add(truth)
    assert seen == set(CLASSES)


def test_the_truth_empty_means_that_no_part_is_in_view() -> None:
    source, empty = conveyor("seed=2"), conveyor("class=empty&seed=2")
    indexes = [index for index in range(700) if source.truth(index) == "empty"]
    assert len(indexes) > 5
    for index in indexes[::5]:
        changed = np.abs(source.frame(index).astype(int) - empty.frame(index)).max(axis=2) > 12
        assert changed.mean() < 0.003  # the rim of a shadow at the most


def test_as_a_file_it_gives_every_frame_and_ends() -> None:
    source = open_source("demo://conveyor?class=hex_nut&pace=0&frames=5&size=160x120")
    assert not source.live
    events = list(source.events())
    frames = [event for event in events if isinstance(event, Frame)]
    assert [frame.index for frame in frames] == [0, 1, 2, 3, 4]
    assert frames[3].time_s == pytest.approx(0.1)
    assert events[0] == SourceState("live", "")
    assert events[-1] == SourceState("ended", "5 frames shown")


def test_in_real_time_it_keeps_its_pace_and_drops_what_nobody_took() -> None:
    source = open_source("demo://conveyor?fps=100&size=160x120")
    assert source.live
    events = source.events()
    frames = []
    for event in events:
        if isinstance(event, Frame):
            frames.append((time.monotonic(), event.index))
            if len(frames) == 4:
                time.sleep(0.3)
        if len(frames) == 12:
            break
    events.close()
    # Never ahead of its clock, and after a pause the newest frame comes, not the next one.
    assert all(now - frames[0][0] > index / 100 - 0.02 for now, index in frames)
    assert frames[4][1] >= frames[3][1] + 25


def test_a_frame_is_drawn_fast_enough_for_a_live_view() -> None:
    source = Conveyor("demo://conveyor?class=bolt&seed=1")
    source.frame(0)
    began = time.perf_counter()
    for index in range(1, 61):
        source.frame(index)
    assert time.perf_counter() - began < 3  # 60 a second are promised for an idle core; this one may be busy


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("demo://belt", "unknown demonstration 'belt'"),
        ("demo://conveyor/x", "unknown demonstration"),
        ("demo://conveyor?class=screw", "class=screw is not possible for the conveyor: expected one of hex_nut"),
        ("demo://conveyor?seed=-1", "seed=-1"),
        ("demo://conveyor?seed=1.5", "a whole number"),
        ("demo://conveyor?fps=nan", "fps=nan"),
        ("demo://conveyor?fps=0", "fps=0"),
        ("demo://conveyor?size=640", "size=640"),
        ("demo://conveyor?size=9999x9999", "size=9999x9999"),
        ("demo://conveyor?light=inf", "light=inf"),
        ("demo://conveyor?pace=2", "pace=2"),
        ("demo://conveyor?colour=red", "unknown setting 'colour'"),
    ],
)
def test_an_impossible_address_is_refused_with_the_value(text: str, says: str) -> None:
    with pytest.raises(SourceError, match=says.replace("?", r"\?")):
        open_source(text)
