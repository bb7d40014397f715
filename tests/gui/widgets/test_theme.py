"""The theme: enough contrast, and light and dark at once."""

from __future__ import annotations

from gui.main_window import MainWindow
from gui.widgets import theme


def test_texts_and_their_grounds_have_enough_contrast() -> None:
    for colours in (theme.LIGHT, theme.DARK):
        for text, ground in (
            ("text", "window"),
            ("text", "card"),
            ("muted", "window"),
            ("muted", "card"),
            ("on_accent", "accent"),
            ("on_accent", "recording"),
            ("on_warning", "warning"),
            ("text", "accent_soft"),
        ):
            ratio = contrast(getattr(colours, text), getattr(colours, ground))
            assert ratio >= 4.5, (text, ground, ratio)


def contrast(one: str, other: str) -> float:
    """Contrast ratio of WCAG 2.2."""

    def luminance(colour: str) -> float:
        parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_dark_and_light_at_once(window: MainWindow) -> None:
    theme.choose("dark")
    dark = window.palette().window().color().lightness()
    theme.choose("light")
    assert dark < 60 < 200 < window.palette().window().color().lightness()
