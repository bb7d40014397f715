"""A study: the same points again from the cache, cancelled and gone on with, and a page and a table of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from edge_transfer.advice.learning_curve import Study, StudyPlan, StudyPoint, StudyProgress, study
from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from edge_transfer.dataset.sampling import draw_per_class
from edge_transfer.errors import DatasetError
from edge_transfer.runs.current_run import list_runs
from edge_transfer.runs.run import Run
from export.runtime.events import exhaust, forward_events

PLAN = StudyPlan(counts=(1, 4, 0), draws=2, strategies=("probe",), backbone="squeezenet")
Weights = Callable[[str], Path]


def studied(project: Project, weights: Path, plan: StudyPlan = PLAN) -> tuple[Study, list[Any]]:
    events: list[Any] = []
    with Catalog.open(project) as catalog:
        return exhaust(forward_events(study(project, catalog, plan, weights), events.append)), events


# Draws


def test_a_draw_of_more_contains_the_draw_of_fewer(trained: tuple[Project, Run]) -> None:
    with Catalog.open(trained[0], read_only=True) as catalog:
        classes, samples = catalog.classes(), catalog.samples(split="train")
    few, many, everything = (draw_per_class(classes, samples, n, 7) for n in (2, 5, 0))
    assert [len(part.of_samples) for part in (few, many, everything)] == [6, 15, 66]
    assert set(few.of_samples) < set(many.of_samples) < set(everything.of_samples)
    assert everything.samples() == samples == everything.samples(split="train")
    assert everything.samples(split="test") == []
    assert draw_per_class(classes, samples, 2, 7) == few != draw_per_class(classes, samples, 2, 8)
    # Another class changes no draw of the others.
    assert set(draw_per_class(classes[1:], samples, 2, 7).of_samples) < set(few.of_samples)


# Points


def test_each_point_is_measured_on_the_test_split_and_leaves_no_run(
    copied: tuple[Project, Run], random_weights: Weights
) -> None:
    project, _ = copied
    runs = list_runs(project)
    found, events = studied(project, random_weights("squeezenet"))
    assert [(p.strategy, p.draw, p.per_class, p.images) for p in found.points] == [
        ("probe", draw, n, images) for draw in (0, 1) for n, images in ((1, 3), (4, 12), (0, 66))
    ]
    assert (found.split, found.reasons, found.stopped) == ("test", (), "")
    assert all(p.test_images == 21 and p.wall_s > 0 and p.cpu_s > 0 for p in found.points)
    assert found.points[0].note.startswith("class means"), "one image of each leaves nothing to hold out"
    everything = [p.top1 for p in found.points if p.per_class == 0]
    assert everything[0] == everything[1] != None  # noqa: E711  (a chain)
    assert everything[0] is not None
    assert everything[0] >= 0.8
    assert [e for e in events if isinstance(e, StudyPoint)] == list(found.points)
    progress = [e for e in events if isinstance(e, StudyProgress)]
    assert progress[-1].total == 6
    assert progress[-1].seconds_left is not None
    assert list_runs(project) == runs
    assert not (project.cache_dir / "study" / "runs").exists()


def test_finished_points_are_kept_through_a_cancel_and_not_computed_again(
    copied: tuple[Project, Run], random_weights: Weights
) -> None:
    project, _ = copied
    weights = random_weights("squeezenet")
    with Catalog.open(project) as catalog:
        events = study(project, catalog, PLAN, weights)
        first = next(event for event in events if isinstance(event, StudyPoint))
        next(events)
        events.close()
    assert len(list((project.cache_dir / "study").glob("*.json"))) == 1
    found, later = studied(project, weights)
    assert found.points[0] == first, "its time as well: it was read"
    again, events_again = studied(project, weights, replace(PLAN, counts=(1, 4)))
    assert [p for p in found.points if p.per_class] == list(again.points), "other counts find the same points"
    assert not any(isinstance(e, StudyProgress) and e.text != "embed" for e in events_again), "nothing was trained"
    assert any(isinstance(e, StudyProgress) and e.text != "embed" for e in later)
    # Another label makes other points.
    with Catalog.open(project) as catalog:
        catalog.relabel([catalog.samples(split="test")[0].id], catalog.classes()[2].id)
    assert studied(project, weights)[0].points[0].wall_s != first.wall_s


def test_nothing_is_begun_after_its_minutes(copied: tuple[Project, Run], random_weights: Weights) -> None:
    found, _ = studied(copied[0], random_weights("squeezenet"), replace(PLAN, minutes=1e-9))
    assert found.points == ()
    assert "minutes are over" in found.stopped


def test_without_a_test_split_whole_sessions_are_held_out(copied: tuple[Project, Run], random_weights: Weights) -> None:
    project, _ = copied
    with Catalog.open(project) as catalog:
        for session in catalog.sessions():
            if session.split == "test":
                catalog.trash_session(session.id)
        training = catalog.samples(split="train")
    found, _ = studied(project, random_weights("squeezenet"), replace(PLAN, counts=(4, 0), draws=1))
    assert found.split == "held-out sessions of train"
    whole = found.points[-1]
    assert whole.images + whole.test_images == len(training)
    assert whole.images in (30, 36), "one of the two rounds of sessions"


@pytest.mark.slow
def test_a_backbone_is_studied_by_its_own_network(copied: tuple[Project, Run], random_weights: Weights) -> None:
    plan = replace(PLAN, counts=(1, 8), draws=1, strategies=("scratch", "finetune"), point_minutes=0.02)
    found, _ = studied(copied[0], random_weights("squeezenet"), plan)
    assert [(p.strategy, p.per_class) for p in found.points] == [
        (s, n) for s in ("finetune", "scratch") for n in (1, 8)
    ]
    assert [p.top1 is None for p in found.points] == [True, False] * 2
    assert all("hold" in p.note or "held out" in p.note for p in found.points[::2])
    assert "minutes were over" in found.points[-1].note


def test_a_plan_that_cannot_be_is_refused() -> None:
    for wrong in (
        {"counts": ()},
        {"counts": (1, 1)},
        {"strategies": ("probe", "magic")},
        {"draws": 0},
        {"minutes": -1},
    ):
        with pytest.raises(DatasetError):
            StudyPlan(**wrong)


# The page
