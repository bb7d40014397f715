"""Dataclasses of an advice result, and the choice among its candidates under a latency budget."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from edge_transfer.curation.recording_hints import Hint
from edge_transfer.errors import DatasetError

FORMAT = 2


@dataclass(frozen=True)
class ClassSize:
    """What there is of a class in the split train."""

    name: str
    images: int
    recordings: int
    """Capture sessions."""
    pictures: int
    """Independent pictures among the images."""


@dataclass(frozen=True)
class DataFacts:
    """The data that the advice is about."""

    classes: tuple[ClassSize, ...]
    images: int
    """Of the split train."""
    looked_at: int
    """Images that were embedded: all, or a sample of them by session."""
    repeats: int
    """Of those looked at: near-duplicates of an earlier one, frames of one recording not counted."""
    hints: tuple[Hint, ...]
    """What to record next, most important first."""
    optimistic: tuple[str, ...]
    """Why the expected accuracy may be better than the truth, in plain sentences."""


@dataclass(frozen=True)
class Candidate:
    """A backbone at an input side."""

    backbone: str
    title: str
    side: int
    """In pixels."""
    pretrained: bool
    """False for the network that has learned nothing."""
    top1: float
    """Expected accuracy, 0 to 1: of a linear probe on images whose session it had not seen."""
    error: float
    """Standard error of it, by sessions."""
    neighbours_top1: float
    """Of the five nearest neighbours from other sessions, 0 to 1."""
    logme: float
    """Evidence of the labels, a score for ranking."""
    behind: float
    """Share by which the most accurate candidate is right more often, on the same images; 0 for itself."""
    behind_error: float
    p50_ms: float
    """A camera frame of 640 × 480 to its embedding, median; on the box where one was given."""
    bytes: int
    """Of its weights in float32."""


@dataclass(frozen=True)
class Budget:
    """What the box must reach. Raises DatasetError for a value outside its range."""

    fps: float = 0.0
    """Frames a second, 0 for any."""
    points: float = 1.0
    """Points of accuracy (0 to 100) that may be lost against the most accurate candidate."""

    def __post_init__(self) -> None:
        if not 0 <= self.fps <= 10_000:
            raise DatasetError(f"--fps is {self.fps:g}; allowed is 0 (any) to 10000")
        if not 0 <= self.points <= 100:
            raise DatasetError(f"--points is {self.points:g}; allowed is 0 to 100")

    @property
    def most_ms(self) -> float:
        """Time of a frame at the most; infinite for any."""
        return 1000 / self.fps if self.fps else float("inf")


@dataclass(frozen=True)
class Choice:
    """What a budget leads to."""

    candidate: Candidate
    fast_enough: bool
    accurate_enough: bool


@dataclass(frozen=True)
class Transfer:
    """What the knowledge of the pretrained backbone is worth here."""

    verdict: str
    """`helps`; `easy`: the random network is right nearly always as well; `useless`: it does as well within noise."""
    random_top1: float
    pretrained_top1: float
    """Both at the project's side, linear probes with sessions held out, 0 to 1."""
    gain: float
    """The difference on the same images, as a share."""
    gain_error: float


@dataclass(frozen=True)
class Leakage:
    """What a split by single frames would have promised of the chosen network, with recordings on both sides."""

    promised_top1: float
    """0 to 1."""
    gap: float
    """How much that is above the accuracy with whole sessions held out, on the same images, as a share."""
    gap_error: float
    """Its standard error, by sessions."""

    @property
    def clear(self) -> bool:
        """The gap is a point at least, and more than noise."""
        return self.gap >= max(0.01, 2 * self.gap_error)


@dataclass(frozen=True)
class Strategy:
    """How to train, and why."""

    name: str
    """`probe`, `finetune` or `scratch`."""
    why: str
    """Kind of an obstacle to fine-tuning, `useless` for scratch, or empty: fine-tuning promises something."""
    found: float = 0.0
    limit: float = 0.0
    """As in `strategy.Obstacle`."""


@dataclass(frozen=True)
class Advice:
    """Everything that is advised. Without at least two classes that can be judged only `data` says something."""

    data: DataFacts
    side: int
    """Of the project, in pixels."""
    candidates: tuple[Candidate, ...] = ()
    """Most accurate first; the random network among them."""
    budget: Budget = Budget()
    choice: Choice | None = None
    gap: float | None = None
    """Chance that one of the pictures lies farther out than an ordinary photograph; None without a reference."""
    gap_title: str = ""
    """The backbone that sees it so."""
    leakage: Leakage | None = None
    """None where no image was recorded, so that there is nothing to leak."""
    transfer: Transfer | None = None
    strategy: Strategy | None = None
    engine: str = ""
    processor: str = ""
    busy: bool = False
    """More work was waiting than this machine has cores while the latencies were measured."""
    box_factor: float = 0.0
    """By which the latencies here were multiplied for the box; 0 without one."""
    seconds: float = 0.0
    fingerprint: str = ""
    """Of the data and the backbones that it is about."""

    @property
    def best(self) -> Candidate | None:
        """The most accurate pretrained candidate."""
        return next((each for each in self.candidates if each.pretrained), None)

    def at_hand(self, backbone: str, side: int) -> Candidate | None:
        return next(
            (c for c in self.candidates if c.pretrained and (c.backbone, c.side) == (backbone, side)),
            None,
        )

    def to_json(self) -> dict[str, Any]:
        """This advice as JSON values."""
        return {"format": FORMAT, **asdict(self)}

    @staticmethod
    def from_json(text: str) -> Advice:
        """Read what `to_json` gave. Raises ValueError where it is damaged or of another version."""
        try:
            values = json.loads(text)
            if values.pop("format") != FORMAT:
                raise ValueError("advice of another version")
            data = values.pop("data")
            hints = tuple(Hint(h["kind"], tuple(h["classes"]), tuple(h["numbers"])) for h in data.pop("hints"))
            classes = tuple(ClassSize(**each) for each in data.pop("classes"))
            facts = DataFacts(classes=classes, hints=hints, optimistic=tuple(data.pop("optimistic")), **data)
            choice, leakage, transfer, strategy = (
                values.pop(name) for name in ("choice", "leakage", "transfer", "strategy")
            )
            if choice is not None:
                choice = Choice(**{**choice, "candidate": Candidate(**choice["candidate"])})
            return Advice(
                data=facts,
                candidates=tuple(Candidate(**each) for each in values.pop("candidates")),
                budget=Budget(**values.pop("budget")),
                choice=choice,
                leakage=None if leakage is None else Leakage(**leakage),
                transfer=None if transfer is None else Transfer(**transfer),
                strategy=None if strategy is None else Strategy(**strategy),
                **values,
            )
        except (KeyError, TypeError, AttributeError, RecursionError, DatasetError) as error:
            raise ValueError(f"damaged advice: {error}") from error


def choose(candidates: Sequence[Candidate], budget: Budget) -> Choice | None:
    """What to take of the pretrained candidates; None where there is none.

    Of each backbone the smallest side that is fast and accurate enough, and of those the fastest. Where no candidate
    is both, the most accurate of the fast ones; where none is fast enough, the fastest.
    """
    pretrained = [each for each in candidates if each.pretrained]
    if not pretrained:
        return None
    fast = [each for each in pretrained if each.p50_ms <= budget.most_ms]
    # Shares of whole images: a hair's breadth of rounding must not decide.
    good = [each for each in fast if each.behind <= budget.points / 100 + 1e-9]
    if good:
        smallest: dict[str, Candidate] = {}
        for each in sorted(good, key=lambda candidate: candidate.side):
            smallest.setdefault(each.backbone, each)
        return Choice(min(smallest.values(), key=lambda each: each.p50_ms), True, True)
    if fast:
        return Choice(min(fast, key=lambda each: (each.behind, each.p50_ms)), True, False)
    fastest = min(pretrained, key=lambda each: each.p50_ms)
    return Choice(fastest, False, fastest.behind <= budget.points / 100 + 1e-9)
