"""The command line as a person uses it: a process, its exit code, its two streams."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.edge_transfer.cli.conftest import run


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["info", "nowhere"], "nowhere"),
        (["train", "{project}"], "no image in the split 'train'"),
        (["train", "{project}", "--backbone", "alexnet"], "unknown backbone 'alexnet'"),
        (["train", "{project}", "--head", "oracle"], "head is 'oracle'"),
        (["train", "{project}", "--strengths", "a,b"], "--strengths must be numbers"),
        (["evaluate", "{project}"], "there is no run"),
        (["export", "{project}", "--run", "x"], "there is no run 'x'"),
        (["import", "{project}", "missing.csv", "--layout", "csv"], "missing.csv"),
        (["import", "{project}", ".", "--layout", "coco"], "unknown layout 'coco'"),
        (["import", "{project}", "{project}", "--layout", "field"], "is no ring of frames, it has no ring.json"),
        (["capture", "{project}", "--source", "missing.mp4", "--class", "a"], "missing.mp4"),
        (["capture", "{project}", "--source", "0", "--class", "a", "--fps", "-1"], "--fps -1"),
        (["verify", "{project}"], "manifest.json"),
        (["predict", "{project}", "a.jpg"], "manifest.json"),
        (["new", "{project}"], "not an empty folder"),
        (["undo", "{project}", "--redo"], "nothing to redo"),
    ],
)
def test_wrong_use_is_exit_code_2_and_one_sentence(tmp_path: Path, arguments: list[str], message: str) -> None:
    project = tmp_path / "p"
    assert run("new", project, "--classes", "a,b").returncode == 0
    done = run(*(argument.format(project=project) for argument in arguments))
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
