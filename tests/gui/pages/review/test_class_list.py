"""The list of classes, onto which images are dragged."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QMimeData, QPointF, Qt
from PySide6.QtGui import QDropEvent

from edge_transfer.dataset.project import Project
from gui.pages.review.gallery.gallery import MIME
from gui.pages.review.page import ReviewPage
from tests.gui.pages.review.conftest import labels


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
