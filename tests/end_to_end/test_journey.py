"""From a real video to a bundle that watches the part of it that nobody trained on, through the command line alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

EDGE_TRANSFER = [sys.executable, "-c", "from edge_transfer.cli import main; main()"]
# The left third of the picture: a bottle stands there, is taken away and comes back.
REGION = "0,0.15,0.34,0.85"
# Seconds without a hand in the picture. Training: the first bottle and the first gap. The rest is held out.
TRAIN = (("bottle", 0.0, 5.0), ("empty", 7.6, 3.2))
TEST = (("bottle", 14.0, 1.5), ("empty", 18.5, 2.0))
WATCHED = (("bottle", 13.3, 16.5), ("empty", 18.2, 21.5), ("empty", 25.0, 27.0), ("bottle", 29.0, 39.0))


def edge_transfer(*arguments: object) -> list[dict]:
    command = [*EDGE_TRANSFER, *map(str, arguments), "--json"]
    done = subprocess.run(command, env=os.environ, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.slow
def test_bottles_on_a_table(tmp_path: Path, shared: Path) -> None:
    video, project, bundle = shared / "videos" / "bottle-detection.mp4", tmp_path / "bottles", tmp_path / "bundle"
    edge_transfer("new", project, "--roi", REGION)
    for split, takes in (("train", TRAIN), ("test", TEST)):
        for name, start, seconds in takes:
            take = ("--start", start, "--seconds", seconds, "--fps", 8, "--class", name)
            (captured,) = edge_transfer("capture", project, "--source", video, *take)
            assert captured["split"] == split
            assert captured["kept"] >= seconds * 7
    edge_transfer("train", project, "--weights", shared / "weights" / "mobilenet_v2.safetensors")
    (evaluation,) = edge_transfer("evaluate", project)
    assert evaluation["top1"] == 1.0
    (exported,) = edge_transfer("export", project, "--out", bundle)
    assert [model["chosen"] for model in exported["models"]].count(True) == 1
    for model in exported["models"]:
        if model["precision"] == "fp32":
            assert model["parity"]["max_abs_logit_diff"] <= 1e-3
        assert model["parity"]["top1_agreement"] == 1.0
    (verified,) = edge_transfer("verify", bundle)
    assert verified["ok"]

    frames = [event for event in edge_transfer("watch", bundle, "--source", video) if "label" in event]
    assert len(frames) == 1189
    for name, start, end in WATCHED:
        answers = [frame["label"] for frame in frames if start <= frame["time_s"] <= end]
        assert len(answers) > 50
        assert set(answers) == {name}, f"{start} to {end} s"
    # While a hand is in the picture the bundle says that it does not know.
    assert any(frame["unknown"] for frame in frames if 16.6 <= frame["time_s"] <= 18.0)
