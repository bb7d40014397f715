"""Kills at random instants of a fine-tuning: no kill leaves a project corrupt, and it ends as if nothing had happened.

    python -m benchmarks fine_tune_kills [--kills 20] [--seed 0]

A process trains the built-in backbone on pictures of the simulated conveyor and gets a SIGKILL at a random instant of
the whole, from its first step to its last. After every kill the project is opened and checked, with every run in it.
Then the training is started again; at the end its weights are compared, bit for bit, with those of one that nobody has
killed.
"""

from __future__ import annotations

import random
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.driving import code_of, environment_in, killed, say
from benchmarks.harness import FACTS, SHORT, Row, Table, options, rows_of
from benchmarks.projects import record_conveyor
from edge_transfer.backbones.weights import CACHE_DIR_VARIABLE
from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from edge_transfer.runs.current_run import current_run, list_runs
from edge_transfer.runs.recipe import Recipe
from edge_transfer.runs.run import load_head, load_run, load_validation
from edge_transfer.training.promotion import train_and_promote
from edge_transfer.training.trainer import EpochReport
from export.runtime.inference.preprocess import InputSpec
from tools.driven import DrivenApp

CLASSES = ("hex_nut", "washer", "bolt")
SIDE_PX = 96
AGAIN = 1000


def recipe(epochs: int) -> Recipe:
    return Recipe(strategy="finetune", backbone="builtin", unfreeze="4", epochs=epochs, views=2, learning_rate=0.003)


def trained(epochs: int) -> None:
    """The process that is killed: trains, and says every step."""
    project = Project.open(Path(sys.argv[1]))
    with Catalog.open(project) as catalog:
        events = train_and_promote(project, catalog, recipe(epochs))
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


def new_project(folder: Path) -> Project:
    project = Project.create(folder, input=InputSpec(SIDE_PX))
    with Catalog.open(project) as catalog:
        record_conveyor(project, catalog, (1, 2), "train", parts=CLASSES, seconds=4, fps=5, size="160x120")
    return project


def finish(project: Project, environment: dict[str, str], code: str) -> float:
    """Train to the end; the seconds from the first word to the last."""
    with DrivenApp(project.root, environment, code) as app:
        app.process.wait()
        if app.end():
            raise RuntimeError(f"the training failed: {app.errors[-20:]}")
    return float(app.lines[-1]["at"] - app.lines[0]["at"])


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


def kill(project: Project, environment: dict[str, str], code: str, seconds: float, rng: random.Random) -> Row:
    """One kill; what had been said before it, and at which epoch the training began."""
    lines, _, over = killed(project.root, environment, code, bool, (0, seconds), rng)
    check(project)
    epochs = [line["epoch"] for line in lines if "epoch" in line]
    first, last = (epochs[0], epochs[-1]) if epochs else (None, None)
    stages = [line["stage"] for line in lines if "stage" in line]
    return {"last": stages[-1] if stages else "", "first_epoch": first, "last_epoch": last, "over": over}


def kills_of(folder: Path, kills: int, seed: int, epochs: int = 12) -> Iterator[Row]:
    """A row for each kill; the last has what came of them all."""
    rng, code = random.Random(seed), code_of("fine_tune_kills", f"trained({epochs})")
    environment = environment_in(folder) | {CACHE_DIR_VARIABLE: str(folder / "cache")}
    whole = new_project(folder / "whole")
    killed_one, again = (Project.open(Path(shutil.copytree(whole.root, folder / name))) for name in ("killed", "again"))
    finish(whole, environment, code)
    # A second time, with what is cached: this is how long a killed one may take.
    seconds = finish(again, environment, code)
    found = highest = 0
    while found < kills:
        one = kill(killed_one, environment, code, seconds, rng)
        if one["over"] or list_runs(killed_one):
            # It was done before its kill: nothing was learned from that one, and the next begins anew.
            shutil.rmtree(killed_one.root / "runs")
            highest = 0
            continue
        one["resumed"] = one["first_epoch"] is None or one["first_epoch"] > highest
        highest = max(highest, one["last_epoch"] or 0)
        found += 1
        print(one, flush=True)
        yield {**one, "seed": seed}
    finish(killed_one, environment, code)
    check(killed_one)
    expected, result, repeated = (
        load_run(project).sha256["backbone.safetensors"] for project in (whole, killed_one, again)
    )
    leftovers = sorted(path.name for path in killed_one.runs_dir.iterdir() if path.name.startswith(".tmp-"))
    same = {"same_weights": result == expected, "same_weights_twice": repeated == expected}
    yield {**same, "leftovers": leftovers, "seconds": seconds}


def measure(folder: Path) -> Iterator[Row]:
    asked = options(kills=2 if SHORT else 20, seed=0)
    return kills_of(folder, asked.kills, asked.seed)


def as_table(rows: list[Row]) -> Table:
    kills, ends = ([row for row in rows if ("resumed" in row) is one] for one in (True, False))
    again = sum(not row["resumed"] for row in kills)
    facts: list[tuple[object, ...]] = [
        ("kills at a random instant; the project, its pictures and runs passed their check", len(kills), "all"),
        (
            "of these, after an epoch of the killed process was over",
            sum(row["last_epoch"] is not None for row in kills),
            "",
        ),
        ("begun again at an epoch that was done already", again, "0"),
    ]
    for end in ends:
        same, twice = ("yes" if end[name] else "no" for name in ("same_weights", "same_weights_twice"))
        facts += [
            ("weights at the end the same as without a kill, in every bit", same, "yes"),
            ("weights of two trainings with one seed the same", twice, "yes"),
            ("unfinished folders left in `runs/` (they are no runs)", len(end["leftovers"]), ""),
        ]
    right = not again and all(end["same_weights"] and end["same_weights_twice"] for end in ends)
    lines = [f"Seed {rows[0].get('seed', 0)}.", "", *rows_of(FACTS, facts)]
    return Table("Kills while fine-tuning", {"rows": rows}, lines, failure="" if right else "a kill was noticed")
