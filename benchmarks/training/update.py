"""How long a new class or a new capture session takes to reach the model: 2,000 images, 10 classes, cached embeddings.

    python -m benchmarks training.update          # SHORT=1: 400 images, one round

Embeddings of synthetic classes stand in the cache, so that no network runs: what is measured is everything else that
`edge-transfer train --update` does. Wall time, and the processor time of all threads, which a busy machine changes
less.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.harness import SHORT, Row, Table, rows_of, timed
from benchmarks.scale_stages import BACKBONE, key_of, load_libraries, name_of, samples_of
from edge_transfer.backbones.embeddings import EmbeddingCache
from edge_transfer.backbones.registry import backbone_named
from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from edge_transfer.runs.recipe import Recipe
from edge_transfer.runs.run import Run, load_head
from edge_transfer.training.train import train, update
from export.runtime.events import exhaust

CLASSES, SESSIONS, FRAMES, LIMIT_S = 10, 4, 10 if SHORT else 50, 1.0
HEADS = ("logistic", "svm", "rbf", "mlp", "prototypes")
ROUNDS = 1 if SHORT else 3


class Recorder:
    """Puts frames of a class into the catalogue, and their embeddings into the cache."""

    def __init__(self, project: Project, catalog: Catalog) -> None:
        self._catalog = catalog
        self._centres = np.random.default_rng(0).normal(0, 1, (CLASSES + 1, backbone_named(BACKBONE).dimensions))
        self._rng = np.random.default_rng(1)
        self._cache = EmbeddingCache(project.cache_dir / "embeddings" / key_of(project).folder_name, ())
        self._number = 0

    def record(self, label: int) -> int:
        """One capture session of a class; its id."""
        name = f"class {label}"
        known = {row.name: row.id for row in self._catalog.classes()}
        class_id = known.get(name) or self._catalog.add_class(name).id
        session = self._catalog.begin_session("recording", name, "train")
        numbers = range(self._number, self._number + FRAMES)
        self._number += FRAMES
        self._catalog.add_samples(session.id, samples_of(numbers, class_id))
        shift = self._rng.normal(0, 0.5, self._centres.shape[1])
        noise = self._rng.normal(0, 2.5, (FRAMES, self._centres.shape[1]))
        vectors = np.abs(self._centres[label] + shift + noise).astype(np.float32)
        self._cache.add([name_of(number) for number in numbers], vectors)
        return session.id


def measure(folder: Path) -> Iterator[Row]:
    """For each head a class is added and taken away again, then a session is added."""
    load_libraries()
    for head in HEADS:
        project = Project.create(folder / head)
        with Catalog.open(project) as catalog:
            recorder = Recorder(project, catalog)
            for label in [*range(CLASSES)] * SESSIONS:
                recorder.record(label)
            first = exhaust(train(project, catalog, Recipe("probe", BACKBONE, head=head)))
            times: dict[str, list[dict[str, float]]] = {"class": [], "removed": [], "session": []}
            exact = True

            def updated(
                what: str, run: Run, project: Project = project, catalog: Catalog = catalog, times: Row = times
            ) -> Run:
                found, seconds = timed(lambda: exhaust(update(project, catalog, run)))
                times[what].append(seconds)
                return found

            for _ in range(ROUNDS):
                session = recorder.record(CLASSES)
                added = updated("class", first)
                catalog.trash_session(session)
                exact &= same_bits(project, first, updated("removed", added))
                session = recorder.record(0)
                updated("session", first)
                catalog.trash_session(session)
            medians = {
                what: {name: statistics.median(each[name] for each in found) for name in ("wall_s", "cpu_s")}
                for what, found in times.items()
            }
            sizes = {"samples": first.samples, "classes": len(first.classes)}
            yield {"head": head, **sizes, **medians, "same_bits_after_removal": exact}


def same_bits(project: Project, first: Run, second: Run) -> bool:
    """Whether both runs have the same weights in their heads."""
    pairs = zip(load_head(project, first).layers, load_head(project, second).layers, strict=True)
    return all(
        (a.weight is None or b.weight is None or np.array_equal(a.weight, b.weight))
        and (a.bias is None or b.bias is None or np.array_equal(a.bias, b.bias))
        for a, b in pairs
    )


def as_table(rows: list[Row]) -> Table:
    cells = [
        [
            row["head"],
            *(f"{row[what]['wall_s']:.2f} s ({row[what]['cpu_s']:.2f} s)" for what in ("class", "removed", "session")),
            "yes" if row["same_bits_after_removal"] else "no",
        ]
        for row in rows
    ]
    lines = [
        f"{rows[0]['samples']} samples of {rows[0]['classes']} classes, embeddings cached, median of {ROUNDS}; wall "
        f"time, and processor time of all threads. The bar is {LIMIT_S:g} s.",
        "",
    ]
    header = ("head", "new class", "class taken away", "new session", "the same bits after taking it away")
    return Table("Updating a model", {"rows": rows}, lines + rows_of(header, cells))
