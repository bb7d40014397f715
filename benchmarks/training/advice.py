"""Does advice rank networks and input sides as training does? Kendall's tau between predicted and measured orders.

    python -m benchmarks training.advice

Predicted, from at most 1,000 images of the training split: LogME, the held-out accuracy of a linear probe, and that of
the nearest neighbours. Measured, on the test split: top-1 of the product's probe, fitted on the whole training split,
its strength chosen by cross-validation. Candidates are MobileNetV2 with ImageNet weights and the built-in backbone,
each at 96 to 224 px, and the random network as a baseline.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import kendalltau
from threadpoolctl import threadpool_limits

from benchmarks.harness import SHORT, Row, Table, rows_of, timed
from benchmarks.projects import imported
from benchmarks.training.probes import NETWORKS, embedded, probe_top1
from edge_transfer.advice.advise import MOST_IMAGES, SIDES, advise
from edge_transfer.advice.transferability import suitability
from edge_transfer.backbones.embeddings import labels_of
from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from edge_transfer.dataset.sampling import in_share, of_class_and_session, stratified_sample
from edge_transfer.dataset.splits import validation_groups
from export.runtime.events import exhaust

SETS = ("hymenoptera",) if SHORT else ("trashnet", "hymenoptera")
SCORES = {"logme": "LogME", "expected": "held-out linear probe", "neighbours": "nearest neighbours"}
BAR = 0.5


def scored(project: Project, catalog: Catalog) -> Iterator[Row]:
    """A row for each network and side: what is predicted, and what a training then reaches."""
    training, test = catalog.samples(split="train"), catalog.samples(split="test")
    ids = [row.id for row in catalog.classes() if any(sample.class_id == row.id for sample in training)]
    for name in NETWORKS:
        keys, seen = embedded(project, [*training, *test], name, SIDES)
        place = {sample.id: row for row, sample in enumerate(seen.samples)}
        fit, held_out = ([sample for sample in each if sample.id in place] for each in (training, test))
        looked_at = stratified_sample(fit, MOST_IMAGES, stratum=of_class_and_session, pick=in_share)
        for key in keys:

            def of(samples: list[Any], vectors: Any = seen.vectors[key], place: dict[int, int] = place) -> Any:
                return vectors[[place[sample.id] for sample in samples]], labels_of(samples, ids)

            vectors, labels = of(looked_at)
            with threadpool_limits(1, "blas"):
                promised = suitability(vectors, labels, validation_groups(looked_at)[0], len(ids))
            measured = probe_top1(of(fit), validation_groups(fit)[0], of(held_out), len(ids))
            row = {
                **{"backbone": name, "side": key.input.side, "measured": measured, "n": len(held_out)},
                **{"logme": promised.logme, "expected": promised.top1, "neighbours": promised.neighbours_top1},
            }
            print(row, flush=True)
            yield row


def orders(rows: list[Row]) -> dict[str, dict[str, float]]:
    """Kendall's tau (b) of each score, over all candidates and over the pretrained ones."""
    found: dict[str, dict[str, float]] = {}
    for title, chosen in (("all", rows), ("pretrained", [row for row in rows if row["backbone"] != "random"])):
        measured = [row["measured"] for row in chosen]
        found[title] = {name: float(kendalltau([row[name] for row in chosen], measured)[0]) for name in SCORES}
    return found


def measure(folder: Path) -> Iterator[Row]:
    """A row for each data set; its advice is timed without any embedding in the cache, as the first on a project."""
    for name in SETS:
        project = imported(folder / name, name)
        with Catalog.open(project) as catalog:
            rows = list(scored(project, catalog))
            for path in (project.cache_dir / "embeddings").rglob("*.safetensors"):
                path.unlink()
            advice, took = timed(lambda: exhaust(advise(project, catalog)))  # noqa: B023  # called at once
        networks = len({row.backbone for row in advice.candidates})
        sizes = {"images": advice.data.images, "networks": networks}
        yield {"data": name, **sizes, "took": took, "tau": orders(rows), "rows": rows}


def as_table(sets: list[Row]) -> Table:
    lines = []
    for each in sets:
        rows, took = each["rows"], each["took"]
        lines += [
            f"### {each['data']}: {each['images']} training images, {rows[0]['n']} to test on",
            "",
            f"The first advice took {took['wall_s']:.0f} s ({took['cpu_s']:.0f} s of CPU) with {each['networks']} "
            "networks and no embedding in the cache; graphs were converted before.",
            "",
        ]
        ordered = sorted(rows, key=lambda row: -row["measured"])
        names = ("logme", "expected", "neighbours", "measured")
        cells = [[row["backbone"], row["side"], *(f"{row[name]:.3f}" for name in names)] for row in ordered]
        lines += [*rows_of(("backbone", "side", "LogME", "expected top-1", "neighbours", "measured top-1"), cells), ""]
        cells = [[title, *(f"{tau[key]:.2f}" for tau in each["tau"].values())] for key, title in SCORES.items()]
        lines += rows_of(("Kendall's τ with the measured order", "all", "pretrained only"), cells)
        bias = [row["expected"] - row["measured"] for row in rows if row["backbone"] != "random"]
        lines += [
            "",
            f"Expected less measured, pretrained: {100 * np.mean(bias):+.1f} points in the mean, "
            f"{100 * np.max(np.abs(bias)):.1f} at the most.",
            "",
        ]
    worst = min(tau["expected"] for each in sets for tau in each["tau"].values())
    lines.append(f"Bar: τ of the order shown (by expected top-1) at least {BAR}: the lowest is {worst:.2f}.")
    return Table("Advice against training", {"sets": sets}, lines)
