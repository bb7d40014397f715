"""What transfer learning is worth here: all images of TrashNet, twenty of each class, and what `auto` keeps.

    GOMP_SPINCOUNT=0 .venv/bin/python benchmarks/transfer.py [--shared ../shared] [--only full,few,auto]

`full`: fine-tuning on TrashNet's given split, from raw pictures, with its peak memory. `few`: 20 pictures a class, five
draws, what `auto` keeps against the probe and the fine-tuning. `auto`: the same three on TrashNet, hymenoptera and the
simulated conveyor. Every section runs in a process of its own with cold caches; a section that is not asked for keeps
its earlier result. Results go to benchmarks/results/transfer.{json,md}.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import fmean
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))

from benchmarks.harness import RESULTS, machine, record  # noqa: E402
from edge_transfer.backbones.weights import CACHE_DIR_VARIABLE, WEIGHTS_DIR_VARIABLE  # noqa: E402
from edge_transfer.cli.demo import record_sessions  # noqa: E402
from edge_transfer.dataset.catalog import Catalog  # noqa: E402
from edge_transfer.dataset.project import Project  # noqa: E402
from edge_transfer.dataset.sampling import drawn  # noqa: E402
from edge_transfer.evaluation.run_evaluation import evaluate_run  # noqa: E402
from edge_transfer.ingest.importer import import_csv  # noqa: E402
from edge_transfer.runs.recipe import Recipe  # noqa: E402
from edge_transfer.runs.run import Run  # noqa: E402
from edge_transfer.training.train import train  # noqa: E402
from edge_transfer.training.training_set import SampleSource  # noqa: E402
from export.runtime.events import run_to_end  # noqa: E402

RECIPE = Recipe(backbone="mobilenet_v2", minutes=120)
FEW, DRAWS = 20, 5
GOAL_FULL, GOAL_MINUTES, GOAL_FEW, GOAL_POINTS, GOAL_GB = 0.91, 10.0, 0.72, 0.5, 2.0


class Clock:
    """Wall and CPU seconds since its beginning, of this process."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def read(self) -> dict[str, float]:
        return {"wall_s": time.perf_counter() - self._wall, "cpu_s": time.process_time() - self._cpu}


def fitted(project: Project, source: SampleSource, strategy: str, seed: int = 0) -> tuple[Run, dict[str, float]]:
    clock = Clock()
    run = run_to_end(train(project, source, replace(RECIPE, strategy=strategy, seed=seed)))
    return run, clock.read()


def three(project: Project, catalog: Catalog, source: SampleSource, seed: int = 0) -> dict[str, Any]:
    """Test accuracy of the probe, the fine-tuning and what `auto` keeps.

    A fine-tuning that `auto` has kept is the fine-tuning: the same seed gives the same bits.
    """
    found: dict[str, Any] = {}
    for strategy in ("auto", "probe", "finetune"):
        if strategy == "finetune" and found["auto"]["kept"] == "finetune":
            found[strategy] = found["auto"]
            continue
        run, cost = fitted(project, source, strategy, seed)
        test = run_to_end(evaluate_run(project, catalog, run))
        kept = "finetune" if run.adapted else "probe"
        found[strategy] = {"top1": test.top1, "kept": kept, "held_out": run.validation["top1"], **cost, "n": test.n}
        found[strategy]["notes"] = [*run.notes, str(run.validation.get("not_finetuned", ""))]
    return found


def trashnet(folder: Path, shared: Path) -> Project:
    return imported(folder / "trashnet", shared / "data" / "trashnet.csv")


def imported(folder: Path, table: Path) -> Project:
    project = Project.create(folder)
    with Catalog.open(project) as catalog:
        run_to_end(import_csv(project, catalog, table))
    return project


def conveyor(folder: Path) -> Project:
    """The sessions of `edge-transfer demo`: two to learn from, one held out, of every class."""
    project = Project.create(folder / "conveyor")
    with Catalog.open(project) as catalog:
        run_to_end(record_sessions(project, catalog))
    return project


def full(folder: Path, shared: Path) -> dict[str, Any]:
    project = trashnet(folder, shared)
    with Catalog.open(project) as catalog:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        run, cost = fitted(project, catalog, "finetune")
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        test = run_to_end(evaluate_run(project, catalog, run))
    values = {"top1": test.top1, "interval": test.top1_interval, "n": test.n, **cost, "samples": run.samples}
    probe = run.validation["probe_top1"]
    return {
        **values,
        "peak_rss_bytes": peak,
        "rss_before_bytes": before,
        "held_out": run.validation["top1"],
        "held_out_probe": probe,
    }


def few(folder: Path, shared: Path) -> dict[str, Any]:
    project = trashnet(folder, shared)
    found = []
    with Catalog.open(project) as catalog:
        training = catalog.samples(split="train")
        for seed in range(DRAWS):
            found.append(three(project, catalog, drawn(catalog.classes(), training, FEW, seed), seed))
            print(f"draw {seed}: {found[-1]}", flush=True)
    return {"draws": found, "per_class": FEW}


def auto(folder: Path, shared: Path) -> dict[str, Any]:
    projects: dict[str, Callable[[], Project]] = {
        "conveyor": lambda: conveyor(folder),
        "hymenoptera": lambda: imported(folder / "hymenoptera", shared / "data" / "hymenoptera.csv"),
        "trashnet": lambda: trashnet(folder, shared),
    }
    found = {}
    for name, make in projects.items():
        project = make()
        with Catalog.open(project) as catalog:
            found[name] = three(project, catalog, catalog)
        print(f"{name}: {found[name]}", flush=True)
    return found


SECTIONS = {"full": full, "few": few, "auto": auto}


def run_section(name: str, shared: Path) -> dict[str, Any]:
    """A section in a process of its own, with the load of the machine before it."""
    with tempfile.TemporaryDirectory(prefix=f"transfer-{name}-") as folder:
        environment = {**os.environ, CACHE_DIR_VARIABLE: f"{folder}/cache", "GOMP_SPINCOUNT": "0"}
        environment.setdefault(WEIGHTS_DIR_VARIABLE, str(shared / "weights"))
        load = os.getloadavg()[0]
        out = Path(folder) / "out.json"
        command = [
            sys.executable,
            __file__,
            "--shared",
            str(shared),
            "--section",
            name,
            "--folder",
            folder,
            "--out",
            str(out),
        ]
        subprocess.run(command, env=environment, check=True)
        return {**json.loads(out.read_text()), "load": load, "load_after": os.getloadavg()[0]}


def as_markdown(result: dict[str, Any]) -> str:
    lines = [
        "# Transfer learning, MobileNetV2 with ImageNet weights, 224 px",
        "",
        result["machine"] + ". `python benchmarks/transfer.py`",
        "",
    ]
    load = {
        name: f"load average {result[name]['load']:.1f} before, {result[name]['load_after']:.1f} after"
        for name in SECTIONS
        if name in result
    }
    if one := result.get("full"):
        low, high = one["interval"]
        lines += [
            f"## TrashNet, given split, fine-tuned ({load['full']})",
            "",
            "| what | measured | bar |",
            "|---|---|---|",
            f"| top-1 on the test split, {one['n']} pictures | {one['top1']:.4f} ({low:.3f} to {high:.3f}) "
            f"| {GOAL_FULL} |",
            f"| from raw pictures to the run: wall | {one['wall_s'] / 60:.1f} min "
            f"| {GOAL_MINUTES:.0f} min, quiet machine |",
            f"| of it CPU time | {one['cpu_s'] / 60:.1f} min | |",
            f"| peak memory of the process | {one['peak_rss_bytes'] / 1e9:.2f} GB | {GOAL_GB:.0f} GB |",
            "",
        ]
    if one := result.get("few"):
        draws = one["draws"]
        lines += [
            f"## TrashNet, {one['per_class']} pictures a class ({load['few']})",
            "",
            "| draw | probe | fine-tuned | auto | kept | CPU of auto |",
            "|---|---|---|---|---|---|",
        ]
        for k, draw in enumerate(draws):
            a = draw["auto"]
            lines.append(
                f"| {k} | {draw['probe']['top1']:.4f} | {draw['finetune']['top1']:.4f} | {a['top1']:.4f} "
                f"| {a['kept']} | {a['cpu_s']:.0f} s |"
            )
        means = [fmean(draw[name]["top1"] for draw in draws) for name in ("probe", "finetune", "auto")]
        lines += [f"| mean | {means[0]:.4f} | {means[1]:.4f} | {means[2]:.4f} (bar {GOAL_FEW}) | | |", ""]
    if one := result.get("auto"):
        lines += [
            f"## What auto keeps ({load['auto']})",
            "",
            "| data | test pictures | probe | fine-tuned | auto | below the better | bar |",
            "|---|---|---|---|---|---|---|",
        ]
        for name in ("trashnet", "hymenoptera", "conveyor"):
            row = one[name]
            best = max(row["probe"]["top1"], row["finetune"]["top1"])
            below = 100 * (best - row["auto"]["top1"])
            lines.append(
                f"| {name} | {row['auto']['n']} | {row['probe']['top1']:.4f} | {row['finetune']['top1']:.4f} | "
                f"{row['auto']['top1']:.4f} ({row['auto']['kept']}) | {below:.1f} points | {GOAL_POINTS} |"
            )
        lines.append("")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shared", type=Path, default=REPOSITORY.parent / "shared")
    parser.add_argument("--only", default=",".join(SECTIONS), help="sections, separated by commas")
    parser.add_argument("--section", choices=SECTIONS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, default=RESULTS / "transfer.json")
    options = parser.parse_args()
    if not (options.shared / "data" / "trashnet.csv").is_file():
        print(f"skipped: no TrashNet at {options.shared}")
        return
    if options.section:
        options.out.write_text(json.dumps(SECTIONS[options.section](options.folder, options.shared)))
        return
    names = options.only.split(",")
    if unknown := set(names) - set(SECTIONS):
        parser.error(f"unknown section: {', '.join(sorted(unknown))}")
    for name in names:
        measured = run_section(name, options.shared)
        # Read again for every section: others may have been measured meanwhile.
        result = json.loads(options.out.read_text()) if options.out.is_file() else {}
        result |= {"machine": machine()}
        result[name] = measured
        record(options.out.stem, result, as_markdown(result), options.out.parent)


if __name__ == "__main__":
    main()
