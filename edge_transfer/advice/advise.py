"""Recommend a backbone, an input side and a training strategy before any training."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge_transfer.advice.cache import fingerprint
from edge_transfer.advice.domain_gap import comparable, reference_for
from edge_transfer.advice.frame_cost import BoxTime, frame_latencies, read_box_time
from edge_transfer.advice.result import (
    Advice,
    Budget,
    Candidate,
    Choice,
    ClassSize,
    DataFacts,
    Leakage,
    Strategy,
    Transfer,
    choose,
)
from edge_transfer.advice.transferability import Suitability, difference, right_split_by_frame, suitability
from edge_transfer.backbones.embeddings import EmbeddingKey, EmbedProgress, embed_sides, labels_of
from edge_transfer.backbones.onnx_graph import open_backbone
from edge_transfer.backbones.random_baseline import RANDOM_OF, random_weights
from edge_transfer.backbones.registry import Backbone
from edge_transfer.backbones.weights import Weights, available_backbones, default_backbone, find_weights
from edge_transfer.curation.label_review import repeats
from edge_transfer.curation.recording_hints import advise_first, advise_recording
from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from edge_transfer.dataset.records import Sample
from edge_transfer.dataset.sampling import in_share, of_class_and_session, stratified_sample
from edge_transfer.dataset.splits import near_duplicate_groups, validation_groups
from edge_transfer.errors import BundleError
from edge_transfer.runs.recipe import Recipe
from edge_transfer.training.strategy import independent_images, obstacle
from export.runtime.events import forward_events
from export.runtime.inference.engine import Engine, default_engine, physical_cores
from export.runtime.inference.preprocess import InputSpec
from export.runtime.inference.processor import processor_text

SIDES = (96, 128, 160, 192, 224)
"""Input sides that are compared, in pixels, beside the project's own."""
MOST_IMAGES = 1000
"""More images than these are judged by a sample of them, taken from every session."""
EASY = 0.97
"""Where the random network is right so often, any network will do."""
FEWEST_FOR_SCRATCH = 200
"""Independent images of the median class; with fewer, training from nothing learns them by heart. A rule of thumb."""
_CLEAR = 0.05
"""With a larger standard error of the gain nothing is said about what the pretrained network is worth."""

Integers = NDArray[np.int64]
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class AdviceProgress:
    """Where it stands."""

    stage: str
    """`prepare` (a network is loaded or converted), `embed`, `score` or `measure`."""
    done: int
    total: int


Events = Generator[AdviceProgress, None, Advice]


@dataclass(frozen=True)
class _Network:
    backbone: Backbone
    weights: Weights
    pretrained: bool
    sides: tuple[int, ...]

    def specs(self, own: InputSpec) -> list[InputSpec]:
        """The sides that are compared, and what the reference of photographs needs."""
        wanted = {replace(own, side=side) for side in self.sides}
        if self.pretrained and reference_for(self.weights.sha256) is not None:
            wanted.add(comparable(own))
        return sorted(wanted, key=lambda spec: spec.side)

    def key(self, spec: InputSpec, engine: str) -> EmbeddingKey:
        return EmbeddingKey(self.backbone.name, self.weights.sha256, engine, "fp32", spec)

    def open(self, key: EmbeddingKey) -> Engine:
        return open_backbone(self.backbone, self.weights, key.input.side, key.engine)


_Pair = tuple[_Network, InputSpec]


@dataclass(frozen=True)
class _Seen:
    """What the networks saw: the readable samples, and embeddings (N, D) by network and input."""

    samples: tuple[Sample, ...]
    vectors: Mapping[_Pair, Floats]


def advise(
    project: Project,
    catalog: Catalog,
    budget: Budget | None = None,
    box: Path | None = None,
    *,
    sides: Sequence[int] = SIDES,
    most_images: int = MOST_IMAGES,
) -> Events:
    """Compare the backbones whose weights are at hand at several sides, and advise on data, network and strategy.

    Only the split train is looked at. Latencies are measured on this machine with the product's engine, or scaled to
    the box whose `benchmark --json` the file `box` holds. What was embedded before a cancel is kept.

    Fewer than two classes that can be judged give advice on the data alone. Raises BundleError for an unusable `box`,
    DatasetError where too many pictures are gone, WeightsError where weights at hand are damaged.
    """
    started = time.monotonic()
    budget = budget or Budget()
    box_time = read_box_time(box) if box else None
    engine, own = default_engine(), project.input
    training, counts = catalog.samples(split="train"), catalog.counts()
    chosen = stratified_sample(training, most_images, stratum=of_class_and_session, pick=in_share)
    advice = Advice(
        _facts(training, chosen, counts), own.side, budget=budget, fingerprint=fingerprint(project, training, budget)
    )
    if len(advice.data.classes) < 2:
        return replace(advice, seconds=time.monotonic() - started)
    every_side = tuple(sorted({*sides, own.side}))
    networks = [_Network(each, find_weights(each), True, every_side) for each in available_backbones()]
    yield AdviceProgress("prepare", 0, 1)
    networks.append(_Network(RANDOM_OF, random_weights(), False, (own.side,)))
    default = next((each for each in networks if each.backbone == default_backbone()), networks[-1])

    seen = yield from _seen(project, chosen, networks, engine)
    groups, optimistic = validation_groups(seen.samples)
    hints = advise_recording(counts, list(seen.samples), seen.vectors[default, own], groups)
    facts = replace(advice.data, hints=tuple(hints), optimistic=tuple(optimistic))
    scores = yield from _scores(seen, groups)
    if not next(iter(scores.values())).known.any():
        return replace(advice, data=facts, seconds=time.monotonic() - started)
    busy = hasattr(os, "getloadavg") and os.getloadavg()[0] > physical_cores() + 1
    times = yield from forward_events(
        frame_latencies(
            [(network.backbone, network.weights, spec) for network, spec in scores],
            box_time.engine if box_time else engine,
        ),
        lambda rounds: AdviceProgress("measure", rounds.done, rounds.total),
    )
    latencies = dict(zip(scores, times, strict=True))
    factor = _box_factor(box_time, latencies, default.backbone.name, own.side) if box_time else 0.0
    candidates = _candidates(scores, {pair: ms * (factor or 1) for pair, ms in latencies.items()}, groups)
    choice, transfer = choose(candidates, budget), _transfer(scores, groups, default, networks[-1], own)
    gap = reference_for(default.weights.sha256) if default.pretrained else None
    return replace(
        advice,
        data=facts,
        candidates=tuple(candidates),
        choice=choice,
        gap=None if gap is None else gap.gap(seen.vectors[default, comparable(own)]),
        gap_title="" if gap is None else default.backbone.title,
        leakage=_leakage(seen, scores, groups, choice),
        transfer=transfer,
        strategy=_strategy(training, choice, transfer),
        engine=box_time.engine if box_time else engine,
        processor=processor_text(),
        busy=busy,
        box_factor=factor,
        seconds=time.monotonic() - started,
    )


def _facts(training: Sequence[Sample], chosen: Sequence[Sample], counts: dict[str, dict[str, int]]) -> DataFacts:
    classes: dict[str, list[Sample]] = {}
    for sample in training:
        classes.setdefault(sample.class_name, []).append(sample)
    sizes = tuple(
        ClassSize(
            name,
            len(own),
            len({s.session_id for s in own if s.session_kind == "recording"}),
            sum(s.session_kind != "recording" for s in own),
        )
        for name, own in classes.items()
    )
    repeated = repeats(chosen, near_duplicate_groups([s.dhash for s in chosen])) if chosen else ()
    return DataFacts(sizes, len(training), len(chosen), len(repeated), tuple(advise_first(counts)), ())


def _seen(
    project: Project, samples: Sequence[Sample], networks: Sequence[_Network], engine: str
) -> Generator[AdviceProgress, None, _Seen]:
    """Network by network, so that the engines of one only are in memory."""
    vectors: dict[_Pair, Floats] = {}
    kept = tuple(samples)
    for number, network in enumerate(networks):
        keys = [network.key(spec, engine) for spec in network.specs(project.input)]
        embedded = yield from forward_events(
            embed_sides(project, samples, keys, network.open), _counted(number, len(networks), len(samples))
        )
        kept = embedded.samples
        vectors.update({(network, key.input): rows for key, rows in embedded.vectors.items()})
    return _Seen(kept, vectors)


def _counted(number: int, networks: int, samples: int) -> Callable[[EmbedProgress], AdviceProgress]:
    return lambda event: AdviceProgress("embed", number * samples + event.done, networks * samples)


def _scores(seen: _Seen, groups: Integers) -> Generator[AdviceProgress, None, dict[_Pair, Suitability]]:
    from threadpoolctl import threadpool_limits

    labels, n_classes = _labels(seen)
    pairs = [(network, spec) for network, spec in seen.vectors if spec.side in network.sides]
    scores: dict[_Pair, Suitability] = {}
    for done, pair in enumerate(pairs):
        yield AdviceProgress("score", done, len(pairs))
        # Several threads of BLAS fight with whatever else runs and take longer than one.
        with threadpool_limits(1, "blas"):
            scores[pair] = suitability(seen.vectors[pair], labels, groups, n_classes)
    yield AdviceProgress("score", len(pairs), len(pairs))
    return scores


def _labels(seen: _Seen) -> tuple[Integers, int]:
    """Labels (N,) and the number of classes."""
    ids = list(dict.fromkeys(sample.class_id for sample in seen.samples))
    return labels_of(seen.samples, ids), len(ids)


def _candidates(
    scores: Mapping[_Pair, Suitability], latencies: Mapping[_Pair, float], groups: Integers
) -> list[Candidate]:
    """Most accurate first."""
    known = next(iter(scores.values())).known
    judged = groups[known]
    pretrained = [pair for pair in scores if pair[0].pretrained] or list(scores)
    best = scores[max(pretrained, key=lambda pair: (scores[pair].top1, scores[pair].logme))].right[known]
    found = []
    for (network, spec), score in scores.items():
        right = score.right[known]
        behind, behind_error = difference(best, right, judged)
        candidate = Candidate(
            backbone=network.backbone.name if network.pretrained else "random",
            title=network.backbone.title,
            side=spec.side,
            pretrained=network.pretrained,
            top1=score.top1,
            error=difference(right, np.zeros(len(right), bool), judged)[1],
            neighbours_top1=score.neighbours_top1,
            logme=score.logme,
            behind=behind,
            behind_error=behind_error,
            p50_ms=latencies[network, spec],
            bytes=4 * network.backbone.parameters,
        )
        found.append(candidate)
    return sorted(found, key=lambda each: (-each.top1, -each.logme))


def _leakage(
    seen: _Seen, scores: Mapping[_Pair, Suitability], groups: Integers, choice: Choice | None
) -> Leakage | None:
    from threadpoolctl import threadpool_limits

    if choice is None or all(sample.session_kind != "recording" for sample in seen.samples):
        return None
    taken = (choice.candidate.backbone, choice.candidate.side)
    pair = next(each for each in scores if each[0].pretrained and (each[0].backbone.name, each[1].side) == taken)
    labels, n_classes = _labels(seen)
    with threadpool_limits(1, "blas"):
        promised = right_split_by_frame(seen.vectors[pair], labels, n_classes)
    known = scores[pair].known
    gap, error = difference(promised[known], scores[pair].right[known], groups[known])
    return Leakage(float(promised[known].mean()), gap, error)


def _transfer(
    scores: Mapping[_Pair, Suitability], groups: Integers, default: _Network, random: _Network, own: InputSpec
) -> Transfer | None:
    """What the default backbone's knowledge is worth at the project's side."""
    if not default.pretrained:
        return None
    taught, untaught = scores[default, own], scores[random, own]
    known = taught.known
    gain, error = difference(taught.right[known], untaught.right[known], groups[known])
    if gain > 2 * error:
        verdict = "helps"
    elif untaught.top1 >= EASY:
        verdict = "easy"
    else:
        verdict = "useless" if error <= _CLEAR else "unclear"
    return Transfer(verdict, untaught.top1, taught.top1, gain, error)


def _strategy(training: Sequence[Sample], choice: Choice | None, transfer: Transfer | None) -> Strategy | None:
    if choice is None:
        return None
    independent = independent_images(training)
    if transfer is not None and transfer.verdict == "useless" and independent >= FEWEST_FOR_SCRATCH:
        return Strategy("scratch", "useless", independent, FEWEST_FOR_SCRATCH)
    taken = choice.candidate
    against = obstacle(training, taken.top1, Recipe(backbone=taken.backbone), taken.side)
    if against is not None:
        return Strategy("probe", against.kind, against.found, against.limit)
    return Strategy("finetune", "", independent, taken.top1)


def _box_factor(box: BoxTime, latencies: Mapping[_Pair, float], default: str, side: int) -> float:
    """How many times as long as this machine the box takes, by the model that it has measured."""
    wanted = (box.backbone or default, box.side or side)
    for (network, spec), here_ms in latencies.items():
        if network.pretrained and (network.backbone.name, spec.side) == wanted:
            return box.p50_ms / here_ms
    raise BundleError(
        f"the box has measured {wanted[0]} at {wanted[1]} px, which is not among the networks compared here: benchmark "
        f"a bundle with one of these there"
    )
