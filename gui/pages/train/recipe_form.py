"""The expert's form: a control for each field of the recipe, by the field's type; the recipe validates the values."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from functools import cache
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

from PySide6.QtCore import QLocale, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from edge_transfer.errors import TrainingError
from edge_transfer.runs import recipe as recipe_module
from edge_transfer.runs.recipe import Recipe
from gui.pages.train.plan import Facts
from gui.pages.train.recipe_words import FINE_TUNING, explanation_of, title_of, value_words
from gui.widgets.controls import CONTROL_PX, plain, set_property, text_label
from gui.widgets.retranslating import RetranslationMixin

_SEPARATORS = re.compile(r"[;\s]+|,(?:\s+|$)|(?<=\d),(?=\d)")


def choices_of(field: dataclasses.Field[Any]) -> tuple[Any, ...]:
    """The values a field can take, where it is a choice; empty where it is not.

    They stand in the field's metadata, or in a constant of the recipe's module named after the field. Only what a
    Recipe accepts counts.
    """
    name = field.name.upper()
    plurals = (name, f"{name}S", f"{name}ES", f"{name.removesuffix('Y')}IES")
    constant = next((value for each in plurals if isinstance(value := getattr(recipe_module, each, None), tuple)), ())
    named = field.metadata.get("choices", constant)
    wanted = (field.default, *named) if named and field.default not in named else named
    return tuple(value for value in wanted if _accepted(field.name, value))


@cache
def kinds() -> Mapping[str, Any]:
    """The type of each field."""
    return get_type_hints(Recipe)


def parsed(kind: Any, text: str) -> Any:
    """The value that a text stands for. Raises ValueError where it stands for none."""
    text = text.strip()
    if NoneType in get_args(kind):
        if not text:
            return None
        kind = next(each for each in get_args(kind) if each is not NoneType)
    if get_origin(kind) is tuple:
        inner = get_args(kind)[0]
        return tuple(parsed(inner, part) for part in _SEPARATORS.split(text) if part)
    if kind is float:
        return float(text.replace(",", "."))
    return int(text) if kind is int else text


def shown(value: Any) -> str:
    """A value as the text that `parsed` takes."""
    if value is None:
        return ""
    if isinstance(value, tuple):
        return ", ".join(shown(each) for each in value)
    return f"{value:g}" if isinstance(value, float) and float(f"{value:g}") == value else str(value)


def _accepted(name: str, value: Any) -> bool:
    try:
        Recipe(**{name: value})
    except (TrainingError, TypeError):
        return False
    return True


class FieldRow(QWidget):
    """Title, control, explanation, and a line for what is wrong with the value."""

    changed = Signal()

    def __init__(self, field: dataclasses.Field[Any], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.field = field
        self._kind = kinds()[field.name]
        self._notes: dict[Any, str] = {}
        self._choices = choices_of(field)
        self._title = text_label(parent=self, wrap=True)
        self._explanation = text_label("muted", self, wrap=True)
        self._error = text_label("chip", self, wrap=True)
        set_property(self._error, "bad", True)
        self._error.hide()
        self.control = self._make_control()
        self.control.setMinimumHeight(CONTROL_PX)
        self._title.setBuddy(self.control)
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 6)
        layout.setHorizontalSpacing(8)
        layout.setVerticalSpacing(2)
        layout.setColumnMinimumWidth(0, 110)
        layout.setColumnStretch(1, 1)
        layout.addWidget(self._title, 0, 0)
        layout.addWidget(self.control, 0, 1)
        layout.addWidget(self._explanation, 1, 1)
        layout.addWidget(self._error, 2, 1)
        default = field.default_factory() if callable(field.default_factory) else field.default
        self.set_value(default)
        self.retranslate()

    def _make_control(self) -> QWidget:
        if self._kind is bool:
            box = QCheckBox(self)
            box.toggled.connect(self.changed)
            return box
        if self._choices or self.field.name == "backbone":
            combo = QComboBox(self)
            combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            combo.setMinimumContentsLength(10)
            for value in self._choices:
                combo.addItem("", value)
            combo.activated.connect(self.changed)
            return combo
        edit = QLineEdit(self)
        edit.setObjectName("field")
        edit.textEdited.connect(self.changed)
        return edit

    def offer(self, values: Mapping[Any, str]) -> None:
        """Let a combo box offer these values, each with its text."""
        assert isinstance(self.control, QComboBox)
        now = self.control.currentData()
        self.control.clear()
        for value, text in values.items():
            self.control.addItem(text, value)
        self.control.setCurrentIndex(max(0, self.control.findData(now)))

    def value(self) -> Any:
        """What stands in the control. Raises ValueError where that is no value of the field's type."""
        if isinstance(self.control, QCheckBox):
            return self.control.isChecked()
        if isinstance(self.control, QComboBox):
            return self.control.currentData()
        assert isinstance(self.control, QLineEdit)
        try:
            return parsed(self._kind, self.control.text())
        except ValueError as error:
            raise ValueError(self.tr("“{text}” is not a number").format(text=self.control.text())) from error

    def set_value(self, value: Any) -> None:
        if isinstance(self.control, QCheckBox):
            self.control.setChecked(bool(value))
        elif isinstance(self.control, QComboBox):
            if self.control.findData(value) < 0:
                self.control.addItem(value_words(self.field.name, value), value)
            self.control.setCurrentIndex(self.control.findData(value))
        elif isinstance(self.control, QLineEdit):
            self.control.setText(shown(value))

    @property
    def error(self) -> str:
        """What is wrong with the value; empty for nothing."""
        return self._error.text() if not self._error.isHidden() else ""

    def show_error(self, message: str) -> None:
        self._error.setText(message)
        self._error.setVisible(bool(message))
        self.control.setAccessibleDescription(message or explanation_of(self.field.name))

    def explain(self, text: str) -> None:
        """Another explanation than the field's own."""
        self._explanation.setText(text)
        self._explanation.setVisible(bool(text))
        self.control.setToolTip(plain(text))

    def retranslate(self) -> None:
        name = self.field.name
        self._title.setText(title_of(name))
        self.control.setAccessibleName(title_of(name))
        self.explain(explanation_of(name))
        if isinstance(self.control, QComboBox) and self._choices:
            for index in range(self.control.count()):
                self.control.setItemText(index, value_words(name, self.control.itemData(index)))
        if isinstance(self.control, QLineEdit):
            self.control.setLocale(QLocale())
        self.show_error(self.error)


class RecipeForm(RetranslationMixin, QWidget):
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


def _refusal(name: str, value: Any) -> str:
    """Why a recipe refuses a value, all else being usual; empty where it does not."""
    try:
        Recipe(**{name: value})
    except (TrainingError, TypeError) as error:
        return str(error)
    return ""
