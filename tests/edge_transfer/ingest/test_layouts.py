from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from edge_transfer.cli import app
from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from edge_transfer.errors import DatasetError, EdgeTransferError
from edge_transfer.ingest.importer import import_listing
from edge_transfer.ingest.layouts import LAYOUTS, Layout, layout_of
from export.runtime.events import exhaust
from export.runtime.sinks.frame_ring import Ring


def test_a_path_has_the_most_particular_layout(tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    Ring(tmp_path / "ring", 1_000_000, 86_400).close()
    expected = {"plain": "imagefolder", "ring": "field", "list.csv": "csv", "not there": "csv"}
    assert {name: layout_of(tmp_path / name).name for name in expected} == expected


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_layout_is_offered_and_taken_by_the_command_line(name: str, project: Project, tmp_path: Path) -> None:
    runner = CliRunner()
    shown = runner.invoke(app, ["import", "--help"], env={"COLUMNS": "300", "TERM": "dumb"})
    assert f"{name}: " in shown.output
    with pytest.raises(EdgeTransferError) as refused, Catalog.open(project) as catalog:
        exhaust(import_listing(LAYOUTS[name], project, catalog, tmp_path / "missing"))
    taken = runner.invoke(app, ["import", str(project.root), str(tmp_path / "missing"), "--layout", name])
    assert str(taken.exception) == str(refused.value)


def test_a_further_row_is_all_that_a_layout_needs(
    project: Project, catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "suffix_list.py").write_text(
        "from edge_transfer.ingest.listing import Listed, Listing\n"
        "def recognises(path): return path.suffix == '.names'\n"
        "def list_items(path, classes=()):\n"
        "    return Listing(path.name, [Listed(path, path.name, label, 0) for label in classes], [], [])\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(LAYOUTS, "names", Layout("names", "a list of names", "suffix_list"))
    path = tmp_path / "some.names"
    path.write_bytes(b"no image")
    assert layout_of(path).name == "names"
    catalog.add_class("nut")
    with pytest.raises(DatasetError, match=r"nothing could be imported from some\.names: 1 rejected"):
        exhaust(import_listing(layout_of(path), project, catalog, path))
