"""The proof of benchmarks/fine_tune_kills.py in a short form."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.mark.slow
def test_a_fine_tuning_that_is_killed_goes_on_and_ends_in_the_same_bits(tmp_path: Path) -> None:
    from benchmarks.fine_tune_kills import as_table, kills_of

    rows = list(kills_of(tmp_path, kills=2, seed=1, epochs=4))
    *kills, end = rows
    assert len(kills) == 2
    assert all(row["resumed"] for row in kills)
    assert end["same_weights"]
    assert end["same_weights_twice"]
    table = as_table(rows)
    assert "| yes |" in "\n".join(table.lines)
    assert not table.failure
    assert as_table([*kills, end | {"same_weights": False}]).failure
