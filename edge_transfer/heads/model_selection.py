"""Select the head kind and its regularisation strength by grouped cross-validation on the training split."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from edge_transfer.dataset.splits import FOLDS, comparison_rows, cross_validation_folds
from edge_transfer.errors import TrainingError
from edge_transfer.heads.confidence import held_out_losses
from edge_transfer.heads.fitting import Fit, fitting, prepare_fit
from edge_transfer.heads.kinds import AUTO, KINDS, kinds_in_turn
from edge_transfer.heads.layers import Floats, Integers

DEFAULT_STRENGTHS: dict[str, tuple[float, ...]] = {name: KINDS[name].strengths for name in kinds_in_turn()}
"""Inverse regularisation strengths C that the search of each kind of head begins with, in the order of the search."""

_FOLDS_AT_ONCE = 2

_MOST_EXTENSIONS = 8

GIVE_UP_RATIO = 1.15
"""A kind whose log loss is so many times that of another is not pursued beyond the strengths it began with."""


@dataclass(frozen=True)
class Trial:
    """One head at one regularisation strength in a cross-validation."""

    strength: float
    nll: float
    """Mean negative log-likelihood of the held-out samples, at the temperature that suits them best."""
    top1: float
    head: str = ""


@dataclass(frozen=True)
class CrossValidation:
    """What held-out folds say about heads and strengths, and the logits of the chosen one."""

    head: str
    """The kind that was chosen; the kind that was asked for, but for `auto`."""
    trials: tuple[Trial, ...]
    """Of that kind, by ascending strength."""
    chosen: float
    """The strength with the best held-out likelihood."""
    folds: int
    logits: Floats
    """(N, C) for the chosen strength; rows that were never held out are NaN."""
    held_out: NDArray[np.bool_]
    """(N,): the sample was held out once. A class with a single group cannot be."""
    candidates: tuple[Trial, ...] = ()
    """Of all kinds that were compared."""


@dataclass(frozen=True)
class FoldDone:
    """Fits of one fold that are done; `total` grows where the search goes on beyond the strengths it began with."""

    done: int
    total: int


def cross_validate(
    kind: str,
    embedding: Floats,
    labels: Integers,
    groups: Integers,
    n_classes: int,
    strengths: Sequence[float] = (),
    *,
    folds: int = FOLDS,
    seed: int = 0,
    balanced: bool = False,
) -> Generator[FoldDone, None, CrossValidation]:
    """Hold out whole groups in turn and pick the strength, with `auto` the kind of head as well.

    The strength with the best held-out likelihood wins. Without `strengths`, those of the kind are tried, and further
    ones beyond the end at which the best one lies; `auto` takes each kind's own, and does not pursue a kind that is far
    behind. Of the kinds the likelihood decides too, but a head with a hidden layer must be better than the best linear
    one by more than the standard error of the difference. `groups` (N,) are capture sessions, or blocks of one. Above
    1,000 rows three folds serve, and above 20,000 some groups of each class. Raises TrainingError where no class has
    two groups, and for an unknown kind.
    """
    kinds = tuple(kinds_in_turn()) if kind == AUTO else (kind,)
    rows, all_rows = comparison_rows(labels, groups, n_classes, seed), len(labels)
    if len(rows) < all_rows:
        embedding, labels, groups = embedding[rows], labels[rows], groups[rows]
    parts, folds = cross_validation_folds(labels, groups, folds, seed)
    searches: list[_Search] = []
    done, total = 0, folds * len(kinds)
    with ThreadPoolExecutor(_FOLDS_AT_ONCE) as pool:
        for each in kinds:
            given = () if kind == AUTO or (each in KINDS and not KINDS[each].has_strength) else strengths
            search = _Search(each, embedding, labels, n_classes, parts, balanced, tuple(sorted(given)))
            searches.append(search)
            while wanted := search.wanted(min((other.chosen.nll for other in searches[:-1]), default=np.inf)):
                if search.tried:
                    total += folds
                for start in range(0, folds, _FOLDS_AT_ONCE):
                    numbers = range(start, min(start + _FOLDS_AT_ONCE, folds))
                    # No fold is at work while the consumer has the turn, whose threads and warnings are its own.
                    with fitting():
                        found = list(pool.map(lambda number: search.run(number, wanted), numbers))  # noqa: B023
                    search.keep(numbers, wanted, found)
                    done += len(numbers)
                    yield FoldDone(done, total)
                search.judge(wanted)
            search.forget()
    best = _best(searches)
    strength = best.chosen.strength
    candidates = tuple(trial for search in searches for trial in search.trials())
    logits = np.full((all_rows, n_classes), np.nan, np.float32)
    held_out = np.zeros(all_rows, bool)
    logits[rows], held_out[rows] = best.logits[strength], best.held_out
    return CrossValidation(best.kind, tuple(best.trials()), strength, folds, logits, held_out, candidates)


@dataclass
class _Search:
    """The strengths of one kind, from the middle outwards."""

    kind: str
    embedding: Floats
    labels: Integers
    n_classes: int
    parts: list[tuple[Integers, Integers]]
    balanced: bool
    given: tuple[float, ...]
    tried: dict[float, Trial] = field(default_factory=dict)
    logits: dict[float, Floats] = field(default_factory=dict)
    losses: dict[float, Floats] = field(default_factory=dict)
    held_out: NDArray[np.bool_] = field(init=False)
    _fits: dict[int, Fit] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.held_out = np.zeros(len(self.labels), bool)
        for _, test in self.parts:
            self.held_out[test] = True

    @property
    def chosen(self) -> Trial:
        return min(self.trials(), key=lambda trial: trial.nll)

    def trials(self) -> list[Trial]:
        return [self.tried[strength] for strength in sorted(self.tried)]

    def wanted(self, rival: float) -> tuple[float, ...]:
        """What to try next; nothing where the best lies between others, or far behind a rival's log loss."""
        if not self.tried:
            if self.kind not in KINDS:
                raise TrainingError(f"unknown head {self.kind!r}: use one of {', '.join(KINDS)}")
            return self.given or KINDS[self.kind].strengths
        begun = len(self.given or KINDS[self.kind].strengths)
        if self.given or not KINDS[self.kind].has_strength or len(self.tried) >= begun + _MOST_EXTENSIONS:
            return ()
        if self.chosen.nll > GIVE_UP_RATIO * rival:
            return ()
        ends, best = sorted(self.tried), self.chosen.strength
        return (_next(best, up=True),) if best == ends[-1] else (_next(best, up=False),) if best == ends[0] else ()

    def run(self, number: int, strengths: Sequence[float]) -> list[Floats]:
        """The held-out logits of a fold for each of the strengths."""
        train, test = self.parts[number]
        if not len(test):
            return [np.zeros((0, self.n_classes), np.float32)] * len(strengths)
        if number not in self._fits:
            labels = self.labels[train]
            self._fits[number] = prepare_fit(
                self.kind, self.embedding[train], labels, self.n_classes, coarse=True, balanced=self.balanced
            )
        return [self._fits[number](strength).logits(self.embedding[test]) for strength in strengths]

    def keep(self, numbers: Sequence[int], strengths: Sequence[float], found: Sequence[Sequence[Floats]]) -> None:
        for strength in strengths:
            if strength not in self.logits:
                self.logits[strength] = np.full((len(self.labels), self.n_classes), np.nan, np.float32)
        for number, of_fold in zip(numbers, found, strict=True):
            for strength, logits in zip(strengths, of_fold, strict=True):
                self.logits[strength][self.parts[number][1]] = logits

    def judge(self, strengths: Sequence[float]) -> None:
        labels = self.labels[self.held_out]
        for strength in strengths:
            logits = self.logits[strength][self.held_out]
            losses = self.losses[strength] = held_out_losses(logits, labels)
            top1 = float((logits.argmax(1) == labels).mean())
            self.tried[strength] = Trial(strength, float(losses.mean()), top1, self.kind)

    def forget(self) -> None:
        """Let go of what only further strengths would need."""
        self._fits.clear()
        best = self.chosen.strength
        self.logits, self.losses = {best: self.logits[best]}, {best: self.losses[best]}


def _best(searches: Sequence[_Search]) -> _Search:
    def rank(search: _Search) -> float:
        return search.chosen.nll

    linear = min((search for search in searches if KINDS[search.kind].linear), key=rank, default=None)
    best = min(searches, key=rank)
    if linear is None or best is linear:
        return best
    gain = linear.losses[linear.chosen.strength] - best.losses[best.chosen.strength]
    return best if gain.mean() > gain.std() / np.sqrt(len(gain)) else linear


def _next(strength: float, *, up: bool) -> float:
    """The neighbour in 0.1, 0.3, 1, 3, 10, …"""
    exponent = int(np.floor(np.log10(strength) + 1e-9))
    one = strength < 2 * 10.0**exponent
    value = (3, exponent) if up and one else (1, exponent + 1) if up else (3, exponent - 1) if one else (1, exponent)
    return float(f"{value[0]}e{value[1]}")
