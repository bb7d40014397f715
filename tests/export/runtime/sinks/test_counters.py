"""Counters of a watch, as Prometheus reads them."""

from __future__ import annotations

import numpy as np
import pytest

from export.runtime.bundle.predictor import Prediction, Watched
from export.runtime.inference.decision import Decision
from export.runtime.sinks.counters import Counters
from export.runtime.sources.frame import Frame, SourceState

EMPTY = np.zeros((0,), np.float32)


def watched(ms: float, left_out: int = 0, dropped: int = 0) -> Watched:
    decision = Decision("nut", 0.9, False, (("nut", 0.9),))
    frame = Frame(np.zeros((2, 2, 3), np.uint8), 0, 0.0)
    return Watched(frame, Prediction(decision, EMPTY, EMPTY, 0.0, ms), 1.0, left_out, dropped)


def values(text: str) -> dict[str, float]:
    found = [line.rpartition(" ") for line in text.splitlines() if not line.startswith("#")]
    return {name.removeprefix("edge_transfer_"): float(value) for name, _, value in found}


def test_what_is_counted() -> None:
    counters = Counters()
    for k in range(1, 101):
        counters.take(watched(float(k), left_out=2, dropped=k == 1), 'n"u\\t', unknown=k > 90)
    for state in ("lost", "connecting", "lost", "live", "live"):
        counters.take_state(SourceState(state, ""))
    found = values(counters.text([]))
    assert found["frames_total"] == 100
    assert found["frames_left_out_total"] == 200
    assert found["frames_dropped_total"] == 1
    assert found["unknown_total"] == 10
    assert found['answers_total{class="n\\"u\\\\t"}'] == 90
    assert found["reconnects_total"] == 1
    assert found["source_live"] == 1
    # Of 1 … 100 ms: the median is 50.5, the 95th percentile 95.05.
    assert found['answer_seconds{quantile="0.5"}'] == pytest.approx(0.0505)
    assert found['answer_seconds{quantile="0.95"}'] == pytest.approx(0.09505)


def test_where_drift_stands() -> None:
    counters = Counters()
    assert "drift" not in counters.text([])
    counters.set_drift(None, 2.5, False)
    assert {name: value for name, value in values(counters.text([])).items() if "drift" in name} == {
        "drift_threshold": 2.5,
        "drift": 0,
    }
    counters.set_drift(3.25, 2.5, True)
    found = values(counters.text([]))
    assert (found["drift_score"], found["drift_threshold"], found["drift"]) == (3.25, 2.5, 1)
