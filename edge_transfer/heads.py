"""Probe heads on embeddings: fitted with scikit-learn, kept as one matrix, chosen by cross-validation over groups.

Every head here is linear on L2-normalised embeddings, so that any of them becomes a few nodes of the exported graph.
"""

from __future__ import annotations

import warnings
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge_transfer.confidence import fit_temperature
from edge_transfer.errors import TrainingError
from export.runtime.files import atomic_write

DEFAULT_STRENGTHS: dict[str, tuple[float, ...]] = {
    "logistic": (0.001, 0.003, 0.01, 0.03, 0.1),
    "svm": (0.001, 0.003),
    "prototypes": (1.0,),
}
"""Inverse regularisation strengths C tried for each kind of head, on centred features of unit variance."""

_FOLDS_AT_ONCE = 2

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class LinearHead:
    """Logits from an embedding: `weight` @ embedding + `bias`, the embedding L2-normalised first where so marked."""

    weight: Floats
    """(C, D)."""
    bias: Floats
    """(C,)."""
    normalise: bool = True

    def logits(self, embedding: Floats) -> Floats:
        """Logits (N, C) of embeddings (N, D)."""
        features = normalised(embedding) if self.normalise else embedding
        return np.asarray(features @ self.weight.T + self.bias, np.float32)

    def save(self, path: Path) -> None:
        """Write as safetensors, atomically."""
        from safetensors.numpy import save

        tensors = {"weight": np.ascontiguousarray(self.weight), "bias": np.ascontiguousarray(self.bias)}
        atomic_write(path, save(tensors, {"normalise": str(self.normalise)}))

    @staticmethod
    def load(path: Path) -> LinearHead:
        """Read what `save` wrote. Raises TrainingError when it is missing or damaged."""
        from safetensors import SafetensorError, safe_open

        try:
            with safe_open(path, "np") as file:
                weight, bias = file.get_tensor("weight"), file.get_tensor("bias")
                normalise = (file.metadata() or {}).get("normalise") == "True"
        except (SafetensorError, OSError) as error:
            raise TrainingError(f"the checkpoint {path} is missing or damaged: {error}") from error
        return LinearHead(weight, bias, normalise)


@dataclass(frozen=True)
class Trial:
    """One regularisation strength of a cross-validation."""

    strength: float
    nll: float
    """Mean negative log-likelihood of the held-out samples, at the temperature that suits them best."""
    top1: float


@dataclass(frozen=True)
class CrossValidation:
    """What held-out folds say about the strengths, and the logits they gave."""

    trials: tuple[Trial, ...]
    chosen: float
    """The strength with the best held-out likelihood."""
    folds: int
    logits: Floats
    """(N, C) for the chosen strength; rows that were never held out are NaN."""
    held_out: NDArray[np.bool_]
    """(N,): the sample was held out once. A class with a single group cannot be."""


@dataclass(frozen=True)
class FoldDone:
    """Folds of the cross-validation that have been fitted at all strengths."""

    done: int
    total: int


def normalised(embedding: Floats) -> Floats:
    """Embeddings (N, D) scaled to length 1."""
    norms = np.linalg.norm(embedding, axis=1, keepdims=True)
    return np.asarray(embedding / np.maximum(norms, 1e-12), np.float32)


def fit_head(
    kind: str, embedding: Floats, labels: Integers, n_classes: int, strength: float, *, balanced: bool = False
) -> LinearHead:
    """Fit one head. Classes are 0 … n_classes-1; one without samples gets a logit no other falls below.

    Raises TrainingError when fewer than two classes have samples.
    """
    with _fitting():
        return _fit_path(kind, embedding, labels, n_classes, [strength], 1e-4, balanced)[0]


def cross_validate(
    kind: str,
    embedding: Floats,
    labels: Integers,
    groups: Integers,
    n_classes: int,
    strengths: Sequence[float],
    *,
    folds: int = 5,
    seed: int = 0,
    balanced: bool = False,
) -> Generator[FoldDone, None, CrossValidation]:
    """Hold out whole groups in turn and pick the strength.

    The strength with the best held-out likelihood wins. `groups` (N,) are capture sessions, or blocks of one.
    Raises TrainingError where no class has two groups.
    """
    from sklearn.model_selection import StratifiedGroupKFold

    groups_per_class = [len(np.unique(groups[labels == k])) for k in range(n_classes)]
    can_be_held_out = np.array([count >= 2 for count in groups_per_class])[labels]
    smallest = min((count for count in groups_per_class if count >= 2), default=0)
    if smallest == 0:
        raise TrainingError("no class has enough images to hold some out: record more")
    # liblinear takes several times as long as the logistic regression, and three folds rank its strengths as well.
    folds = min(folds, smallest, 3 if kind == "svm" else folds)
    # Class means have no strength.
    strengths = sorted(strengths or DEFAULT_STRENGTHS[kind]) if kind != "prototypes" else [1.0]
    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a class smaller than the number of folds is handled above
        parts = [(train, test[can_be_held_out[test]]) for train, test in splitter.split(embedding, labels, groups)]
    logits = np.full((len(strengths), len(labels), n_classes), np.nan, np.float32)

    def run_fold(part: tuple[Integers, Integers]) -> None:
        _, test = part
        train = np.setdiff1d(np.arange(len(labels)), test)
        # Where a session holds several classes, holding it out may take the last images of one: nothing can be said
        # about a class that the fold does not know.
        test = test[np.isin(labels[test], labels[train])]
        if len(np.unique(labels[train])) < 2:
            return
        # Coarser than the final fit, since the folds only rank the strengths; any coarser and the ranking changes.
        tolerance = 2e-1 if kind == "svm" else 3e-3
        heads = _fit_path(kind, embedding[train], labels[train], n_classes, strengths, tolerance, balanced)
        for k, head in enumerate(heads):
            logits[k, test] = head.logits(embedding[test])

    with ThreadPoolExecutor(_FOLDS_AT_ONCE) as pool:
        for start in range(0, folds, _FOLDS_AT_ONCE):
            # No fold is at work while the consumer has the turn, whose threads and warnings are its own.
            with _fitting():
                list(pool.map(run_fold, parts[start : start + _FOLDS_AT_ONCE]))
            yield FoldDone(min(start + _FOLDS_AT_ONCE, folds), folds)
    held_out = ~np.isnan(logits[0, :, 0])
    if not held_out.any():
        raise TrainingError("every capture session held out takes all images of a class: record more sessions")
    trials = [_trial(c, logits[k][held_out], labels[held_out]) for k, c in enumerate(strengths)]
    chosen = min(range(len(trials)), key=lambda k: trials[k].nll)
    return CrossValidation(tuple(trials), trials[chosen].strength, folds, logits[chosen], held_out)


def _trial(strength: float, logits: Floats, labels: Integers) -> Trial:
    # At its best temperature: an SVM's margins have a scale of their own.
    logits = logits / fit_temperature(logits, labels)
    shifted = logits - logits.max(1, keepdims=True)
    losses = np.log(np.exp(shifted).sum(1)) - shifted[np.arange(len(labels)), labels]
    return Trial(strength, float(losses.mean()), float((logits.argmax(1) == labels).mean()))


def _fit_path(
    kind: str,
    embedding: Floats,
    labels: Integers,
    n_classes: int,
    strengths: Sequence[float],
    tolerance: float,
    balanced: bool,
) -> list[LinearHead]:
    """Heads for ascending strengths; each starts from the one before, which saves most of the iterations."""
    features = normalised(embedding)
    mean = features.mean(0)
    scale = float(np.sqrt(((features - mean) ** 2).mean())) or 1.0
    centred = (features - mean) / scale
    present = np.unique(labels)
    if len(present) < 2:
        raise TrainingError("a head needs images of at least two classes")
    if kind == "prototypes":
        fitted = [_prototypes(centred, labels, present)]
    else:
        fitted = _fit_linear(kind, centred, labels, strengths, tolerance, balanced)
    heads = []
    for row_weight, row_bias in fitted:
        # Centring and scaling fold into the matrix. An absent class gets a logit that no other can fall below: the
        # features have length 1.
        weight, bias = row_weight / scale, row_bias - row_weight @ mean / scale
        lowest = float((bias - np.linalg.norm(weight, axis=1)).min())
        full_weight = np.zeros((n_classes, embedding.shape[1]), np.float32)
        full_bias = np.full(n_classes, min(-20.0, lowest), np.float32)
        full_weight[present], full_bias[present] = weight, bias
        heads.append(LinearHead(full_weight, full_bias))
    return heads


def _fit_linear(
    kind: str, features: Floats, labels: Integers, strengths: Sequence[float], tolerance: float, balanced: bool
) -> list[tuple[Floats, Floats]]:
    from sklearn.linear_model import LogisticRegression
    from sklearn.svm import LinearSVC

    weights = "balanced" if balanced else None
    if kind == "svm":
        model = LinearSVC(tol=max(tolerance, 1e-1), class_weight=weights, dual=True, random_state=0, max_iter=300)
    else:
        model = LogisticRegression(tol=tolerance, class_weight=weights, warm_start=True, max_iter=500)
    fitted = []
    for strength in strengths:
        model.set_params(C=strength)
        model.fit(features, labels)
        weight, bias = np.array(model.coef_, np.float32), np.array(model.intercept_, np.float32)
        if len(weight) == 1:  # two classes: one row, the second against the first
            half = np.float32(0.5)
            weight, bias = np.concatenate([-weight, weight]) * half, np.concatenate([-bias, bias]) * half
        fitted.append((weight, bias))
    return fitted


def _prototypes(features: Floats, labels: Integers, present: Integers) -> tuple[Floats, Floats]:
    """Nearest class mean (Mensink et al., 2013) as a linear head."""
    means = np.stack([features[labels == k].mean(0) for k in present])
    spread = float(np.mean((features - means[np.searchsorted(present, labels)]) ** 2) * features.shape[1]) or 1.0
    return (
        np.asarray(means * features.shape[1] / spread / 10, np.float32),
        np.asarray(-0.5 * (means**2).sum(1) * features.shape[1] / spread / 10, np.float32),
    )


@contextmanager
def _fitting() -> Iterator[None]:
    """One BLAS thread, and no warning of an early stop. Both hold for the whole process, so not inside the threads.

    On two cores, two BLAS threads fight with the folds' threads and take ten times as long. The solvers stop early at
    the highest strengths only, and the folds judge the result.
    """
    from sklearn.exceptions import ConvergenceWarning
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1, "blas"), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        yield
