"""Probe heads on embeddings: what they compute, how they are fitted, and how one of them is chosen."""

from __future__ import annotations

from edge_transfer.choosing import AUTO, DEFAULT_STRENGTHS, CrossValidation, FoldDone, Trial, cross_validate
from edge_transfer.fitting import LINEAR_KINDS, fit_head, fit_linear
from edge_transfer.layers import Head, Layer, LayeredHead, LinearHead, normalised, read_head

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
