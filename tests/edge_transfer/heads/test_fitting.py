"""Each kind of head against what scikit-learn computes, and what all of them promise."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_transfer.errors import TrainingError
from edge_transfer.heads import DEFAULT_STRENGTHS, LayeredHead, normalised
from edge_transfer.heads.fitting import (
    LINEAR_KINDS,
    are_unbalanced,
    class_weights,
    fit_head,
    fit_linear,
    principal_axes,
)

KINDS = tuple(DEFAULT_STRENGTHS)

Rows = tuple[NDArray[np.float32], NDArray[np.int64]]


def clouds(counts: list[int], dimensions: int = 24, spread: float = 1.2, seed: int = 0) -> Rows:
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(len(counts)), counts)
    vectors = rng.normal(0, 1, (len(counts), dimensions))[labels] + rng.normal(0, spread, (len(labels), dimensions))
    return (vectors + 2).astype(np.float32), labels


def unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """As a head sees embeddings: normalised, centred, scaled by one number."""
    features = normalised(rows)
    features = features - features.mean(0)
    return np.asarray(features / np.sqrt((features**2).mean()), np.float32)


@pytest.mark.parametrize("classes", [2, 3])
def test_the_folded_network_says_what_the_network_says(classes: int) -> None:
    from sklearn.neural_network import MLPClassifier

    vectors, labels = clouds([30, 20, 25][:classes])
    head = fit_head("mlp", vectors, labels, classes, 0.3)
    features = unit(vectors)
    inputs = features @ principal_axes(features, 128).T
    inputs /= np.sqrt((inputs**2).mean())
    reference = MLPClassifier((64,), solver="lbfgs", alpha=1 / 0.3, max_iter=200, random_state=0).fit(inputs, labels)
    logits = head.logits(vectors)
    shares = np.exp(logits - logits.max(1, keepdims=True))
    assert shares / shares.sum(1, keepdims=True) == pytest.approx(reference.predict_proba(inputs), abs=1e-3)


def test_prototypes_are_cosines_to_the_class_means() -> None:
    from sklearn.metrics.pairwise import cosine_similarity

    vectors, labels = clouds([30, 20, 25])
    logits = fit_linear("prototypes", vectors, labels, 3, 1.0).logits(vectors)
    rows = normalised(vectors)
    cosines = cosine_similarity(vectors, np.stack([rows[labels == k].mean(0) for k in range(3)]))
    assert logits / logits[0, 0] == pytest.approx(cosines / cosines[0, 0], abs=1e-4)


def test_prototypes_are_as_sure_with_any_number_of_dimensions_and_never_sure_beyond_reason() -> None:
    vectors, labels = clouds([30, 20, 25])
    logits = fit_linear("prototypes", vectors, labels, 3, 1.0).logits(vectors)
    twice = np.concatenate([vectors, vectors], 1)
    assert fit_linear("prototypes", twice, labels, 3, 1.0).logits(twice) == pytest.approx(logits, rel=1e-4)
    points = np.eye(3, dtype=np.float32)[labels]
    assert np.abs(fit_linear("prototypes", points, labels, 3, 1.0).logits(points)).max() == pytest.approx(100)


def test_principal_axes_are_those_of_the_covariance_whichever_way_they_are_found() -> None:
    rng = np.random.default_rng(0)
    rows = (rng.normal(size=(300, 40)) * np.geomspace(10, 0.1, 40)).astype(np.float32)
    rows -= rows.mean(0)
    exact, quick = principal_axes(rows, 40), principal_axes(rows, 4)
    assert exact.shape == (40, 40)
    assert quick.shape == (4, 40)
    assert quick @ quick.T == pytest.approx(np.eye(4), abs=1e-4)
    assert np.abs((quick * exact[:4]).sum(1)) == pytest.approx(np.ones(4), abs=1e-3)


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_rows_give_the_same_bits(kind: str) -> None:
    vectors, labels = clouds([40, 30, 25])
    one, same = (fit_head(kind, vectors, labels, 3, DEFAULT_STRENGTHS[kind][0]) for _ in range(2))
    for a, b in zip(one.layers, same.layers, strict=True):
        assert (a.weight is None and b.weight is None) or np.array_equal(a.weight, b.weight)
        assert (a.bias is None and b.bias is None) or np.array_equal(a.bias, b.bias)


@pytest.mark.parametrize("kind", KINDS)
def test_one_image_a_class_is_learned(kind: str) -> None:
    vectors, labels = clouds([1, 1, 1], spread=0.1)
    head = fit_head(kind, vectors, labels, 3, 1.0)
    assert head.logits(vectors).argmax(1).tolist() == [0, 1, 2]


@pytest.mark.parametrize("kind", ["svm", "rbf", "mlp"])
def test_balancing_answers_for_the_small_class(kind: str) -> None:
    vectors, labels = clouds([300, 8], spread=2.5)
    others, truth = clouds([300, 300], spread=2.5)
    strength = 0.1 if kind == "mlp" else 0.003
    rows = [fit_head(kind, vectors, labels, 2, strength, balanced=each).logits(others) for each in (False, True)]
    recall = [(logits[truth == 1].argmax(1) == 1).mean() for logits in rows]
    assert recall[1] > recall[0]


def test_only_linear_heads_are_matrices() -> None:
    vectors, labels = clouds([20, 20])
    for kind in KINDS:
        if kind in LINEAR_KINDS:
            assert fit_linear(kind, vectors, labels, 2, 0.01).weight.shape == (2, 24)
        else:
            assert isinstance(fit_head(kind, vectors, labels, 2, 0.1), LayeredHead)
            with pytest.raises(TrainingError, match="not linear"):
                fit_linear(kind, vectors, labels, 2, 0.1)


@pytest.mark.parametrize("kind", ["auto", "tree"])
def test_an_unknown_kind_is_refused(kind: str) -> None:
    vectors, labels = clouds([20, 20])
    with pytest.raises(TrainingError, match="unknown head"):
        fit_head(kind, vectors, labels, 2, 0.1)


def test_balance_of_classes() -> None:
    assert [are_unbalanced(np.array(counts)) for counts in ([10, 1], [11, 1], [10, 0], [11, 0])] == [False, True] * 2
    weights = class_weights(np.array([30, 10, 20]))
    assert weights * [30, 10, 20] == pytest.approx([20, 20, 20])
    assert weights.dtype == np.float32
