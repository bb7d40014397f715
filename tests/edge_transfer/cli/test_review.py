"""The verb `review`: one document, or tables with class, suggestion, probability and file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from typer.testing import CliRunner

from edge_transfer.cli import app
from edge_transfer.dataset.project import Project
from edge_transfer.runs.run import Run


def test_review_as_json_and_as_tables(trained: tuple[Project, Run], random_weights: Callable[[str], Path]) -> None:
    arguments = ["review", str(trained[0].root), "--limit", "2", "--weights", str(random_weights("squeezenet"))]
    done = CliRunner().invoke(app, [*arguments, "--json"])
    assert done.exit_code == 0, done.output
    found = json.loads(next(line for line in done.output.splitlines() if line.startswith("{")))
    assert found["samples"] == 3 * (12 + 10 + 7)
    assert all(len(found[kind]) <= min(2, found["totals"][kind]) for kind in ("suspects", "duplicates", "outliers"))
    assert "images reviewed with" in CliRunner().invoke(app, arguments).output
