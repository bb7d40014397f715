"""Find suspected label errors, near-duplicates and outliers, and project all samples onto a 2-D map."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge_transfer.backbones.embeddings import EmbeddingKey, embed, labels_of
from edge_transfer.backbones.onnx_graph import open_backbone
from edge_transfer.backbones.weights import backbone_of, default_backbone, find_weights
from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from edge_transfer.dataset.records import Sample
from edge_transfer.dataset.splits import near_duplicate_groups, validation_groups
from edge_transfer.errors import DatasetError
from edge_transfer.heads import normalised
from edge_transfer.heads.confidence import fit_temperature
from edge_transfer.heads.leave_group_out import held_out_scores
from export.runtime.events import forward_events
from export.runtime.inference.decision import softmax
from export.runtime.inference.engine import default_engine

MAP_SAMPLES = 2000
"""Above so many samples the map is drawn by PCA alone: t-SNE takes minutes."""
FULL_SAMPLES = 10_000
"""Above so many samples the embeddings are shortened by PCA first, which bounds memory and time."""
MOST_REFERENCES = 5000
"""So many samples of a class at most are candidates for a neighbour; the others are compared with those."""

_SHORT = 256
_NEIGHBOURS = 5
_BLOCK = 1024
_FEWEST_FOR_OUTLIERS = 8
_PERPLEXITY = 30

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class ReviewProgress:
    """Where a review stands."""

    stage: str
    """`embed`, `cross-validate`, `neighbours` or `map`."""
    done: int
    total: int


@dataclass(frozen=True)
class Review:
    """What was found; the arrays have a row for each of the `sample_ids`."""

    sample_ids: Integers
    """(N,) live samples that could be read, ascending."""
    own: Floats
    """(N,) held-out probability of the sample's own label, 0..1; NaN where it could not be held out."""
    suggested: Integers
    """(N,) class id of the likeliest class when held out; the own class where `own` is NaN."""
    outlier: Floats
    """(N,) 0..1, rank of the distance to the own class (1 = farthest)."""
    group: Integers
    """(N,) number of its group of near-duplicates, whatever their classes; -1 = none."""
    position: Floats
    """(N, 2) map of the embeddings, each axis 0..1."""
    backbone: str
    suspects: tuple[int, ...]
    """Sample ids, likeliest label error first."""
    duplicates: tuple[int, ...]
    """Ids of samples that repeat an earlier one of their class; what repeats within one recording is not counted."""
    outliers: tuple[int, ...]
    """Ids of samples far from their class, farthest first; only clear ones."""
    notes: tuple[str, ...] = ()
    """What was left out or shortened, in plain sentences."""


def review(project: Project, weights_file: Path | None = None) -> Generator[ReviewProgress, None, Review]:
    """Look through all live, labelled samples of a project, whatever their split; the catalogue is only read.

    Raises DatasetError when there is no sample, WeightsError without usable weights.
    """
    with Catalog.open(project, read_only=True) as catalog:
        samples = catalog.samples()
        class_ids = [row.id for row in catalog.classes()]
    if not samples:
        raise DatasetError("there is no image to review: record or import some")
    backbone = backbone_of(weights_file) if weights_file else default_backbone()
    weights, engine = find_weights(backbone, weights_file), default_engine()
    key = EmbeddingKey(backbone.name, weights.sha256, engine, "fp32", project.input)
    embedded = yield from forward_events(
        embed(project, samples, key, lambda: open_backbone(backbone, weights, project.input.side, engine)),
        lambda progress: ReviewProgress("embed", progress.done, progress.total),
    )
    samples = list(embedded.samples)
    ids = np.array([sample.id for sample in samples], np.int64)
    used = [class_id for class_id in class_ids if any(sample.class_id == class_id for sample in samples)]
    labels = labels_of(samples, used)
    notes = _notes(len(samples), labels, len(embedded.unreadable))
    features = normalised(embedded.vectors)
    del embedded
    if len(samples) > FULL_SAMPLES:
        features = normalised(principal_components(features, _SHORT))

    yield ReviewProgress("cross-validate", 0, 1)
    probabilities = _held_out(features, samples, labels, len(used))
    yield ReviewProgress("cross-validate", 1, 1)
    known = ~np.isnan(probabilities[:, 0])
    own = probabilities[np.arange(len(labels)), labels]
    answers = np.where(known, np.where(known[:, None], probabilities, 0).argmax(1), labels)
    if not known.all():
        notes.append(f"{int((~known).sum())} images could not be held out, so nothing is said about their labels")

    distances = yield from _neighbour_distances(features, labels)
    groups = near_duplicate_groups([sample.dhash for sample in samples])
    yield ReviewProgress("map", 0, 1)
    position = picture_map(features)
    yield ReviewProgress("map", 1, 1)
    return Review(
        sample_ids=ids,
        own=np.asarray(own, np.float32),
        suggested=np.array(used, np.int64)[answers],
        outlier=_ranks(distances),
        group=_numbered(groups),
        position=position,
        backbone=backbone.title,
        suspects=tuple(ids[label_errors(probabilities, labels)].tolist()),
        duplicates=tuple(ids[repeats(samples, groups)].tolist()),
        outliers=tuple(ids[clear_outliers(distances, labels)].tolist()),
        notes=tuple(notes),
    )


def label_errors(probabilities: Floats, labels: Integers) -> Integers:
    """Rows whose label is probably wrong, likeliest first, by confident learning (Northcutt et al., 2021).

    From held-out probabilities (N, C), rows of NaN left out, and labels (N,). The threshold of a class is the mean
    probability that its own samples give it; a sample that reaches the threshold of another class, and there is
    likelier than in its own, is suspected. The order is that of the ratio of the two probabilities.
    """
    known = np.flatnonzero(~np.isnan(probabilities[:, 0]))
    if not len(known):
        return known
    chances, given = probabilities[known], labels[known]
    rows = np.arange(len(known))
    thresholds = np.full(chances.shape[1], np.inf)
    for k in np.unique(given):
        thresholds[k] = chances[given == k, k].mean()
    confident = np.where(chances >= thresholds, chances, 0)
    best = confident.argmax(1)
    ratio = np.log(np.maximum(chances[rows, best], 1e-12)) - np.log(np.maximum(chances[rows, given], 1e-12))
    suspected = np.flatnonzero((confident[rows, best] > 0) & (best != given) & (ratio > 0))
    return known[suspected[np.argsort(-ratio[suspected], kind="stable")]]


def clear_outliers(distances: Floats, labels: Integers) -> Integers:
    """Rows that lie clearly outside of their class, farthest first.

    From distances (N,) to the neighbours in the class, divided by the class's median, and labels (N,). Clear is what
    exceeds the upper quartile of its class by three interquartile ranges (Tukey, 1977), in classes of eight or more.
    """
    found: list[int] = []
    for k in np.unique(labels):
        rows = np.flatnonzero(labels == k)
        if len(rows) < _FEWEST_FOR_OUTLIERS:
            continue
        low, high = np.quantile(distances[rows], (0.25, 0.75))
        found += rows[distances[rows] > high + 3 * max(high - low, 0.1)].tolist()
    return np.array(sorted(found, key=lambda row: -distances[row]), np.int64)


def principal_components(features: Floats, count: int) -> Floats:
    """The first `count` principal components (N, count) of features (N, D), fitted on 10,000 of the rows at most."""
    from sklearn.decomposition import PCA

    chosen = np.random.default_rng(0).permutation(len(features))[:FULL_SAMPLES]
    count = min(count, *features[chosen].shape)
    model = PCA(count, random_state=0).fit(features[chosen])
    return np.asarray((features - model.mean_.astype(np.float32)) @ model.components_.T.astype(np.float32), np.float32)


def picture_map(features: Floats) -> Floats:
    """Points (N, 2), each axis 0..1, on which alike features (N, D) lie close; the same for the same features.

    t-SNE (van der Maaten and Hinton, 2008) on 50 principal components; above 2000 samples two principal components.
    """
    if len(features) <= 2:
        points = np.zeros((len(features), 2), np.float32)
        points[1:] = 1
        return points
    if len(features) > MAP_SAMPLES or len(features) < 2 * _NEIGHBOURS:
        points = principal_components(features, 2)
    else:
        from sklearn.manifold import TSNE
        from threadpoolctl import threadpool_limits

        short = principal_components(features, 50)
        perplexity = min(_PERPLEXITY, (len(features) - 1) / 3)
        # The sums of several threads differ in the last bit from run to run, and the map with them.
        with threadpool_limits(1):
            model = TSNE(2, perplexity=perplexity, init="pca", learning_rate="auto", max_iter=500, random_state=0)
            points = model.fit_transform(short)
    low, high = points.min(0), points.max(0)
    return np.asarray((points - low) / np.maximum(high - low, 1e-12), np.float32)


def _held_out(features: Floats, samples: Sequence[Sample], labels: Integers, n_classes: int) -> Floats:
    """Held-out probabilities (N, C), NaN where there are none."""
    groups, _ = validation_groups(samples)
    probabilities = np.full((len(labels), n_classes), np.nan, np.float32)
    if n_classes < 2:
        return probabilities
    scores = held_out_scores(features, labels, groups, n_classes)
    known = ~np.isnan(scores[:, 0])
    if known.any():
        probabilities[known] = softmax(scores[known], fit_temperature(scores[known], labels[known]))
    return probabilities


def _neighbour_distances(features: Floats, labels: Integers) -> Generator[ReviewProgress, None, Floats]:
    """Mean cosine distance (N,) to the nearest neighbours in the class, divided by the class's median."""
    distances = np.zeros(len(labels), np.float32)
    rng = np.random.default_rng(0)
    done = 0
    yield ReviewProgress("neighbours", 0, len(labels))
    for k in np.unique(labels):
        rows = np.flatnonzero(labels == k)
        references = np.sort(rng.permutation(rows)[:MOST_REFERENCES])
        near = min(_NEIGHBOURS, len(references) - 1)
        for start in range(0, len(rows), _BLOCK):
            block = rows[start : start + _BLOCK]
            if near:
                alike = features[block] @ features[references].T
                alike[block[:, None] == references[None]] = -np.inf
                distances[block] = 1 - np.partition(alike, -near, axis=1)[:, -near:].mean(1)
            done += len(block)
            yield ReviewProgress("neighbours", done, len(labels))
        distances[rows] /= max(float(np.median(distances[rows])), 1e-6)
    return distances


def _ranks(values: Floats) -> Floats:
    ranks = np.empty(len(values), np.float32)
    ranks[np.argsort(values, kind="stable")] = np.linspace(0, 1, len(values), dtype=np.float32)
    return ranks


def _numbered(groups: Sequence[int]) -> Integers:
    """Groups of two and more as 0, 1, …, the others as -1."""
    _, numbers, counts = np.unique(np.array(groups, np.int64), return_inverse=True, return_counts=True)
    shared = np.cumsum(counts > 1) - 1
    return np.where(counts[numbers] > 1, shared[numbers], -1).astype(np.int64)


def repeats(samples: Sequence[Sample], groups: Sequence[int]) -> Integers:
    """Rows that repeat an earlier one of their group (N,) and class, but for frames of the same recording."""
    first: dict[tuple[int, int], int] = {}
    rows = []
    for row, (sample, group) in enumerate(zip(samples, groups, strict=True)):
        earlier = first.setdefault((group, sample.class_id), row)
        same_recording = sample.session_kind == "recording" and sample.session_id == samples[earlier].session_id
        if earlier != row and not same_recording:
            rows.append(row)
    return np.array(rows, np.int64)


def _notes(count: int, labels: Integers, unreadable: int) -> list[str]:
    notes = []
    if unreadable:
        notes.append(f"{unreadable} pictures are gone or damaged and were left out")
    if count > FULL_SAMPLES:
        notes.append(f"more than {FULL_SAMPLES} images: they were compared by {_SHORT} principal components")
    if np.bincount(labels).max() > MOST_REFERENCES:
        notes.append(f"in large classes, distances were taken to {MOST_REFERENCES} images of the class at most")
    if count > MAP_SAMPLES:
        notes.append(f"more than {MAP_SAMPLES} images: the map shows two principal components")
    return notes
