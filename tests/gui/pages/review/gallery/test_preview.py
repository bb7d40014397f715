"""The large image."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from edge_transfer.dataset.project import Project
from gui.pages.review.page import ReviewPage
from tests.gui.pages.review.conftest import Until, labels


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
