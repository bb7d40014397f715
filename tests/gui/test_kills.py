"""A few of the kills of benchmarks/kills.py, which does twenty of each kind."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from benchmarks.driving import environment_in
from benchmarks.kills import CLASSES, kill_app, kill_workers
from benchmarks.projects import with_classes
from edge_transfer.dataset.catalog import Catalog

KILLS, SEED = 3, 20
LATE_MS = 1000.0
"""On a machine that runs other tests meanwhile; the benchmark holds it to 200 ms."""


@pytest.mark.slow
def test_a_killed_application_loses_nothing_that_it_had_kept(tmp_path: Path) -> None:
    project, environment = with_classes(tmp_path / "project", CLASSES), environment_in(tmp_path)
    rng = random.Random(SEED)
    found = [kill_app(project, environment, rng) for _ in range(KILLS)]
    assert all(one["said"] > 0 for one in found)
    assert [(one["lost"], one["labels_wrong"]) for one in found] == [(0, 0)] * KILLS
    assert all(one["age_ms"] < LATE_MS for one in found if one["recording"])
    with Catalog.open(project) as catalog:
        catalog.check()


@pytest.mark.slow
def test_a_killed_worker_stops_no_recording(tmp_path: Path) -> None:
    project, environment = with_classes(tmp_path / "project", CLASSES), environment_in(tmp_path)
    rng = random.Random(SEED)
    found = list(kill_workers(project, environment, rng, KILLS))
    assert [(one["lost"], one["went_on"]) for one in found] == [(0, True)] * KILLS
    with Catalog.open(project) as catalog:
        catalog.check()
