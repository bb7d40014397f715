"""The calls of the Export page: targets that are taken, deletion, and a failure that leaves nothing."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from edge_transfer.dataset.project import Project
from export.runtime.errors import BundleError, StorageError
from export.runtime.events import exhaust
from gui.pages.export.worker_calls import ExportRequest, ExportStep, delete_bundle, export, is_taken


class Here:
    """A worker that writes a bundle of one file in this process, or fails on the way."""

    def __init__(self, problem: Exception | None = None) -> None:
        self.problem = problem

    def events(
        self, function: object, project: Project, wish: ExportRequest, target: Path
    ) -> Generator[Any, None, None]:
        target.mkdir()
        (target / "manifest.json").write_text(wish.run_id, "utf-8")
        yield ExportStep("convert", 1, 2)
        if self.problem is not None:
            raise self.problem


def test_an_empty_folder_is_free_and_everything_else_is_taken(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    assert not is_taken(folder)
    folder.mkdir()
    assert not is_taken(folder)
    (folder / "file.zip").write_bytes(b"")
    assert is_taken(folder / "file.zip")
    assert is_taken(folder)


@pytest.mark.parametrize("empty_folder_there", [False, True])
def test_a_bundle_comes_to_its_place_when_it_is_whole(
    project: Project, tmp_path: Path, empty_folder_there: bool
) -> None:
    target = tmp_path / "out" / "nuts"
    if empty_folder_there:
        target.mkdir(parents=True)
    events = export(Here(), project, ExportRequest("run", target))  # type: ignore[arg-type]
    assert next(events) == ExportStep("convert", 1, 2)
    assert not is_taken(target), "not before it is whole"
    assert exhaust(events) == target
    assert (target / "manifest.json").read_text("utf-8") == "run"
    assert [path.name for path in target.parent.iterdir()] == ["nuts"]
    with pytest.raises(BundleError, match="is there already: choose another name"):
        exhaust(export(Here(), project, ExportRequest("run", target)))  # type: ignore[arg-type]


@pytest.mark.parametrize(("problem", "raised"), [(BundleError("no"), BundleError), (OSError(28, "full"), StorageError)])
def test_a_failure_leaves_nothing(
    project: Project, tmp_path: Path, problem: Exception, raised: type[Exception]
) -> None:
    folder = tmp_path / "out"
    with pytest.raises(raised):
        exhaust(export(Here(problem), project, ExportRequest("run", folder / "nuts")))  # type: ignore[arg-type]
    assert list(folder.iterdir()) == []


def test_a_folder_and_a_file_are_deleted_and_what_is_gone_is_said(tmp_path: Path) -> None:
    folder, file = tmp_path / "nuts", tmp_path / "nuts.zip"
    (folder / "check").mkdir(parents=True)
    file.write_bytes(b"PK")
    for bundle in (folder, file):
        exhaust(delete_bundle(bundle))
    assert list(tmp_path.glob("nuts*")) == []
    with pytest.raises(StorageError):
        exhaust(delete_bundle(folder))
