"""The dialog of the keys."""

from __future__ import annotations

from gui.dialogs.keys_dialog import KeysDialog
from gui.main_window import MainWindow


def test_the_keys_are_shown_by_menu(window: MainWindow) -> None:
    window.show_keys()
    dialog = window.findChild(KeysDialog)
    assert dialog is not None
    rows = {text: keys for _, rows in dialog.groups for text, keys in rows}
    assert rows["Try the simulated camera"] == "Ctrl+D"
    assert rows["Theme: Dark"] == "Ctrl+F8"
    assert all(rows.values())
    assert dialog.height() <= 600
    dialog.close()
