from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication, QFileDialog

from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from edge_transfer.errors import DatasetError, ProjectError
from edge_transfer.ingest.layouts import LAYOUTS, Layout
from export.runtime.events import exhaust
from export.runtime.imaging.images import encode_png
from export.runtime.sinks.frame_ring import FrameToKeep, Ring
from export.runtime.storage import atomic_write
from gui.dialogs.import_dialog import ImportDialog
from gui.dialogs.import_worker_calls import import_pictures
from gui.main_window import MainWindow
from gui.session import Session

Until = Callable[..., None]


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Two classes of six pictures, one of them twice, and a file that is none."""
    rng = np.random.default_rng(0)
    folder = tmp_path / "parts"
    for name in ("nut", "bolt"):
        (folder / name).mkdir(parents=True)
        for number in range(6):
            image = np.kron(rng.integers(0, 255, (6, 8, 3), np.uint8), np.ones((8, 8, 1), np.uint8))
            atomic_write(folder / name / f"{number}.png", encode_png(image))
    atomic_write(folder / "nut" / "again.png", (folder / "nut/0.png").read_bytes())
    atomic_write(folder / "nut" / "broken.png", b"no picture")
    return folder


@pytest.fixture
def dialog() -> Iterator[Callable[[Path | None], ImportDialog]]:
    made: list[ImportDialog] = []

    def make(root: Path | None) -> ImportDialog:
        made.append(ImportDialog(root))
        return made[-1]

    yield make
    for each in made:
        each.shut_down()
        each.deleteLater()


def test_a_new_project_from_a_folder_and_what_came_of_it(
    dialog: Callable[[Path | None], ImportDialog],
    pictures: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    until: Until,
) -> None:
    made = dialog(None)
    assert not made._start.isEnabled()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(pictures))
    made.layout_buttons["imagefolder"].click()
    assert (made.source.text(), made.name.text()) == (str(pictures), "parts")
    made.name.setText("from outside")
    made.place.setText(str(tmp_path))
    made._start.click()
    assert made.running
    until(lambda: not made.running, 60)
    assert made.imported == tmp_path / "from outside"
    assert made.status.startswith("12 picture")
    report = made.report.toPlainText()
    for line in ("There already: 1", "Unreadable or unusable: 1", "Classes: bolt, nut", "nut/broken.png: "):
        assert line in report
    with Catalog.open(Project.open(made.imported), read_only=True) as catalog:
        assert {name: sum(splits.values()) for name, splits in catalog.counts().items()} == {"bolt": 6, "nut": 6}


def test_what_cannot_be_used_leaves_no_project(pictures: Path, tmp_path: Path) -> None:
    empty, root = tmp_path / "nothing", tmp_path / "made"
    empty.mkdir()
    with pytest.raises(DatasetError, match="no class folders"):
        exhaust(import_pictures(empty, root, "made", True))
    (empty / "nut").mkdir()
    atomic_write(empty / "nut/x.png", b"no picture")
    with pytest.raises(DatasetError, match="nothing could be imported"):
        exhaust(import_pictures(empty, root, "made", True))
    cancelled = import_pictures(pictures, root, "made", True)
    next(cancelled)
    cancelled.close()
    assert not root.exists()
    occupied = tmp_path / "occupied"
    occupied.mkdir()
    (occupied / "file").write_text("mine")
    with pytest.raises(ProjectError, match="not an empty folder"):
        exhaust(import_pictures(pictures, occupied, "made", True))
    assert (occupied / "file").read_text() == "mine"


def test_a_failure_is_told_and_another_try_is_possible(
    dialog: Callable[[Path | None], ImportDialog], project: Project, tmp_path: Path, until: Until
) -> None:
    made = dialog(project.root)
    assert made.name.isHidden()
    made.source.setText(str(tmp_path / "list.csv"))
    made.begin()
    until(lambda: not made.running, 60)
    assert "list.csv" in made.report.toPlainText()
    assert made._start.isEnabled()


def test_the_menu_imports_into_the_open_project(
    window: MainWindow, session: Session, project: Project, pictures: Path, until: Until
) -> None:
    session.open(project.root)
    page = window.page("collect")
    next(action for row, action in window._actions if row.slot == "collect.import_pictures").trigger()
    made = page._importing
    assert made is not None
    made.source.setText(str(pictures))
    made.begin()
    until(lambda: not made.running, 60)
    made._close.click()
    assert page._importing is None
    QApplication.processEvents()
    assert {card.name: card.count for card in page.classes.cards} == {"bolt": 6, "nut": 6}


def test_a_project_that_is_read_only_takes_nothing(window: MainWindow, session: Session, project: Project) -> None:
    other = Session()
    other.open(project.root)
    session.open(project.root)
    window.page("collect").import_pictures()
    assert window.page("collect")._importing is None
    assert "Open in another window" in window.banner
    other.close()


@pytest.fixture
def ring(tmp_path: Path) -> Path:
    """Two frames that a box has kept, and one whose side-car is missing."""
    kept = Ring(tmp_path / "ring", 10_000_000, 86_400, now=lambda: 1_800_000_000.0)
    rng = np.random.default_rng(1)
    for number in range(3):
        values = {"reasons": ["uncertain"], "top": [["nut", 0.5], ["bolt", 0.4]]}
        kept.deliver(FrameToKeep(rng.integers(0, 255, (48, 64, 3), np.uint8), 1_800_000_000.0 + number, values))
    max((tmp_path / "ring").glob("*/*.json")).unlink()
    return tmp_path / "ring"


def test_frames_that_came_back_from_the_box(
    dialog: Callable[[Path | None], ImportDialog],
    project: Project,
    ring: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    until: Until,
) -> None:
    assert dialog(None).layout_buttons["field"].isHidden()
    with pytest.raises(DatasetError, match="open the project its bundle came from"):
        exhaust(import_pictures(ring, tmp_path / "made", "made", True))
    assert not (tmp_path / "made").exists()
    with Catalog.open(project) as catalog:
        catalog.add_class("nut")
    made = dialog(project.root)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(ring))
    made.layout_buttons["field"].click()
    made._start.click()
    until(lambda: not made.running, 60)
    report = made.report.toPlainText()
    assert made.status.startswith("2 picture")
    for line in ("Unreadable or unusable: 1", "Frames to label: 2; ", ".jpg: the .json beside it is missing"):
        assert line in report
    with Catalog.open(project, read_only=True) as catalog:
        assert len(catalog.samples(split="unlabelled")) == 2
        assert catalog.samples() == []


def test_every_layout_has_its_button(
    dialog: Callable[[Path | None], ImportDialog], project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(LAYOUTS, "later", Layout("later", "a layout without words of its own", "not_imported"))
    into_new, into_open = dialog(None), dialog(project.root)
    for name, layout in LAYOUTS.items():
        button = into_open.layout_buttons[name]
        assert not button.isHidden()
        assert button.text()
        assert into_new.layout_buttons[name].isHidden() == bool(layout.refuses_new)
    assert into_open.layout_buttons["later"].toolTip() == "a layout without words of its own"
