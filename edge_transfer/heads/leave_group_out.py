"""Leave-group-out predictions of a linear probe in closed form, from a single fit."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from edge_transfer.dataset.splits import class_remains

RIDGE = 0.1
"""Regularisation, as a share of what all samples weigh; measured on TrashNet, where 0.03 to 0.3 are alike."""

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]


def held_out_scores(features: Floats, labels: Integers, groups: Integers, n_classes: int) -> Floats:
    """Scores (N, C) of each sample with its whole group held out; NaN where the group holds all images of its class.

    From features (N, D), whose length carries nothing, labels (N,) and groups (N,). The probe is regularised least
    squares with equal weight for each class; what it says without a group follows exactly from the fit with all
    samples (Rifkin and Lippert, Notes on Regularized Least Squares, 2007).
    """
    scores = np.full((len(labels), n_classes), np.nan, np.float32)
    counts = np.bincount(labels, minlength=n_classes)
    weight = np.sqrt(1 / counts[labels]).astype(np.float32)[:, None]
    rows = features - features.mean(0)
    rows /= np.sqrt((rows**2).sum(1).mean()) or 1.0
    rows = np.concatenate([rows, np.ones((len(rows), 1), np.float32)], 1) * weight
    targets = np.eye(n_classes, dtype=np.float32)[labels]
    # The smaller of the two systems: as many unknowns as features, or as samples.
    ridge = RIDGE * np.count_nonzero(counts) / len(labels)
    primal = len(rows) > rows.shape[1]
    inner = np.asarray(rows.T @ rows if primal else rows @ rows.T, np.float64)
    inner[np.diag_indices_from(inner)] += ridge
    inverse = np.linalg.inv(inner).astype(np.float32)
    # With `other`, the part of the hat matrix that belongs to a group is half[held] @ other[held].T.
    half, other = (rows @ inverse, rows) if primal else (rows @ rows.T @ inverse, None)
    moments = rows.T @ (targets * weight) if primal else targets * weight
    fitted = half @ moments
    for held in _groups(groups):
        known = class_remains(labels, held, counts)
        if not known.any():
            continue
        mine, wanted = rows[held], targets[held] * weight[held]
        if primal and len(held) > rows.shape[1]:
            answer = mine @ np.linalg.solve(inner - mine.T @ mine, moments - mine.T @ wanted)
        else:
            hat = half[held] @ other[held].T if other is not None else half[np.ix_(held, held)]
            answer = wanted - np.linalg.solve(np.eye(len(held)) - hat, wanted - fitted[held])
        scores[held[known]] = (answer / weight[held])[known]
    return scores


def _groups(groups: Integers) -> list[Integers]:
    """The rows of each group."""
    order = np.argsort(groups, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(groups[order])) + 1)
