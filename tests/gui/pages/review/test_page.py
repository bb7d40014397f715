from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QByteArray, QMimeData, QPointF, Qt
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from edge_transfer.backbones.weights import WEIGHTS_DIR_VARIABLE
from edge_transfer.curation.label_review import Review
from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from edge_transfer.ingest.importer import import_field
from export.runtime.events import run_to_end
from export.runtime.sinks.frame_ring import Kept, Ring
from gui.main_window import MainWindow
from gui.pages.review.gallery.gallery import MIME
from gui.pages.review.gallery.rows import Filter
from gui.pages.review.gallery.tiles import describe
from gui.pages.review.page import ReviewPage
from gui.session import Session
from gui.wording import locale as language

Until = Callable[..., None]
NUTS, WASHERS = list(range(1, 13)), list(range(13, 25))
PLANTED = [3, 7, 15]


def labels(project: Project) -> dict[int, str]:
    with Catalog.open(project, read_only=True) as catalog:
        return {sample.id: sample.class_name for sample in catalog.samples()}


def review_of(**given: Any) -> Review:
    """Numbers 3 and 7 look like washers, 15 like a nut."""
    ids = np.arange(1, 25)
    own, suggested = np.full(24, 0.9, np.float32), np.where(ids <= 12, 1, 2)
    own[[2, 6, 14]], suggested[[2, 6, 14]] = (0.02, 0.1, 0.2), (2, 2, 1)
    group = np.full(24, -1)
    group[[0, 4]] = 0
    values: dict[str, Any] = {
        "sample_ids": ids,
        "own": own,
        "suggested": suggested,
        "outlier": np.zeros(24, np.float32),
        "group": group,
        "position": np.stack([np.linspace(0, 1, 24), np.full(24, 0.5)], 1).astype(np.float32),
        "backbone": "squeezenet",
        "suspects": tuple(PLANTED),
        "duplicates": (5,),
        "outliers": (20,),
    }
    return Review(**values | given)


@pytest.fixture
def page(
    window: MainWindow, session: Session, project: Project, record: Callable[..., object], until: Until
) -> ReviewPage:
    """Twelve nuts (1 to 12), twelve washers (13 to 24) and an empty class; two recordings."""
    with Catalog.open(project) as catalog:
        record(project, catalog, "nut", 12)
        record(project, catalog, "washer", 12)
        catalog.add_class("empty")
    session.open(project.root)
    window.show_page("review")
    found: ReviewPage = window.page("review")
    until(lambda: found.gallery.count == 24)
    return found


@pytest.fixture
def checked(page: ReviewPage, until: Until) -> ReviewPage:
    """The page after a check that has found three planted errors."""
    page.show_review(review_of())
    until(lambda: page._contents is not None and page._contents.findings is not None)
    return page


def shown(page: ReviewPage) -> list[int]:
    return page.gallery.tiles.ids.tolist() if page.gallery.tiles is not None else []


def test_a_key_relabels_and_the_window_takes_it_back(
    page: ReviewPage, window: MainWindow, project: Project, until: Until
) -> None:
    page.gallery.select_ids([2, 4])
    QTest.keyClick(page.gallery, Qt.Key.Key_2)
    assert [labels(project)[number] for number in (2, 3, 4)] == ["washer", "nut", "washer"]
    assert page.gallery.selected_ids.tolist() == [2, 4]
    assert page.gallery.tiles is not None
    assert page.gallery.tiles.tile(1).class_name == "washer"
    assert "2 images moved to “washer”" in window.statusBar().currentMessage()
    window.undo()
    assert window.statusBar().currentMessage() == "Undone: moving to class 'washer' (2 images)"
    assert labels(project)[2] == "nut"
    until(lambda: page.gallery.tiles is not None and page.gallery.tiles.tile(1).class_name == "nut")
    assert page.gallery.selected_ids.tolist() == [2, 4]
    window.redo()
    assert labels(project)[4] == "washer"
    until(lambda: page.gallery.tiles is not None and page.gallery.tiles.tile(3).class_name == "washer")


def test_a_key_without_a_class_changes_nothing(page: ReviewPage, project: Project) -> None:
    page.gallery.select_all()
    before = labels(project)
    for key in (Qt.Key.Key_9, Qt.Key.Key_S, Qt.Key.Key_0):
        QTest.keyClick(page.gallery, key)
    assert labels(project) == before


def test_in_bulk_by_menu_and_by_drag_onto_a_class(page: ReviewPage, project: Project) -> None:
    page.gallery.select_all()
    menu = page.classes.menu()
    assert [action.text() for action in menu.actions()] == ["nut\t1", "washer\t2", "empty\t3"]
    menu.actions()[2].trigger()
    assert set(labels(project).values()) == {"empty"}
    menu.deleteLater()
    data = QMimeData()
    data.setData(MIME, QByteArray(b"1,2"))
    place = QPointF(page.classes.visualItemRect(page.classes.item(0)).center())
    action, left = Qt.DropAction.MoveAction, Qt.MouseButton.LeftButton
    page.classes.dropEvent(QDropEvent(place, action, data, left, Qt.KeyboardModifier.NoModifier))
    assert [labels(project)[number] for number in (1, 2, 3)] == ["nut", "nut", "empty"]
    other = QMimeData()
    other.setText("1,2,3")
    page.classes.dropEvent(QDropEvent(place, action, other, left, Qt.KeyboardModifier.NoModifier))
    assert labels(project)[3] == "empty"


def test_planted_errors_come_first_and_one_key_puts_them_right(
    checked: ReviewPage, session: Session, project: Project, until: Until
) -> None:
    page = checked
    assert shown(page)[:3] == PLANTED
    assert page.check.text.text() == "3 suspected labels · 1 repeated image · 1 unusual image"
    page.show_suspects()
    assert shown(page) == PLANTED
    page.gallery.setFocus()
    page.gallery.go(0)
    for left in ([7, 15], [15], []):
        QTest.keyClick(page.gallery, Qt.Key.Key_S)
        until(lambda left=left: shown(page) == left)
        assert page.gallery.selected_ids.tolist() == left[:1]
    assert [labels(project)[number] for number in PLANTED] == ["washer", "washer", "nut"]
    assert "No label is suspected here." in page.gallery.accessibleDescription()
    session.undo()
    until(lambda: shown(page) == [15])


def test_suggestions_are_accepted_in_bulk(checked: ReviewPage, project: Project) -> None:
    checked.gallery.select_all()
    assert checked.accept.isEnabled()
    checked.accept.click()
    found = labels(project)
    assert [number for number in NUTS if found[number] != "nut"] == [3, 7]
    assert [number for number in WASHERS if found[number] != "washer"] == [15]


def test_the_other_lists_and_filters(checked: ReviewPage, until: Until) -> None:
    page = checked
    for listed, ids in (("disagreement", PLANTED), ("duplicates", [1, 5]), ("outliers", [20])):
        page.filter.choose(Filter(listed))
        assert shown(page) == ids
    page.filter.choose(Filter(class_id=2, order="recorded"))
    assert shown(page) == WASHERS
    page.filter.choose(Filter(session_id=1, order="newest"))
    assert shown(page) == NUTS[::-1]
    page.filter.choose(Filter(split="test"))
    assert shown(page) == []
    assert "Show all" in page.gallery.accessibleDescription()
    QTest.mouseClick(page.filter.everything, Qt.MouseButton.LeftButton)
    assert len(shown(page)) == 24
    assert not page.filter.everything.isEnabled()


def test_lists_that_need_a_check_say_so(page: ReviewPage) -> None:
    page.show_suspects()
    assert shown(page) == []
    assert "Check the labels" in page.gallery.accessibleDescription()


def test_delete_goes_to_the_trash_and_emptying_it_asks(
    page: ReviewPage, window: MainWindow, project: Project, until: Until
) -> None:
    page.gallery.select_ids([1, 2, 3])
    QTest.keyClick(page.gallery, Qt.Key.Key_Delete)
    until(lambda: page.gallery.count == 21)
    assert page.gallery.selected_ids.tolist() == [4]
    window.undo()
    until(lambda: page.gallery.count == 24)
    window.redo()
    until(lambda: page.gallery.count == 21 and page.empty.isEnabled())
    files = len([path for path in project.images_dir.rglob("*") if path.is_file()])
    asked: list[str] = []
    answers = [False, True]

    def ask(question: str) -> bool:
        asked.append(question)
        return answers.pop(0)

    page.ask = ask  # type: ignore[method-assign]
    page.empty_trash()
    assert len([path for path in project.images_dir.rglob("*") if path.is_file()]) == files
    page.empty_trash()
    assert len([path for path in project.images_dir.rglob("*") if path.is_file()]) == files - 3
    assert "Delete 3 images for good?" in asked[0]
    assert "KiB" in asked[0] or "bytes" in asked[0]
    until(lambda: not page.empty.isEnabled())


def test_a_whole_recording_moves_to_the_test_and_back(
    page: ReviewPage, window: MainWindow, project: Project, until: Until
) -> None:
    page.sessions.table.selectRow(1)
    assert page.sessions.table.selected == 1
    assert not page.sessions.learn.isEnabled()
    page.sessions.test.click()
    with Catalog.open(project, read_only=True) as catalog:
        assert {sample.id for sample in catalog.samples(split="test")} == set(NUTS)
    until(page.sessions.learn.isEnabled)
    assert page.sessions.table.selected == 1
    page.filter.choose(Filter(split="test"))
    assert sorted(shown(page)) == NUTS
    window.undo()
    until(lambda: page.gallery.count == 0)
    page.sessions.alone.click()
    assert shown(page) == NUTS


def test_the_large_picture_tells_everything_and_takes_the_keys(
    checked: ReviewPage, project: Project, until: Until
) -> None:
    page = checked
    page.gallery.setFocus()
    page.gallery.go(0)
    QTest.keyClick(page.gallery, Qt.Key.Key_Return)
    preview = page._preview
    assert preview is not None
    assert preview.isVisible()
    facts = dict(preview.facts)
    assert facts["Label, held out"] == "2.0%"
    assert facts["Model's choice"] == "washer"
    assert facts["Number"] == "3"
    assert facts["Size"].startswith("64 × 48")
    until(lambda: preview.canvas.pixmap is not None)
    assert preview.canvas.pixmap is not None
    assert not preview.canvas.pixmap.isNull()
    QTest.keyClick(preview, Qt.Key.Key_Right)
    assert dict(preview.facts)["Number"] == "7"
    QTest.keyClick(preview, Qt.Key.Key_S)
    assert labels(project)[7] == "washer"
    QTest.keyClick(preview, Qt.Key.Key_Escape)
    assert not preview.isVisible()


def test_a_lasso_selects_in_the_gallery(checked: ReviewPage, until: Until) -> None:
    checked.show_map()
    until(lambda: checked.map.plot is not None)
    checked.map.lasso(np.array([[-0.1, 0.0], [0.2, 0.0], [0.2, 1.0], [-0.1, 1.0]]))
    assert sorted(checked.gallery.selected_ids.tolist()) == [1, 2, 3, 4, 5]


def test_a_read_only_project_can_be_looked_at_only(
    page: ReviewPage, session: Session, project: Project, until: Until
) -> None:
    session._why_read_only = (0, "")
    session.opened.emit()
    until(lambda: page.gallery.count == 24)
    before = labels(project)
    page.gallery.select_all()
    for key in (Qt.Key.Key_2, Qt.Key.Key_Delete, Qt.Key.Key_S):
        QTest.keyClick(page.gallery, key)
    page.empty_trash()
    assert labels(project) == before
    assert not page.trash.isEnabled()
    assert page.trash.toolTip() == session.read_only
    assert not (project.cache_dir / "thumbnails").exists()


def test_nothing_is_read_for_a_page_that_nobody_sees(
    page: ReviewPage, window: MainWindow, session: Session, until: Until
) -> None:
    window.show_page("start")
    session.do(lambda catalog: catalog.trash([1]))
    QApplication.processEvents()
    assert page.gallery.count == 24
    window.show_page("review")
    until(lambda: page.gallery.count == 23)


def test_another_project_and_none(page: ReviewPage, session: Session, tmp_path: Path, until: Until) -> None:
    other = Project.create(tmp_path / "other")
    session.open(other.root)
    until(lambda: "no image yet" in page.gallery.accessibleDescription())
    session.close()
    assert "Open a project" in page.gallery.accessibleDescription()
    assert page.classes.count() == 0


def test_spanish_and_back(checked: ReviewPage) -> None:
    language.choose("es")
    language.choose("en")
    assert checked.tabs.tabText(2) == "Map"
    assert checked.filter.filter == Filter()


@pytest.mark.slow
def test_a_check_in_its_process_finds_planted_errors(
    page: ReviewPage,
    session: Session,
    project: Project,
    record: Callable[..., object],
    until: Until,
    random_weights: Callable[[str], Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(WEIGHTS_DIR_VARIABLE, str(random_weights("squeezenet").parent))
    with Catalog.open(project) as catalog:
        record(project, catalog, "nut", 12)
        record(project, catalog, "washer", 12)
    session.do(lambda catalog: (catalog.relabel([4], 2), catalog.relabel([20], 1)))
    until(lambda: page.gallery.tiles is not None and page.gallery.tiles.tile(3).class_name == "washer")
    page.check_labels()
    assert page.busy()
    until(lambda: not page.check.running, 120)
    until(lambda: page._contents is not None and page._contents.findings is not None, 20)
    assert {4, 20} <= set(shown(page)[:4])
    page.check_labels()
    page.check.cancel()
    until(lambda: not page.check.running, 30)
    assert page.busy() == ""


@pytest.fixture
def returned(page: ReviewPage, project: Project, tmp_path: Path, until: Until) -> ReviewPage:
    """The page after three frames of the box (25 to 27) came in, which the model took for washers."""
    ring = Ring(tmp_path / "ring", 10_000_000, 86_400, now=lambda: 1_800_000_000.0)
    rng = np.random.default_rng(5)
    for number in range(3):
        values = {"reasons": ["unknown"], "top": [["washer", 0.4], ["nut", 0.3]]}
        ring.deliver(Kept(rng.integers(0, 255, (48, 64, 3), np.uint8), 1_800_000_000.0 + number, values))
    with Catalog.open(project) as catalog:
        run_to_end(import_field(project, catalog, tmp_path / "ring"))
    page.reader.read()
    until(lambda: page.gallery.count == 27)
    return page


def test_frames_of_the_box_come_first_and_get_their_label_by_key(
    returned: ReviewPage, window: MainWindow, project: Project, until: Until
) -> None:
    page = returned
    assert shown(page)[:4] == [25, 26, 27, 1]
    page.show_unlabelled()
    assert shown(page) == [25, 26, 27]
    assert page.gallery.tiles is not None
    tile = page.gallery.tiles.tile(0)
    assert describe(tile) == "washer, to label, ? only a guess"
    assert "(12)" in page.classes.item(1).text(), "a guess is no image of the class"
    row = page.sessions.table.model().index(0, 3)
    assert row.data() == "3 to label"
    # A key labels, also with the class that the model has guessed; what is labelled leaves the list.
    page.gallery.select_ids([25])
    QTest.keyClick(page.gallery, Qt.Key.Key_2)
    assert shown(page) == [26, 27]
    assert labels(project)[25] == "washer"
    page.gallery.select_ids([26])
    QTest.keyClick(page.gallery, Qt.Key.Key_1)
    assert labels(project)[26] == "nut"
    assert page.gallery.selected_ids.tolist() == [27]
    assert page.accept.isEnabled()
    QTest.keyClick(page.gallery, Qt.Key.Key_S)
    assert labels(project)[27] == "washer"
    assert shown(page) == []
    assert page.gallery._hint == "No image waits for a label."
    for number, known in ((27, {25, 26}), (26, {25}), (25, set())):
        window.undo()
        assert set(labels(project)) & {25, 26, 27} == known, number
    until(lambda: shown(page) == [25, 26, 27])
    page.gallery.select_ids([25, 27])
    page.trash_selected()
    until(lambda: shown(page) == [26])


def test_the_check_of_labels_says_nothing_of_a_guess(returned: ReviewPage, until: Until) -> None:
    returned.show_review(review_of())
    until(lambda: returned._contents is not None and returned._contents.findings is not None)
    assert shown(returned)[:6] == [25, 26, 27, *PLANTED]
    returned.gallery.select_ids([3, 25])
    returned.accept_suggestions()
    assert returned.gallery.tiles is not None
    tiles = {returned.gallery.tiles.tile(place).id: returned.gallery.tiles.tile(place) for place in range(27)}
    assert (tiles[3].class_name, tiles[25].class_name, tiles[25].split) == ("washer", "washer", "train")
    assert tiles[26].suggested_id is None
