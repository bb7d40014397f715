from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from edge_transfer.dataset.reader import CatalogReader, Trash
from edge_transfer.dataset.records import SPLITS
from edge_transfer.errors import ProjectError

Record = Callable[..., object]


@pytest.fixture
def filled(project: Project, catalog: Catalog, record: Record) -> Project:
    """Nuts 1 to 4 (train) and 5 to 7 (test), washers 8 to 9 (train); number 2 lies in the trash."""
    record(project, catalog, "nut", 4)
    record(project, catalog, "nut", 3, "test")
    record(project, catalog, "washer", 2)
    catalog.add_class("empty")
    catalog.trash([2])
    return project


def test_columns_agree_with_the_catalogue(filled: Project, catalog: Catalog) -> None:
    with CatalogReader.open(filled) as browser:
        columns = browser.columns()
    samples = catalog.samples()
    assert len(columns) == len(samples) == 8
    assert columns.ids.tolist() == [sample.id for sample in samples]
    assert columns.class_ids.tolist() == [sample.class_id for sample in samples]
    assert columns.session_ids.tolist() == [sample.session_id for sample in samples]
    assert [SPLITS[split] for split in columns.splits] == [sample.split for sample in samples]
    np.testing.assert_allclose(columns.sharpness, [sample.sharpness for sample in samples], rtol=1e-6)
    np.testing.assert_allclose(columns.brightness, [sample.brightness for sample in samples], rtol=1e-6)
    assert columns.rows_of(np.array([1, 2, 9, 99])).tolist() == [0, 7]


def test_rows_of_a_page_come_in_the_order_asked_for(filled: Project, catalog: Catalog) -> None:
    with CatalogReader.open(filled) as browser:
        page = browser.samples([8, 1, 2, 77, 5])
    assert [sample.id for sample in page] == [8, 1, 5]
    known = {sample.id: sample for sample in catalog.samples()}
    assert page == [known[8], known[1], known[5]]


def test_newest_and_tally(filled: Project, catalog: Catalog) -> None:
    with CatalogReader.open(filled) as browser:
        tally = browser.tally()
        nut, washer, empty = tally.classes
        newest = browser.newest(nut.id, 4)
        assert browser.newest(empty.id, 4) == []
    samples = {sample.id: sample for sample in catalog.samples()}
    assert newest == [filled.image_path(samples[k].sha256, samples[k].suffix) for k in (7, 6, 5, 4)]
    assert list(tally.sessions) == catalog.sessions()
    assert tally.by_split() == {nut.id: {"train": 3, "test": 3}, washer.id: {"train": 2}, empty.id: {}}
    assert list(tally.names_in().values()) == [["nut"], ["nut"], ["washer"]]
    assert {row.name: sum(tally.by_split()[row.id].values()) for row in tally.classes} == {
        name: sum(splits.values()) for name, splits in catalog.counts().items()
    }


def test_the_trash_says_how_much_it_frees(filled: Project, catalog: Catalog) -> None:
    with CatalogReader.open(filled) as browser:
        trash = browser.trash()
        assert trash.images == 1
        catalog.undo()
        freed = next(sample.bytes for sample in catalog.samples() if sample.id == 2)
        assert trash.bytes == freed
        assert browser.trash() == Trash(0, 0)
        catalog.redo()
        assert catalog.empty_trash() == 1
        assert browser.trash() == Trash(0, 0)


def test_an_empty_project_has_empty_columns(project: Project, catalog: Catalog) -> None:
    with CatalogReader.open(project) as browser:
        columns, tally = browser.columns(), browser.tally()
    assert len(columns) == 0
    assert columns.splits.shape == (0,)
    assert columns.rows_of(np.array([1])).tolist() == []
    assert (tally.classes, tally.sessions, tally.live) == ((), (), {})


def test_a_catalogue_that_is_gone_is_an_error_for_people(tmp_path: Path) -> None:
    project = Project.create(tmp_path / "new")
    with pytest.raises(ProjectError, match="does not exist"):
        CatalogReader.open(project)
