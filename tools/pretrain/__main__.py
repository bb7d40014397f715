"""`python -m tools.pretrain`: train the built-in backbone. `python -m tools.pretrain evaluate`: measure its transfer.

A training goes on from the last checkpoint of its folder. SIGTERM, or a file `finish` in that folder, begins the final
decay: the run then ends by itself, with a finished schedule.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from export.runtime.storage import atomic_write, sha256_of

from .checkpoint import export_weights
from .endtoend import Weights
from .evaluate import load_student
from .photographs import load_photographs, normalised, random_crops, to_pixels, whole_pictures
from .schedule import Schedule, SecondLeg
from .student import WIDTH, unfold_norms, with_embedding
from .training import Recipe, Training

SHARED = Path(__file__).resolve().parents[3] / "shared"
RESULT = "builtin.safetensors"
SCALED_BY = 256
"""Photographs on which the scales of the embedding are found."""


def arguments(argv: list[str]) -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.pretrain", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shared", type=Path, default=SHARED, help="folder with data/ and weights/")
    parser.add_argument("--width", type=float, default=WIDTH, help="width of the student (default 0.5)")
    parser.set_defaults(evaluate=False)
    if argv[:1] == ["evaluate"]:
        parser.add_argument("--weights", type=Path, required=True)
        parser.add_argument("--out", type=Path, required=True, help="JSON file; a figure goes beside it")
        parser.set_defaults(evaluate=True)
        return parser.parse_args(argv[1:])
    parser.add_argument("--photographs", type=Path, help="folder of *.jpg (default: data/unlabelled)")
    parser.add_argument("--teacher", type=Path, help="weights (default: weights/mobilenet_v2.safetensors)")
    parser.add_argument("--folder", type=Path, default=Path("pretrain-run"), help="checkpoint, curve and result")
    parser.add_argument("--minutes", type=float, default=0.0, help="active minutes until the schedule has ended")
    parser.add_argument("--block-steps", type=int, default=1200, help="steps of the block-wise phase")
    parser.add_argument("--block-rate", type=float, default=4e-3)
    parser.add_argument("--rate", type=float, help="of the end-to-end phase (default 1e-3; 6e-4 in a further leg)")
    parser.add_argument("--decay-share", type=float, default=0.5, help="decay, as a share of the steps before it")
    parser.add_argument("--sides", type=int, nargs=4, help="input side of each phase (default 128 112 128 160)")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--threads", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--device", choices=["auto", "cpu", "cuda"], default="auto")
    parser.add_argument(
        "--second-leg",
        type=int,
        default=0,
        metavar="STEPS",
        help="go on from the folder's checkpoint for so many steps",
    )
    parser.add_argument("--start", type=Path, help="with --second-leg: go on from these weights, in a new folder")
    parser.add_argument("--mix", type=float, nargs=2, metavar=("MIXUP", "CUTMIX"), help="shares of mixed crops")
    parser.add_argument("--smoke", action="store_true", help="a tiny run of every phase, to prove the recipe")
    return parser.parse_args(argv)


def recipe_of(options: argparse.Namespace) -> Recipe:
    """The recipe that the command line asks for."""
    sides = tuple(options.sides or (128, 112, 128, 160))
    schedule = Schedule(options.block_steps, options.decay_share, options.block_rate, options.rate or 1e-3, sides)
    if options.second_leg:
        first = recipe_of(argparse.Namespace(**{**vars(options), "second_leg": 0}))
        if not options.sides:
            sides = first.schedule.sides if options.smoke else (128, 128, 160, 192)
        rate = options.rate or 6e-4
        second = SecondLeg(first.schedule.block_steps, 0.0, 0.0, rate, sides, warm_up=40, steps=options.second_leg)
        # Weights from elsewhere have bases of their own inside the stages: only the embedding's is the teacher's.
        weights = Weights(stages=0.0 if options.start else 0.5, embedding=4.0)
        mixup, cutmix = options.mix or (0.25, 0.3)
        return replace(
            first,
            schedule=second,
            seed=options.seed + (2 if options.start else 1),
            weights=weights,
            held_out=20,
            mixup=mixup,
            cutmix=cutmix,
            start=sha256_of(options.start) if options.start else "",
        )
    if not options.smoke:
        return Recipe(schedule, options.width, options.batch, options.threads, options.seed, options.minutes, Weights())
    tiny = Schedule(20, 0.5, options.block_rate, schedule.rate, (64, 64, 64, 64), warm_up=4)
    return Recipe(
        tiny, options.width, 8, options.threads, options.seed, 0.0, Weights(), 24,
        report_every=5, checkpoint_every=5, precision="f32", end_after=28,
    )  # fmt: skip


def train(options: argparse.Namespace) -> Path:
    """Train or resume, print the curve, and write the weights in half precision. Returns their path."""
    photographs = options.photographs or options.shared / "data" / "unlabelled"
    teacher = options.teacher or options.shared / "weights" / "mobilenet_v2.safetensors"
    name = options.device if options.device != "auto" else "cuda" if torch.cuda.is_available() else "cpu"
    recipe = recipe_of(options)
    start = load_student(options.start, recipe.width).features if options.start else None
    training = Training(recipe, photographs, teacher, options.folder, torch.device(name), start)
    (options.folder / "pid").write_text(str(os.getpid()))
    asked: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _: asked.append(number))
    try:
        for report in training.run(lambda: bool(asked) or (options.folder / "finish").exists()):
            held = " ".join(f"{name} {value:.3f}" for name, value in report.held_out.items())
            print(
                f"{report.step:6d} {report.phase:10s} {report.active_s:7.0f} s {report.crops:8d} crops "
                f"{report.side} px rate {report.rate:.1e} loss {report.loss:.4f} | {held}",
                flush=True,
            )
    finally:
        signal.signal(signal.SIGTERM, before)
    features = training.averaged.cpu()
    crops = random_crops(load_photographs(photographs, 64), 64, recipe.schedule.sides[-1], np.random.default_rng(0))
    unfold_norms(features, normalised(to_pixels(crops, torch.device("cpu"))))
    path: Path = options.folder / RESULT
    metadata = {"architecture": "mobilenet_v2", "width": str(recipe.width), "seed": str(recipe.seed)}
    network = with_embedding(features, whole_pictures(photographs, SCALED_BY))
    export_weights(path, network, metadata)
    print(f"wrote {path}")
    return path


def measure(options: argparse.Namespace) -> None:
    """Write what `evaluate` finds, and the figure of the few-shot probes."""
    from .evaluate import evaluate
    from .figure import few_shot_figure

    result = evaluate(options.weights, options.shared, options.width)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    atomic_write(options.out, (json.dumps(result, indent=1) + "\n").encode())
    atomic_write(options.out.with_suffix(".svg"), few_shot_figure(result["trashnet"]["product"]).encode())
    print(json.dumps(result, indent=1))


def main(argv: list[str]) -> None:
    """Run what the command line asks for."""
    options = arguments(argv)
    if options.evaluate:
        measure(options)
    else:
        train(options)


if __name__ == "__main__":
    main(sys.argv[1:])
