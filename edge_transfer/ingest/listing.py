"""Dataclasses for the contents of a dataset, listed before any image is opened."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

_SPLITS = {"train": "train", "training": "train", "val": "val", "valid": "val", "validation": "val", "test": "test"}


@dataclass(frozen=True)
class Listed:
    """A picture a data set names, not opened yet."""

    path: Path
    shown: str
    """The path as the data set writes it, fit for printing."""
    label: str
    order: int
    """Its place in the data set, unique."""
    split: str | None = None
    session: str | None = None
    where: str = ""
    """What a reason begins with, such as "line 7: "."""
    drawn: bool = False
    """Its split was drawn at random, because the data set names none."""
    note: str = ""
    """What the catalogue keeps of where it comes from, where that is more than `shown`."""
    labelled: bool = True
    """Whether a person gave it its label; False: a model suggests it."""


@dataclass(frozen=True)
class Listing:
    """A data set; `rejected` holds (order, path, reason)."""

    source: str
    items: list[Listed]
    rejected: list[tuple[int, str, str]]
    notes: list[str]
