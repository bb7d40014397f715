"""The page with its facts, and a project of three runs."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from edge_transfer.backbones.weights import WEIGHTS_DIR_VARIABLE
from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from edge_transfer.runs.run import Run
from gui.main_window import MainWindow
from gui.pages.train.page import TrainPage
from gui.pages.train.recipe_form import RecipeForm
from gui.session import Session


@pytest.fixture
def form() -> Iterator[RecipeForm]:
    made = RecipeForm()
    yield made
    made.deleteLater()


Until = Callable[..., None]
Record = Callable[..., Any]


@pytest.fixture
def weights(random_weights: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of the small backbone, where the window and its worker find them."""
    path = random_weights("squeezenet")
    monkeypatch.setenv(WEIGHTS_DIR_VARIABLE, str(path.parent))
    return path


@pytest.fixture
def show(window: MainWindow, session: Session, until: Until) -> Callable[[Project], TrainPage]:
    """Opens a project and shows the page with its facts."""

    def shown(project: Project) -> TrainPage:
        session.open(project.root)
        window.show_page("train")
        page: TrainPage = window.page("train")
        until(lambda: page._facts is not None and not page._jobs)
        page.form.rows["strategy"].set_value("probe")
        page.form.changed.emit()
        return page

    return shown


@pytest.fixture
def page(show: Callable[[Project], TrainPage], project: Project, record: Record, weights: Path) -> TrainPage:
    """The page of a project with a class of two recordings and one of a single recording."""
    with Catalog.open(project) as catalog:
        for name, sessions in (("nut", 2), ("bolt", 1)):
            for _ in range(sessions):
                record(project, catalog, name, 15)
        record(project, catalog, "nut", 6, "test")
    return show(project)


@pytest.fixture
def three(copied: tuple[Project, Run], weights: Path) -> tuple[Project, list[str]]:
    """A project with three runs: two made from the first by copying, with other recipes and results."""
    project, run = copied
    folder = project.runs_dir / run.id
    ids = [run.id]
    for number, head in ((2, "svm"), (3, "prototypes")):
        values = json.loads((folder / "run.json").read_text())
        values["recipe"]["head"] = head
        values["validation"]["top1"] = 0.5 + number / 100
        made = project.runs_dir / f"9999010{number}-000000-probe"
        made.mkdir()
        for path in folder.iterdir():
            (made / path.name).write_bytes(path.read_bytes())
        (made / "run.json").write_text(json.dumps(values))
        ids.append(made.name)
    return project, ids


@pytest.fixture
def advice_page(
    window: MainWindow,
    session: Session,
    project: Project,
    record: Callable[..., Any],
    random_weights: Callable[[str], Path],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> TrainPage:
    """The page of a project of two classes, whose advice can be worked out with the small backbone."""
    folder = tmp_path / "weights"
    folder.mkdir()
    shutil.copy(random_weights("squeezenet"), folder)
    monkeypatch.setenv(WEIGHTS_DIR_VARIABLE, str(folder))
    with Catalog.open(project) as catalog:
        for name in ("nut", "bolt"):
            for _ in range(2):
                record(project, catalog, name, 8)
    session.open(project.root)
    made: TrainPage = window.page("train")
    return made
