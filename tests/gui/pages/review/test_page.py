from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from edge_transfer.dataset.project import Project
from gui.main_window import MainWindow
from gui.pages.review.gallery.rows import Filter
from gui.pages.review.gallery.tiles import describe
from gui.pages.review.page import ReviewPage
from gui.session import Session
from gui.wording import locale
from tests.gui.pages.review.conftest import Until, labels, shown


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
    locale.choose("es")
    locale.choose("en")
    assert checked.tabs.tabText(2) == "Map"
    assert checked.filter.filter == Filter()


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
