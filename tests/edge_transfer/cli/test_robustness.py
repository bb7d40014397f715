"""`edge-transfer robustness`, as a process."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from edge_transfer.dataset.project import Project
from edge_transfer.runs.run import Run

EDGE_TRANSFER = [sys.executable, "-c", "from edge_transfer.cli import main; main()", "robustness"]


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*EDGE_TRANSFER, *map(str, arguments)],
        env=dict(os.environ),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_it_writes_a_table_and_a_document(copied: tuple[Project, Run]) -> None:
    project, trained = copied
    done = run(project.root, "--pictures", "6", "--json")
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()
    found = json.loads(line)
    assert (found["run"], found["n"], found["of"], len(found["rows"])) == (trained.id, 6, 21, 31)
    assert json.loads((project.runs_dir / trained.id / "robustness-test.json").read_text())["n"] == 6
    done = run(project.root, "--pictures", "3")
    assert "defocus" in done.stdout
    assert "top-1" in done.stderr
    done = run(project.root, "--split", "validation")
    assert done.returncode == 2
    assert "one of train, val, test" in done.stderr
