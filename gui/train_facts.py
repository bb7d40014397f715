"""What the plan of a training is made of: the project's images, and the backbones with their weights."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edge_transfer.backbones.registry import Backbone
    from edge_transfer.dataset.project import Project


@dataclass(frozen=True)
class ClassFacts:
    """The live images of a class."""

    name: str
    train: int
    held_out: int
    """In the splits val and test."""
    recordings: int
    """Capture sessions in the split train."""
    pictures: int
    """Independent pictures in the split train."""

    @property
    def single(self) -> bool:
        """All there is to learn from comes from one recording."""
        return self.recordings == 1 and not self.pictures


@dataclass(frozen=True)
class Facts:
    """What is known before a training."""

    classes: tuple[ClassFacts, ...]
    recordings: int
    """Capture sessions to learn from."""
    backbones: tuple[tuple[Backbone, bool], ...]
    """All of the registry, each with whether its weights are at hand."""
    default: str
    """Name of the backbone that is taken where nobody chooses."""
    imagenet: tuple[float, float] | None
    """Measured top-1 on TrashNet with the built-in backbone and with ImageNet weights."""

    @property
    def trained(self) -> tuple[ClassFacts, ...]:
        """The classes that have images to learn from."""
        return tuple(each for each in self.classes if each.train)

    @property
    def images(self) -> int:
        return sum(each.train for each in self.classes)

    @property
    def held_out(self) -> int:
        return sum(each.held_out for each in self.classes)

    def backbone(self, name: str) -> tuple[Backbone, bool] | None:
        return next(((each, at_hand) for each, at_hand in self.backbones if each.name == name), None)


def read_facts(project: Project) -> Generator[None, None, Facts]:
    """Read the facts with a connection of its own; for a thread."""
    from edge_transfer.backbones.registry import REGISTRY
    from edge_transfer.backbones.weights import available_backbones, default_backbone, what_imagenet_adds
    from edge_transfer.dataset.catalog import Catalog

    yield None
    with Catalog.open(project, read_only=True) as catalog:
        rows, counts = catalog.classes(), catalog.counts()
        training = catalog.samples(split="train")
    recordings: dict[int, set[int]] = {}
    pictures: dict[int, int] = {}
    for sample in training:
        if sample.session_kind == "recording":
            recordings.setdefault(sample.class_id, set()).add(sample.session_id)
        else:
            pictures[sample.class_id] = pictures.get(sample.class_id, 0) + 1
    classes = tuple(
        ClassFacts(
            row.name,
            counts[row.name]["train"],
            counts[row.name]["val"] + counts[row.name]["test"],
            len(recordings.get(row.id, ())),
            pictures.get(row.id, 0),
        )
        for row in rows
        if row.name in counts
    )
    at_hand = {backbone.name for backbone in available_backbones()}
    return Facts(
        classes,
        len({sample.session_id for sample in training if sample.session_kind == "recording"}),
        tuple((backbone, backbone.name in at_hand) for backbone in REGISTRY.values()),
        default_backbone().name,
        what_imagenet_adds(),
    )
