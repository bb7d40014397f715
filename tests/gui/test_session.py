from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings

from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from gui.session import Session


def test_open_change_undo_redo(session: Session, project: Project) -> None:
    said: list[str] = []
    session.opened.connect(lambda: said.append("opened"))
    session.changed.connect(lambda: said.append("changed"))
    assert session.open(project.root)
    session.do(lambda catalog: catalog.add_class("nut"))
    assert said == ["opened", "changed"]
    assert session.undo() == "adding class 'nut'"
    assert session.read(lambda catalog: catalog.classes()) == []
    assert session.redo() == "adding class 'nut'"
    assert [row.name for row in session.read(lambda catalog: catalog.classes()) or []] == ["nut"]


def test_what_cannot_be_done_is_said_and_nothing_breaks(session: Session, project: Project, tmp_path: Path) -> None:
    said: list[str] = []
    session.failed.connect(said.append)
    assert not session.open(tmp_path / "nowhere")
    assert not session.create(project.root)
    assert session.project is None
    assert session.do(lambda catalog: catalog.add_class("x")) is None
    session.open(project.root)
    assert session.do(lambda catalog: catalog.add_class("")) is None
    assert ["not a project" in said[0], "not an empty folder" in said[1], "shows nothing" in said[2]] == [True] * 3


def test_a_second_window_is_read_only_and_says_who_has_the_project(session: Session, project: Project) -> None:
    session.open(project.root)
    code = (
        "import sys; from pathlib import Path; from PySide6.QtCore import QCoreApplication\n"
        "app = QCoreApplication([])\n"
        "from gui.session import Session; other = Session(); assert other.open(Path(sys.argv[1]))\n"
        "other.failed.connect(print); print(other.read_only)\n"
        "assert other.do(lambda catalog: catalog.add_class('x')) is None\n"
        "other.set_region((0.1, 0.1, 0.5, 0.5))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, project.root], capture_output=True, text=True, check=True, timeout=60
    )
    assert f"process {os.getpid()}" in done.stdout
    assert "reading only" in done.stdout
    assert Project.open(project.root).input.roi is None
    session.close()
    again = subprocess.run(
        [sys.executable, "-c", code.replace("is None", "is not None"), project.root],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert again.stdout.strip() == ""


def test_a_killed_window_leaves_no_lock(session: Session, project: Project) -> None:
    code = (
        "import os, sys; from pathlib import Path; from PySide6.QtCore import QCoreApplication\n"
        "app = QCoreApplication([]); from gui.session import Session\n"
        "assert Session().open(Path(sys.argv[1])); os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", code, project.root], check=False, timeout=60)
    assert done.returncode == -9
    assert session.open(project.root)
    assert session.read_only == ""


def test_the_region_is_kept_in_the_project(session: Session, project: Project) -> None:
    session.open(project.root)
    session.set_region((0.1, 0.2, 0.5, 0.5))
    assert Project.open(project.root).input.roi == (0.1, 0.2, 0.5, 0.5)
    session.set_region(None)
    assert Project.open(project.root).input.roi is None


def test_recent_projects_with_their_newest_picture(session: Session, project: Project, record, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    with Catalog.open(project) as catalog:
        record(project, catalog, "nut", 3)
    other = Project.create(tmp_path / "other")
    session.open(project.root)
    session.open(other.root)
    first, second = session.recent()
    assert (first.name, first.picture) == ("other", "")
    assert Path(second.picture).is_file()
    (other.root / "project.toml").unlink()
    assert [(row.name, row.gone) for row in session.recent()] == [("other", True), ("nuts", False)]
    session.forget(str(other.root))
    assert [row.name for row in session.recent()] == ["nuts"]


@pytest.mark.parametrize("bad", ["{", "[1]", '[{"x": 1}]', "7"])
def test_bad_settings_never_stop_the_start(session: Session, bad: str) -> None:
    QSettings().setValue("recent", bad)
    assert session.recent() == []


def test_a_project_that_is_gone_is_said(session: Session, project: Project, tmp_path: Path) -> None:
    said: list[str] = []
    session.failed.connect(said.append)
    session.open(project.root)
    project.root.rename(tmp_path / "moved")
    assert session.do(lambda catalog: catalog.add_class("x")) is None
    assert "find the project folder and open it again" in said[0]
