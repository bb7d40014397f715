"""`python -m benchmarks` lists the measurements, `python -m benchmarks NAME …` runs some, `all` runs every one.

With `SHORT=1` in the environment each runs in a small form, into a folder of its own. Options go behind one name:
`python -m benchmarks soak --seconds 240`, `python -m benchmarks soak --help`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.harness import REPOSITORY, SHARED, SHARED_VARIABLE, SHORT, small_shared, suite_stem
from edge_transfer.backbones.weights import WEIGHTS_DIR_VARIABLE

BESIDE_PEERS = {
    "time_to_model": "from raw pictures to a model: ours, scikit-learn, PyTorch's tutorial, fastai, timm",
    "inference": "one frame: our bundle, OpenVINO, ONNX Runtime, LiteRT, OpenCV, torch",
    "few_images": "accuracy with few pictures: ours, fastai, Teachable Machine",
    "scale": "catalogue, embeddings and training from a thousand to a million samples",
    "pipeline": "camera frame to screen, disk, embedding and decision, stage by stage",
    "training.leakage": "the leakage meter against the true gap",
}
"""Into one file for a day and a processor; the others keep a file each."""
ALONE = {
    "training.main_job": "the main job on TrashNet as a user runs it",
    "training.update": "a class or a session more, to the new model",
    "training.quantisation": "INT8 against FP32",
    "training.transfer": "what fine-tuning is worth, and what `auto` keeps",
    "training.advice": "does advice rank networks as training does",
    "training.drift": "how soon a changed picture is told",
    "box": "memory and start of `watch` on the box",
    "app": "the window",
    "app_scale": "the window with 100,000 samples",
    "kills": "the window killed while it records",
    "fine_tune_kills": "a fine-tuning killed while it trains",
}
LONG = {
    "fuzz": "hostile input for every reader of a bundle",
    "soak": "the window for an hour",
}
"""Not among `all`."""
EVERY = {**BESIDE_PEERS, **ALONE, **LONG}
HAVE_SHORT_FORM = {*BESIDE_PEERS, "app_scale", "training.update"}
SHORT_WITH_LESS_DATA = {"training.quantisation", "training.advice"}
"""Short because they get less data."""


def main() -> int:
    split = next((at for at, word in enumerate(sys.argv) if word.startswith("-")), len(sys.argv))
    names, rest = sys.argv[1:split], sys.argv[split:]
    if not names:
        for name, text in EVERY.items():
            print(f"{name:22} {text}")
        return 0
    if unknown := set(names) - {*EVERY, "all"}:
        print(f"unknown: {', '.join(sorted(unknown))}; `python -m benchmarks` lists the names", file=sys.stderr)
        return 2
    chosen = [*BESIDE_PEERS, *ALONE] if "all" in names else names
    if rest and len(chosen) > 1:
        print("options go with one name", file=sys.stderr)
        return 2
    if SHORT and "all" in names:
        chosen = [name for name in EVERY if name in HAVE_SHORT_FORM | SHORT_WITH_LESS_DATA]
        print(f"no short form, left out: {', '.join(name for name in EVERY if name not in chosen)}")
    failed = []
    for name in chosen:
        print(f"== {name}", flush=True)
        start = time.monotonic()
        # A process of its own, so that none inherits another's memory, threads or settings.
        failed += [name] if start_one(name, rest) else []
        print(f"== {name}: {time.monotonic() - start:.0f} s", flush=True)
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def start_one(name: str, rest: list[str]) -> int:
    """Run a measurement with these options; its exit code."""
    stem = suite_stem() if name in BESIDE_PEERS else name.rpartition(".")[2]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    if (SHARED / "weights").is_dir():
        environment.setdefault(WEIGHTS_DIR_VARIABLE, str(SHARED / "weights"))
    with tempfile.TemporaryDirectory(prefix="short-") as folder:
        if SHORT and name in SHORT_WITH_LESS_DATA and SHARED.is_dir():
            environment[SHARED_VARIABLE] = str(small_shared(Path(folder)))
        code = f"from benchmarks.harness import run; run({name!r}, {stem!r})"
        return subprocess.run([sys.executable, "-c", code, *rest], env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
