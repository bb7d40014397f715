"""The words of the recipe's fields."""

from __future__ import annotations

import dataclasses

import pytest
from PySide6.QtWidgets import QCheckBox, QComboBox

from edge_transfer.runs.recipe import Recipe
from gui.pages.train import recipe_form, recipe_words
from gui.pages.train import recipe_form as recipe_fields
from gui.pages.train.recipe_form import RecipeForm


def test_a_new_field_appears_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    @dataclasses.dataclass(frozen=True)
    class Wider(Recipe):
        mirrored: bool = True
        """Whether pictures are mirrored."""
        schedule: str = "cosine"
        patience: int | None = None

    monkeypatch.setattr(recipe_fields.recipe_module, "SCHEDULES", ("cosine", "step"), raising=False)
    for module in (recipe_fields, recipe_form, recipe_words):
        monkeypatch.setattr(module, "Recipe", Wider)
    monkeypatch.setattr(recipe_fields, "kinds", lambda: {**recipe_fields.get_type_hints(Recipe), **KINDS})
    recipe_words._docstrings.cache_clear()
    try:
        form = RecipeForm()
        assert isinstance(form.rows["mirrored"].control, QCheckBox)
        schedule = form.rows["schedule"].control
        assert isinstance(schedule, QComboBox)
        assert [schedule.itemData(index) for index in range(schedule.count())] == ["cosine", "step"]
        assert form.rows["patience"].value() is None
        assert "Whether pictures are mirrored." in form.rows["mirrored"].control.toolTip()
        assert form.rows["mirrored"].control.accessibleName() == "Mirrored"
        assert recipe_words.without_words() == ["mirrored", "schedule", "patience"]
        form.rows["mirrored"].set_value(False)
        assert form.recipe() == Wider(mirrored=False)
        form.deleteLater()
    finally:
        recipe_words._docstrings.cache_clear()


KINDS = {"mirrored": bool, "schedule": str, "patience": int | None}


def test_every_field_of_today_has_words_that_are_translated() -> None:
    assert recipe_words.without_words() == []
