"""The plan of a training: facts of the project, read in a thread, and in plain words what will be done with them."""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, QSettings, Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from edge_transfer.backbones.registry import SHIPPED
from gui.pages.train.recipe_words import value_words
from gui.pages.train.runs.records import RunRecords
from gui.widgets.controls import Card, set_property, text_label
from gui.widgets.retranslating import RetranslationMixin
from gui.wording.locale import percent

if TYPE_CHECKING:
    from edge_transfer.backbones.registry import Backbone
    from edge_transfer.dataset.project import Project
    from edge_transfer.runs.recipe import Recipe


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


FEWEST_CLASSES = 2
_MOST_NAMES = 8

# Of a laptop with two cores: start of the process, and one look at a picture with decoding. Only a first guess.
_START_S, _IMAGE_S = 8.0, 0.03
_TOLD = "train/imagenet told"


class PlanCard(RetranslationMixin, Card):
    """Shows facts and a recipe as sentences."""

    collect_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._facts: Facts | None = None
        self._recipe: Recipe | None = None
        self._book = RunRecords()
        self._heading = text_label("heading", self)
        self._what = text_label(parent=self, wrap=True)
        self._classes = text_label("muted", self, wrap=True)
        self._how = text_label(parent=self, wrap=True)
        self._time = text_label("muted", self, wrap=True)
        self._imagenet = text_label("muted", self, wrap=True)
        self._warning = text_label("chip", self, wrap=True)
        set_property(self._warning, "bad", True)
        self._collect = QPushButton(self)
        self._collect.clicked.connect(self.collect_wanted)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 14)
        layout.setSpacing(8)
        self._labels = (
            *(self._what, self._classes, self._how),
            *(self._time, self._imagenet, self._warning),
        )
        for widget in (self._heading, *self._labels, self._collect):
            layout.addWidget(widget)
        self.retranslate()

    def show_plan(self, facts: Facts | None, recipe: Recipe | None, book: RunRecords) -> None:
        """What is known of the project and of what the expert has chosen; None where it is not known."""
        self._facts, self._recipe, self._book = facts, recipe, book
        self.retranslate()

    @property
    def text(self) -> str:
        """All sentences that are shown."""
        return "\n".join(label.text() for label in self._labels if not label.isHidden())

    @staticmethod
    def remember_imagenet() -> None:
        """What other weights would add is said until it was trained without them once."""
        QSettings().setValue(_TOLD, "true")

    # Sentences

    def _say_what(self, facts: Facts) -> str:
        if len(facts.trained) < FEWEST_CLASSES:
            return self._say_too_few(facts)
        images = self.tr("%n image(s)", "", facts.images)
        classes = self.tr("%n class(es)", "", len(facts.trained))
        if facts.recordings:
            recordings = self.tr("%n recording(s)", "", facts.recordings)
            text = self.tr("The model learns from {images} of {classes}, taken in {recordings}.")
            text = text.format(images=images, classes=classes, recordings=recordings)
        else:
            text = self.tr("The model learns from {images} of {classes}.").format(images=images, classes=classes)
        if facts.held_out:
            aside = self.tr("%n further image(s) of other recordings are kept aside to test it.", "", facts.held_out)
        else:
            aside = self.tr("Nothing is kept aside to test it yet: the second recording of a class will be.")
        return f"{text} {aside}"

    def _say_too_few(self, facts: Facts) -> str:
        if not facts.trained:
            return self.tr("There is nothing to learn from yet. Record at least two classes, then train.")
        name = facts.trained[0].name
        return self.tr(
            "Only “{name}” has images to learn from. A classifier tells at least two classes apart: record another "
            "one, for example the empty background."
        ).format(name=name)

    @staticmethod
    def _say_classes(facts: Facts) -> str:
        parts = [f"{each.name} {QLocale().toString(each.train)}" for each in facts.trained]
        return " · ".join([*parts[:_MOST_NAMES], *(["…"] if len(parts) > _MOST_NAMES else [])])

    def _say_how(self, facts: Facts, recipe: Recipe) -> str:
        found = facts.backbone(recipe.backbone)
        network = found[0].title if found is not None else recipe.backbone
        sentences = {
            "probe": self.tr(
                "The network {network} has learned to see on other pictures and stays as it is. Only a small head on "
                "top of it learns your classes: that takes few images, and no graphics card."
            ),
            "finetune": self.tr(
                "The network {network} has learned to see on other pictures. First a head learns your classes, then "
                "the network itself is adapted to them, carefully: that takes longer and more images."
            ),
            "scratch": self.tr(
                "The network {network} begins without any knowledge and learns everything from your images: that "
                "takes very many of them, and is rarely worth it."
            ),
            "auto": self.tr(
                "The network {network} has learned to see on other pictures. First only a small head on top of it "
                "learns your classes; where it is expected to pay, the network is then adapted too. The better of "
                "both on held-out images is kept."
            ),
        }
        other = self.tr("The network {network} is adapted by the strategy “{strategy}”.")
        words = value_words("strategy", recipe.strategy)
        return sentences.get(recipe.strategy, other).format(network=network, strategy=words)

    def _say_time(self, facts: Facts, recipe: Recipe) -> str:
        for record in self._book.records:
            run = record.run
            if (run.recipe.strategy, run.recipe.backbone) == (recipe.strategy, recipe.backbone):
                images = self.tr("%n image(s)", "", run.samples)
                text = self.tr("The last training of this kind took {time}, with {images}.")
                return text.format(time=self._duration(run.seconds), images=images)
        if recipe.strategy == "probe":
            time = self._duration(_START_S + _IMAGE_S * facts.images)
            return self.tr(
                "It takes about {time}; with a network that is used for the first time up to a minute more."
            ).format(time=time)
        return self.tr("How long it takes is told as soon as the first round is over; it can be stopped at any time.")

    def _duration(self, seconds: float) -> str:
        if seconds < 90:
            step = 5 if seconds > 15 else 1
            return self.tr("{seconds} s").format(seconds=max(1, math.ceil(seconds / step) * step))
        return self.tr("{minutes} min").format(minutes=round(seconds / 60))

    def _say_warning(self, facts: Facts) -> str:
        single = [each.name for each in facts.trained if each.single]
        if not single:
            return ""
        return self.tr(
            "⚠ The accuracy will look better than it is: all images of {names} come from a single recording, and those "
            "resemble each other. Record again in other light or from another side."
        ).format(names=_few(single))

    def _say_imagenet(self, facts: Facts, recipe: Recipe) -> str:
        told = str(QSettings().value(_TOLD, "false")) == "true"
        if recipe.backbone != SHIPPED.name or facts.imagenet is None or told:
            return ""
        built_in, imagenet = (percent(share, 0) for share in facts.imagenet)
        return self.tr(
            "This network comes with the program. On a public test (TrashNet) it reached {built_in} in the same way; "
            "MobileNetV2 with ImageNet weights, which are a download, reached {imagenet}."
        ).format(built_in=built_in, imagenet=imagenet)

    def retranslate(self) -> None:
        self._heading.setText(self.tr("What will be done"))
        self._collect.setText(self.tr("Record more images"))
        facts, recipe = self._facts, self._recipe
        enough = facts is not None and len(facts.trained) >= FEWEST_CLASSES
        texts = dict.fromkeys(self._labels, "")
        if facts is None:
            texts[self._what] = self.tr("Open a project on the Start page, and the plan stands here.")
        else:
            texts[self._what] = self._say_what(facts)
        if facts is not None and enough:
            texts[self._classes] = self._say_classes(facts)
            texts[self._warning] = self._say_warning(facts)
            if recipe is not None:
                texts[self._how] = self._say_how(facts, recipe)
                texts[self._time] = self._say_time(facts, recipe)
                texts[self._imagenet] = self._say_imagenet(facts, recipe)
        for label, text in texts.items():
            label.setText(text)
            label.setVisible(bool(text))
        self._collect.setVisible(facts is not None and (not enough or bool(texts[self._warning])))


def _few(names: Sequence[str]) -> str:
    return ", ".join([*names[:_MOST_NAMES], *(["…"] if len(names) > _MOST_NAMES else [])])
