"""The run in use: the chosen one, or else the latest."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from edge_transfer.dataset.project import Project
from edge_transfer.errors import ProjectError
from edge_transfer.heads import LinearHead
from edge_transfer.runs.current_run import CURRENT, choose_run, current_run, list_runs
from edge_transfer.runs.run import (
    Run,
    Validation,
    delete_run,
    load_run,
    save_run,
)

HEAD = LinearHead(np.ones((3, 4), np.float32), np.zeros(3, np.float32))
VALIDATION = Validation(np.array([1, 2]), np.array([0, 1]), np.zeros((2, 3), np.float32))


def test_the_latest_run_is_the_last_by_time(copied: tuple[Project, Run]) -> None:
    project, run = copied
    for name in ("20990101-000000-probe", "20200101-000000-probe"):
        save_run(project, replace(run, id=name), HEAD, VALIDATION, [])
    assert list_runs(project) == ["20200101-000000-probe", run.id, "20990101-000000-probe"]
    assert load_run(project).id == "20990101-000000-probe"


def test_the_run_in_use_is_the_chosen_one_or_else_the_latest(copied: tuple[Project, Run]) -> None:
    project, run = copied
    assert current_run(project) == load_run(project, CURRENT).id == run.id
    newer, newest = "20990101-000000-probe", "20990102-000000-probe"
    save_run(project, replace(run, id=newer), HEAD, VALIDATION, [])
    assert current_run(project) == newer, "nothing was chosen"
    choose_run(project, run.id)
    save_run(project, replace(run, id=newest), HEAD, VALIDATION, [])
    assert load_run(project, CURRENT).id == run.id, "a new training replaces no chosen run"
    assert load_run(project).id == newest
    assert list_runs(project) == [run.id, newer, newest]
    delete_run(project, run.id)
    assert current_run(project) == newest
    choose_run(project, newer)
    choose_run(project, newest)
    assert not (project.runs_dir / CURRENT).exists(), "the latest one follows the trainings to come"
    with pytest.raises(ProjectError, match="there is no run 'other'"):
        choose_run(project, "other")


def test_without_a_run_none_is_in_use(project: Project) -> None:
    assert current_run(project) is None
    with pytest.raises(ProjectError, match="train first"):
        load_run(project, CURRENT)
