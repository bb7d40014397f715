from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from edge_transfer.cli import app
from edge_transfer.heads import KINDS, LinearHead, fit_head, read_head
from edge_transfer.heads.kinds import Kind, kinds_in_turn
from edge_transfer.heads.model_selection import cross_validate
from edge_transfer.runs.recipe import HEADS, Recipe
from export.runtime.events import exhaust


@pytest.mark.parametrize("name", KINDS)
def test_a_row_says_what_its_head_is_and_every_head_can_be_read_again(name: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    labels = np.arange(30) % 3
    vectors = (rng.normal(0, 0.3, (30, 8)) + np.eye(3, 8)[labels]).astype(np.float32)
    head = fit_head(name, vectors, labels, 3, KINDS[name].strengths[0])
    assert isinstance(head, LinearHead) == KINDS[name].linear
    if not KINDS[name].has_strength:
        assert len(KINDS[name].strengths) == 1
    head.save(tmp_path / "head.safetensors")
    assert np.array_equal(read_head(tmp_path / "head.safetensors").logits(vectors), head.logits(vectors))


def test_every_kind_is_offered() -> None:
    shown = CliRunner().invoke(app, ["train", "--help"], env={"COLUMNS": "300", "TERM": "dumb"}).output
    assert all(f"`{name}`" in shown for name in HEADS)
    assert all(Recipe(head=name).head == name for name in KINDS)


def test_a_further_row_is_fitted_and_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    later = Kind("later", "for this test", "edge_transfer.heads.fitting", "logistic", (0.01,), linear=True)
    monkeypatch.setitem(KINDS, "later", later)
    assert kinds_in_turn()[-1] == "later"
    rng = np.random.default_rng(0)
    labels = np.arange(40) % 2
    vectors = (rng.normal(0, 0.3, (40, 4)) + np.eye(2, 4)[labels]).astype(np.float32)
    found = exhaust(cross_validate("later", vectors, labels, np.arange(40) // 2, 2, (0.01,)))
    assert (found.head, found.chosen) == ("later", 0.01)
    # `auto` searches every kind, this one as well.
    found = exhaust(cross_validate("auto", vectors, labels, np.arange(40) // 2, 2))
    assert {trial.head for trial in found.candidates} == set(KINDS)


def test_the_table_is_read_without_numpy() -> None:
    code = "import sys; from edge_transfer.heads import KINDS; print(len(KINDS), 'numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(len(KINDS)), "False"]
