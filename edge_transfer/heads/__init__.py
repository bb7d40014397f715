"""Classifiers on embeddings: their layers, fitting, selection by cross-validation, and confidence.

`layers`: a head as a few layers, the same in numpy, torch, ONNX and OpenVINO, kept without pickle.
`fitting`: fit a head of a given kind and strength: logistic, SVM, RBF, MLP or prototypes.
`svm`: solvers of the linear and the Gaussian-kernel support vector machine.
`model_selection`: choose the kind and strength of a head by cross-validation over groups.
`leave_group_out`: predictions of a ridge probe for each sample without its group, in one fit.
`confidence`: temperature and rejection threshold, fitted on held-out logits.
"""

from __future__ import annotations

from edge_transfer.heads.fitting import LINEAR_KINDS, fit_head, fit_linear
from edge_transfer.heads.layers import Head, Layer, LayeredHead, LinearHead, normalised, read_head
from edge_transfer.heads.model_selection import (
    AUTO,
    DEFAULT_STRENGTHS,
    CrossValidation,
    FoldDone,
    Trial,
    cross_validate,
)

__all__ = [
    "AUTO",
    "DEFAULT_STRENGTHS",
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
