"""Base class of the widgets with translated texts: reacts to a change of language and of palette."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget as _Widget
else:
    # A second Qt base would construct the widget twice.
    _Widget = object


class RetranslationMixin(_Widget):
    """First base of a widget: calls `retranslate` when the language changes and `restyle` when the palette does.

    A widget whose `__init__` itself sets a palette, a style sheet or a parent is restyled there already: set the
    attributes that `restyle` reads before.
    """

    def retranslate(self) -> None:
        """Set every text again, in the current language."""
        raise NotImplementedError

    def restyle(self) -> None:
        """Redraw the parts that do not follow the palette by themselves; none by default."""

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802  (Qt's name)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        elif event.type() == QEvent.Type.PaletteChange:
            self.restyle()
        super().changeEvent(event)
