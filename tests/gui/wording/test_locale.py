"""The language of the window: numbers in its notation."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QApplication

from gui.wording import locale
from gui.wording.locale import localise


class Axis:
    """What pyqtgraph's axis does with the numbers."""

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        return [f"{value * scale:.1f}" for value in values]


def test_numbers_are_written_as_in_the_language_and_none_above_the_most(qapp: QApplication) -> None:
    axis = Axis()
    localise(axis, most=100.0)
    assert axis.tickStrings([99.5, 100.0, 100.5], 1.0, 0.5) == ["99.5", "100.0", ""]
    locale.choose("es")
    assert axis.tickStrings([0.5], 1.0, 0.5) == ["0,5"]
