"""Kills at random instants of a fine-tuning: it goes on, nothing is corrupt, and it ends as if nothing had happened.

    .venv/bin/python benchmarks/fine_tune_kills.py [--kills 20] [--seed 0]

A process trains the built-in backbone on pictures of the simulated conveyor and gets a SIGKILL at a random instant of
the whole, from its first step to its last. After every kill the project is opened and checked, with every run in it.
Then the training is started again; at the end its weights are compared, bit for bit, with those of one that nobody has
killed. Results go to benchmarks/results/fine_tune_kills.{json,md}.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))

from benchmarks.harness import RESULTS, machine, record  # noqa: E402
from edge_transfer.backbones.weights import CACHE_DIR_VARIABLE  # noqa: E402
from edge_transfer.dataset.catalog import Catalog  # noqa: E402
from edge_transfer.dataset.project import Project  # noqa: E402
from edge_transfer.ingest.capture import capture  # noqa: E402
from edge_transfer.runs.current_run import current_run, list_runs  # noqa: E402
from edge_transfer.runs.recipe import Recipe  # noqa: E402
from edge_transfer.runs.run import load_head, load_run, load_validation  # noqa: E402
from edge_transfer.training.promotion import train_and_promote  # noqa: E402
from edge_transfer.training.trainer import EpochReport  # noqa: E402
from export.runtime.events import run_to_end  # noqa: E402
from export.runtime.inference.preprocess import InputSpec  # noqa: E402
from export.runtime.sources.source import open_source  # noqa: E402

CLASSES = ("hex_nut", "washer", "bolt")
SIDE_PX, FRAMES_S = 96, 4.0
AGAIN = 1000
CODE = "import sys; sys.path.insert(0, '.'); from benchmarks.fine_tune_kills import trained; trained()"


def recipe(epochs: int) -> Recipe:
    return Recipe(strategy="finetune", backbone="builtin", unfreeze="4", epochs=epochs, views=2, learning_rate=0.003)


def trained() -> None:
    """The process that is killed: trains, and says every step."""
    project = Project.open(Path(sys.argv[1]))
    with Catalog.open(project) as catalog:
        events = train_and_promote(project, catalog, recipe(int(sys.argv[2])))
        while True:
            try:
                event = next(events)
            except StopIteration as stop:
                say(run=stop.value.run.id)
                return
            if isinstance(event, EpochReport):
                # On all images, after the first training has found how many epochs are best, they count from 1 again.
                say(epoch=event.epoch + (AGAIN if event.val_loss != event.val_loss else 0))
            else:
                say(stage=event.stage)


def say(**what: object) -> None:
    print(json.dumps(what), flush=True)


def new_project(folder: Path) -> Project:
    project = Project.create(folder, input=InputSpec(SIDE_PX))
    with Catalog.open(project) as catalog:
        for name in CLASSES:
            for seed in (1, 2):
                source = open_source(f"demo://conveyor?class={name}&seed={seed}&pace=0&size=160x120")
                run_to_end(capture(project, catalog, source, name, seconds=FRAMES_S, fps=5.0, split="train"))
    return project


def start(project: Project, cache: Path, epochs: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", CODE, str(project.root), str(epochs)]
    environment = {**os.environ, CACHE_DIR_VARIABLE: str(cache), "GOMP_SPINCOUNT": "0", "PYTHONPATH": str(REPOSITORY)}
    return subprocess.Popen(command, cwd=REPOSITORY, env=environment, stdout=subprocess.PIPE, text=True)


def said(child: subprocess.Popen[str]) -> list[dict[str, Any]]:
    """What a child that is over has said; its last line may be cut."""
    assert child.stdout is not None
    lines = []
    for line in child.stdout:
        try:
            lines.append(json.loads(line))
        except ValueError:
            continue
    child.stdout.close()
    return lines


def finish(project: Project, cache: Path, epochs: int) -> tuple[list[dict[str, Any]], float]:
    """Train to the end; what was said, and the seconds from the first word to the last."""
    child = start(project, cache, epochs)
    assert child.stdout is not None
    first = child.stdout.readline()
    began = time.monotonic()
    lines = [json.loads(first), *said(child)]
    if child.wait():
        raise RuntimeError(f"the training ended with {child.returncode}")
    return lines, time.monotonic() - began


def check(project: Project) -> None:
    """Raise where anything of the project cannot be read, or the run in use is none of its runs."""
    opened = Project.open(project.root)
    with Catalog.open(opened) as catalog:
        catalog.check()
    for run_id in list_runs(opened):
        run = load_run(opened, run_id)
        load_head(opened, run)
        load_validation(opened, run)
        run.weights()
    known = list_runs(opened)
    if (current_run(opened) is None) != (not known):
        raise RuntimeError(f"in use is {current_run(opened)}, and there are {known}")


def kill(project: Project, cache: Path, epochs: int, seconds: float, rng: random.Random) -> dict[str, Any]:
    """One kill; what had been said before it, and at which epoch the training began."""
    child = start(project, cache, epochs)
    assert child.stdout is not None
    first = child.stdout.readline()
    time.sleep(rng.uniform(0, seconds))
    child.send_signal(signal.SIGKILL)
    child.wait()
    lines = [json.loads(first), *said(child)] if first else []
    check(project)
    reached = [line["epoch"] for line in lines if "epoch" in line]
    return {
        "last": next((next(iter(line.values())) for line in reversed(lines) if "stage" in line), ""),
        "first_epoch": reached[0] if reached else None,
        "last_epoch": reached[-1] if reached else None,
        "over": child.returncode == 0,
    }


def measure(kills: int, seed: int, epochs: int = 12) -> dict[str, Any]:
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="fine-tune-kills-") as name:
        folder, cache = Path(name), Path(name) / "cache"
        whole = new_project(folder / "whole")
        shutil.copytree(whole.root, folder / "killed")
        killed = Project.open(folder / "killed")
        finish(whole, cache, epochs)
        expected = load_run(whole)
        # A second time, with what is cached: this is how long a killed one may take.
        shutil.copytree(killed.root, folder / "again")
        again = Project.open(folder / "again")
        _, seconds = finish(again, cache, epochs)
        found: list[dict[str, Any]] = []
        highest = 0
        while len(found) < kills:
            one = kill(killed, cache, epochs, seconds, rng)
            if one["over"] or list_runs(killed):
                # It was done before its kill: nothing was learned from that one, and the next begins anew.
                shutil.rmtree(killed.root / "runs")
                highest = 0
                continue
            one["resumed"] = one["first_epoch"] is None or one["first_epoch"] > highest
            highest = max(highest, one["last_epoch"] or 0)
            found.append(one)
            print(one, flush=True)
        finish(killed, cache, epochs)
        check(killed)
        result, repeated = load_run(killed), load_run(again)
        same = result.sha256["backbone.safetensors"] == expected.sha256["backbone.safetensors"]
        twice = repeated.sha256["backbone.safetensors"] == expected.sha256["backbone.safetensors"]
        leftover = sorted(path.name for path in killed.runs_dir.iterdir() if path.name.startswith(".tmp-"))
    return {
        "kills": found,
        "same_weights": same,
        "same_weights_twice": twice,
        "leftovers": leftover,
        "seconds": seconds,
    }


def as_markdown(result: dict[str, Any]) -> str:
    kills = result["kills"]
    inside = [row for row in kills if row["last_epoch"] is not None]
    lines = [
        "# Kills while fine-tuning",
        "",
        f"{result['machine']}, load average before {result['load'][0]:.1f}, seed {result['seed']}. "
        "`python benchmarks/fine_tune_kills.py`",
        "",
        "| what | measured | bar |",
        "|---|---|---|",
        f"| kills at a random instant; the project, its pictures and runs passed their check | {len(kills)} | all |",
        f"| of these, after an epoch of the killed process was over | {len(inside)} | |",
        f"| begun again at an epoch that was done already | {sum(not row['resumed'] for row in kills)} | 0 |",
        f"| weights at the end the same as without a kill, in every bit | {'yes' if result['same_weights'] else 'no'} "
        "| yes |",
        f"| weights of two trainings with one seed the same | {'yes' if result['same_weights_twice'] else 'no'} "
        "| yes |",
        f"| unfinished folders left in `runs/` (they are no runs) | {len(result['leftovers'])} | |",
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args()
    load = os.getloadavg()
    result = {"machine": machine(), "load": load, "seed": options.seed, **measure(options.kills, options.seed)}
    record("fine_tune_kills", result, as_markdown(result), options.out)


if __name__ == "__main__":
    main()
