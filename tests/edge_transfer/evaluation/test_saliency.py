"""A model that looks at one place only must be found looking there."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_transfer.dataset.project import Project
from edge_transfer.errors import EngineError
from edge_transfer.evaluation.saliency import Explanation, explain, seen_part
from edge_transfer.runs.run import Run, open_run
from export.runtime.events import exhaust
from export.runtime.inference.engine import EngineOutput
from export.runtime.inference.preprocess import InputSpec, preprocess

SIDE = 96


class Watcher:
    """Class 1 is the brighter, the brighter one quadrant is; the rest of the picture does not count."""

    name = "watcher"
    side = SIDE

    def __init__(self, row: int, column: int, value: float = 1.0) -> None:
        half = SIDE // 2
        self._place = np.s_[:, row * half : (row + 1) * half, column * half : (column + 1) * half]
        self._value = value
        self.asked = 0

    def run(self, images: NDArray[np.uint8]) -> EngineOutput:
        self.asked += len(images)
        light = images[self._place].mean((1, 2, 3)) / 255 * self._value
        logits = np.stack([np.zeros(len(images)), 20 * (light - 0.6)], 1).astype(np.float32)
        return EngineOutput(logits, logits)


def picture() -> NDArray[np.uint8]:
    return np.random.default_rng(5).integers(180, 255, (SIDE, SIDE, 3), np.uint8)


def share_inside(found: Explanation, row: int, column: int) -> float:
    half = SIDE // 2
    inside = found.heat[row * half : (row + 1) * half, column * half : (column + 1) * half]
    return float((inside**2).sum() / (found.heat**2).sum())


@pytest.mark.parametrize(("row", "column"), [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_the_quadrant_that_decides_lights_up(row: int, column: int) -> None:
    found = exhaust(explain(Watcher(row, column), picture(), 1))
    assert share_inside(found, row, column) > 0.85, "a quarter of the picture holds a quarter by chance"
    assert found.heat.shape == (SIDE, SIDE)
    assert found.heat.dtype == np.float32
    assert (found.heat.min(), found.heat.max()) == (0, 1)
    assert found.agreement > 0.7
    against = exhaust(explain(Watcher(row, column), picture(), 0))
    assert share_inside(against, row, column) < 0.1, "what speaks for one class does not speak for the other"


def test_a_seed_gives_the_same_map_and_another_one_nearly_the_same() -> None:
    maps = [exhaust(explain(Watcher(0, 1), picture(), 1, seed=seed, masks=256)).heat for seed in (3, 3, 4)]
    np.testing.assert_array_equal(maps[0], maps[1])
    assert not np.array_equal(maps[0], maps[2])
    assert np.corrcoef(maps[0].ravel(), maps[2].ravel())[0, 1] > 0.8


def test_nothing_lights_up_where_nothing_decides() -> None:
    found = exhaust(explain(Watcher(0, 0, value=0.0), picture(), 1, masks=128))
    assert not found.heat.any()
    assert found.agreement == 0
    assert found.masks == 128


def test_the_map_grows_clearer_and_the_time_is_kept() -> None:
    engine = Watcher(1, 1)
    events = list(explain(engine, picture(), 1, masks=4096, seconds=0.0))
    assert [event.done for event in events] == [2, 4], "at least 128 masks, whatever the time"
    assert engine.asked == 1 + 128
    assert events[0].so_far.probability == events[1].so_far.probability > 0.9
    running = explain(engine, picture(), 1)
    next(running)
    running.close()


def test_wrong_pictures_and_classes_are_refused() -> None:
    with pytest.raises(EngineError, match="takes uint8 pictures of shape"):
        next(explain(Watcher(0, 0), picture()[:50], 1))
    with pytest.raises(EngineError, match="has 2 classes, there is none with the number 2"):
        next(explain(Watcher(0, 0), picture(), 2))


def test_a_real_run_is_explained(trained: tuple[Project, Run]) -> None:
    project, run = trained
    image = preprocess(np.random.default_rng(0).integers(0, 255, (48, 64, 3), np.uint8), run.input)
    engine = open_run(project, run)
    found = exhaust(explain(engine, image, 0, masks=128, temperature=run.confidence.temperature))
    assert found.heat.shape == (64, 64)
    assert 0 <= found.probability <= 1
    assert engine.run(image[None]).logits.shape == (1, 3)


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        (InputSpec(64), (0, 0, 1, 1)),
        (InputSpec(64, "squash", (0.25, 0.5, 0.5, 0.25)), (0.25, 0.5, 0.5, 0.25)),
        (InputSpec(64, "crop"), (0.25, 0, 0.5, 1)),
        (InputSpec(64, "letterbox"), (0, -0.5, 1, 2)),
        (InputSpec(64, "crop", (0.5, 0, 0.5, 0.5)), (0.625, 0, 0.25, 0.5)),
    ],
)
def test_the_seen_part_lies_where_the_preprocessing_cut_it(
    spec: InputSpec, expected: tuple[float, float, float, float]
) -> None:
    assert seen_part(spec, 200, 100) == pytest.approx(expected)
