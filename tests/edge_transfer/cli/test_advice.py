"""The verbs `advise` and `set`: one document, tables and words; and a training that follows the advice."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from edge_transfer.advice import advise as advice
from edge_transfer.backbones import random_baseline as random_network
from edge_transfer.backbones import weights
from edge_transfer.backbones.registry import REGISTRY
from edge_transfer.backbones.weights import WEIGHTS_DIR_VARIABLE
from edge_transfer.cli import app
from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from edge_transfer.errors import ProjectError
from edge_transfer.runs.run import Run, load_run


@pytest.fixture
def project(
    copied: tuple[Project, Run],
    random_weights: Callable[[str], Path],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Project:
    """A trained project, one small backbone at hand, two sides."""
    folder = tmp_path / "weights"
    folder.mkdir()
    shutil.copy(random_weights("squeezenet"), folder)
    monkeypatch.setenv(WEIGHTS_DIR_VARIABLE, str(folder))
    monkeypatch.setattr(weights, "_SHIPPED", tmp_path / "none")
    for module in (advice, random_network):
        monkeypatch.setattr(module, "RANDOM_OF", REGISTRY["squeezenet"])
    monkeypatch.setattr(advice.advise, "__kwdefaults__", {**advice.advise.__kwdefaults__, "sides": (48, 64)})
    return copied[0]


def invoke(*arguments: Any) -> Any:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def document(done: Any) -> dict[str, Any]:
    assert done.exit_code == 0, (done.output, done.exception)
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    assert len(lines) == 1
    found: dict[str, Any] = json.loads(lines[0])
    return found


def test_advice_as_json_as_a_table_and_in_a_training(project: Project) -> None:
    spanish = document(invoke("advise", project.root, "--language", "es", "--json"))
    assert "imágenes de 3 clases" in spanish["paragraph"]
    assert '<html lang="es">' in Path(spanish["report"]).read_text("utf-8")
    assert {(row["side"], row["pretrained"]) for row in spanish["candidates"]} == {(48, True), (64, True), (64, False)}
    chosen = spanish["choice"]["candidate"]
    shown = invoke("advise", project.root, "--points", "100")
    assert shown.exit_code == 0, shown.output
    for said in ("Backbones and input sides", "nothing learned", "advised", "66 images of 3 classes", "set "):
        assert said in shown.output, said
    assert "to take this side: edge-transfer set" in shown.output  # 100 points: the smallest side will do
    trained = invoke("train", project.root)
    assert trained.exit_code == 0, trained.output
    assert "as `advise` has advised" in trained.output
    assert load_run(project, "latest").recipe.backbone == chosen["backbone"] == "squeezenet"


def test_an_empty_project_gets_an_answer(tmp_path: Path) -> None:
    empty = Project.create(tmp_path / "empty")
    with Catalog.open(empty) as catalog:
        catalog.add_class("nut")
    found = document(invoke("advise", empty.root, "--json"))
    assert found["choice"] is None
    assert found["paragraph"].startswith("There is no image to learn from yet")
    assert Path(found["report"]).is_file()


@pytest.mark.parametrize(
    "arguments", [("--fps", "-3"), ("--points", "101"), ("--language", "fr"), ("--box", "no-such-file.json")]
)
def test_wrong_use_is_said(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    project = Project.create(tmp_path / "p")
    with Catalog.open(project):
        pass
    done = invoke("advise", project.root, *arguments)
    assert getattr(done.exception, "exit_code", None) == 2
    assert arguments[1] in str(done.exception)


def test_another_side_holds_from_the_next_training_on(project: Project, copied: tuple[Project, Run]) -> None:
    changed = document(invoke("set", project.root, "--side", "48", "--json"))
    assert changed["input"]["side"] == 48
    assert Project.open(project.root).input.side == 48
    assert load_run(project, copied[1].id).input.side == 64
    evaluated = document(invoke("evaluate", project.root, "--run", copied[1].id, "--json"))
    assert evaluated["n"] == 21
    for side in ("31", "1025"):
        done = invoke("set", project.root, "--side", side)
        assert isinstance(done.exception, ProjectError)
        assert side in str(done.exception)
    assert Project.open(project.root).input.side == 48
