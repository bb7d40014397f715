"""Verbs that bring images in and take them out again."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from export.runtime.sinks.frame_ring import FrameToKeep, Ring
from tests.edge_transfer.cli.conftest import document, run


def test_new_capture_info_undo(tmp_path: Path) -> None:
    project = tmp_path / "p"
    assert document("new", project, "--classes", "nut, washer")["classes"] == ["nut", "washer"]
    captured = document(
        "capture", project, "--source", "demo://conveyor?class=hex_nut&pace=0", "--class", "nut", "--seconds", "1"
    )
    assert captured["split"] == "train"
    assert captured["kept"] == 5
    shown = document("info", project)
    assert shown["classes"]["nut"] == {"train": 5}
    assert shown["sessions"][0]["samples"] == 5
    assert "undo" in document("undo", project)
    assert document("info", project)["classes"]["nut"] == {}
    assert "redo" in document("undo", project, "--redo")
    assert document("info", project)["classes"]["nut"] == {"train": 5}


def test_frames_of_the_box_are_told_apart_from_images(tmp_path: Path) -> None:
    project, folder = tmp_path / "p", tmp_path / "ring"
    ring = Ring(folder, 1_000_000, 86_400)
    rng = np.random.default_rng(0)
    for number in range(2):
        values = {"reasons": ["unknown"], "top": [["nut", 0.4]]}
        ring.deliver(FrameToKeep(rng.integers(0, 255, (40, 60, 3), np.uint8), 1_800_000_000.0 + number, values))
    document("new", project, "--classes", "nut,washer")
    result = document("import", project, folder, "--layout", "field")
    assert (result["added"], result["in_trash"], result["classes"]) == (2, 0, ["nut"])
    assert document("import", project, folder, "--layout", "field")["duplicates"] == 2
    shown = document("info", project)
    assert (sum(shown["classes"]["nut"].values()), shown["sessions"][0]["unlabelled"]) == (0, 2)
    assert "to label" in run("info", project).stdout
    done = run("train", project)
    assert (done.returncode, done.stdout) == (2, "")
    assert "no image in the split 'train'" in done.stderr


def test_clean_deletes_for_good_what_was_undone_before(tmp_path: Path) -> None:
    project = tmp_path / "p"
    source = "demo://conveyor?class=bolt&pace=0"
    document("new", project)
    document("capture", project, "--source", source, "--class", "bolt", "--seconds", "1")
    document("undo", project)
    leftover = project / "images" / ".tmp-killed"
    leftover.write_bytes(b"")
    os.utime(leftover, (0, 0))
    assert document("clean", project) == {"deleted": 5, "leftovers": 1}
    assert [path for path in (project / "images").rglob("*") if path.is_file()] == []
    assert run("undo", project, "--redo").returncode == 2
