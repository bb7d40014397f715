"""The proof of benchmarks/fine_tune_kills.py in a short form."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.slow
def test_a_fine_tuning_that_is_killed_goes_on_and_ends_in_the_same_bits() -> None:
    from benchmarks.fine_tune_kills import as_markdown, measure

    found: dict[str, Any] = measure(kills=2, seed=1, epochs=4)
    assert len(found["kills"]) == 2
    assert all(row["resumed"] for row in found["kills"])
    assert found["same_weights"]
    assert found["same_weights_twice"]
    assert "| yes |" in as_markdown({**found, "machine": "here", "load": [0.0], "seed": 1})
