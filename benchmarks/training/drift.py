"""Drift: after how many frames is a changed picture told, and how often an unchanged one?

    python -m benchmarks training.drift

Bundles of TrashNet, of hymenoptera and of the simulated conveyor (2 and 6 capture sessions a class), exported as users
export them with the built-in backbone; held-out frames through the bundle's own predictor and `DriftWatch`. A stream is
undisturbed for 100 frames, then disturbed (evaluation/corruptions.py, middle and strongest severity) for 300. Of
photographs a stream is a random order of the test pictures, and a still scene one of them 150 times. Of the conveyor it
is what the camera of a session sees later on; `new sessions` have another belt, lamp and camera.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.harness import Row, Table, pictures, rows_of
from benchmarks.projects import imported, record_conveyor, with_classes
from edge_transfer.backbones.embeddings import read_frame
from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from edge_transfer.evaluation.corruptions import DISTURBANCES
from edge_transfer.runs.recipe import Recipe
from edge_transfer.training.train import train
from export.bundling.bundle import export_bundle
from export.runtime.bundle.predictor import Predictor
from export.runtime.events import exhaust
from export.runtime.imaging.images import decode_image, read_image_file
from export.runtime.inference.drift import RATE, WINDOW, DriftWatch
from export.runtime.sources.conveyor.conveyor import CLASSES, Conveyor

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
        run = exhaust(train(project, catalog, RECIPE))
        path = exhaust(export_bundle(project, catalog, run, folder, precision="fp32")).path
        self.predictor = Predictor.open(path)
        assert self.predictor.drift is not None
        self.reference = self.predictor.drift

    def facts(self) -> Row:
        return {"threshold": self.reference.threshold, "held_out": self.reference.held_out}

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


def all_disturbed(images: Images) -> dict[str, Images]:
    """The images under every kind of disturbance; `noise 3` is the strongest."""
    return {f"{kind} {s + 1}": disturbed(images, kind, s) for kind in KINDS for s in SEVERITIES}


def told(delays: Sequence[int | None]) -> dict[str, Any]:
    seen = [delay for delay in delays if delay is not None]
    return {"seen": len(seen), "of": len(delays), "median_frames": statistics.median(seen) if seen else None}


def order(rows: Floats, count: int, seed: int) -> Floats:
    """`count` rows in random order; again from the start where there are not as many."""
    rng = np.random.default_rng(seed)
    rounds = [rng.permutation(len(rows)) for _ in range(-(-count // len(rows)))]
    return rows[np.concatenate(rounds)[:count]]


def measure_photographs(work: Path, name: str, others: dict[str, Images]) -> Row:
    project = imported(work / name, name)
    with Catalog.open(project) as catalog:
        bundle = Bundle(project, catalog, work / f"{name}-bundle")
        samples = catalog.samples(split="test") or catalog.samples(split="val")
        chosen = np.random.default_rng(0).permutation(len(samples))[:TEST_PICTURES]
        images = [read_frame(project, samples[k]) for k in chosen]
    usual = bundle.embed(images)
    began = [event for event, _ in bundle.events(order(usual, 3000, 1)) if event == "drift began"]
    still = [bool(bundle.events(np.repeat(row[None], STILL, 0))) for row in usual]
    changed = all_disturbed(images) | {f"other pictures: {other}": frames for other, frames in others.items()}
    delays = {}
    for what, frames in changed.items():
        rows = bundle.embed(frames)
        streams = [(order(usual, BEFORE, k), order(rows, AFTER, 50 + k)) for k in range(STREAMS)]
        delays[what] = told([bundle.delay(*stream) for stream in streams])
    false_alarms = {"3000 frames in random order": len(began), f"{len(still)} still scenes": sum(still)}
    return {**bundle.facts(), "false_alarms": false_alarms, "delays": delays}


def conveyor(seed: int, start: int, count: int) -> Images:
    source = Conveyor(f"demo://conveyor?seed={seed}&pace=0&fps=10")
    return [source.frame(start + k) for k in range(count)]


def measure_conveyor(work: Path, sessions: int, others: dict[str, Images]) -> Row:
    project = with_classes(work / f"conveyor-{sessions}", CLASSES)
    with Catalog.open(project) as catalog:
        record_conveyor(project, catalog, range(1, sessions + 1), "train", parts=CLASSES, seconds=6, fps=10)
        bundle = Bundle(project, catalog, work / f"conveyor-{sessions}-bundle")
    seeds = (1, 2)
    images = {seed: conveyor(seed, 3000, BEFORE + AFTER) for seed in seeds}
    usual = {seed: bundle.embed(frames) for seed, frames in images.items()}
    own = sum(bool(bundle.events(rows)) for rows in usual.values())
    new = sum(bool(bundle.events(bundle.embed(conveyor(seed, 0, BEFORE + AFTER)))) for seed in NEW_SEEDS)
    delays: dict[str, list[int | None]] = {}
    for seed in seeds:
        changed = all_disturbed(images[seed][BEFORE : BEFORE + 150])
        for what, frames in (changed | {f"other pictures: {name}": each for name, each in others.items()}).items():
            delays.setdefault(what, []).append(bundle.delay(usual[seed][:BEFORE], bundle.embed(frames)))
    false_alarms = {f"{len(seeds)} sessions, later frames": own, f"{len(NEW_SEEDS)} new sessions": new}
    found = {"false_alarms": false_alarms, "delays": {what: told(each) for what, each in delays.items()}}
    return {**bundle.facts(), **found, "cost": measure_cost(bundle)}


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


def some_pictures(name: str) -> Images:
    """Some pictures of a data set, for the eyes of another model."""
    rows = sorted(pictures(name), key=lambda row: row.path)
    return [decode_image(read_image_file(rows[k * len(rows) // TEST_PICTURES].path)) for k in range(TEST_PICTURES)]


def measure(folder: Path) -> Iterator[Row]:
    """A row for each model."""
    trash, insects = some_pictures("trashnet"), some_pictures("hymenoptera")
    belt = [frame for seed in (1, 2, 3) for frame in conveyor(seed, 0, TEST_PICTURES // 3)]
    others = {"hymenoptera": insects, "conveyor": belt}
    yield {"model": "TrashNet", **measure_photographs(folder, "trashnet", others)}
    others = {"TrashNet": trash, "conveyor": belt}
    yield {"model": "hymenoptera", **measure_photographs(folder, "hymenoptera", others)}
    for sessions in (2, 6):
        others = {"TrashNet": trash, "hymenoptera": insects}
        yield {"model": f"conveyor, {sessions} sessions", **measure_conveyor(folder, sessions, others)}


def as_table(models: list[Row]) -> Table:
    lines = [
        f"Frames from a change to its alarm (median of the streams that have one; how many have). The score is over "
        f"{WINDOW} frames, the threshold what {RATE:.0%} of held-out windows reach. Severities as in "
        "edge_transfer/evaluation/corruptions.py: 2 the middle one, 3 the strongest.",
        "",
    ]
    cells = [["threshold, from", *(f"{model['threshold']:.2f}, {model['held_out']}" for model in models)]]
    alarms = ["; ".join(f"{count} in {what}" for what, count in model["false_alarms"].items()) for model in models]
    cells.append(["false alarms", *alarms])
    names = dict.fromkeys(what for model in models for what in model["delays"])
    cells += [[what, *(delay_text(model["delays"].get(what)) for model in models)] for what in names]
    lines += rows_of(("", *(model["model"] for model in models)), cells)
    if cost := models[-1].get("cost"):
        lines += [
            "",
            f"Cost of a frame: {cost['drift_ms']:.3f} ms beside {cost['answer_ms']:.2f} ms from frame to answer "
            f"({cost['drift_ms'] / cost['answer_ms']:.1%}), medians of 500.",
        ]
    return Table("Drift", {"models": models}, lines)


def delay_text(delay: Row | None) -> str:
    if delay is None:
        return ""
    median = delay["median_frames"]
    return f"{'not told' if median is None else f'{median:g}'} ({delay['seen']} of {delay['of']})"
