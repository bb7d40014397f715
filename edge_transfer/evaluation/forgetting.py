"""Forgetting between two runs: per-class accuracy before and after, and how far the backbone moved.

The pictures asked are an audit set: what was held out when the earlier run was made, kept by hash, less everything
that either run has learned from.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge_transfer.backbones.embeddings import EmbeddingKey, EmbedProgress, embed
from edge_transfer.backbones.onnx_graph import open_backbone
from edge_transfer.backbones.weights import Weights
from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from edge_transfer.dataset.records import Sample
from edge_transfer.dataset.splits import audited
from edge_transfer.errors import ProjectError
from edge_transfer.runs.run import HELD_OUT, SAMPLES, Run, load_head
from export.runtime.storage import atomic_write

FORGETTING = "forgetting.json"
ALLOWED_LOSS = 2.0
"""Points of accuracy that a class may lose."""
_NOISE = 1
_REFERENCE = 256
_FEWEST_FOR_CKA = 4

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class ClassChange:
    """What became of a class that the earlier run knew."""

    name: str
    n: int
    """Audit images; 0 where there is none, and nothing can be said."""
    before: int
    """Of these, how many the earlier run gets right."""
    after: int

    @property
    def lost_points(self) -> float:
        """Percentage points lost; negative where the class has gained."""
        return 100 * (self.before - self.after) / self.n if self.n else 0.0

    @property
    def step_points(self) -> float:
        """What one image is worth."""
        return 100 / self.n if self.n else 100.0

    def is_lost(self, allowed: float) -> bool:
        """It has lost more than `allowed` points, and more than one image, which could be chance."""
        return self.before - self.after > _NOISE and self.lost_points > allowed


@dataclass(frozen=True)
class Forgetting:
    """A newer run against an earlier one."""

    earlier: str
    """Id of the run; empty where there was none, and only the backbone's drift is known."""
    later: str
    split: str
    """Where the audit images lie: `val`, `test`, or `val and test`."""
    classes: tuple[ClassChange, ...]
    """Those of the earlier run, in its order."""
    new_classes: tuple[str, ...]
    allowed_loss: float
    cka: float | None = None
    """Linear CKA of the embeddings before and after, up to 1 for the same; None where no backbone has changed."""
    cka_images: int = 0

    @property
    def audited(self) -> int:
        """Audit images of all classes."""
        return sum(each.n for each in self.classes)

    @property
    def lost(self) -> tuple[ClassChange, ...]:
        """The classes that have lost more than is allowed."""
        return tuple(each for each in self.classes if each.is_lost(self.allowed_loss))

    def to_json(self) -> dict[str, Any]:
        """Plain dictionaries, lists, strings and numbers."""
        return {**asdict(self), "lost": [each.name for each in self.lost]}

    @staticmethod
    def from_json(values: dict[str, Any]) -> Forgetting:
        """The opposite of `to_json`. Raises ProjectError when `values` is not what it gave."""
        try:
            kept = {key: value for key, value in values.items() if key != "lost"}
            classes = tuple(ClassChange(**each) for each in values["classes"])
            return Forgetting(**{**kept, "classes": classes, "new_classes": tuple(values["new_classes"])})
        except (KeyError, TypeError, AttributeError) as error:
            raise ProjectError(f"not a stored comparison of runs: {error!r}") from error


def linear_cka(one: Floats, other: Floats) -> float:
    """How alike two sets of embeddings (N, D) and (N, E) of the same N ≥ 4 pictures are: 1 for the same but for a
    rotation and a scale, about 0 for unrelated ones.

    Linear centred kernel alignment (Kornblith et al., Similarity of Neural Network Representations Revisited, 2019),
    with the unbiased estimate of HSIC (Song et al., Feature Selection via Dependence Maximization, 2012): the plain one
    calls even unrelated embeddings alike where there are fewer pictures than dimensions. NaN where all are equal.
    """
    own, cross = (_hsic(a, b) for a, b in ((one, one), (one, other)))
    scale = own * _hsic(other, other)
    return float(min(1.0, cross / np.sqrt(scale))) if scale > 0 else float("nan")


def _hsic(one: Floats, other: Floats) -> float:
    n = len(one)
    grams = []
    for values in (one, other):
        centred = values.astype(np.float64) - values.mean(0, dtype=np.float64)
        gram = centred @ centred.T
        np.fill_diagonal(gram, 0)
        grams.append(gram)
    k, m = grams
    corners = k.sum() * m.sum() / ((n - 1) * (n - 2)) - 2 / (n - 2) * float(k.sum(0) @ m.sum(0))
    return float(((k * m).sum() + corners) / (n * (n - 3)))


def audit_samples(project: Project, catalog: Catalog, earlier: Run, later: Run) -> list[Sample]:
    """The audit set of a pair of runs, with today's labels.

    Those of the earlier run's held-out pictures that are still there, whose class it knew, and which neither run has
    learned from. Where the split val holds enough of each class it is asked alone.
    """
    learned = _hashes(project, earlier, SAMPLES) | _hashes(project, later, SAMPLES)
    frozen = _hashes(project, earlier, HELD_OUT) if HELD_OUT in earlier.sha256 else None
    began = {session.id: session.started for session in catalog.sessions()}
    found = [
        sample
        for sample in catalog.samples()
        if sample.split != "train"
        and sample.class_id in earlier.class_ids
        and sample.sha256 not in learned
        # Runs of an older version did not write down what was held out.
        and (sample.sha256 in frozen if frozen is not None else began[sample.session_id] <= earlier.created)
    ]
    return audited(found, earlier.class_ids)


def _hashes(project: Project, run: Run, name: str) -> set[str]:
    path = project.runs_dir / run.id / name
    try:
        return {str(row[0]) for row in json.loads(path.read_text("utf-8"))}
    except (OSError, ValueError, TypeError, IndexError) as error:
        raise ProjectError(f"the run {run.id} is damaged: {name} cannot be used ({error})") from error


def compare_runs(
    project: Project, catalog: Catalog, earlier: Run, later: Run, *, allowed_loss: float = ALLOWED_LOSS
) -> Generator[EmbedProgress, None, Forgetting]:
    """What `later` has forgotten of what `earlier` knew; nothing is written.

    An answer counts as right where its class is the sample's; a class that the later run does not know is lost. The
    drift is between the two runs' backbones. Raises WeightsError, ProjectError and DatasetError where a run cannot be
    used any more.
    """
    samples = audit_samples(project, catalog, earlier, later)
    before = yield from _right(project, earlier, samples)
    after = yield from _right(project, later, samples)
    changes = []
    for name, class_id in zip(earlier.classes, earlier.class_ids, strict=True):
        own = [s.sha256 for s in samples if s.class_id == class_id and s.sha256 in before and s.sha256 in after]
        changes.append(ClassChange(name, len(own), sum(before[h] for h in own), sum(after[h] for h in own)))
    cka, number = None, 0
    if earlier.weights_sha256 != later.weights_sha256 and _comparable(earlier, later):
        cka, number = yield from _drift(project, catalog, earlier.key(), earlier.weights(), later)
    new = tuple(n for n, i in zip(later.classes, later.class_ids, strict=True) if i not in earlier.class_ids)
    split = " and ".join(sorted({sample.split for sample in samples}, reverse=True))
    return Forgetting(earlier.id, later.id, split, tuple(changes), new, allowed_loss, cka, number)


def _comparable(earlier: Run, later: Run) -> bool:
    return (earlier.recipe.backbone, earlier.input) == (later.recipe.backbone, later.input)


def drift_of(
    project: Project, catalog: Catalog, run: Run, pretrained: Weights
) -> Generator[EmbedProgress, None, tuple[float | None, int]]:
    """CKA between the pretrained backbone and the one that `run` made of it, and from how many pictures; None for a run
    whose backbone stayed as it was. Raises as `compare_runs`."""
    if not run.adapted:
        return None, 0
    key = EmbeddingKey(run.recipe.backbone, pretrained.sha256, run.engine, run.precision, run.input)
    return (yield from _drift(project, catalog, key, pretrained, run))


def _drift(
    project: Project, catalog: Catalog, key: EmbeddingKey, weights: Weights, run: Run
) -> Generator[EmbedProgress, None, tuple[float | None, int]]:
    # By hash: the same pictures every time, and no order of classes or sessions.
    reference = sorted(catalog.samples(), key=lambda sample: sample.sha256)[:_REFERENCE]
    backbone, side = run.backbone(), run.input.side
    one = yield from embed(project, reference, key, lambda: open_backbone(backbone, weights, side, run.engine))
    other = yield from embed(
        project, one.samples, run.key(), lambda: open_backbone(run.backbone(), run.weights(), side, run.engine)
    )
    number = len(other.samples)
    if number < _FEWEST_FOR_CKA or number != len(one.samples):
        return None, 0
    return linear_cka(one.vectors, other.vectors), number


def _right(project: Project, run: Run, samples: Sequence[Sample]) -> Generator[EmbedProgress, None, dict[str, bool]]:
    """Whether the run is right on each picture that can be read, by SHA-256."""
    if not samples:
        return {}
    side = run.input.side
    embedded = yield from embed(
        project, samples, run.key(), lambda: open_backbone(run.backbone(), run.weights(), side, run.engine)
    )
    answers = load_head(project, run).logits(embedded.vectors).argmax(1)
    pairs = zip(embedded.samples, answers.tolist(), strict=True)
    return {sample.sha256: run.class_ids[answer] == sample.class_id for sample, answer in pairs}


def keep_forgetting(project: Project, report: Forgetting) -> None:
    """Write the report to the later run's folder. Raises StorageError."""
    text = json.dumps(report.to_json(), indent=1, ensure_ascii=False) + "\n"
    atomic_write(project.runs_dir / report.later / FORGETTING, text.encode())


def load_forgetting(project: Project, run_id: str) -> Forgetting | None:
    """The report that was made after this training; None where there is none, or it cannot be read."""
    try:
        return Forgetting.from_json(json.loads((project.runs_dir / run_id / FORGETTING).read_text("utf-8")))
    except (OSError, ValueError, ProjectError):
        return None
