from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLineEdit

from edge_transfer.backbones.registry import REGISTRY
from edge_transfer.runs.recipe import HEADS, STRATEGIES, Recipe
from gui.pages.train import recipe_words
from gui.pages.train.plan import Facts
from gui.pages.train.recipe_form import RecipeForm, choices_of, parsed, shown


def facts(default: str = "builtin", at_hand: tuple[str, ...] = ("builtin",)) -> Facts:
    backbones = tuple((backbone, backbone.name in at_hand) for backbone in REGISTRY.values())
    return Facts((), 0, backbones, default, (0.8, 0.87))


def test_every_field_of_the_recipe_has_a_control_and_gives_the_usual_recipe(form: RecipeForm) -> None:
    assert set(form.rows) == {field.name for field in dataclasses.fields(Recipe)}
    assert form.recipe() == Recipe()
    for name, row in form.rows.items():
        assert row.control.accessibleName(), name
        assert row.control.toolTip(), name


OTHERS: dict[str, Any] = {
    "strategy": "scratch",
    "backbone": "resnet18",
    "head": "svm",
    "strengths": (0.5, 2.0),
    "class_weights": "none",
    "folds": 3,
    "accepted_error": 0.125,
    "engine": "onnxruntime",
    "seed": 7,
    "unfreeze": "3",
}


@pytest.mark.parametrize("field", dataclasses.fields(Recipe), ids=lambda field: field.name)
def test_another_value_of_each_field_comes_back(form: RecipeForm, field: dataclasses.Field[Any]) -> None:
    default = getattr(Recipe(), field.name)
    # A field that is new here is a number: half as much or one more is another value.
    value = (
        OTHERS[field.name] if field.name in OTHERS else default + 1 if isinstance(default, int) else default / 2 or 0.5
    )
    recipe = dataclasses.replace(Recipe(), **{field.name: value})
    form.set_recipe(recipe)
    assert form.recipe() == recipe


def test_choices_are_found_by_the_name_of_the_field() -> None:
    fields = {field.name: field for field in dataclasses.fields(Recipe)}
    assert choices_of(fields["head"]) == HEADS
    assert set(choices_of(fields["strategy"])) == set(STRATEGIES)
    assert choices_of(fields["engine"])[0] == "auto"
    assert choices_of(fields["folds"]) == ()
    assert choices_of(fields["backbone"]) == ()


def test_values_are_read_as_their_type() -> None:
    assert parsed(tuple[float, ...], " 0.1, 2;3 4,5 ") == (0.1, 2.0, 3.0, 4.0, 5.0)
    assert parsed(float, "0,5") == 0.5
    assert parsed(float | None, " ") is None
    assert parsed(int | None, "3") == 3
    assert shown((0.1, 1e-05, 1 / 3)) == "0.1, 1e-05, 0.3333333333333333"
    with pytest.raises(ValueError, match="abc"):
        parsed(int, "abc")


def test_what_is_wrong_stands_at_its_field(form: RecipeForm) -> None:
    changes: list[bool] = []
    form.changed.connect(lambda: changes.append(True))
    for name, typed, says in (
        ("accepted_error", "2", "accepted_error is 2.0; allowed is 0 to 1"),
        ("seed", "x", "“x” is not a number"),
        ("strengths", "-1", "strengths is (-1.0,); allowed is positive numbers"),
    ):
        row = form.rows[name]
        assert isinstance(row.control, QLineEdit)
        row.control.clear()
        QTest.keyClicks(row.control, typed)
        assert row.error == says
        assert row.control.accessibleDescription() == says
        assert form.recipe() is None
    assert form.rows["folds"].error == ""
    assert changes
    form.reset()
    assert form.recipe() == Recipe()
    assert form.rows["seed"].error == ""


def test_backbones_say_how_large_they_are_and_whether_their_weights_are_here(form: RecipeForm) -> None:
    form.show_facts(facts())
    row = form.rows["backbone"]
    box = row.control
    assert isinstance(box, QComboBox)
    texts = [box.itemText(index) for index in range(box.count())]
    assert len(texts) == len(REGISTRY)
    assert texts[0].endswith("2.2 M parameters · no weights")
    assert texts[-1].endswith("0.7 M parameters")
    assert row.value() == "builtin"
    row.set_value("resnet18")
    row.changed.emit()
    assert "--download --backbone resnet18" in box.toolTip()
    form.show_facts(facts("mobilenet_v2", ("builtin", "mobilenet_v2")))
    assert row.value() == "resnet18", "what was chosen by hand stays"
    form.reset()
    assert row.value() == "mobilenet_v2"


def test_a_probe_hides_what_only_fine_tuning_asks(form: RecipeForm) -> None:
    form.set_recipe(Recipe(strategy="probe"))
    hidden = {name for name, row in form.rows.items() if row.isHidden()}
    assert hidden == recipe_words.FINE_TUNING & set(form.rows)
    form.set_recipe(Recipe(strategy="finetune"))
    assert not [name for name, row in form.rows.items() if row.isHidden()]
