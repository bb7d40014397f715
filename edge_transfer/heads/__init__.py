"""Probe heads on embeddings: what they compute, how they are fitted, and how one of them is chosen."""

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
