from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from gui.widgets.controls import ElidedComboBox, ElidedLabel


def test_a_choice_that_does_not_fit_is_whole_in_its_tooltip(qapp: QApplication) -> None:
    box = ElidedComboBox()
    box.setToolTip("The run")
    box.addItems(["short", "a text that is far too long for so narrow a <box>"])
    box.resize(120, 30)
    box.setCurrentIndex(0)
    assert box.toolTip() == "The run"
    box.setCurrentIndex(1)
    assert "The run" in box.toolTip()
    assert "so narrow a &lt;box&gt;" in box.toolTip()
    box.resize(900, 30)
    box.grab()
    assert box.toolTip() == "The run"


def test_a_path_is_elided_in_its_middle(qapp: QApplication) -> None:
    label = ElidedLabel("/a/very/long/path/to/a/project", mode=Qt.TextElideMode.ElideMiddle)
    label.resize(60, 20)
    label.grab()
    assert "/a/very/long/path/to/a/project" in label.toolTip()
