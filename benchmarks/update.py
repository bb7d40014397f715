"""How long a new class or a new capture session takes to reach the model: 2,000 images, 10 classes, cached embeddings.

    .venv/bin/python benchmarks/update.py          # SHORT=1: 400 images, one round

Embeddings of synthetic classes stand in the cache, so that no network runs: what is measured is everything else that
`edge-transfer train --update` does. Wall time, and the processor time of all threads, which a busy machine changes
less. Results go to benchmarks/results/update.{json,md}.
"""

from __future__ import annotations

import hashlib
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

from benchmarks.harness import SHORT, machine, record
from edge_transfer.backbones.embeddings import EmbeddingCache, EmbeddingKey
from edge_transfer.backbones.registry import backbone_named
from edge_transfer.backbones.weights import find_weights
from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from edge_transfer.dataset.records import NewSample
from edge_transfer.runs.recipe import Recipe
from edge_transfer.runs.run import Run, load_head
from edge_transfer.training.train import train, update
from export.runtime.events import run_to_end
from export.runtime.inference.engine import default_engine

CLASSES, SESSIONS, FRAMES, LIMIT_S = 10, 4, 10 if SHORT else 50, 1.0
HEADS = ("logistic", "svm", "rbf", "mlp", "prototypes")
ROUNDS = 1 if SHORT else 3


class Recorder:
    """Puts frames of a class into the catalogue, and their embeddings into the cache."""

    def __init__(self, project: Project, catalog: Catalog) -> None:
        backbone = backbone_named("builtin")
        self._catalog = catalog
        self._centres = np.random.default_rng(0).normal(0, 1, (CLASSES + 1, backbone.dimensions))
        self._rng = np.random.default_rng(1)
        key = EmbeddingKey("builtin", find_weights(backbone).sha256, default_engine(), "fp32", project.input)
        self._cache = EmbeddingCache(project.cache_dir / "embeddings" / key.folder_name, ())
        self._number = 0

    def record(self, label: int) -> int:
        """One capture session of a class; its id."""
        name = f"class {label}"
        known = {row.name: row.id for row in self._catalog.classes()}
        class_id = known.get(name) or self._catalog.add_class(name).id
        session = self._catalog.begin_session("recording", name, "train")
        shas = [hashlib.sha256(f"{self._number + k}".encode()).hexdigest() for k in range(FRAMES)]
        samples = [
            NewSample(sha, ".png", class_id, 64, 48, 1000, k, None, 1.0, 99.0, self._number + k)
            for k, sha in enumerate(shas)
        ]
        self._number += FRAMES
        self._catalog.add_samples(session.id, samples)
        shift = self._rng.normal(0, 0.5, self._centres.shape[1])
        noise = self._rng.normal(0, 2.5, (FRAMES, self._centres.shape[1]))
        self._cache.add(shas, np.abs(self._centres[label] + shift + noise).astype(np.float32))
        return session.id


def timed(project: Project, catalog: Catalog, run: Run) -> tuple[Run, float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    updated = run_to_end(update(project, catalog, run))
    return updated, time.perf_counter() - wall, time.process_time() - cpu


def measure(folder: Path, head: str) -> dict[str, Any]:
    """A class is added and taken away again, then a session is added."""
    project = Project.create(folder)
    with Catalog.open(project) as catalog:
        recorder = Recorder(project, catalog)
        for _ in range(SESSIONS):
            for label in range(CLASSES):
                recorder.record(label)
        first = run_to_end(train(project, catalog, Recipe("probe", "builtin", head=head)))
        result: dict[str, Any] = {"head": head, "samples": first.samples, "classes": len(first.classes)}
        times: dict[str, list[tuple[float, float]]] = {"class": [], "removed": [], "session": []}
        exact = True
        for _ in range(ROUNDS):
            session = recorder.record(CLASSES)
            added, *seconds = timed(project, catalog, first)
            times["class"].append((seconds[0], seconds[1]))
            catalog.trash_session(session)
            removed, *seconds = timed(project, catalog, added)
            times["removed"].append((seconds[0], seconds[1]))
            pairs = zip(load_head(project, first).layers, load_head(project, removed).layers, strict=True)
            exact &= all(
                (a.weight is None or b.weight is None or np.array_equal(a.weight, b.weight))
                and (a.bias is None or b.bias is None or np.array_equal(a.bias, b.bias))
                for a, b in pairs
            )
            session = recorder.record(0)
            _, *seconds = timed(project, catalog, first)
            times["session"].append((seconds[0], seconds[1]))
            catalog.trash_session(session)
        for name, values in times.items():
            result[name] = {
                "wall_s": statistics.median(wall for wall, _ in values),
                "cpu_s": statistics.median(cpu for _, cpu in values),
            }
        return {**result, "same_bits_after_removal": exact}


def as_markdown(result: dict[str, Any]) -> str:
    lines = [
        "# Updating a model",
        "",
        f"{result['machine']}, load average {result['load'][0]:.1f} before and {result['load_after'][0]:.1f} after. "
        "`python benchmarks/update.py`",
        "",
        f"{result['rows'][0]['samples']} samples of {result['rows'][0]['classes']} classes, embeddings cached, "
        f"median of {ROUNDS}; wall time, and processor time of all threads. The bar is {LIMIT_S:g} s.",
        "",
        "| head | new class | class taken away | new session | the same bits after taking it away |",
        "|---|---|---|---|---|",
    ]
    for row in result["rows"]:
        cells = [
            f"{row[name]['wall_s']:.2f} s ({row[name]['cpu_s']:.2f} s)" for name in ("class", "removed", "session")
        ]
        lines.append(f"| {' | '.join([row['head'], *cells])} | {'yes' if row['same_bits_after_removal'] else 'no'} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    import safetensors.numpy  # noqa: F401
    import scipy.linalg
    import scipy.optimize  # noqa: F401
    import sklearn.linear_model
    import sklearn.model_selection
    import sklearn.neural_network
    import sklearn.utils.extmath  # noqa: F401

    load = os.getloadavg()
    with tempfile.TemporaryDirectory(prefix="update-") as folder:
        rows = [measure(Path(folder) / head, head) for head in HEADS]
    result = {"machine": machine(), "load": load, "load_after": os.getloadavg(), "rows": rows}
    record("update", result, as_markdown(result))


if __name__ == "__main__":
    main()
