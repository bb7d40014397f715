"""What pyqtgraph's axes need to speak the language of the window."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QLocale


def localise(axis: Any, most: float = math.inf) -> None:
    """Let an AxisItem write numbers with the decimal sign of the user's country, and none above `most`."""
    own = axis.tickStrings

    def texts(values: Sequence[float], scale: float, spacing: float) -> list[str]:
        sign = QLocale().decimalPoint()
        found = zip(values, own(values, scale, spacing), strict=True)
        return [str(text).replace(".", sign) if value * scale <= most + 1e-9 else "" for value, text in found]

    axis.tickStrings = texts
