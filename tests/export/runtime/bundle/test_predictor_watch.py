"""Every frame of a source gets its answer, and the source is closed whatever happens."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from export.runtime.bundle.predictor import Predictor, Watched, watch
from export.runtime.errors import ImageError, SourceError
from export.runtime.events import exhaust
from export.runtime.imaging.images import encode_png
from export.runtime.sources.source import Frame, SourceEvent, SourceState, open_source


class FakeSource:
    """Gives what it is told to, and remembers whether it was closed."""

    name = "fake"
    live = True

    def __init__(self, events: Sequence[SourceEvent | Exception]) -> None:
        self.given = events
        self.closed = False

    def events(self) -> Generator[SourceEvent, None, None]:
        # Kept, so that nobody but `close()` ends it.
        self.running = self._events()
        return self.running

    def _events(self) -> Generator[SourceEvent, None, None]:
        try:
            for event in self.given:
                if isinstance(event, Exception):
                    raise event
                yield event
        finally:
            self.closed = True


@pytest.fixture(scope="module")
def predictor(tiny_bundle: Path) -> Predictor:
    return Predictor.open(tiny_bundle, "onnxruntime")


def frame(image: NDArray[np.uint8], index: int, time_s: float) -> Frame:
    return Frame(image, index, time_s)


def at(frames: list[NDArray[np.uint8]], *times_s: float) -> list[Frame]:
    return [Frame(frames[index % len(frames)], index, time_s) for index, time_s in enumerate(times_s)]


def test_frames_are_classified_and_states_passed_on(predictor: Predictor, frames: list[NDArray[np.uint8]]) -> None:
    first, second = at(frames, 0.0, 0.1)
    live, ended = SourceState("live", ""), SourceState("ended", "2 frames read")
    source = FakeSource([live, first, second, ended])
    events = watch(predictor, source)
    assert next(events) == live
    for index, given in enumerate((first, second)):
        watched = next(events)
        assert isinstance(watched, Watched)
        assert watched.frame is given
        assert (watched.prediction.logits == predictor.predict(frames[index]).logits).all()
        assert (watched.per_second == 0) == (index == 0)
    assert next(events) == ended
    with pytest.raises(StopIteration) as stop:
        next(events)
    assert stop.value.value == 2
    assert source.closed


def test_frames_that_follow_too_soon_are_left_out(predictor: Predictor, frames: list[NDArray[np.uint8]]) -> None:
    source = FakeSource(at(frames, 0.0, 0.4, 0.5, 0.9, 1.0, 1.4))
    indices = [event.frame.index for event in watch(predictor, source, every_s=0.5) if isinstance(event, Watched)]
    assert indices == [0, 2, 4]


@pytest.mark.parametrize("every_s", [0.0, 0.5])
def test_a_clock_that_stands_or_goes_back_stops_nothing(
    predictor: Predictor, frames: list[NDArray[np.uint8]], every_s: float
) -> None:
    source = FakeSource(at(frames, 50.0, 0.0, 10.0))
    assert exhaust(watch(predictor, source, every_s=every_s)) == 3
    assert exhaust(watch(predictor, FakeSource(at(frames, 0.0, 0.0)))) == 2


def test_close_closes_the_source(predictor: Predictor, frames: list[NDArray[np.uint8]]) -> None:
    source = FakeSource(at(frames, 0.0, 0.1))
    events = watch(predictor, source)
    next(events)
    assert not source.closed
    events.close()
    assert source.closed


def test_errors_close_the_source(predictor: Predictor, frames: list[NDArray[np.uint8]]) -> None:
    lost = FakeSource([*at(frames, 0.0), SourceError("camera disconnected")])
    with pytest.raises(SourceError, match="camera disconnected"):
        exhaust(watch(predictor, lost))
    assert lost.closed
    broken = FakeSource([Frame(np.zeros((4, 4), np.uint8), 0, 0.0)])
    with pytest.raises(ImageError, match=r"\(4, 4\)"):
        exhaust(watch(predictor, broken))
    assert broken.closed


def test_a_folder_of_pictures(predictor: Predictor, frames: list[NDArray[np.uint8]], tmp_path: Path) -> None:
    for index, image in enumerate(frames):
        (tmp_path / f"{index}.png").write_bytes(encode_png(image))
    events = list(watch(predictor, open_source(str(tmp_path))))
    watched = [event for event in events if isinstance(event, Watched)]
    assert len(watched) == len(frames)
    for event, image in zip(watched, frames, strict=True):
        assert (event.prediction.logits == predictor.predict(image).logits).all()
    assert events[-1] == SourceState("ended", "4 pictures read")


def test_a_real_video(predictor: Predictor, shared: Path) -> None:
    source = open_source(str(shared / "videos" / "bottle-detection.mp4"))
    events = watch(predictor, source, every_s=0.2)
    watched: list[Watched] = []
    for event in events:
        if isinstance(event, Watched):
            watched.append(event)
        if len(watched) == 8:
            break
    events.close()
    times = [event.frame.time_s for event in watched]
    assert all(later - earlier >= 0.2 for earlier, later in pairwise(times))
    assert watched[0].frame.image.shape == watched[-1].frame.image.shape
    assert watched[0].per_second == 0
    assert watched[-1].per_second > 0
