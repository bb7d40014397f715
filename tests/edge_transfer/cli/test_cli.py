"""The command line as a person uses it: a process, its exit code, its two streams."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from export.runtime.sinks.frame_ring import Kept, Ring

EDGE_TRANSFER = [sys.executable, "-c", "from edge_transfer.cli import main; main()"]


def run(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*EDGE_TRANSFER, *map(str, arguments)],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def document(*arguments: object) -> dict:
    done = run(*arguments, "--json")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == 1, "one document on stdout"
    return json.loads(lines[0])


def test_help_and_import_load_nothing_heavy() -> None:
    heavy = ("torch", "openvino", "onnxruntime", "numpy", "cv2", "sklearn", "scipy")
    code = f"import sys, edge_transfer.cli; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_help_lists_the_verbs_as_the_work_flows() -> None:
    done = run("--help")
    assert done.returncode == 0
    verbs = [line.split()[1] for line in done.stdout.split("Commands")[1].splitlines()[1:] if line[2:3].isalpha()]
    expected = "new sources capture import info undo clean review advise set train compare use study evaluate"
    assert verbs == [
        *expected.split(),
        "robustness",
        "export",
        "verify",
        "predict",
        "watch",
        "serve",
        "benchmark",
        "demo",
        "gui",
        "doctor",
    ]


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


def test_frames_of_the_box_are_told_apart_from_images(tmp_path: Path) -> None:
    project, folder = tmp_path / "p", tmp_path / "ring"
    ring = Ring(folder, 1_000_000, 86_400)
    rng = np.random.default_rng(0)
    for number in range(2):
        values = {"reasons": ["unknown"], "top": [["nut", 0.4]]}
        ring.deliver(Kept(rng.integers(0, 255, (40, 60, 3), np.uint8), 1_800_000_000.0 + number, values))
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


def test_doctor_reports_on_every_topic() -> None:
    done = run("doctor", "--json")
    assert done.returncode in {0, 3}
    topics = {finding["topic"] for finding in json.loads(done.stdout)}
    assert {"Python", "OpenCV", "OpenVINO", "ONNX Runtime", "processor", "cameras"} <= topics
