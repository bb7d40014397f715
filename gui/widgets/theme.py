"""Light and dark theme: palette, stylesheet and chart colours."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from PySide6.QtCore import QSettings, Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

CHOICES = ("system", "light", "dark")
_ICONS = Path(str(files("gui"))) / "icons"


@dataclass(frozen=True)
class Colours:
    """What the pages paint with, besides the palette; every pair of text and ground has a contrast of 4.5 or more."""

    window: str
    card: str
    line: str
    text: str
    muted: str
    accent: str
    on_accent: str
    accent_soft: str
    recording: str
    """Ground of the button while it records, together with its word: never colour alone."""
    warning: str
    on_warning: str
    canvas: str
    """Around the picture."""
    handle: str
    """Scroll bars and arrows: 3 to 1 against what they lie on."""


LIGHT = Colours(
    *("#f4f6f9", "#ffffff", "#d5dbe3", "#1b2430", "#566273", "#1f5fae", "#ffffff", "#e3edf9"),
    *("#b3261e", "#fff4d6", "#4a3600", "#1b2129", "#7f8b9b"),
)
DARK = Colours(
    *("#14181e", "#1e242c", "#343d49", "#e8ecf1", "#a3afbd", "#7db3f2", "#0c1a2b", "#22364f"),
    *("#f2877f", "#3d3211", "#ffe3a1", "#0b0e12", "#6b7888"),
)

_SHEET = """
* {{ dialogbuttonbox-buttons-have-icons: 0; }}
QToolTip {{ color: {text}; background: {card}; border: 1px solid {line}; padding: 4px; }}
QFrame#card {{ background: {card}; border: 1px solid {line}; border-radius: 10px; }}
QFrame#classcard {{ background: {card}; border: 2px solid {line}; border-radius: 10px; }}
QFrame#classcard[selected="true"] {{ border-color: {accent}; }}
QFrame#banner {{ background: {warning}; border: none; border-radius: 8px; }}
QFrame#banner QLabel {{ color: {on_warning}; }}
QLabel#title {{ font-size: 22px; font-weight: 600; }}
QLabel#heading {{ font-size: 15px; font-weight: 600; }}
QLabel#muted {{ color: {muted}; }}
QLabel#chip {{ background: {accent_soft}; border-radius: 9px; padding: 3px 9px; }}
QLabel#chip[bad="true"] {{ background: {warning}; color: {on_warning}; }}
QPushButton, QToolButton {{ background: {card}; border: 1px solid {line}; border-radius: 7px; padding: 6px 14px; }}
QPushButton:hover, QToolButton:hover {{ border-color: {accent}; }}
QPushButton:focus, QToolButton:focus {{ border: 2px solid {accent}; padding: 5px 13px; }}
QPushButton:disabled, QToolButton:disabled {{ color: {muted}; background: {window}; }}
QPushButton#primary {{ background: {accent}; color: {on_accent}; border: 1px solid {accent}; font-weight: 600; }}
QPushButton#primary:focus {{ border: 2px solid {text}; }}
QPushButton#primary:disabled {{ background: {line}; color: {muted}; border-color: {line}; }}
QPushButton#primary[recording="true"] {{ background: {recording}; border-color: {recording}; }}
QToolButton#flat, QPushButton#flat {{ background: transparent; border: 1px solid transparent; padding: 5px 8px; }}
QToolButton#flat:hover, QPushButton#flat:hover {{ border-color: {line}; }}
QToolButton#flat:focus, QPushButton#flat:focus {{ border: 1px solid {accent}; }}
QPushButton:checked {{ background: {accent_soft}; border-color: {accent}; }}
QFrame#rail {{ background: {card}; border: none; border-right: 1px solid {line}; }}
QPushButton#page {{ background: transparent; border: none; border-left: 3px solid transparent; border-radius: 0;
    padding: 12px 16px; text-align: left; font-size: 14px; }}
QPushButton#page:hover, QPushButton#page:focus {{ background: {accent_soft}; }}
QPushButton#page:checked {{ background: transparent; border: none; border-left: 3px solid {accent}; font-weight: 600; }}
QLineEdit#field {{ background: {card}; border: 1px solid {line}; border-radius: 7px; padding: 6px 8px; }}
QLineEdit#field:focus {{ border: 2px solid {accent}; padding: 5px 7px; }}
QComboBox, QAbstractSpinBox {{ background: {card}; border: 1px solid {line}; border-radius: 7px; padding: 5px 8px;
    selection-background-color: {accent}; selection-color: {on_accent}; }}
QComboBox:hover, QAbstractSpinBox:hover {{ border-color: {accent}; }}
QComboBox:focus, QAbstractSpinBox:focus {{ border: 2px solid {accent}; padding: 4px 7px; }}
QComboBox:disabled, QAbstractSpinBox:disabled {{ color: {muted}; background: {window}; }}
QComboBox::drop-down {{ border: none; width: 24px; }}
QComboBox::down-arrow {{ image: url("{icons}/down.svg"); width: 12px; height: 12px; }}
QComboBox QLineEdit {{ background: transparent; border: none; padding: 0; }}
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{ border: none; background: transparent; width: 22px; }}
QAbstractSpinBox::up-arrow {{ image: url("{icons}/up.svg"); width: 10px; height: 10px; }}
QAbstractSpinBox::down-arrow {{ image: url("{icons}/down.svg"); width: 10px; height: 10px; }}
QAbstractSpinBox::up-button:hover, QAbstractSpinBox::down-button:hover {{ background: {accent_soft};
    border-radius: 5px; }}
QComboBox QAbstractItemView {{ background: {card}; selection-background-color: {accent_soft};
    selection-color: {text}; }}
QListWidget, QPlainTextEdit {{ background: {card}; border: 1px solid {line}; border-radius: 8px; padding: 3px; }}
QListWidget::item {{ padding: 6px 8px; border-radius: 6px; color: {text}; }}
QListWidget::item:selected {{ background: {accent_soft}; color: {text}; }}
QListWidget:focus {{ border-color: {accent}; }}
QStatusBar {{ background: {card}; border-top: 1px solid {line}; }}
QScrollBar {{ background: transparent; border: none; margin: 0; }}
QScrollBar:vertical {{ width: 12px; }}
QScrollBar:horizontal {{ height: 12px; }}
QScrollBar::handle {{ background: {handle}; border-radius: 4px; margin: 2px; }}
QScrollBar::handle:disabled {{ background: transparent; }}
QScrollBar::handle:hover {{ background: {muted}; }}
QScrollBar::handle:vertical {{ min-height: 36px; }}
QScrollBar::handle:horizontal {{ min-width: 36px; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; border: none; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QProgressBar {{ background: {accent_soft}; border: none; border-radius: 5px; max-height: 10px; min-height: 10px; }}
QProgressBar::chunk {{ background: {accent}; border-radius: 5px; }}
QScrollArea, QScrollArea > QWidget > QWidget#content {{ background: transparent; border: none; }}
QTabWidget::pane {{ border: none; }}
QTabBar::tab {{ padding: 7px 14px; border: none; border-bottom: 2px solid transparent; color: {muted}; }}
QTabBar::tab:selected {{ color: {text}; border-bottom: 2px solid {accent}; font-weight: 600; }}
QTabBar::tab:focus {{ background: {accent_soft}; }}
QTableView {{ outline: 0; background: {card}; border: 1px solid {line}; border-radius: 8px; gridline-color: {line};
    selection-background-color: {accent_soft}; selection-color: {text}; }}
QTableView::item {{ padding: 0 8px; border: none; }}
QHeaderView::section {{ background: {card}; color: {muted}; border: none; border-bottom: 1px solid {line};
    padding: 6px 12px; }}
"""


def choice() -> str:
    """`system`, `light` or `dark`, as the user has chosen."""
    chosen = str(QSettings().value("theme", "system"))
    return chosen if chosen in CHOICES else "system"


def choose(chosen: str) -> None:
    """Keep the choice and apply it at once."""
    QSettings().setValue("theme", chosen)
    apply()


def is_dark() -> bool:
    """Whether the dark colours are in use."""
    chosen = choice()
    if chosen == "system":
        return QApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
    return chosen == "dark"


def colours() -> Colours:
    """The colours in use."""
    return DARK if is_dark() else LIGHT


def apply() -> None:
    """Give the application the palette and the stylesheet of the colours in use; also after the system changed."""
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    current = colours()
    roles = {
        QPalette.ColorRole.Window: current.window,
        QPalette.ColorRole.WindowText: current.text,
        QPalette.ColorRole.Base: current.card,
        QPalette.ColorRole.AlternateBase: current.window,
        QPalette.ColorRole.Text: current.text,
        QPalette.ColorRole.Button: current.card,
        QPalette.ColorRole.ButtonText: current.text,
        QPalette.ColorRole.PlaceholderText: current.muted,
        QPalette.ColorRole.Highlight: current.accent,
        QPalette.ColorRole.HighlightedText: current.on_accent,
        QPalette.ColorRole.ToolTipBase: current.card,
        QPalette.ColorRole.ToolTipText: current.text,
        QPalette.ColorRole.Link: current.accent,
        QPalette.ColorRole.Mid: current.line,
        QPalette.ColorRole.Light: current.card,
        QPalette.ColorRole.Midlight: current.line,
        QPalette.ColorRole.Dark: current.line,
        QPalette.ColorRole.Shadow: current.canvas,
        QPalette.ColorRole.BrightText: current.on_accent,
    }
    palette = QPalette()
    for role, colour in roles.items():
        palette.setColor(role, QColor(colour))
    for role in (QPalette.ColorRole.Text, QPalette.ColorRole.WindowText, QPalette.ColorRole.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(current.muted))
    app.setPalette(palette)
    app.setStyleSheet(_SHEET.format(icons=_ICONS.as_posix(), **vars(current)))
