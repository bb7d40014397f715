"""Validated hyperparameters of a run, with units, saved as `recipe.json`."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge_transfer.dataset.splits import FOLDS
from edge_transfer.errors import TrainingError
from edge_transfer.heads.fitting import are_unbalanced
from edge_transfer.heads.kinds import AUTO, KINDS
from export.runtime.inference.engine import ENGINES

STRATEGIES = ("auto", "probe", "finetune", "scratch")
HEADS = (AUTO, *KINDS)
CLASS_WEIGHTS = ("auto", "balanced", "none")
MOST_BLOCKS = 1000


@dataclass(frozen=True)
class Recipe:
    """Everything that decides a run besides the samples. Raises TrainingError for a value outside its range."""

    strategy: str = "auto"
    """`probe`: the backbone stays frozen, a head is fitted on its embeddings. `finetune`: the upper blocks of the
    backbone learn as well, from that head on. `scratch`: random weights, for comparison. `auto`: the probe, then
    fine-tuning where it is expected to pay; the better on held-out samples is kept."""
    backbone: str = "mobilenet_v2"
    """A name of `edge_transfer.backbones.registry.REGISTRY`."""
    head: str = "auto"
    """`logistic`, `svm` (linear), `rbf` (support vector machine with a Gaussian kernel), `mlp` (a small neural
    network) or `prototypes` (cosine to the class means). `auto`: the one that answers held-out samples best."""
    strengths: tuple[float, ...] = ()
    """Inverse regularisation strengths C that cross-validation tries, positive; empty for the head's own, and further
    ones where the best lies at their end. `auto` takes each head's own."""
    class_weights: str = "auto"
    """`balanced` weighs every class alike, `none` every image; `auto` balances above ten to one."""
    folds: int = FOLDS
    """Folds of the cross-validation over capture sessions, 2 to 20."""
    accepted_error: float = 0.05
    """Share of wrong answers allowed among those that are not `unknown`, 0 to 1; sets the rejection threshold."""
    engine: str = "auto"
    """Engine that computes the embeddings."""
    seed: int = 0
    """The same seed makes the same run again on the same machine."""
    unfreeze: str = "auto"
    """Blocks of the backbone that learn in a fine-tuning, counted from the top: a number from 0, `all` or `auto`."""
    epochs: int = 0
    """Passes over the training images, 1 to 1000; 0 for the strategy's own number. Early stopping may end sooner."""
    learning_rate: float = 0.0
    """Highest learning rate of the topmost block, up to 1; the head learns five times as fast. 0 lets the number of
    images decide."""
    block_factor: float = 0.85
    """Each block learns so much slower than the one above it, above 0 to 1."""
    batch_size: int = 32
    """Images of a step, 2 to 512; fewer where there are few images."""
    label_smoothing: float = 0.1
    """Share of the target that is spread over all classes, 0 to below 1."""
    mixup: float = 0.0
    """Parameter of the Beta distribution that mixes pairs of images, 0 (off) to 10."""
    anchor: float = 0.01
    """Pull of every weight towards its pretrained value, for each unit of the learning rate; 0 to 10."""
    views: int = 6
    """Altered copies of each image that are computed once and used in turn, 1 to 64."""
    minutes: float = 30.0
    """Training stops after so many minutes of epochs and keeps the best so far; above 0."""

    def balances(self, counts: NDArray[np.int64]) -> bool:
        """Whether every class weighs the same in a training with so many images of each (C,)."""
        return are_unbalanced(counts) if self.class_weights == "auto" else self.class_weights == "balanced"

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
        blocks = isinstance(self.unfreeze, str) and (self.unfreeze in ("auto", "all") or self._is_number(self.unfreeze))
        self._need(blocks, "unfreeze", f"auto, all, or a number from 0 to {MOST_BLOCKS}")
        self._need(type(self.epochs) is int and 0 <= self.epochs <= 1000, "epochs", "0 to 1000")
        self._need(0 <= self.learning_rate <= 1, "learning_rate", "0 to 1")
        self._need(0 < self.block_factor <= 1, "block_factor", "above 0 to 1")
        self._need(type(self.batch_size) is int and 2 <= self.batch_size <= 512, "batch_size", "2 to 512")
        self._need(0 <= self.label_smoothing < 1, "label_smoothing", "0 to below 1")
        self._need(0 <= self.mixup <= 10, "mixup", "0 to 10")
        self._need(0 <= self.anchor <= 10, "anchor", "0 to 10")
        self._need(type(self.views) is int and 1 <= self.views <= 64, "views", "1 to 64")
        self._need(0 < self.minutes < 1e6, "minutes", "above 0")

    @staticmethod
    def _is_number(text: str) -> bool:
        return text.isascii() and text.isdigit() and int(text[:9]) <= MOST_BLOCKS

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
