"""Classifiers on embeddings: their layers, fitting, selection by cross-validation, and confidence.

`kinds`: table of the kinds of head, with their strengths and descriptions.
`layers`: a head as a few layers, the same in numpy, torch, ONNX and OpenVINO, kept without pickle.
`fitting`: fit a head of a given kind and strength: logistic, SVM, RBF, MLP or prototypes.
`svm`: solvers of the linear and the Gaussian-kernel support vector machine.
`model_selection`: choose the kind and strength of a head by cross-validation over groups.
`leave_group_out`: predictions of a ridge probe for each sample without its group, in one fit.
`confidence`: temperature and rejection threshold, fitted on held-out logits.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from edge_transfer.heads.kinds import AUTO, KINDS

if TYPE_CHECKING:
    from edge_transfer.heads.fitting import LINEAR_KINDS, fit_head, fit_linear
    from edge_transfer.heads.layers import Head, Layer, LayeredHead, LinearHead, normalised, read_head
    from edge_transfer.heads.model_selection import (
        DEFAULT_STRENGTHS,
        CrossValidation,
        FoldDone,
        Trial,
        cross_validate,
    )

__all__ = [
    "AUTO",
    "DEFAULT_STRENGTHS",
    "KINDS",
    "LINEAR_KINDS",
    "CrossValidation",
    "FoldDone",
    "Head",
    "Layer",
    "LayeredHead",
    "LinearHead",
    "Trial",
    "cross_validate",
    "fit_head",
    "fit_linear",
    "normalised",
    "read_head",
]


def __getattr__(name: str) -> Any:
    """Everything but the table is imported when it is first asked for: the table is read where numpy must not be."""
    if name in __all__:
        for module in ("layers", "fitting", "model_selection"):
            found = vars(import_module(f"{__name__}.{module}"))
            if name in found:
                globals()[name] = found[name]
                return found[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
