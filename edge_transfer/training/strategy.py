"""Whether `auto` fine-tunes the backbone: only with enough images, with room to improve, and within the time allowed.

The limits are measured: 15 independent images in the median class, 97 % held-out accuracy of the probe, and 0.02 s
for an image and epoch of MobileNetV2 at 224 px on one core.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edge_transfer.backbones.registry import backbone_named
from edge_transfer.dataset.records import Sample
from edge_transfer.runs.recipe import Recipe
from export.runtime.inference.engine import physical_cores

_CEILING = 0.97
_FEWEST_IMAGES, _IMAGES_OF_A_SESSION = 15, 5
_SECONDS_AN_IMAGE, _PARAMETERS_OF_THAT = 0.02, 2.2e6


@dataclass(frozen=True)
class Obstacle:
    """Why fine-tuning is not expected to pay."""

    kind: str
    """`few images`, `right already` or `time`."""
    found: float
    """Independent images of the median class; share of right answers, 0 to 1; minutes it would take."""
    limit: float
    """The fewest that are needed; the share from which on nothing is to be won; the minutes that are allowed."""


def reason_against_fine_tuning(training: Sequence[Sample], probe_top1: float, recipe: Recipe, side_px: int) -> str:
    """The `obstacle` to fine-tuning in plain words; empty where there is none."""
    found = obstacle(training, probe_top1, recipe, side_px)
    if found is None:
        return ""
    if found.kind == "few images":
        return (
            f"the median class has {found.found:.0f} independent images (a session counts as "
            f"{_IMAGES_OF_A_SESSION}), and {found.limit:.0f} are needed"
        )
    if found.kind == "right already":
        return f"the probe is right on {found.found:.1%} of the held-out images already"
    return f"it would take about {found.found:.0f} minutes here, and {found.limit:g} are allowed"


def obstacle(training: Sequence[Sample], probe_top1: float, recipe: Recipe, side_px: int) -> Obstacle | None:
    """Why `auto` leaves the backbone as it is; None where fine-tuning is expected to pay.

    It costs minutes where a probe costs seconds, so it must promise something. It does not where the probe is right on
    97 % of the held-out images: what is left are labels and pictures that nobody can tell. Nor with fewer than 15
    independent images in the median class, where there is less to learn from than noise to fit; a capture session
    counts as five, since its frames resemble each other. Nor where its epochs would take longer than the recipe's
    minutes: 0.02 s for an image and epoch on one core, measured for MobileNetV2 at 224 px, and in proportion to the
    parameters and the area for others.
    """
    independent = independent_images(training)
    if independent < _FEWEST_IMAGES:
        return Obstacle("few images", independent, _FEWEST_IMAGES)
    if probe_top1 >= _CEILING:
        return Obstacle("right already", probe_top1, _CEILING)
    cost = _SECONDS_AN_IMAGE * backbone_named(recipe.backbone).parameters / _PARAMETERS_OF_THAT * (side_px / 224) ** 2
    minutes = len(training) * (recipe.epochs or 8) * cost / physical_cores() / 60
    if minutes > recipe.minutes:
        return Obstacle("time", minutes, recipe.minutes)
    return None


def independent_images(training: Sequence[Sample]) -> float:
    """Independent images of the median class; the frames of a capture session count as five at the most."""
    of_class: dict[int, Counter[object]] = {}
    for sample in training:
        unit = ("session", sample.session_id) if sample.session_kind == "recording" else ("picture", sample.sha256)
        of_class.setdefault(sample.class_id, Counter())[unit] += 1
    return float(np.median([sum(min(n, _IMAGES_OF_A_SESSION) for n in c.values()) for c in of_class.values()]))
