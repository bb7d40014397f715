"""What is left of a run's accuracy under other light, blur, noise, compression and a moved camera."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from edge_transfer.errors import DatasetError
from edge_transfer.evaluation.corruptions import DISTURBANCES
from edge_transfer.evaluation.evaluate import LEARNED_FROM
from edge_transfer.evaluation.robustness import Robustness, keep_robustness, load_robustness, robustness
from edge_transfer.evaluation.run_evaluation import evaluate_run
from edge_transfer.runs.run import Run, open_run
from export.runtime.events import exhaust
from export.runtime.inference.engine import Engine, EngineOutput


class Fake:
    """Says nut for a bright picture and screw for a dark one."""

    name = "fake"
    side = 64

    def run(self, images: NDArray[np.uint8]) -> EngineOutput:
        light = images.mean((1, 2, 3)) - 110
        logits = np.stack([light, -light, np.full(len(images), -500.0)], 1).astype(np.float32)
        return EngineOutput(logits, logits)


def measured(project: Project, run: Run, engine: Engine, split: str = "test", **options: Any) -> Robustness:
    with Catalog.open(project) as catalog:
        return exhaust(robustness(project, catalog, run, engine, split, **options))


def test_the_table_of_a_real_run(trained: tuple[Project, Run]) -> None:
    project, run = trained
    found = measured(project, run, open_run(project, run))
    assert [(row.disturbance, row.severity) for row in found.rows] == [
        ("none", 0),
        *((kind.name, severity) for kind in DISTURBANCES for severity in (1, 2, 3)),
    ]
    assert (found.n, found.of, found.split, found.run) == (21, 21, "test", run.id)
    with Catalog.open(project) as catalog:
        evaluation = exhaust(evaluate_run(project, catalog, run))
    clean = found.rows[0]
    assert (clean.top1, clean.coverage) == (evaluation.top1, evaluation.coverage), "the same pixels, the same answers"
    assert clean.top1_interval == evaluation.top1_interval
    worst = min(row.top1 for row in found.rows)
    assert worst < clean.top1, "colours are all that tells these classes apart, and some of the light is gone"
    for row in found.rows:
        assert row.worst_recall <= row.top1
        assert row.worst_class in run.classes
    assert found == measured(project, run, open_run(project, run)), "seeded"


def test_a_darker_picture_changes_the_answers_of_who_looks_at_the_light(trained: tuple[Project, Run]) -> None:
    rows = {(row.disturbance, row.severity): row for row in measured(*trained, Fake()).rows}
    recall = {name: row.worst_recall for name, row in rows.items()}
    assert rows["darker", 3].top1 == pytest.approx(1 / 3), "everything is a screw"
    assert recall["darker", 3] == 0
    assert rows["darker", 3].coverage == 1


def test_fewer_pictures_are_spread_over_the_classes(trained: tuple[Project, Run]) -> None:
    project, run = trained
    events = []
    with Catalog.open(project) as catalog:
        running = robustness(project, catalog, run, Fake(), "train", pictures=6)
        try:
            while True:
                events.append(next(running))
        except StopIteration as stop:
            found = stop.value
    assert [event.done for event in events] == [1, 2, 3, 4, 5, 6]
    assert (found.n, found.of) == (6, 66)
    assert found.optimistic_reasons == (LEARNED_FROM,)
    few = measured(project, run, Fake(), "train", pictures=3)
    assert few.rows[0].worst_recall in (0.0, 1.0), "one picture of each class"


def test_what_is_kept_is_read_again(copied: tuple[Project, Run]) -> None:
    project, run = copied
    assert load_robustness(project, run.id, "test") is None
    found = measured(project, run, Fake())
    path = keep_robustness(project, found)
    assert load_robustness(project, run.id, "test") == found
    assert json.loads(path.read_text())["n"] == 21
    path.write_text('{"rows": [1]}')
    assert load_robustness(project, run.id, "test") is None


def test_what_cannot_be_measured_is_refused(copied: tuple[Project, Run], record: Callable[..., Any]) -> None:
    project, run = copied
    with pytest.raises(DatasetError, match="one of train, val, test, got 'validation'"):
        measured(project, run, Fake(), "validation")
    with pytest.raises(DatasetError, match="no image in the split 'val'"):
        measured(project, run, Fake(), "val")
    with Catalog.open(project) as catalog:
        first, second = catalog.samples(split="test")[:2]
    project.image_path(first.sha256, ".png").unlink()
    assert measured(project, run, Fake()).n == 20, "one picture of twenty may be missing"
    project.image_path(second.sha256, ".png").write_bytes(b"no picture")
    with pytest.raises(DatasetError, match="2 of 21 pictures are gone or damaged"):
        measured(project, run, Fake())


def test_it_can_be_cancelled(trained: tuple[Project, Run]) -> None:
    project, run = trained
    with Catalog.open(project) as catalog:
        running = robustness(project, catalog, run, Fake())
        assert next(running).total == 21
        running.close()
