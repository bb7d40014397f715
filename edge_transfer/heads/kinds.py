"""The kinds of head that can be fitted on embeddings. A kind is a fitting function and one row of `KINDS`.

The table imports nothing before a head is fitted: the command line reads it when it starts.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edge_transfer.heads.fitting import Fit, FitData

AUTO = "auto"
"""The kind that answers held-out samples best."""


@dataclass(frozen=True)
class Kind:
    """One kind of head. Whatever it computes, it is kept as layers, which `layers.read_head` reads."""

    name: str
    description: str
    """A few words for the window."""
    module: str
    function: str
    """Of `module`: takes FitData, the number of classes and whether a coarse fit will do; gives a Fit."""
    strengths: tuple[float, ...]
    """Inverse regularisation strengths C that its search begins with; it goes on beyond the end at which the best one
    lies."""
    linear: bool = False
    """It gives one matrix: a `LinearHead`."""
    has_strength: bool = True
    """Whether C changes anything; otherwise `strengths` holds one number, and there is no search."""
    tried_first: bool = False
    """`auto` tries it before the others, which are measured against it."""

    def fitter(self, rows: FitData, n_classes: int, coarse: bool) -> Fit:
        """Prepare the rows, to fit them at several strengths."""
        fit: Fit = getattr(import_module(self.module), self.function)(rows, n_classes, coarse)
        return fit


_FITTING = "edge_transfer.heads.fitting"
_ALL = (
    Kind("logistic", "logistic regression", _FITTING, "logistic", (0.003, 0.01, 0.03), linear=True),
    Kind("svm", "linear SVM", _FITTING, "svm", (0.0003, 0.001, 0.003), linear=True),
    Kind("rbf", "SVM with a Gaussian kernel", _FITTING, "rbf", (3.0, 10.0, 30.0), tried_first=True),
    Kind("mlp", "small neural network", _FITTING, "mlp", (0.1, 0.3, 1.0)),
    Kind(
        *("prototypes", "prototypes (class means)", _FITTING, "prototypes", (1.0,)),
        linear=True,
        has_strength=False,
    ),
)
KINDS: dict[str, Kind] = {kind.name: kind for kind in _ALL}


def kinds_in_turn() -> list[str]:
    """The names of all kinds in the order in which `auto` tries them."""
    return sorted(KINDS, key=lambda name: not KINDS[name].tried_first)
