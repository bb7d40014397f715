"""Labels and values of recipe fields for people."""

from __future__ import annotations

import ast
import inspect
from dataclasses import fields
from functools import cache
from textwrap import dedent
from typing import Any

from PySide6.QtCore import QCoreApplication, QLocale

from edge_transfer.backbones.registry import REGISTRY
from edge_transfer.heads.kinds import KINDS
from edge_transfer.runs.recipe import Recipe
from gui.actions import QT_TRANSLATE_NOOP

_TITLES = {
    "strategy": QT_TRANSLATE_NOOP("Recipe", "Strategy"),
    "backbone": QT_TRANSLATE_NOOP("Recipe", "Network"),
    "head": QT_TRANSLATE_NOOP("Recipe", "Head"),
    "strengths": QT_TRANSLATE_NOOP("Recipe", "Strengths to try"),
    "class_weights": QT_TRANSLATE_NOOP("Recipe", "Weight of the classes"),
    "folds": QT_TRANSLATE_NOOP("Recipe", "Folds"),
    "accepted_error": QT_TRANSLATE_NOOP("Recipe", "Accepted error"),
    "engine": QT_TRANSLATE_NOOP("Recipe", "Engine"),
    "seed": QT_TRANSLATE_NOOP("Recipe", "Seed"),
    "unfreeze": QT_TRANSLATE_NOOP("Recipe", "Blocks that learn"),
    "epochs": QT_TRANSLATE_NOOP("Recipe", "Rounds"),
    "learning_rate": QT_TRANSLATE_NOOP("Recipe", "Learning rate"),
    "block_factor": QT_TRANSLATE_NOOP("Recipe", "Slower by block"),
    "batch_size": QT_TRANSLATE_NOOP("Recipe", "Batch"),
    "label_smoothing": QT_TRANSLATE_NOOP("Recipe", "Label smoothing"),
    "mixup": QT_TRANSLATE_NOOP("Recipe", "Mixup"),
    "anchor": QT_TRANSLATE_NOOP("Recipe", "Pull to the pretrained"),
    "views": QT_TRANSLATE_NOOP("Recipe", "Altered copies"),
    "minutes": QT_TRANSLATE_NOOP("Recipe", "Minutes at most"),
}
_EXPLANATIONS = {
    "strategy": QT_TRANSLATE_NOOP("Recipe", "How the pretrained network is adapted to your images."),
    "backbone": QT_TRANSLATE_NOOP("Recipe", "The pretrained network. Larger ones see more and take longer on the box."),
    "head": QT_TRANSLATE_NOOP("Recipe", "What decides between the classes, on top of the network."),
    "strengths": QT_TRANSLATE_NOOP(
        "Recipe",
        "Values of C that cross-validation tries, separated by commas; empty or automatic head: the usual ones.",
    ),
    "class_weights": QT_TRANSLATE_NOOP(
        "Recipe", "Balanced: every class counts alike, however few images it has. Automatic: above ten to one."
    ),
    "folds": QT_TRANSLATE_NOOP("Recipe", "In how many parts the recordings are held out in turn, 2 to 20."),
    "accepted_error": QT_TRANSLATE_NOOP(
        "Recipe", "Share of wrong answers that is allowed, 0 to 1; less sure ones are answered “unknown”."
    ),
    "engine": QT_TRANSLATE_NOOP("Recipe", "What computes the network on this machine."),
    "seed": QT_TRANSLATE_NOOP("Recipe", "The same seed makes the same run again on the same machine."),
    "unfreeze": QT_TRANSLATE_NOOP("Recipe", "Blocks of the network that learn, from the top: a number, all or auto."),
    "epochs": QT_TRANSLATE_NOOP("Recipe", "Passes over the images, at most; 0: the usual number."),
    "learning_rate": QT_TRANSLATE_NOOP("Recipe", "Of the topmost block, above 0 to 1; the head learns faster."),
    "block_factor": QT_TRANSLATE_NOOP("Recipe", "How much slower a block learns than the one above it, 0 to 1."),
    "batch_size": QT_TRANSLATE_NOOP("Recipe", "Images of one step, 2 to 512."),
    "label_smoothing": QT_TRANSLATE_NOOP("Recipe", "Share of the target spread over all classes, 0 to below 1."),
    "mixup": QT_TRANSLATE_NOOP("Recipe", "How strongly pairs of images are mixed, 0 (off) to 10."),
    "anchor": QT_TRANSLATE_NOOP("Recipe", "How strongly each weight is held at its pretrained value, 0 to 10."),
    "views": QT_TRANSLATE_NOOP("Recipe", "Altered copies of each image that are used in turn, 1 to 64."),
    "minutes": QT_TRANSLATE_NOOP("Recipe", "After so long the best round so far is kept."),
}
FINE_TUNING = frozenset(
    {
        *("unfreeze", "epochs", "learning_rate", "block_factor", "batch_size"),
        *("label_smoothing", "mixup", "anchor", "views", "minutes"),
    }
)
"""Fields that say nothing to a probe."""
_VALUES = {
    ("strategy", "auto"): QT_TRANSLATE_NOOP("Recipe", "automatic: the better of probe and fine-tuning"),
    ("strategy", "probe"): QT_TRANSLATE_NOOP("Recipe", "probe: the network stays, a head is fitted"),
    ("strategy", "finetune"): QT_TRANSLATE_NOOP("Recipe", "fine-tune: the network learns too"),
    ("strategy", "scratch"): QT_TRANSLATE_NOOP("Recipe", "from scratch: nothing pretrained"),
    ("head", "logistic"): QT_TRANSLATE_NOOP("Recipe", "logistic regression"),
    ("head", "svm"): QT_TRANSLATE_NOOP("Recipe", "linear SVM"),
    ("head", "auto"): QT_TRANSLATE_NOOP("Recipe", "automatic: the best on held-out images"),
    ("head", "rbf"): QT_TRANSLATE_NOOP("Recipe", "SVM with a Gaussian kernel"),
    ("head", "mlp"): QT_TRANSLATE_NOOP("Recipe", "small neural network"),
    ("head", "prototypes"): QT_TRANSLATE_NOOP("Recipe", "prototypes (class means)"),
    ("class_weights", "balanced"): QT_TRANSLATE_NOOP("Recipe", "balanced"),
    ("", "auto"): QT_TRANSLATE_NOOP("Recipe", "automatic"),
    ("", "none"): QT_TRANSLATE_NOOP("Recipe", "none"),
    ("", "True"): QT_TRANSLATE_NOOP("Recipe", "yes"),
    ("", "False"): QT_TRANSLATE_NOOP("Recipe", "no"),
}


def title_of(name: str) -> str:
    """The title of a field in the user's language; its name where there is none."""
    return _translated(_TITLES[name]) if name in _TITLES else name.replace("_", " ").capitalize()


def explanation_of(name: str) -> str:
    """What a field decides: in the user's language, or as the recipe's own docstring says it."""
    return _translated(_EXPLANATIONS[name]) if name in _EXPLANATIONS else _docstrings().get(name, "")


def value_words(name: str, value: Any) -> str:
    """A value of a field in words; numbers in the user's notation."""
    known = _VALUES.get((name, str(value))) or _VALUES.get(("", str(value)))
    if known:
        return _translated(known)
    if name == "backbone" and value in REGISTRY:
        return REGISTRY[value].title
    if name == "head" and value in KINDS:
        return KINDS[value].description
    if isinstance(value, (tuple, list)):
        return ", ".join(value_words(name, each) for each in value) or "–"
    if isinstance(value, float):
        return QLocale().toString(value, "g", 6)
    return "–" if value is None else str(value)


def without_words() -> list[str]:
    """Fields of the recipe that have no title or no explanation here, and so none in other languages."""
    return [field.name for field in fields(Recipe) if field.name not in _TITLES or field.name not in _EXPLANATIONS]


def _translated(text: str) -> str:
    return QCoreApplication.translate("Recipe", text)


@cache
def _docstrings() -> dict[str, str]:
    """The texts that stand below the fields in the source of the recipe."""
    body = ast.parse(dedent(inspect.getsource(Recipe))).body[0]
    assert isinstance(body, ast.ClassDef)
    found = {}
    for statement, following in zip(body.body, body.body[1:], strict=False):
        if (
            isinstance(statement, ast.AnnAssign)
            and isinstance(statement.target, ast.Name)
            and isinstance(following, ast.Expr)
            and isinstance(following.value, ast.Constant)
        ):
            found[statement.target.id] = " ".join(str(following.value.value).replace("`", "").split())
    return found
