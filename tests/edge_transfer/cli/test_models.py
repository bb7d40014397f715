"""Verbs that make a model: what they say where they cannot."""

from __future__ import annotations

from pathlib import Path

from tests.edge_transfer.cli.conftest import run


def test_one_class_is_told_to_add_a_second(tmp_path: Path) -> None:
    project = tmp_path / "p"
    source = "demo://conveyor?class=bolt&pace=0"
    assert run("new", project).returncode == 0
    assert run("capture", project, "--source", source, "--class", "bolt", "--seconds", "1").returncode == 0
    done = run("train", project)
    assert done.returncode == 2
    assert "only the class 'bolt' has images" in done.stderr


def test_missing_weights_say_where_they_are_looked_for(tmp_path: Path) -> None:
    project = tmp_path / "p"
    for name in ("bolt", "empty"):
        source = f"demo://conveyor?class={name}&pace=0"
        assert project.exists() or run("new", project).returncode == 0
        assert run("capture", project, "--source", source, "--class", name, "--seconds", "1").returncode == 0
    done = run(
        *("train", project, "--backbone", "mobilenet_v2"),
        EDGE_TRANSFER_WEIGHTS_DIR=str(tmp_path / "none"),
        EDGE_TRANSFER_CACHE_DIR=str(tmp_path / "cache"),
    )
    assert done.returncode == 2
    assert str(tmp_path / "none") in done.stderr
    assert "--download" in done.stderr
