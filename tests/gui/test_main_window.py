from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QComboBox, QLabel, QTableView

from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from gui.actions import ACTIONS, MENUS, PAGES
from gui.main_window import DEMO_CLASSES, MainWindow
from gui.session import Session
from gui.wording import locale

Until = Callable[..., None]


def test_every_control_has_a_name_for_those_who_do_not_see_it(
    window: MainWindow, session: Session, project: Project
) -> None:
    session.open(project.root)
    session.do(lambda catalog: catalog.add_class("nut"))
    for row in PAGES:
        window.show_page(row.name)
        controls = [
            control
            for kind in (QAbstractButton, QComboBox, QAbstractSpinBox, QTableView)
            for control in window.page(row.name).findChildren(kind)
            if not control.objectName().startswith("qt_") and control.objectName() != "ScrollLeftButton"
        ]
        nameless = [
            control
            for control in controls
            if not (control.accessibleName() or getattr(control, "text", lambda: "")())
            and not isinstance(control.parent(), (QComboBox, QTableView))
        ]
        assert controls
        assert [control for control in nameless if type(control).__name__ not in ("QToolButton", "CloseButton")] == []


@pytest.mark.parametrize("chosen", ["es", "en"])
def test_the_language_changes_at_once_and_leaves_nothing_behind(window: MainWindow, chosen: str) -> None:
    window.show_page("collect")
    english = texts(window)
    locale.choose("es")
    QCoreApplication.processEvents()
    spanish = texts(window)
    assert english & spanish <= {"", "Edge Transfer", "✕", "✎", "⟳", "…", "◇", "–"} | set(locale.LANGUAGES.values())
    locale.choose(chosen)
    QCoreApplication.processEvents()
    assert texts(window) == (english if chosen == "en" else spanish)


def texts(window: MainWindow) -> set[str]:
    actions = {action.text() for _, action in (*window._actions, *window._go)}
    labels = {label.text() for label in window.findChildren(QLabel)}
    buttons = {button.text() for button in window.findChildren(QAbstractButton)}
    return {text for text in actions | labels | buttons if text and "/" not in text}


def test_failures_stand_in_a_banner(window: MainWindow, tmp_path: Path) -> None:
    window.open_path(tmp_path / "nothing")
    assert "is not a project" in window.banner
    assert window._current == "start"


def test_the_simulated_camera_in_one_click_twice(window: MainWindow, session: Session, until: Until) -> None:
    window.page("start").demo_wanted.emit()
    assert session.project is not None
    page = window.page("collect")
    assert [card.name for card in page.classes.cards] == list(DEMO_CLASSES)
    until(lambda: page.camera.view.frame is not None)
    assert page.camera.source_bar.text.startswith("demo://conveyor")
    root = session.project.root
    window.close_project()
    assert session.project is None
    assert page.camera.feed is None
    assert [card.recent.path for card in window.page("start").cards] == [str(root)]
    window.page("start").cards[0].click()
    assert session.project.root == root
    with Catalog.open(session.project, read_only=True) as catalog:
        assert len(catalog.classes()) == 4


def test_a_read_only_project_says_so(window: MainWindow, session: Session, project: Project) -> None:
    other = Session()
    other.open(project.root)
    session.open(project.root)
    assert "Open in another window" in window._notice.text
    assert "[read only]" in window.windowTitle()
    other.close()


def test_the_notice_of_a_read_only_project_changes_its_language(
    window: MainWindow, session: Session, project: Project
) -> None:
    other = Session()
    other.open(project.root)
    session.open(project.root)
    locale.choose("es")
    QCoreApplication.processEvents()
    assert window._notice.text.startswith("Abierto en otra ventana")
    other.close()


def test_another_project_is_opened_only_after_asking_what_it_would_end(
    window: MainWindow, session: Session, project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Project.create(tmp_path / "other")
    window.open_path(project.root)
    monkeypatch.setattr(window.page("train"), "busy", lambda: "A model is being trained.")
    asked: list[str] = []
    monkeypatch.setattr(window, "ask", asked.append)
    window.open_path(other.root)
    assert session.project == project
    window.open_path(project.root)
    assert len(asked) == 1
    monkeypatch.setattr(window, "ask", lambda question: True)
    window.open_path(other.root)
    assert session.project == other


def test_the_geometry_is_kept(window: MainWindow, session: Session) -> None:
    window.resize(800, 633)
    window.close()
    QCoreApplication.processEvents()
    again = MainWindow(session, window._problems)
    assert (again.width(), again.height()) == (800, 633)
    again.close()
    again.deleteLater()


def test_the_smallest_window_cuts_no_button(window: MainWindow, session: Session, project: Project) -> None:
    session.open(project.root)
    session.do(lambda catalog: catalog.add_class("a class with quite a long name"))
    window.resize(800, 600)
    for chosen in ("en", "es"):
        locale.choose(chosen)
        for row in PAGES:
            window.show_page(row.name)
            QCoreApplication.processEvents()
            for button in window.page(row.name).findChildren(QAbstractButton):
                if button.isVisible() and button.text() and button.objectName() != "flat":
                    assert button.width() >= button.fontMetrics().horizontalAdvance(button.text()), button.text()
    assert window.width() == 800


def test_menus_and_pages_are_those_of_the_tables(window: MainWindow) -> None:
    assert [action.text() for action in window.menuBar().actions()] == list(MENUS)
    names = {row.name for row in PAGES}
    assert {row.menu for row in ACTIONS} <= set(MENUS)
    assert {row.slot.rpartition(".")[0] for row in ACTIONS} - {""} <= names
    rail = [row.name for row, _ in window._rail_buttons]
    assert rail == [row.name for row, _ in window._go] == [row.name for row in PAGES]
