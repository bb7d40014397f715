"""Jobs whose results count only while their project is the open one."""

from __future__ import annotations

from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from edge_transfer.dataset.project import Project
from gui.jobs.project_jobs import ProjectJobs
from gui.session import Session

Until = Callable[..., None]


@pytest.fixture
def jobs(session: Session, project: Project) -> ProjectJobs:
    session.open(project.root)
    return ProjectJobs(session, "test", session)


def answering(answer: int) -> Generator[None, None, int]:
    yield None
    return answer


def test_a_result_and_what_follows_it(jobs: ProjectJobs, until: Until) -> None:
    told: list[object] = []
    jobs.start(answering(7), told.append, lambda: told.append("after"))
    assert len(jobs) == 1
    until(lambda: len(jobs) == 0)
    assert told == [7, "after"]


def test_the_result_of_another_project_is_dropped(
    jobs: ProjectJobs, session: Session, until: Until, tmp_path: Path
) -> None:
    other = Project.create(tmp_path / "other")
    told: list[object] = []
    jobs.start(answering(7), told.append, lambda: told.append("after"))
    session.open(other.root)
    until(lambda: len(jobs) == 0)
    assert told == []


def test_a_failed_change_is_told_and_followed(jobs: ProjectJobs, session: Session, until: Until) -> None:
    failures: list[str] = []
    session.failed.connect(failures.append)
    told: list[str] = []

    def fail() -> None:
        raise OSError("the disk is gone")

    jobs.change(fail, lambda: told.append("after"))
    until(lambda: len(jobs) == 0)
    assert told == ["after"]
    assert len(failures) == 1
    assert "the disk is gone" in failures[0]
