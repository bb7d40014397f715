"""What transfer learning is worth here: all images of TrashNet, twenty of each class, and what `auto` keeps.

    GOMP_SPINCOUNT=0 python -m benchmarks training.transfer [--only trashnet,few,hymenoptera,conveyor]

The probe, the fine-tuning and what `auto` keeps of them: on TrashNet's given split, on five draws of 20 pictures a
class (`few`), on hymenoptera and on the simulated conveyor. Times are from raw pictures, the test is not counted. How
long it takes beside other recipes, with the peak of the memory: `time_to_model`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from statistics import fmean
from typing import Any

from benchmarks.harness import Row, Table, options, rows_of, timed
from benchmarks.projects import imported
from edge_transfer.cli.demo import record_sessions
from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from edge_transfer.dataset.sampling import draw_per_class
from edge_transfer.evaluation.run_evaluation import evaluate_run
from edge_transfer.runs.recipe import Recipe
from edge_transfer.training.train import train
from edge_transfer.training.training_set import SampleSource
from export.runtime.events import exhaust

PARTS = ("conveyor", "hymenoptera", "trashnet", "few")
FEW, DRAWS = 20, 5
STRATEGIES = ("probe", "finetune", "auto")
GOALS = {"trashnet": 0.91, "few": 0.72}
GOAL_MINUTES, GOAL_POINTS = 10.0, 0.5


def three(project: Project, catalog: Catalog, source: SampleSource, seed: int = 0) -> dict[str, Any]:
    """Test accuracy of the probe, the fine-tuning and what `auto` keeps.

    A fine-tuning that `auto` has kept is the fine-tuning: the same seed gives the same bits.
    """
    found: dict[str, Any] = {}
    for strategy in ("auto", "probe", "finetune"):
        if strategy == "finetune" and found["auto"]["kept"] == "finetune":
            found[strategy] = found["auto"]
            continue
        recipe = Recipe(strategy, "mobilenet_v2", minutes=120, seed=seed)
        run, cost = timed(lambda recipe=recipe: exhaust(train(project, source, recipe)))  # type: ignore[misc]
        test = exhaust(evaluate_run(project, catalog, run))
        found[strategy] = {
            **{"top1": test.top1, "interval": test.top1_interval, "n": test.n, "samples": run.samples, **cost},
            **{"kept": "finetune" if run.adapted else "probe", "held_out": run.validation["top1"]},
            "notes": [*run.notes, str(run.validation.get("not_finetuned", ""))],
        }
    return found


def measure(folder: Path) -> Iterator[Row]:
    for part in options(only=",".join(PARTS)).only.split(","):
        if part == "conveyor":
            project = Project.create(folder / part)
        else:
            project = imported(folder / part, "trashnet" if part == "few" else part)
        with Catalog.open(project) as catalog:
            if part == "conveyor":
                exhaust(record_sessions(project, catalog))
            if part != "few":
                yield {"data": part, **three(project, catalog, catalog)}
                continue
            training = catalog.samples(split="train")
            for seed in range(DRAWS):
                chosen = draw_per_class(catalog.classes(), training, FEW, seed)
                yield {"data": part, "draw": seed, **three(project, catalog, chosen, seed)}


def as_table(rows: list[Row]) -> Table:
    cells = []
    for row in rows:
        auto, better = row["auto"], max(row["probe"]["top1"], row["finetune"]["top1"])
        low, high = row["finetune"]["interval"]
        cells.append(
            [
                row["data"] + (f", draw {row['draw']}" if "draw" in row else ""),
                auto["n"],
                f"{row['probe']['top1']:.4f}",
                f"{row['finetune']['top1']:.4f} ({low:.3f} to {high:.3f})",
                f"{auto['top1']:.4f} ({auto['kept']})",
                f"{100 * (better - auto['top1']):.1f} points",
                *(f"{row[name]['wall_s'] / 60:.1f} min ({row[name]['cpu_s']:.0f} s)" for name in ("finetune", "auto")),
            ]
        )
    header = ("data", "test pictures", "probe", "fine-tuned", "auto", "below the better")
    lines = [
        f"MobileNetV2 with ImageNet weights, 224 px; top-1 on the test pictures. few: {FEW} pictures a class of "
        "TrashNet. Times are wall and CPU; `auto` comes first and from raw pictures, the others find its embeddings.",
        "",
        *rows_of((*header, "time of the fine-tuning", "of auto"), cells),
        "",
        f"Bars: fine-tuned on trashnet {GOALS['trashnet']} within {GOAL_MINUTES:.0f} min on a quiet machine; auto at "
        f"most {GOAL_POINTS} points below the better; mean of auto on few {GOALS['few']}.",
    ]
    if few := [row for row in rows if row["data"] == "few"]:
        means = (f"{name} {fmean(row[name]['top1'] for row in few):.4f}" for name in STRATEGIES)
        lines += ["", f"Mean of the {len(few)} draws: {', '.join(means)}."]
    return Table("Transfer learning", {"rows": rows}, lines)
