"""The question before a model that has forgotten something is used."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QWidget

from edge_transfer.evaluation.forgetting import ClassChange, Forgetting
from gui.pages.train.runs.forgetting_dialog import ask_use

REPORT = Forgetting(
    "20261124-101010-probe",
    "20261125-101010-finetune",
    "test",
    (ClassChange("nut", 50, 48, 40), ClassChange("bolt <b>", 10, 9, 8), ClassChange("new", 0, 0, 0)),
    (),
    2.0,
)


def test_it_shows_every_class_and_uses_the_run_only_on_a_yes(qtbot: Any) -> None:
    parent, used = QWidget(), []
    qtbot.addWidget(parent)
    dialog = ask_use(REPORT, used.append, parent)
    table = dialog.table
    rows = [[table.item(row, column).text() for column in range(6)] for row in range(3)]
    assert rows == [
        ["▼ nut", "50", "96.0%", "80.0%", "-16.0", "2.0"],
        ["bolt <b>", "10", "90.0%", "80.0%", "-10.0", "10.0"],
        ["new", "none held out", "–", "–", "–", "–"],
    ]
    assert table.item(0, 0).font().bold()
    assert not table.item(1, 0).font().bold(), "one image is noise"
    dialog.reject()
    assert used == []
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    dialog = ask_use(REPORT, used.append, parent)
    dialog.use.click()
    assert used == [REPORT.later]
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
