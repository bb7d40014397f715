"""The expert's form: one row for each field of the recipe, whatever fields it has; the recipe itself judges them."""

from __future__ import annotations

import dataclasses
from typing import Any

from PySide6.QtCore import QEvent, QLocale, Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from edge_transfer.errors import TrainingError
from edge_transfer.runs.recipe import Recipe
from gui.recipe_fields import FieldRow
from gui.recipe_words import FINE_TUNING, explanation_of
from gui.train_facts import Facts
from gui.widgets import text_label


class RecipeForm(QWidget):
    """Gives a Recipe, or shows at the field why there is none."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._facts: Facts | None = None
        self._backbone_chosen = False
        self.rows = {field.name: FieldRow(field, self) for field in dataclasses.fields(Recipe) if field.init}
        self._error = text_label("chip", self, wrap=True)
        self._error.setProperty("bad", True)
        self._error.hide()
        self._reset = QPushButton(self)
        self._reset.clicked.connect(self.reset)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for row in self.rows.values():
            row.changed.connect(self._on_changed)
            layout.addWidget(row)
        self.rows["backbone"].changed.connect(self._on_backbone)
        layout.addWidget(self._error)
        layout.addWidget(self._reset)
        self.retranslate()

    def show_facts(self, facts: Facts) -> None:
        """Offer the backbones there are; where none was chosen by hand, the best whose weights are at hand."""
        self._facts = facts
        texts = {}
        for backbone, at_hand in facts.backbones:
            millions = QLocale().toString(backbone.parameters / 1e6, "f", 1)
            text = self.tr("{name} · {millions} M parameters").format(name=backbone.title, millions=millions)
            texts[backbone.name] = text if at_hand else self.tr("{name} · no weights").format(name=text)
        row = self.rows["backbone"]
        row.offer(texts)
        if not self._backbone_chosen:
            row.set_value(facts.default)
        self._explain_backbone()
        self.check()

    def recipe(self) -> Recipe | None:
        """The recipe as it stands; None where a field refuses its value, and says why."""
        return self.check()

    def set_recipe(self, recipe: Recipe) -> None:
        """Show this recipe."""
        for name, row in self.rows.items():
            row.set_value(getattr(recipe, name))
        self._backbone_chosen = True
        self._explain_backbone()
        self._on_changed()

    def reset(self) -> None:
        """Go back to what is taken where nobody chooses."""
        self.set_recipe(Recipe())
        self._backbone_chosen = False
        if self._facts is not None:
            self.show_facts(self._facts)
        self.changed.emit()

    @property
    def error(self) -> str:
        """What is wrong with the values together; empty for nothing."""
        return self._error.text() if not self._error.isHidden() else ""

    def check(self) -> Recipe | None:
        """As `recipe`; shows what is wrong at the fields."""
        values: dict[str, Any] = {}
        wrong: dict[str, str] = {}
        for name, row in self.rows.items():
            try:
                values[name] = row.value()
            except ValueError as error:
                wrong[name] = str(error)
        recipe, together = None, ""
        try:
            recipe = Recipe(**values)
        except (TrainingError, TypeError) as error:
            alone = {name: said for name, value in values.items() if (said := _refusal(name, value))}
            wrong |= alone
            # No field is wrong alone: the sentence begins with the name of the one that does not fit the others.
            first = str(error).partition(" ")[0]
            if not wrong and first in self.rows:
                wrong[first] = str(error)
            together = "" if wrong else str(error)
        probe = values.get("strategy") == "probe"
        for name, row in self.rows.items():
            row.show_error(wrong.get(name, ""))
            row.setVisible(not probe or name not in FINE_TUNING or name in wrong)
        self._error.setText(together)
        self._error.setVisible(bool(together))
        return recipe if not wrong else None

    def _on_changed(self) -> None:
        self.check()
        self.changed.emit()

    def _on_backbone(self) -> None:
        self._backbone_chosen = True
        self._explain_backbone()

    def _explain_backbone(self) -> None:
        row, text = self.rows["backbone"], explanation_of("backbone")
        found = self._facts.backbone(str(row.value())) if self._facts is not None else None
        if found is not None and not found[1]:
            text = self.tr(
                "Its weights are not on this computer: run “edge-transfer train --download --backbone {name}” once, "
                "or choose another network."
            ).format(name=found[0].name)
        row.explain(text)

    def retranslate(self) -> None:
        self._reset.setText(self.tr("Back to the usual settings"))
        for row in self.rows.values():
            row.retranslate()
        if self._facts is not None:
            self.show_facts(self._facts)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802  (Qt's name)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)


def _refusal(name: str, value: Any) -> str:
    """Why a recipe refuses a value, all else being usual; empty where it does not."""
    try:
        Recipe(**{name: value})
    except (TrainingError, TypeError) as error:
        return str(error)
    return ""
