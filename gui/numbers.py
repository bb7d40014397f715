"""Numbers as the readers of the window's language write them."""

from __future__ import annotations

from PySide6.QtCore import QLocale


def percent(share: float | None, digits: int = 1) -> str:
    """A share 0 to 1 as percent; a dash where it is undefined."""
    if share is None:
        return "–"
    locale = QLocale()
    number = locale.toString(100.0 * share, "f", digits)
    return f"{number}%" if locale.language() == QLocale.Language.English else f"{number}\u00a0%"


def decimal(value: float | None, digits: int = 2) -> str:
    """A plain number; a dash where it is undefined."""
    return "–" if value is None else QLocale().toString(float(value), "f", digits)
