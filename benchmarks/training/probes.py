"""Networks with a linear probe on their embeddings: what `advise` promises of them, and what a training reaches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from edge_transfer.backbones.embeddings import EmbeddingKey, SideEmbeddings, embed_sides
from edge_transfer.backbones.onnx_graph import open_backbone
from edge_transfer.backbones.random_baseline import RANDOM_OF, random_weights
from edge_transfer.backbones.registry import REGISTRY
from edge_transfer.backbones.weights import find_weights
from edge_transfer.dataset.project import Project
from edge_transfer.dataset.records import Sample
from edge_transfer.heads import cross_validate, fit_head
from export.runtime.events import exhaust
from export.runtime.inference.engine import default_engine

NETWORKS = ("mobilenet_v2", "builtin", "random")
Labelled = tuple[NDArray[np.float32], NDArray[np.int64]]
"""Embeddings (N, D) and labels (N,)."""


def embedded(
    project: Project, samples: Sequence[Sample], network: str, sides: Sequence[int]
) -> tuple[list[EmbeddingKey], SideEmbeddings]:
    """The samples through a network of NETWORKS at some input sides: the key of each side, and what was embedded."""
    backbone = RANDOM_OF if network == "random" else REGISTRY[network]
    weights = random_weights() if network == "random" else find_weights(backbone)
    specs = [replace(project.input, side=side) for side in sides]
    keys = [EmbeddingKey(backbone.name, weights.sha256, default_engine(), "fp32", spec) for spec in specs]
    opened = embed_sides(
        project, samples, keys, lambda key: open_backbone(backbone, weights, key.input.side, key.engine)
    )
    return keys, exhaust(opened)


def probe_top1(fit: Labelled, groups: NDArray[np.int64], test: Labelled, n_classes: int) -> float:
    """Accuracy on `test` of the product's probe, fitted on `fit`, its strength chosen by cross-validation."""
    vectors, labels = fit
    chosen = exhaust(cross_validate("logistic", vectors, labels, groups, n_classes, ())).chosen
    head = fit_head("logistic", vectors, labels, n_classes, chosen)
    return float((head.logits(test[0]).argmax(1) == test[1]).mean())
