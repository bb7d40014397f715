from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog

from edge_transfer.dataset.project import Project
from gui.main_window import MainWindow
from gui.session import Session


@pytest.fixture
def moved(window: MainWindow, session: Session, project: Project, tmp_path: Path) -> Path:
    """A recent project whose folder has another place now."""
    session.open(project.root)
    session.close()
    project.root.rename(tmp_path / "elsewhere")
    window.page("start").refresh()
    return tmp_path / "elsewhere"


def test_a_project_that_was_moved_is_shown_and_can_be_located(
    window: MainWindow, session: Session, project: Project, moved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = window.page("start")
    assert page.cards == []
    (card,) = page.gone
    assert card.recent.name == "nuts"
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(moved.parent))
    card.locate.click()
    assert "is not a project" in window.banner
    assert len(page.gone) == 1
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(moved))
    card.locate.click()
    assert session.project is not None
    assert session.project.root == moved
    assert [row.path for row in session.recent()] == [str(moved)]
    assert (page.gone, len(page.cards)) == ([], 1)


def test_it_can_be_forgotten_without_touching_a_file(window: MainWindow, session: Session, moved: Path) -> None:
    page = window.page("start")
    page.gone[0].forget.click()
    assert (page.gone, page.cards, session.recent()) == ([], [], [])
    assert (moved / "project.toml").is_file()


def test_it_comes_back_with_its_disk(window: MainWindow, project: Project, moved: Path) -> None:
    moved.rename(project.root)
    page = window.page("start")
    page.refresh()
    assert (len(page.cards), page.gone) == (1, [])


def test_an_import_opens_the_new_project(window: MainWindow, session: Session, project: Project) -> None:
    page = window.page("start")
    page._import.click()
    dialog = page._importing
    assert dialog is not None
    dialog.imported = project.root
    dialog.reject()
    assert session.project is not None
    assert session.project.root == project.root
    page.import_pictures()
    page._importing.reject()  # nothing was imported: nothing changes
    assert session.project.root == project.root
