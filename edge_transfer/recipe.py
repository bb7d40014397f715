"""The hyperparameters of a run: validated, with units, written to `recipe.json`."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from typing import Any

from edge_transfer.errors import TrainingError
from export.runtime.engine import ENGINES

STRATEGIES = ("probe",)
HEADS = ("logistic", "svm", "prototypes")
CLASS_WEIGHTS = ("auto", "balanced", "none")


@dataclass(frozen=True)
class Recipe:
    """Everything that decides a run besides the samples. Raises TrainingError for a value outside its range."""

    strategy: str = "probe"
    """`probe`: the backbone stays frozen, a head is fitted on its embeddings."""
    backbone: str = "mobilenet_v2"
    """A name of `edge_transfer.backbones.REGISTRY`."""
    head: str = "logistic"
    """`logistic`, `svm` (linear) or `prototypes` (class means)."""
    strengths: tuple[float, ...] = ()
    """Inverse regularisation strengths C that cross-validation tries, positive; empty for the head's own."""
    class_weights: str = "auto"
    """`balanced` weighs every class alike, `none` every image; `auto` balances above ten to one."""
    folds: int = 5
    """Folds of the cross-validation over capture sessions, 2 to 20."""
    accepted_error: float = 0.05
    """Share of wrong answers allowed among those that are not `unknown`, 0 to 1; sets the rejection threshold."""
    engine: str = "auto"
    """Engine that computes the embeddings."""
    seed: int = 0

    def __post_init__(self) -> None:
        self._need(self.strategy in STRATEGIES, "strategy", f"one of {', '.join(STRATEGIES)}")
        self._need(isinstance(self.backbone, str), "backbone", "a name")
        self._need(self.head in HEADS, "head", f"one of {', '.join(HEADS)}")
        self._need(all(0 < c < 1e9 for c in self.strengths), "strengths", "positive numbers")
        self._need(self.class_weights in CLASS_WEIGHTS, "class_weights", f"one of {', '.join(CLASS_WEIGHTS)}")
        self._need(type(self.folds) is int and 2 <= self.folds <= 20, "folds", "2 to 20")
        self._need(0 <= self.accepted_error <= 1, "accepted_error", "0 to 1")
        self._need(self.engine in ("auto", *ENGINES), "engine", f"auto, {', '.join(ENGINES)}")
        self._need(type(self.seed) is int and 0 <= self.seed < 2**32, "seed", "a whole number from 0")

    def _need(self, holds: bool, name: str, allowed: str) -> None:
        if not holds:
            raise TrainingError(f"{name} is {getattr(self, name)!r}; allowed is {allowed}")

    def to_json(self) -> dict[str, Any]:
        """This recipe as JSON values."""
        return {**asdict(self), "strengths": list(self.strengths)}

    @staticmethod
    def from_json(text: str) -> Recipe:
        """Read a recipe; what it leaves out is the default. Raises TrainingError for an unknown name or bad value."""
        try:
            values = json.loads(text)
            unknown = set(values) - {field.name for field in fields(Recipe)}
            if unknown:
                raise TrainingError(f"unknown in a recipe: {', '.join(sorted(unknown))}")
            return Recipe(**{**values, "strengths": tuple(float(c) for c in values.get("strengths", ()))})
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise TrainingError(f"unusable recipe: {error!r}") from error
