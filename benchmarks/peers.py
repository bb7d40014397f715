"""Who learns from pictures here: ours and what people would use instead, and how a training of each is measured."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.children import Told, tell
from benchmarks.environments import python_of
from benchmarks.harness import SHORT, Picture, Skipped, weights_file, write_rows

WEIGHTS = "mobilenet_v2"


@dataclass(frozen=True)
class Peer:
    """A way from pictures to a classifier."""

    title: str
    module: str
    """Below `benchmarks.competitors`."""
    environment: str = ""
    options: tuple[str, ...] = ()


PEERS = {
    "probe": Peer("ours, probe", "ours", options=("--strategy", "probe")),
    "finetune": Peer("ours, fine-tuned", "ours", options=("--strategy", "finetune")),
    "auto": Peer("ours, auto", "ours", options=("--strategy", "auto")),
    "sklearn": Peer("scikit-learn on torch's features", "sklearn_features"),
    "tutorial": Peer("PyTorch's tutorial", "torch_tutorial"),
    "fastai": Peer("fastai `fine_tune`", "fastai_fine_tune", "fastai"),
    "fastai-once": Peer("fastai `fine_tune`", "fastai_fine_tune", "fastai", ("--once",)),
    "timm": Peer("timm's `train.py`", "timm_fine_tune", "timm"),
    "teachable": Peer("Teachable Machine's recipe", "teachable_machine"),
}


def taught(
    name: str,
    train: Sequence[Picture],
    test: Sequence[Picture],
    folder: Path,
    cap_s: float,
    *,
    seed: int,
    epochs: int = 0,
) -> dict[str, Any]:
    """A training of a peer in a fresh process: its curve, its costs, and why it failed where it did.

    `curve` has a row for each report of an accuracy, on the test pictures or (ours, while it trains) on held-out ones.
    """
    peer = PEERS[name]
    row: dict[str, Any] = {"peer": name, "curve": [], "failure": ""}
    try:
        python, weights = python_of(peer.environment), weights_file(WEIGHTS)
    except Skipped as reason:
        return row | {"failure": str(reason)}
    lists = [write_rows(folder / f"{split}.csv", rows) for split, rows in (("train", train), ("test", test))]
    told: Told = tell(
        *(python, f"benchmarks.competitors.{peer.module}"),
        *("--train", lists[0], "--test", lists[1], "--weights", weights, "--seed", seed, "--epochs", epochs),
        *("--cap", cap_s, *peer.options),
        cap_s=cap_s,
    )
    curve = [line for line in told.lines if "top1" in line]
    on_test = [line for line in curve if line["on"] == "test"]
    row |= {"curve": curve, "failure": told.failure}
    if on_test:
        last = on_test[-1]
        row |= {key: last[key] for key in ("top1", "n", "wall_s", "cpu_s")} | {"kept": last.get("kept", "")}
        row["peak_bytes"] = max(line["peak_bytes"] for line in told.lines)
    elif not told.failure:
        row["failure"] = f"no epoch was over within {cap_s:.0f} s"
    return row


def in_turn(
    names: Sequence[str], turn: int, train: Sequence[Picture], test: Sequence[Picture], folder: Path, cap_s: float
) -> Iterator[dict[str, Any]]:
    """A training of each peer on the same pictures, the first one another in each turn, which is also the seed."""
    place = turn % len(names)
    for name in (*names[place:], *names[:place]):
        with tempfile.TemporaryDirectory(dir=folder) as own:
            row = taught(name, train, test, Path(own), cap_s, seed=turn, epochs=1 if SHORT else 0)
        told = f"{row['top1']:.3f} after {row['wall_s']:.0f} s" if "top1" in row else row["failure"]
        print(f"{PEERS[name].title}, {len(train)} pictures, turn {turn}: {told}", flush=True)
        yield row | {"pictures": len(train)}


def first_at(row: dict[str, Any], goal: float) -> dict[str, Any] | None:
    """The first report of a peer in which it answers so many test pictures rightly."""
    reached = (line for line in row["curve"] if line["on"] == "test" and line["top1"] >= goal)
    return next(reached, None)
