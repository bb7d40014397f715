"""Calibrate confidence on held-out logits: the temperature and the rejection threshold."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge_transfer.dataset.splits import FEWEST_SAMPLES
from export.runtime.inference.decision import Confidence, softmax

_DEFAULT_THRESHOLD = 0.5
_REJECTED_RIGHT_ANSWERS = 0.02


def fit_confidence(
    logits: NDArray[np.float32], labels: NDArray[np.int64], *, accepted_error: float = 0.05
) -> Confidence:
    """Fit both numbers on held-out logits (N, C) and labels (N,).

    Temperature: least negative log-likelihood (Guo et al., On Calibration of Modern Neural Networks, 2017).
    Threshold: the smallest at which at most `accepted_error` of the answers that remain are wrong (El-Yaniv and
    Wiener, 2010), but at least what 2 % of the right answers fall below, so that a picture unlike all classes can be
    `unknown` also where validation is perfect. With fewer than 20 samples: temperature 1, threshold 0.5.
    """
    if len(labels) < FEWEST_SAMPLES:
        return Confidence(1.0, _DEFAULT_THRESHOLD)
    temperature = fit_temperature(logits, labels)
    probabilities = softmax(logits, temperature)
    answers = probabilities.argmax(1)
    top = probabilities.max(1)
    right = answers == labels
    floor = float(np.quantile(top[right], _REJECTED_RIGHT_ANSWERS)) if right.any() else 1.0
    return Confidence(temperature, min(1.0, max(floor, _selective_threshold(top, right, accepted_error))))


def fit_temperature(logits: NDArray[np.float32], labels: NDArray[np.int64]) -> float:
    """The temperature at which logits (N, C) suit the labels (N,) best, 0.02 to 50.

    N samples without a mistake do not prove that there never will be one: the true class counts (N + 1) / (N + C), as
    in Platt, Probabilistic Outputs for Support Vector Machines, 1999, so that the confidence stays finite.
    """
    from scipy.optimize import minimize_scalar

    scores = logits.astype(np.float64)
    n, n_classes = scores.shape
    targets = np.full((n, n_classes), 1 / (n + n_classes))
    targets[np.arange(n), labels] = (n + 1) / (n + n_classes)

    def loss(log_temperature: float) -> float:
        scaled = scores / np.exp(log_temperature)
        scaled -= scaled.max(1, keepdims=True)
        return float((np.log(np.exp(scaled).sum(1)) - (targets * scaled).sum(1)).mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-3.9, 3.9), method="bounded").x))


def held_out_losses(logits: NDArray[Any], labels: NDArray[np.int64]) -> NDArray[Any]:
    """Negative log-likelihoods (N,) of labels (N,) under logits (N, C) at the temperature that suits them best.

    In the precision of the logits. Without a temperature the losses of heads could not be compared: an SVM's margins
    have a scale of their own.
    """
    scaled = logits / fit_temperature(logits, labels)
    scaled = scaled - scaled.max(1, keepdims=True)
    losses: NDArray[Any] = np.log(np.exp(scaled).sum(1)) - scaled[np.arange(len(labels)), labels]
    return losses


def held_out_loss(logits: NDArray[np.float32], labels: NDArray[np.int64]) -> float:
    """Mean of `held_out_losses` in double precision."""
    return float(held_out_losses(logits.astype(np.float64), labels).mean())


def _selective_threshold(top: NDArray[np.float64], right: NDArray[np.bool_], accepted_error: float) -> float:
    """The smallest confidence above which at most `accepted_error` of the answers are wrong; 1 if there is none."""
    order = np.argsort(-top, kind="stable")
    errors = np.cumsum(~right[order]) / np.arange(1, len(order) + 1)
    # A threshold keeps all answers of equal confidence or none: only the last of them can be a limit.
    last = np.append(np.diff(top[order]) != 0, True)
    allowed = np.flatnonzero((errors <= accepted_error) & last)
    return float(top[order[allowed[-1]]]) if len(allowed) else 1.0
