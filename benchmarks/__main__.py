"""`python -m benchmarks` lists the measurements, `python -m benchmarks NAME …` runs some, `all` runs every one.

With `SHORT=1` in the environment each runs in a small form, into a folder of its own.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.harness import REPOSITORY, SHARED, SHORT, small_shared
from edge_transfer.backbones.weights import WEIGHTS_DIR_VARIABLE

BESIDE_PEERS = {
    "time_to_model": "from raw pictures to a model: ours, scikit-learn, PyTorch's tutorial, fastai, timm",
    "inference": "one frame: our bundle, OpenVINO, ONNX Runtime, LiteRT, OpenCV, torch",
    "few_images": "accuracy with few pictures: ours, fastai, Teachable Machine",
    "scale": "catalogue, embeddings and training from a thousand to a million samples",
    "leakage": "the leakage meter against the true gap",
    "pipeline": "camera frame to screen, disk, embedding and decision, stage by stage",
}
ALONE = {
    "main_job": "the main job on TrashNet as a user runs it",
    "box": "memory and start of `watch` on the box",
    "update": "a class or a session more, to the new model",
    "app": "the window",
    "app_scale": "the window with 100,000 samples",
    "quantisation": "INT8 against FP32",
    "transfer": "what fine-tuning is worth, and what `auto` keeps",
    "fine_tune": "our fine-tuning beside PyTorch's tutorial",
    "advice": "does advice rank networks as training does",
    "kills": "the window killed while it records",
    "fine_tune_kills": "a fine-tuning killed while it trains",
}
HAVE_SHORT_FORM = {*BESIDE_PEERS, "app_scale", "update"}
SHORT_WITH_LESS_DATA = {"quantisation", "advice"}
"""Short because they get less data."""


def main() -> int:
    every = {**BESIDE_PEERS, **ALONE}
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="of a measurement, or `all`")
    names = parser.parse_args().names
    if not names:
        for name, text in every.items():
            print(f"{name:16} {text}")
        return 0
    if unknown := set(names) - {*every, "all"}:
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    chosen = list(every) if "all" in names else names
    if SHORT and "all" in names:
        chosen = [name for name in every if name in HAVE_SHORT_FORM | SHORT_WITH_LESS_DATA]
        print(f"no short form, left out: {', '.join(name for name in every if name not in chosen)}")
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    if (SHARED / "weights").is_dir():
        environment.setdefault(WEIGHTS_DIR_VARIABLE, str(SHARED / "weights"))
    failed = []
    for name in chosen:
        print(f"== {name}", flush=True)
        start = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="short-") as folder:
            command = [sys.executable, "-m", f"benchmarks.{name}"]
            if SHORT and name in SHORT_WITH_LESS_DATA and SHARED.is_dir():
                command += ["--shared", str(small_shared(Path(folder) / "shared"))]
            # A process of its own, so that none inherits another's memory, threads or settings.
            done = subprocess.run(command, env=environment, check=False)
        print(f"== {name}: {time.monotonic() - start:.0f} s", flush=True)
        failed += [name] if done.returncode else []
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
