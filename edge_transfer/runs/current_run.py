"""List the runs of a project, and set or find the one in use."""

from __future__ import annotations

from edge_transfer.dataset.project import Project
from edge_transfer.errors import ProjectError
from export.runtime.storage import atomic_write, storage_error

LATEST = "latest"
"""Stands for the newest run, in use or not."""
CURRENT = "current"
"""Stands for the run in use: the one that was chosen or held, the latest where there is no such."""
_HELD = "held"


def list_runs(project: Project) -> list[str]:
    """Ids of the finished runs, oldest first."""
    if not project.runs_dir.is_dir():
        return []
    return sorted(path.name for path in project.runs_dir.iterdir() if (path / "run.json").is_file())


def current_run(project: Project) -> str | None:
    """Id of the run in use; None where there is no run. A chosen run that was deleted leaves the latest one."""
    known = list_runs(project)
    named, _ = _read(project)
    return named if named in known else next(reversed(known), None)


def was_chosen(project: Project) -> bool:
    """Somebody has chosen the run in use, and a new training does not replace it by itself."""
    named, held = _read(project)
    return named in list_runs(project) and not held


def choose_run(project: Project, run_id: str) -> None:
    """Let `current` stand for this run; for the latest run it follows the trainings to come again.

    Raises ProjectError when there is none of that name, StorageError when it cannot be written.
    """
    _write(project, run_id, "")


def pin_run(project: Project, run_id: str) -> None:
    """Let this run stay in use, also when there is a newer one, until a run is chosen. Raises as `choose_run`."""
    _write(project, run_id, _HELD)


def _write(project: Project, run_id: str, mark: str) -> None:
    known = list_runs(project)
    if run_id not in known:
        raise ProjectError(f"there is no run {run_id!r}; there are: {', '.join(known) or 'none, train first'}")
    path = project.runs_dir / CURRENT
    if mark or run_id != known[-1]:
        atomic_write(path, f"{run_id}\n{mark}\n".encode())
        return
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise storage_error(error, path, "delete") from error


def _read(project: Project) -> tuple[str, bool]:
    """The run that was named, and whether it is held rather than chosen."""
    try:
        lines = (project.runs_dir / CURRENT).read_text("utf-8").splitlines()
    except (OSError, ValueError):
        return "", False
    return (lines[0].strip() if lines else ""), _HELD in lines[1:]
