"""Drift: after how many frames is a changed picture told, and how often an unchanged one?

    .venv/bin/python benchmarks/drift.py [--shared ../shared]

Bundles of TrashNet, of hymenoptera and of the simulated conveyor (2 and 6 capture sessions a class), exported as users
export them with the built-in backbone; held-out frames through the bundle's own predictor and `DriftWatch`. A stream is
undisturbed for 100 frames, then disturbed (evaluation/corruptions.py, middle and strongest severity) for 300. Of
photographs a stream is a random order of the test pictures, and a still scene one of them 150 times. Of the conveyor it
is what the camera of a session sees later on; `new sessions` have another belt, lamp and camera. Results go to
benchmarks/results/drift.{json,md}.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from numpy.typing import NDArray

from edge_transfer.backbones.embeddings import read_frame
from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from edge_transfer.evaluation.corruptions import DISTURBANCES
from edge_transfer.ingest.capture import capture
from edge_transfer.ingest.importer import import_csv
from edge_transfer.runs.recipe import Recipe
from edge_transfer.training.train import train
from export.bundling.bundle import export_bundle
from export.runtime.bundle.predictor import Predictor
from export.runtime.events import run_to_end
from export.runtime.inference.drift import RATE, WINDOW, DriftWatch
from export.runtime.sources.conveyor.conveyor import CLASSES, Conveyor
from export.runtime.sources.source import open_source

Images = list[NDArray[np.uint8]]
Floats = NDArray[np.float32]
KINDS = ("darker", "brighter", "warmer", "cooler", "defocus", "motion", "noise")
SEVERITIES = (1, 2)
TEST_PICTURES, STREAMS, STILL = 150, 5, 150
BEFORE, AFTER = 100, 300
NEW_SEEDS = (11, 12, 13, 14, 15, 16)
RECIPE = Recipe("probe", "builtin", head="logistic")


class Bundle:
    """An exported project, and what its predictor computes."""

    def __init__(self, project: Project, catalog: Catalog, folder: Path) -> None:
        run = run_to_end(train(project, catalog, RECIPE))
        path = run_to_end(export_bundle(project, catalog, run, folder, precision="fp32")).path
        self.predictor = Predictor.open(path)
        assert self.predictor.drift is not None
        self.reference = self.predictor.drift

    def embed(self, images: Images) -> Floats:
        return np.stack([self.predictor.predict(image).embedding for image in images])

    def events(self, embeddings: Floats) -> list[tuple[str, int]]:
        watch = DriftWatch(self.reference)
        changes = [watch.take(k, k / 10, row) for k, row in enumerate(embeddings)]
        return [(change.event, change.index) for change in changes if change is not None]

    def delay(self, before: Floats, after: Floats) -> int | None:
        """Frames from the disturbance to its alarm; None where there is none."""
        alarms = [index for event, index in self.events(np.concatenate([before, after])) if event == "drift began"]
        return next((index - len(before) + 1 for index in alarms if index >= len(before)), None)


def disturbed(images: Images, kind: str, severity: int) -> Images:
    found = next(each for each in DISTURBANCES if each.name == kind)
    rng = np.random.default_rng(0)
    return [found.change(image, found.amounts[severity], rng) for image in images]


def told(delays: Sequence[int | None]) -> dict[str, Any]:
    seen = [delay for delay in delays if delay is not None]
    return {"seen": len(seen), "of": len(delays), "median_frames": statistics.median(seen) if seen else None}


def order(rows: Floats, count: int, seed: int) -> Floats:
    """`count` rows in random order; again from the start where there are not as many."""
    rng = np.random.default_rng(seed)
    rounds = [rng.permutation(len(rows)) for _ in range(-(-count // len(rows)))]
    return rows[np.concatenate(rounds)[:count]]


def measure_photographs(shared: Path, work: Path, name: str, others: dict[str, Images]) -> dict[str, Any]:
    project = Project.create(work / name)
    with Catalog.open(project) as catalog:
        run_to_end(import_csv(project, catalog, shared / "data" / f"{name}.csv"))
        bundle = Bundle(project, catalog, work / f"{name}-bundle")
        samples = catalog.samples(split="test") or catalog.samples(split="val")
        chosen = np.random.default_rng(0).permutation(len(samples))[:TEST_PICTURES]
        images = [read_frame(project, samples[k]) for k in chosen]
    usual = bundle.embed(images)
    began = [event for event, _ in bundle.events(order(usual, 3000, 1)) if event == "drift began"]
    still = [bool(bundle.events(np.repeat(row[None], STILL, 0))) for row in usual]
    changed = {f"{kind} {s + 1}": bundle.embed(disturbed(images, kind, s)) for kind in KINDS for s in SEVERITIES}
    changed |= {f"other pictures: {other}": bundle.embed(frames) for other, frames in others.items()}
    delays = {
        what: told([bundle.delay(order(usual, BEFORE, k), order(rows, AFTER, 50 + k)) for k in range(STREAMS)])
        for what, rows in changed.items()
    }
    return {
        "threshold": bundle.reference.threshold,
        "held_out": bundle.reference.held_out,
        "false_alarms": {"3000 frames in random order": len(began), f"{len(still)} still scenes": sum(still)},
        "delays": delays,
    }


def conveyor(seed: int, start: int, count: int) -> Images:
    source = Conveyor(f"demo://conveyor?seed={seed}&pace=0&fps=10")
    return [source.frame(start + k) for k in range(count)]


def measure_conveyor(work: Path, sessions: int, others: dict[str, Images]) -> tuple[dict[str, Any], Bundle]:
    project = Project.create(work / f"conveyor-{sessions}")
    with Catalog.open(project) as catalog:
        for name in CLASSES:
            catalog.add_class(name)
        for seed in range(1, sessions + 1):
            for name in CLASSES:
                source = open_source(f"demo://conveyor?class={name}&seed={seed}&pace=0")
                run_to_end(capture(project, catalog, source, name, seconds=6, fps=10, split="train"))
        bundle = Bundle(project, catalog, work / f"conveyor-{sessions}-bundle")
    seeds = (1, 2)
    images = {seed: conveyor(seed, 3000, BEFORE + AFTER) for seed in seeds}
    usual = {seed: bundle.embed(frames) for seed, frames in images.items()}
    own = sum(bool(bundle.events(rows)) for rows in usual.values())
    new = sum(bool(bundle.events(bundle.embed(conveyor(seed, 0, BEFORE + AFTER)))) for seed in NEW_SEEDS)
    delays: dict[str, list[int | None]] = {}
    for seed in seeds:
        later = images[seed][BEFORE : BEFORE + 150]
        changed = {f"{kind} {s + 1}": disturbed(later, kind, s) for kind in KINDS for s in SEVERITIES}
        changed |= {f"other pictures: {other}": frames for other, frames in others.items()}
        for what, frames in changed.items():
            delays.setdefault(what, []).append(bundle.delay(usual[seed][:BEFORE], bundle.embed(frames)))
    false_alarms = {f"{len(seeds)} sessions, later frames": own, f"{len(NEW_SEEDS)} new sessions": new}
    result = {
        "threshold": bundle.reference.threshold,
        "held_out": bundle.reference.held_out,
        "false_alarms": false_alarms,
        "delays": {what: told(each) for what, each in delays.items()},
    }
    return result, bundle


def measure_cost(bundle: Bundle) -> dict[str, float]:
    """Milliseconds of a frame's answer and of its drift, each the median of 500, one after the other."""
    watch, frames = DriftWatch(bundle.reference), conveyor(1, 0, 20)
    answers, drifts = [], []
    for k in range(500):
        start = time.perf_counter()
        prediction = bundle.predictor.predict(frames[k % len(frames)])
        between = time.perf_counter()
        watch.take(k, k / 10, prediction.embedding)
        drifts.append((time.perf_counter() - between) * 1e3)
        answers.append((between - start) * 1e3)
    return {"answer_ms": statistics.median(answers), "drift_ms": statistics.median(drifts)}


def pictures(shared: Path, name: str) -> Images:
    """Some pictures of a data set, for the eyes of another model."""
    from export.runtime.imaging.images import decode_image, read_image_file

    paths = sorted((shared / "data" / name).rglob("*.jpg"))
    return [decode_image(read_image_file(paths[k * len(paths) // TEST_PICTURES])) for k in range(TEST_PICTURES)]


def as_markdown(result: dict[str, Any]) -> str:
    cost, columns = result["cost"], result["models"]
    thresholds = [f"{model['threshold']:.2f}, {model['held_out']}" for model in columns.values()]
    lines = [
        "# Drift",
        "",
        f"{result['machine']}, load average before {result['load'][0]:.1f}. `python benchmarks/drift.py`",
        "",
        f"Frames from a change to its alarm (median of the streams that have one; how many have). The score is over "
        f"{WINDOW} frames, the threshold what {RATE:.0%} of held-out windows reach. Severities as in "
        "edge_transfer/evaluation/corruptions.py: 2 the middle one, 3 the strongest.",
        "",
        f"| | {' | '.join(columns)} |",
        f"|---{'|---' * len(columns)}|",
        f"| threshold, from | {' | '.join(thresholds)} |",
    ]
    false = [
        "; ".join(f"{count} in {what}" for what, count in model["false_alarms"].items()) for model in columns.values()
    ]
    lines.append(f"| false alarms | {' | '.join(false)} |")
    names = dict.fromkeys(what for model in columns.values() for what in model["delays"])
    for what in names:
        cells = []
        for model in columns.values():
            delay = model["delays"].get(what)
            if delay is None:
                cells.append("")
            elif delay["seen"]:
                cells.append(f"{delay['median_frames']:g} ({delay['seen']} of {delay['of']})")
            else:
                cells.append(f"not told (0 of {delay['of']})")
        title = what if ":" in what else f"{what[:-1]}{int(what[-1])}"
        lines.append(f"| {title} | {' | '.join(cells)} |")
    share = cost["drift_ms"] / cost["answer_ms"]
    lines += [
        "",
        f"Cost of a frame: {cost['drift_ms']:.3f} ms beside {cost['answer_ms']:.2f} ms from frame to answer "
        f"({share:.1%}), medians of 500.",
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shared", type=Path, default=Path(__file__).resolve().parents[2] / "shared")
    options = parser.parse_args()
    if not (options.shared / "data" / "trashnet.csv").is_file():
        print(f"skipped: no TrashNet at {options.shared}")
        return
    load = os.getloadavg()
    trash, insects = (pictures(options.shared, name) for name in ("trashnet", "hymenoptera"))
    belt = [frame for seed in (1, 2, 3) for frame in conveyor(seed, 0, TEST_PICTURES // 3)]
    models: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="drift-") as folder:
        work = Path(folder)
        others = {"hymenoptera": insects, "conveyor": belt}
        models["TrashNet"] = measure_photographs(options.shared, work, "trashnet", others)
        others = {"TrashNet": trash, "conveyor": belt}
        models["hymenoptera"] = measure_photographs(options.shared, work, "hymenoptera", others)
        for sessions in (2, 6):
            others = {"TrashNet": trash, "hymenoptera": insects}
            models[f"conveyor, {sessions} sessions"], bundle = measure_conveyor(work, sessions, others)
            print(f"conveyor with {sessions} sessions done", file=sys.stderr)
        cost = measure_cost(bundle)
    machine = f"{os.cpu_count()} processors, Python {platform.python_version()}"
    result = {"machine": machine, "load": load, "models": models, "cost": cost}
    results = Path(__file__).parent / "results"
    results.mkdir(exist_ok=True)
    (results / "drift.json").write_text(json.dumps(result, indent=1) + "\n")
    text = as_markdown(result)
    (results / "drift.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main()
