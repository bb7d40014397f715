"""The plot of the embeddings: what lies inside a lasso."""

from __future__ import annotations

import numpy as np


def test_the_odd_even_rule_against_arithmetic() -> None:
    from gui.pages.review.embedding_plot import inside

    rng = np.random.default_rng(3)
    points = rng.uniform(0, 1, (5000, 2)).astype(np.float32)
    triangle = np.array([[0.1, 0.1], [0.9, 0.2], [0.4, 0.9]])

    def side(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return (b[0] - a[0]) * (points[:, 1] - a[1]) - (b[1] - a[1]) * (points[:, 0] - a[0])

    sides = np.stack([side(triangle[k], triangle[(k + 1) % 3]) for k in range(3)])
    clear = np.abs(sides).min(axis=0) > 0.003
    exact = (sides > 0).all(axis=0)
    assert (inside(points, triangle)[clear] == exact[clear]).all()
    assert clear.mean() > 0.9
