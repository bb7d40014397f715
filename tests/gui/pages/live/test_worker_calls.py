"""The calls of the worker."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from export.bundling.drift_statistics import fit_reference
from export.runtime.bundle.predictor import Predictor
from export.runtime.inference.drift import HOLD, WINDOW, DriftWatch
from gui.pages.live.worker_calls import _Place


def test_drift_in_the_worker_begins_anew_with_another_source(sure: Path) -> None:
    """The bundle's own statistics, in this process: frames that go on, and an index that goes back."""
    vectors = np.random.default_rng(0).uniform(1, 2, (200, 12)).astype(np.float32)
    reference = fit_reference(vectors, np.arange(200) % 5, np.full(200, -1), "200 pictures")
    place = _Place(Predictor.open(sure, "onnxruntime"), DriftWatch(reference))
    away = np.array([9.0] + [1.0] * 11, np.float32)
    assert [place.drifting(index, away) for index in range(100)].count(True) == 100 - WINDOW - HOLD + 2
    assert not place.drifting(0, away)
    assert Predictor.open(sure, "onnxruntime").drift is not None, "an exported bundle has statistics"
    assert not _Place(place.predictor, None).drifting(0, away)
