"""A recipe holds usable values only, and is read as it was written."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from edge_transfer.errors import TrainingError
from edge_transfer.runs.recipe import Recipe


def test_a_recipe_is_what_it_was_after_json() -> None:
    recipe = Recipe(
        backbone="squeezenet",
        head="svm",
        strengths=(0.1, 2.0),
        class_weights="none",
        folds=3,
        engine="openvino",
        seed=7,
        strategy="finetune",
        unfreeze="3",
        epochs=4,
        learning_rate=0.01,
        mixup=0.2,
    )
    assert Recipe.from_json(json.dumps(recipe.to_json())) == recipe
    assert Recipe.from_json(json.dumps(Recipe().to_json())) == Recipe()


def test_what_a_recipe_leaves_out_is_the_default() -> None:
    assert Recipe.from_json('{"head": "prototypes"}') == Recipe(head="prototypes")
    assert Recipe.from_json("{}") == Recipe()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("strategy", "fine-tune"),
        ("head", "tree"),
        ("backbone", ["mobilenet_v2"]),
        ("class_weights", "heavy"),
        ("strengths", (0.0,)),
        ("strengths", (-1.0,)),
        ("strengths", (float("nan"),)),
        ("strengths", (float("inf"),)),
        ("folds", 1),
        ("folds", 21),
        ("folds", 2.5),
        ("folds", True),
        ("accepted_error", -0.1),
        ("accepted_error", 1.1),
        ("accepted_error", float("nan")),
        ("engine", "../elsewhere"),
        ("seed", -1),
        ("seed", 2**32),
        ("seed", 0.5),
        ("unfreeze", "top"),
        ("unfreeze", "-1"),
        ("unfreeze", "²"),
        ("unfreeze", "1001"),
        ("unfreeze", "1" * 5000),
        ("unfreeze", 3),
        ("epochs", -1),
        ("epochs", 1001),
        ("epochs", 1.5),
        ("learning_rate", -1e-9),
        ("learning_rate", 1.1),
        ("learning_rate", float("nan")),
        ("block_factor", 0.0),
        ("block_factor", 1.1),
        ("batch_size", 1),
        ("batch_size", 513),
        ("label_smoothing", 1.0),
        ("label_smoothing", -0.1),
        ("mixup", -0.1),
        ("mixup", 11.0),
        ("anchor", -0.1),
        ("views", 0),
        ("views", 65),
        ("minutes", 0.0),
        ("minutes", float("inf")),
    ],
)
def test_a_value_outside_its_range_is_named(name: str, value: Any) -> None:
    with pytest.raises(TrainingError, match=f"{name} is .*; allowed is "):
        Recipe(**{name: value})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "3",
        "null",
        '"probe"',
        "[[1]]",
        '{"folds": "five"}',
        '{"strengths": 1}',
        '{"strengths": ["x"]}',
        '{"strengths": null}',
        '{"momentum": 0.1}',
        '{"unfreeze": 3}',
        '{"minutes": "ten"}',
        "[" * 100_000,
        "{",
    ],
)
def test_what_is_no_recipe_is_refused_with_one_error(text: str) -> None:
    with pytest.raises(TrainingError):
        Recipe.from_json(text)


def test_an_unknown_name_is_told() -> None:
    with pytest.raises(TrainingError, match="unknown in a recipe: dropout, momentum"):
        Recipe.from_json('{"momentum": 1, "dropout": 2}')


def test_auto_balances_above_ten_to_one() -> None:
    ten, more, none = np.array([10, 1]), np.array([11, 1]), np.array([11, 0])
    assert [Recipe().balances(counts) for counts in (ten, more, none)] == [False, True, True]
    assert Recipe(class_weights="balanced").balances(ten)
    assert not Recipe(class_weights="none").balances(more)
