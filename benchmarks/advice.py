"""Does advice rank networks and input sides as training does? Kendall's tau between predicted and measured orders.

    .venv/bin/python benchmarks/advice.py [--shared ../shared] [--work FOLDER]

Predicted, from at most 1,000 images of the training split: LogME, the held-out accuracy of a linear probe, and that of
the nearest neighbours. Measured, on the test split: top-1 of the product's probe, fitted on the whole training split,
its strength chosen by cross-validation. Candidates are MobileNetV2 with ImageNet weights and the built-in backbone,
each at 96 to 224 px, and the random network as a baseline. Results go to benchmarks/results/advice.{json,md}.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from numpy.typing import NDArray
from scipy.stats import kendalltau
from threadpoolctl import threadpool_limits

from benchmarks.harness import SHORT, record
from edge_transfer.advice.advise import MOST_IMAGES, SIDES, advise
from edge_transfer.advice.result import Advice
from edge_transfer.advice.transferability import suitability
from edge_transfer.backbones.embeddings import EmbeddingKey, embed_sides, labels_of
from edge_transfer.backbones.onnx_graph import open_backbone
from edge_transfer.backbones.random_baseline import RANDOM_OF, random_weights
from edge_transfer.backbones.registry import REGISTRY
from edge_transfer.backbones.weights import WEIGHTS_DIR_VARIABLE, Weights, find_weights
from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from edge_transfer.dataset.sampling import in_share, of_class_and_session, stratified_sample
from edge_transfer.dataset.splits import validation_groups
from edge_transfer.heads import cross_validate, fit_head
from edge_transfer.ingest.importer import import_csv
from export.runtime.events import run_to_end
from export.runtime.inference.engine import default_engine
from export.runtime.inference.processor import processor_text

REPOSITORY = Path(__file__).resolve().parents[1]
SETS = ("hymenoptera",) if SHORT else ("trashnet", "hymenoptera")
SCORES = {"logme": "LogME", "expected": "held-out linear probe", "neighbours": "nearest neighbours"}
BAR = 0.5
Labelled = tuple[NDArray[np.float32], NDArray[np.int64]]
"""Embeddings (N, D) and labels (N,)."""


def scored(project: Project, catalog: Catalog) -> list[dict[str, Any]]:
    """A row for each network and side: what is predicted, and what a training then reaches."""
    training, test = catalog.samples(split="train"), catalog.samples(split="test")
    ids = [row.id for row in catalog.classes() if any(sample.class_id == row.id for sample in training)]
    engine = default_engine()
    networks: list[tuple[str, Any, Weights]] = [
        (name, REGISTRY[name], find_weights(REGISTRY[name])) for name in ("mobilenet_v2", "builtin")
    ]
    networks.append(("random", RANDOM_OF, random_weights()))
    rows = []
    for name, backbone, weights in networks:
        specs = [replace(project.input, side=side) for side in SIDES]
        keys = [EmbeddingKey(backbone.name, weights.sha256, engine, "fp32", spec) for spec in specs]
        seen = run_to_end(
            embed_sides(
                *(project, [*training, *test], keys),
                lambda key, backbone=backbone, weights=weights: open_backbone(  # type: ignore[misc]
                    backbone, weights, key.input.side, key.engine
                ),
            )
        )
        place = {sample.id: row for row, sample in enumerate(seen.samples)}
        fit, held_out = ([sample for sample in each if sample.id in place] for each in (training, test))
        looked_at = stratified_sample(fit, MOST_IMAGES, stratum=of_class_and_session, pick=in_share)
        for key in keys:

            def of(samples: list[Any], vectors: Any = seen.vectors[key], place: dict[int, int] = place) -> Any:
                return vectors[[place[sample.id] for sample in samples]], labels_of(samples, ids)

            vectors, labels = of(looked_at)
            with threadpool_limits(1, "blas"):
                promised = suitability(vectors, labels, validation_groups(looked_at)[0], len(ids))
            vectors, labels = of(fit)
            measured = probe_top1((vectors, labels), validation_groups(fit)[0], of(held_out), len(ids))
            row = {
                "backbone": name,
                "side": key.input.side,
                "logme": promised.logme,
                "expected": promised.top1,
                "neighbours": promised.neighbours_top1,
                "measured": measured,
                "n": len(held_out),
            }
            print(row, flush=True)
            rows.append(row)
    return rows


def probe_top1(fit: Labelled, groups: NDArray[np.int64], test: Labelled, n_classes: int) -> float:
    """Accuracy on `test` of the product's probe, fitted on `fit`, its strength chosen by cross-validation."""
    vectors, labels = fit
    chosen = run_to_end(cross_validate("logistic", vectors, labels, groups, n_classes, ())).chosen
    head = fit_head("logistic", vectors, labels, n_classes, chosen)
    return float((head.logits(test[0]).argmax(1) == test[1]).mean())


def orders(rows: list[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """Kendall's tau (b) of each score, over all candidates and over the pretrained ones."""
    found: dict[str, dict[str, float]] = {}
    for title, chosen in (("all", rows), ("pretrained", [row for row in rows if row["backbone"] != "random"])):
        measured = [row["measured"] for row in chosen]
        found[title] = {name: float(kendalltau([row[name] for row in chosen], measured)[0]) for name in SCORES}
    return found


def timed_advice(project: Project, catalog: Catalog) -> tuple[Advice, dict[str, float]]:
    """A whole advice without any embedding in the cache, as the first one on a project."""
    for path in (project.cache_dir / "embeddings").rglob("*.safetensors"):
        path.unlink()
    cpu = time.process_time()
    advice = run_to_end(advise(project, catalog))
    return advice, {"wall_s": advice.seconds, "cpu_s": time.process_time() - cpu}


def as_markdown(result: dict[str, Any]) -> str:
    lines = [
        "# Advice against training",
        "",
        f"{result['machine']}; load average {result['load'][0]:.1f} at the start.",
    ]
    lines += ["`python benchmarks/advice.py`", ""]
    for name, each in result["sets"].items():
        data = each["rows"][0]["n"]
        took = each["took"]
        lines += [
            f"## {name}: {each['images']} training images, {data} to test on",
            "",
            f"The first advice took {took['wall_s']:.0f} s ({took['cpu_s']:.0f} s of CPU) with {each['networks']} "
            "networks and no embedding in the cache; graphs were converted before.",
            "",
            "| backbone | side | LogME | expected top-1 | neighbours | measured top-1 |",
            "|---|---|---|---|---|---|",
        ]
        for row in sorted(each["rows"], key=lambda row: -row["measured"]):
            lines.append(
                f"| {row['backbone']} | {row['side']} | {row['logme']:.3f} | {row['expected']:.3f} | "
                f"{row['neighbours']:.3f} | {row['measured']:.3f} |"
            )
        lines += ["", "| Kendall's τ with the measured order | all | pretrained only |", "|---|---|---|"]
        lines += [
            f"| {title} | {each['tau']['all'][key]:.2f} | {each['tau']['pretrained'][key]:.2f} |"
            for key, title in SCORES.items()
        ]
        bias = [row["expected"] - row["measured"] for row in each["rows"] if row["backbone"] != "random"]
        lines += [
            "",
            f"Expected less measured, pretrained: {100 * np.mean(bias):+.1f} points in the mean, "
            f"{100 * np.max(np.abs(bias)):.1f} at the most.",
            "",
        ]
    worst = min(each["tau"][kind]["expected"] for each in result["sets"].values() for kind in ("all", "pretrained"))
    lines.append(f"Bar: τ of the order shown (by expected top-1) at least {BAR}: the lowest is {worst:.2f}.")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shared", type=Path, default=REPOSITORY.parent / "shared")
    parser.add_argument("--work", type=Path, help="keeps the projects and their embeddings")
    options = parser.parse_args()
    if not (options.shared / "data" / "trashnet.csv").is_file():
        print(f"skipped: no data at {options.shared}")
        return
    os.environ.setdefault(WEIGHTS_DIR_VARIABLE, str(options.shared / "weights"))
    result: dict[str, Any] = {"machine": processor_text(), "load": os.getloadavg(), "sets": {}}
    with tempfile.TemporaryDirectory(prefix="advice-") as folder:
        work = options.work or Path(folder)
        for name in SETS:
            root = work / name
            project = Project.open(root) if root.is_dir() else Project.create(root)
            with Catalog.open(project) as catalog:
                run_to_end(import_csv(project, catalog, options.shared / "data" / f"{name}.csv"))
                rows = scored(project, catalog)
                advice, took = timed_advice(project, catalog)
                result["sets"][name] = {
                    "images": advice.data.images,
                    "networks": len({row.backbone for row in advice.candidates}),
                    "took": took,
                    "tau": orders(rows),
                    "rows": rows,
                }
    record("advice", result, as_markdown(result))


if __name__ == "__main__":
    main()
