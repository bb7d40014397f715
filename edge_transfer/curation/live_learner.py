"""Incremental classifier used while recording: cached embeddings and a fast head, refitted after each burst."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_transfer.backbones.embeddings import EmbeddingKey, embed, labels_of
from edge_transfer.backbones.onnx_graph import backbone_graph
from edge_transfer.backbones.weights import default_backbone, find_weights
from edge_transfer.curation.recording_hints import Hint, advise_recording
from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from edge_transfer.dataset.splits import validation_groups
from edge_transfer.errors import DatasetError
from edge_transfer.heads import Head, fit_head
from export.runtime.events import forward_events
from export.runtime.inference.decision import softmax
from export.runtime.inference.engine import Engine, default_engine, open_engine
from export.runtime.inference.preprocess import preprocess

# In the middle of the strengths that a training tries: with a few dozen frames of each class none is far off.
_STRENGTH = 0.01


@dataclass(frozen=True)
class LearnProgress:
    """Where a refresh stands."""

    stage: str
    """`prepare` (the backbone is loaded or converted), `embed` or `fit`."""
    done: int
    total: int


@dataclass(frozen=True)
class Learned:
    """What the classifier knows now."""

    class_ids: tuple[int, ...]
    classes: tuple[str, ...]
    backbone: str
    images: int
    """Of the split train, from which it has learned."""
    held_out: int
    """Images of recordings in the split test, which it has not seen."""
    held_out_right: int
    hints: tuple[Hint, ...] = ()
    """What to record next, most important first."""


class LiveLearner:
    """A linear probe on the default backbone. It imports an engine, and no torch."""

    def __init__(self) -> None:
        self._backbone = default_backbone()
        self._engine: Engine | None = None
        self._engine_of: EmbeddingKey | None = None
        self._head: Head | None = None

    def prepare(self, project: Project) -> Generator[LearnProgress, None, EmbeddingKey]:
        """Load the backbone for the input of this project.

        Raises WeightsError without weights, EngineError without an engine.
        """
        self._backbone = default_backbone()
        weights = find_weights(self._backbone)
        engine = default_engine()
        key = EmbeddingKey(self._backbone.name, weights.sha256, engine, "fp32", project.input)
        if key != self._engine_of:
            yield LearnProgress("prepare", 0, 1)
            self._engine = open_engine(backbone_graph(self._backbone, weights, project.input.side), engine)
            self._engine_of = key
            import sklearn.linear_model  # noqa: F401  (a second of imports, before anybody waits for it)
        yield LearnProgress("prepare", 1, 1)
        return key

    def refresh(self, project: Project) -> Generator[LearnProgress, None, Learned]:
        """Learn from what the catalogue has now: its split train; the split test only counts what is right.

        Raises DatasetError where fewer than two classes have images to learn from.
        """
        key = yield from self.prepare(project)
        with Catalog.open(project, read_only=True) as catalog:
            rows = catalog.classes()
            samples = catalog.samples(split="train") + catalog.samples(split="test")
            counts = catalog.counts()
        used = {sample.class_id for sample in samples if sample.split == "train"}
        known = [row for row in rows if row.id in used]
        if len(known) < 2:
            self._head = None
            raise DatasetError("a classifier needs at least two classes: record another one")
        ids = [row.id for row in known]
        samples = [sample for sample in samples if sample.class_id in ids]
        engine = self._engine
        assert engine is not None
        embedded = yield from forward_events(
            embed(project, samples, key, lambda: engine),
            lambda progress: LearnProgress("embed", progress.done, progress.total),
        )
        yield LearnProgress("fit", 0, 1)
        learns = np.array([sample.split == "train" for sample in embedded.samples])
        labels = labels_of(embedded.samples, ids)
        head = fit_head("logistic", embedded.vectors[learns], labels[learns], len(ids), _STRENGTH, balanced=True)
        self._head = head
        held_out = ~learns
        right = 0
        if held_out.any():
            right = int((head.logits(embedded.vectors[held_out]).argmax(1) == labels[held_out]).sum())
        learned_from = [sample for sample in embedded.samples if sample.split == "train"]
        groups, _ = validation_groups(learned_from)
        return Learned(
            tuple(ids),
            tuple(row.name for row in known),
            self._backbone.title,
            int(learns.sum()),
            int(held_out.sum()),
            right,
            tuple(advise_recording(counts, learned_from, embedded.vectors[learns], groups)),
        )

    def predict(self, image: NDArray[np.uint8], project: Project) -> tuple[float, ...]:
        """Probabilities of the classes of the last refresh for a frame (H, W, 3) uint8 BGR; empty before it."""
        if self._engine is None or self._head is None:
            return ()
        embedding = self._engine.run(preprocess(image, project.input)[None]).embedding
        return tuple(float(value) for value in softmax(self._head.logits(embedding)[0]))
