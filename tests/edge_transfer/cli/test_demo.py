"""The demo, begun and then done in one folder, with nothing but what the package brings."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from edge_transfer.cli.demo import CLASSES, run_demo
from edge_transfer.errors import CheckFailed, ProjectError
from export.runtime.events import exhaust


@pytest.mark.slow
def test_the_whole_job_in_the_folder_of_one_that_was_cancelled(tmp_path: Path) -> None:
    cancelled = run_demo(tmp_path / "out")
    while next(cancelled).stage != "embed":
        pass
    cancelled.close()
    demo = exhaust(run_demo(tmp_path / "out"))
    assert demo.run.recipe.backbone == "builtin"
    assert demo.evaluation.classes == list(CLASSES)
    assert demo.evaluation.top1 >= 0.97
    assert demo.evaluation.split == "test"
    assert demo.evaluation.optimistic_reasons == []
    assert demo.predicted == 20
    assert demo.predicted_right >= 19
    assert demo.report.read_text("utf-8").startswith("<!DOCTYPE html>")
    assert {entry.name for entry in (tmp_path / "out").iterdir()} == {
        "DEMO",
        "project",
        "bundle",
        "unseen",
        "report.html",
    }

    # What the demo proves is that the bundle needs no torch: with it blocked, the project's own export does not run.
    blocked = "import sys; sys.modules['torch'] = None; import export.bundling.bundle"
    child = subprocess.run([sys.executable, "-c", blocked], env=os.environ, capture_output=True, text=True, check=False)
    assert "torch" in child.stderr
    assert child.returncode != 0

    # A damaged bundle ends it with what the box would say.
    from edge_transfer.cli import demo as module

    (demo.exported.path / "labels.txt").write_text("nut\n")
    with pytest.raises(CheckFailed, match=r"labels\.txt does not match its checksum"):
        module._predict_elsewhere(demo.exported.path, [next((tmp_path / "out" / "unseen").iterdir())])


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("precious")
    with pytest.raises(ProjectError, match="holds something else"):
        exhaust(run_demo(tmp_path))
    assert (tmp_path / "thesis.txt").read_text() == "precious"
    assert len(list(tmp_path.iterdir())) == 1
