"""Evaluate logits on one split: all metrics, and the reasons why they may be optimistic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge_transfer.dataset.catalog import Sample
from edge_transfer.errors import DatasetError, EngineError
from edge_transfer.evaluation import metrics
from export.runtime.inference.decision import softmax

MOST_MISTAKES = 24
LEARNED_FROM = "the model learned from these very pictures"
CHOSEN_ON = "the model was chosen on these pictures"


@dataclass(frozen=True)
class ClassResult(metrics.ClassScore):
    """The score of a class, with its name."""

    name: str


@dataclass(frozen=True)
class Mistake:
    """A sample whose likeliest class is not its label."""

    sample_id: int
    sha256: str
    truth: str
    predicted: str
    probability: float
    """Of the wrong answer."""
    unknown: bool
    """The probability lies below the threshold, so the box would have said unknown."""


@dataclass(frozen=True)
class Evaluation:
    """The measures of one run on one split; shares are 0 to 1."""

    run: str
    split: str
    n: int
    classes: list[str]
    top1: float
    top1_interval: tuple[float, float]
    """95 % Wilson interval, as if the samples were independent."""
    macro_f1: float
    nll: float
    ece: float
    brier: float
    baseline: float
    """Accuracy of always answering the most frequent class."""
    confusion: list[list[int]]
    """Rows are the true classes."""
    per_class: list[ClassResult]
    reliability: list[metrics.ReliabilityBin]
    coverage_curve: list[metrics.CoveragePoint]
    temperature: float
    threshold: float
    coverage: float
    """Share of samples whose answer is not unknown."""
    accuracy_covered: float | None
    """Share of those answers that is right; None when every answer is unknown."""
    optimistic: bool
    optimistic_reasons: list[str]
    missing_classes: list[str]
    """Classes of which no sample was evaluated."""
    sessions: list[int]
    """Capture sessions the samples come from."""
    recorded: bool
    """Some samples are frames of a recording, which resemble their neighbours: the interval is then too narrow."""
    mistakes: list[Mistake]
    """Worst first, that is the most confident wrong answer; at most 24."""

    def to_json(self) -> dict[str, Any]:
        """Plain dictionaries, lists, strings and numbers."""
        return asdict(self)

    @staticmethod
    def from_json(data: dict[str, Any]) -> Evaluation:
        """The opposite of `to_json`. Raises DatasetError when `data` is not what `to_json` gave."""
        try:
            return Evaluation(
                **{
                    **data,
                    "top1_interval": tuple(data["top1_interval"]),
                    "per_class": [ClassResult(**row) for row in data["per_class"]],
                    "reliability": [metrics.ReliabilityBin(**row) for row in data["reliability"]],
                    "coverage_curve": [metrics.CoveragePoint(**row) for row in data["coverage_curve"]],
                    "mistakes": [Mistake(**row) for row in data["mistakes"]],
                }
            )
        except (KeyError, TypeError) as error:
            raise DatasetError(f"not a stored evaluation: {error}; evaluate the run again") from error


def evaluate(
    logits: NDArray[np.float32],
    labels: NDArray[np.int64],
    *,
    run: str,
    split: str,
    classes: Sequence[str],
    temperature: float,
    threshold: float,
    samples: Sequence[Sample],
    optimistic_reasons: Sequence[str] = (),
) -> Evaluation:
    """Measure raw logits (N, C) against class numbers (N,) of the N `samples` of a split.

    `optimistic_reasons` are plain sentences on why the numbers flatter the model, such as a class with a single
    capture session; the splits `train` and `val` bring their own. Raises DatasetError for an empty split or for
    arrays that do not fit together, EngineError for logits that are not finite.
    """
    _check(logits, labels, split, classes, samples)
    probabilities = softmax(logits, temperature)
    answers, stated = probabilities.argmax(1), probabilities.max(1)
    right, known = answers == labels, stated >= threshold
    own_reason = {"train": [LEARNED_FROM], "val": [CHOSEN_ON]}.get(split, [])
    reasons = [*own_reason, *(reason for reason in optimistic_reasons if reason not in own_reason)]
    scores = metrics.per_class(probabilities, labels)
    wrong = [k for k in np.argsort(-stated, kind="stable") if not right[k]][:MOST_MISTAKES]
    return Evaluation(
        run=run,
        split=split,
        n=len(labels),
        classes=list(classes),
        top1=metrics.top1(probabilities, labels),
        top1_interval=metrics.wilson_interval(int(right.sum()), len(labels)),
        macro_f1=metrics.macro_f1(probabilities, labels),
        nll=metrics.nll(probabilities, labels),
        ece=metrics.ece(probabilities, labels),
        brier=metrics.brier(probabilities, labels),
        baseline=metrics.majority_share(labels),
        confusion=metrics.confusion(probabilities, labels).tolist(),
        per_class=[ClassResult(**asdict(score), name=name) for score, name in zip(scores, classes, strict=True)],
        reliability=metrics.reliability_bins(probabilities, labels),
        coverage_curve=metrics.coverage_curve(probabilities, labels),
        temperature=float(temperature),
        threshold=float(threshold),
        coverage=float(known.mean()),
        accuracy_covered=float(right[known].mean()) if known.any() else None,
        optimistic=bool(reasons),
        optimistic_reasons=reasons,
        missing_classes=[name for score, name in zip(scores, classes, strict=True) if not score.support],
        sessions=sorted({sample.session_id for sample in samples}),
        recorded=any(sample.session_kind == "recording" for sample in samples),
        mistakes=[
            Mistake(
                samples[k].id,
                samples[k].sha256,
                classes[labels[k]],
                classes[answers[k]],
                float(stated[k]),
                not bool(known[k]),
            )
            for k in wrong
        ],
    )


def _check(
    logits: NDArray[np.float32],
    labels: NDArray[np.int64],
    split: str,
    classes: Sequence[str],
    samples: Sequence[Sample],
) -> None:
    if not len(samples):
        raise DatasetError(f"the split {split!r} has no samples: capture or import some, or choose another split")
    if logits.shape != (len(samples), len(classes)) or labels.shape != (len(samples),):
        raise DatasetError(
            f"{len(samples)} samples of {len(classes)} classes do not fit "
            f"logits of shape {logits.shape} and labels of shape {labels.shape}"
        )
    if labels.min() < 0 or labels.max() >= len(classes):
        raise DatasetError(f"labels run from {labels.min()} to {labels.max()}, but there are {len(classes)} classes")
    if not np.isfinite(logits).all():
        raise EngineError("the network answered with numbers that are not finite; the model or its input is damaged")
