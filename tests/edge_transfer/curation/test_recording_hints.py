"""Hints on what to record next: each one where it is due, the most important one first."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from edge_transfer.curation.recording_hints import MOST_HINTS, Hint, advise_first, advise_recording, say
from edge_transfer.dataset.records import Sample
from edge_transfer.heads import normalised


def counts(**classes: tuple[int, int]) -> dict[str, dict[str, int]]:
    return {name: Counter({"train": train, "test": test}) for name, (train, test) in classes.items()}


@pytest.mark.parametrize(
    ("given", "kinds"),
    [
        ({}, ["no class"]),
        ({"nut": (0, 0)}, ["one class"]),
        ({"nut": (30, 0), "bolt": (0, 0)}, ["one class"]),
        ({"nut": (30, 9), "bolt": (4, 0), "empty": (30, 0)}, ["few images"]),
        ({"nut": (300, 9), "bolt": (20, 9), "empty": (30, 9)}, ["imbalance"]),
        ({"nut": (30, 0), "bolt": (30, 0), "empty": (30, 0)}, ["no test"]),
        ({"nut": (30, 9), "bolt": (30, 9)}, ["no background"]),
        ({"nut": (30, 9), "bolt": (30, 9), "Fondo": (30, 9)}, []),
    ],
)
def test_hints_from_the_counts_alone(given: dict[str, tuple[int, int]], kinds: list[str]) -> None:
    hints = advise_first(counts(**given))
    assert [hint.kind for hint in hints] == kinds
    for hint in hints:
        sentence = say(hint)
        assert all(name in sentence for name in hint.classes)


def test_the_class_with_the_fewest_images_comes_first() -> None:
    hints = advise_first(counts(nut=(5, 0), bolt=(2, 0), washer=(30, 0)))
    assert hints[:2] == [Hint("few images", ("bolt",), (2, 10)), Hint("few images", ("nut",), (5, 10))]
    assert len(advise_first(counts(**{f"class{k}": (k + 1, 0) for k in range(9)}))) == MOST_HINTS


def sample(number: int, name: str, session: int, kind: str = "recording") -> Sample:
    class_id = sum(map(ord, name))
    return Sample(
        *(f"{number:064x}", ".png", class_id, 64, 48, 10, number, None, 1.0, 0.5, number),
        id=number,
        class_name=name,
        session_id=session,
        split="train",
        session_kind=kind,
    )


class World:
    """Samples with vectors around a centre for each class."""

    def __init__(self) -> None:
        self.rng = np.random.default_rng(0)
        self.samples: list[Sample] = []
        self.vectors: list[np.ndarray] = []
        self.groups: list[int] = []

    def add(self, name: str, centre: int, session: int, count: int = 20, spread: float = 0.5) -> None:
        for _ in range(count):
            self.samples.append(sample(len(self.samples), name, session))
            self.vectors.append(np.eye(16)[centre] * 2 + self.rng.normal(0, spread, 16))
            self.groups.append(session)

    def hints(self) -> list[Hint]:
        table = {name: Counter({"train": 50, "test": 20}) for name in dict.fromkeys(s.class_name for s in self.samples)}
        table["empty"] = Counter({"train": 50, "test": 20})
        vectors = normalised(np.array(self.vectors, np.float32))
        return advise_recording(table, self.samples, vectors, np.array(self.groups))


def test_nothing_to_say_where_all_is_well() -> None:
    world = World()
    for session, (name, centre) in enumerate([("nut", 0), ("bolt", 1), ("washer", 2)] * 2):
        world.add(name, centre, session)
    assert world.hints() == []


def test_the_pair_that_is_confused_and_recorded_once() -> None:
    world = World()
    for session, (name, centre) in enumerate([("nut", 0), ("bolt", 1), ("washer", 1), ("nut", 0), ("bolt", 1)]):
        world.add(name, centre, session)
    world.groups = [
        group if world.samples[row].class_name != "washer" else 100 + row % 5 for row, group in enumerate(world.groups)
    ]
    confused, once = world.hints()
    assert (confused.kind, set(confused.classes)) == ("confused", {"bolt", "washer"})
    assert 10 <= confused.numbers[0] <= confused.numbers[1] == 60
    assert once == Hint("one session", ("washer",))


def test_pictures_that_are_nearly_equal() -> None:
    world = World()
    for session, (name, centre) in enumerate([("nut", 0), ("bolt", 1), ("cup", 2)] * 2):
        world.add(name, centre, session, spread=0.02 if name == "cup" else 0.5)
    (hint,) = world.hints()
    assert (hint.kind, hint.classes) == ("alike", ("cup",))
    assert 0 < hint.numbers[0] < 0.35
    world.samples = [
        sample(s.id, "empty" if s.class_name == "cup" else s.class_name, s.session_id) for s in world.samples
    ]
    assert world.hints() == []  # an empty background is the same by its nature


def test_a_large_project_is_sampled() -> None:
    world = World()
    for session, (name, centre) in enumerate([("nut", 0), ("bolt", 1)] * 2):
        world.add(name, centre, session, count=1200)
    assert [hint.kind for hint in world.hints()] == []
