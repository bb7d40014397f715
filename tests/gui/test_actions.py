"""Actions: texts, shortcuts, and which of them wait for a project."""

from __future__ import annotations

from collections import Counter

from edge_transfer.dataset.project import Project
from gui.main_window import MainWindow
from gui.session import Session


def test_every_action_has_a_text_and_a_shortcut_of_its_own(window: MainWindow) -> None:
    actions = [action for _, action in (*window._actions, *window._go)]
    actions += [action for _, _, action in window._choices]
    shortcuts = Counter(action.shortcut().toString() for action in actions)
    assert all(action.text() for action in actions)
    assert "" not in shortcuts
    assert max(shortcuts.values()) == 1


def test_actions_on_a_project_wait_for_one(window: MainWindow, session: Session, project: Project) -> None:
    undo = next(action for row, action in window._actions if row.slot == "undo")
    assert not undo.isEnabled()
    session.open(project.root)
    assert undo.isEnabled()
    session.do(lambda catalog: catalog.add_class("nut"))
    undo.trigger()
    assert "adding class 'nut'" in window.statusBar().currentMessage()
