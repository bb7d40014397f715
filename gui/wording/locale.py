"""The language of the window, changed at once, and numbers in its format, in texts and on the axes of plots."""

from __future__ import annotations

import math
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QSettings, QTranslator

LANGUAGES = {"en": "English", "es": "Español"}
FOLDER = Path(str(files("gui"))) / "translations"
_installed: list[QTranslator] = []


def choice() -> str:
    """`system`, or one of LANGUAGES."""
    chosen = str(QSettings().value("language", "system"))
    return chosen if chosen in LANGUAGES else "system"


def current() -> str:
    """The language in use, one of LANGUAGES: the system's where it is spoken here, English otherwise."""
    chosen = choice()
    if chosen != "system":
        return chosen
    for name in QLocale.system().uiLanguages():
        if name[:2] in LANGUAGES:
            return name[:2]
    return "en"


def choose(chosen: str) -> None:
    """Keep the choice and apply it: every widget gets a LanguageChange event."""
    QSettings().setValue("language", chosen)
    apply()


def apply() -> None:
    """Install the translations of the language in use, ours and Qt's own."""
    app = QCoreApplication.instance()
    assert app is not None
    language = current()
    QLocale.setDefault(QLocale(language))
    # English has a file too: for its plurals.
    sources = [
        (f"qtbase_{language}", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)),
        (f"edge_transfer_{language}", str(FOLDER)),
    ]
    old = list(_installed)
    _installed.clear()
    for name, folder in sources:
        translator = QTranslator()
        if translator.load(name, folder):
            app.installTranslator(translator)
            _installed.append(translator)
    for translator in old:
        app.removeTranslator(translator)


def localise(axis: Any, most: float = math.inf) -> None:
    """Let an AxisItem write numbers with the decimal sign of the user's country, and none above `most`."""
    own = axis.tickStrings

    def texts(values: Sequence[float], scale: float, spacing: float) -> list[str]:
        sign = QLocale().decimalPoint()
        found = zip(values, own(values, scale, spacing), strict=True)
        return [str(text).replace(".", sign) if value * scale <= most + 1e-9 else "" for value, text in found]

    axis.tickStrings = texts


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
