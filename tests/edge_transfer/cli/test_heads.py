"""`train --head auto` and `train --update` as a person uses them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from edge_transfer.cli import app
from edge_transfer.dataset.project import Project
from edge_transfer.runs.run import Run, load_run


def called(*arguments: object) -> tuple[int, str, str]:
    """Exit code, stdout, and stderr or the error that `main` would say there."""
    done = CliRunner().invoke(app, [str(each) for each in arguments])
    return done.exit_code, done.stdout, done.stderr or str(done.exception)


def test_an_automatic_choice_is_shown_kept_and_updated(copied: tuple[Project, Run]) -> None:
    project, run = copied
    train = ("train", project.root, "--weights", Path(run.weights_path))
    code, out, err = called(*train, "--strategy", "probe", "--json")
    assert code == 0, err
    answer = json.loads(out)
    assert answer["recipe"]["head"] == "auto"
    assert {row["head"] for row in answer["candidates"]} == {"logistic", "svm", "rbf", "mlp", "prototypes"}
    assert answer["chosen_head"] in {row["head"] for row in answer["trials"]}
    assert answer["chosen_strength"] in {row["strength"] for row in answer["trials"]}

    code, out, err = called(*train, "--update")
    assert code == 0, err
    latest = load_run(project)
    assert (latest.head, latest.chosen_strength) == (answer["chosen_head"], answer["chosen_strength"])
    assert latest.validation["updated_from"] == answer["run"]
    assert f"{latest.head} on {run.recipe.backbone}" in out + err


def test_an_update_takes_no_other_choice(copied: tuple[Project, Run]) -> None:
    project, run = copied
    code, _, err = called("train", project.root, "--update", "--head", "mlp", "--weights", Path(run.weights_path))
    assert code
    assert "--update keeps what run" in err
    code, _, err = called("train", project.root, "--update", "--folds", "3", "--class-weights", "none")
    assert code == 1
    assert "leave out --class-weights, --folds" in err


@pytest.mark.parametrize("head", ["tree", "LOGISTIC"])
def test_an_unknown_head_is_refused(copied: tuple[Project, Run], head: str) -> None:
    code, _, err = called("train", copied[0].root, "--head", head)
    assert code
    assert "auto, logistic, svm, rbf, mlp, prototypes" in err
