"""Runs on the command line: what a training has forgotten, two runs compared, and one brought into use."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from edge_transfer.cli import app
from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from edge_transfer.runs.current_run import current_run, list_runs
from edge_transfer.runs.run import Run


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def spoilt(copied: tuple[Project, Run]) -> tuple[Project, Run]:
    """The project with two classes' labels swapped in its training split: the next run forgets both."""
    project, before = copied
    with Catalog.open(project) as catalog:
        first, second = catalog.classes()[:2]
        one, other = ([s.id for s in catalog.samples(split="train", class_id=row.id)] for row in (first, second))
        catalog.relabel(one, second.id)
        catalog.relabel(other, first.id)
    return project, before


def test_a_training_that_forgets_is_told_kept_and_used_when_asked_for(
    spoilt: tuple[Project, Run], random_weights: Callable[[str], Path]
) -> None:
    project, before = spoilt
    backbone = before.recipe.backbone
    command = ("train", project.root, "--strategy", "probe", "--backbone", backbone, "--weights")
    done = run(*command, random_weights(backbone))
    assert done.exit_code == 3
    newest = list_runs(project)[-1]
    assert current_run(project) == before.id != newest
    assert f"Against {before.id}" in done.stdout.replace("\n", " ")
    assert done.stdout.count("lost") == 2
    assert "held-out images of test that neither run has learned from" in done.stderr
    assert "one image is noise" in done.stderr
    assert "not in use: it has lost more than 2 points on hex nut (-" in done.stderr

    compared: dict[str, Any] = json.loads(run("compare", project.root, "current", "latest", "--json").stdout)
    assert (compared["earlier"], compared["later"]) == (before.id, newest)
    assert compared["lost"] == list(before.classes[:2])

    taken = run("use", project.root, newest)
    assert f"in use: run {newest}; before it was {before.id}" in taken.stderr
    assert "it has lost more than allowed on hex nut" in taken.stderr
    assert json.loads(run("use", project.root, before.id, "--json").stdout) == {"in_use": before.id, "before": newest}
    assert current_run(project) == before.id

    evaluated = run("evaluate", project.root)
    assert f"note: run {before.id} is in use; {newest} is newer" in evaluated.stderr

    forced = run(*command, random_weights(backbone), "--promote", "--json")
    assert forced.exit_code == 0
    found = json.loads(forced.stdout)
    assert found["in_use"] == found["run"] == current_run(project)


EDGE_TRANSFER = [sys.executable, "-c", "from edge_transfer.cli import main; main()"]


def process(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*EDGE_TRANSFER, *map(str, arguments)], capture_output=True, text=True, timeout=120, check=False
    )


def test_robustness_writes_a_table_and_a_document(copied: tuple[Project, Run]) -> None:
    project, trained = copied
    done = process("robustness", project.root, "--pictures", "6", "--json")
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()
    found = json.loads(line)
    assert (found["run"], found["n"], found["of"], len(found["rows"])) == (trained.id, 6, 21, 31)
    assert json.loads((project.runs_dir / trained.id / "robustness-test.json").read_text())["n"] == 6
    done = process("robustness", project.root, "--pictures", "3")
    assert "defocus" in done.stdout
    assert "top-1" in done.stderr
    done = process("robustness", project.root, "--split", "validation")
    assert done.returncode == 2
    assert "one of train, val, test" in done.stderr
