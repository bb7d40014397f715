"""Fine-tune a backbone: held-out samples, trainable blocks, epochs, and the resulting weights."""

from __future__ import annotations

import hashlib
import json
import math
import shutil
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from edge_transfer.backbones.embeddings import EmbedProgress
from edge_transfer.backbones.network import build_network, load_network
from edge_transfer.backbones.onnx_graph import lower_graph
from edge_transfer.backbones.registry import backbone_named
from edge_transfer.backbones.weights import Weights
from edge_transfer.dataset.project import Project
from edge_transfer.dataset.records import Sample
from edge_transfer.dataset.splits import Integers, are_few
from edge_transfer.environment import give_back
from edge_transfer.errors import DatasetError, TrainingError
from edge_transfer.heads import LinearHead
from edge_transfer.heads.confidence import held_out_loss
from edge_transfer.runs.recipe import Recipe
from edge_transfer.training.activations import Activations, compute_activations
from edge_transfer.training.batches import rehearsal_shares
from edge_transfer.training.trainer import BatchDone, EpochReport, Trainer
from export.runtime.inference.engine import open_engine, physical_cores

if TYPE_CHECKING:
    from torch import nn

MOST_BLOCKS_BY_ITSELF = 8
_SHRUNK = 16
_STEPS, _FEWEST_EPOCHS, _MOST_EPOCHS, _EPOCHS_FROM_SCRATCH = 400, 8, 20, 60
_KEPT_S = 7 * 86_400.0
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class FineTuned:
    """A backbone that learned, and its head."""

    weights: bytes
    """Of the whole backbone, as safetensors."""
    head: LinearHead
    rows: Integers
    """(V,), of the samples: those held out."""
    logits: Floats
    """(V, C)."""
    epoch: int
    loss: float
    top1: float
    history: tuple[EpochReport, ...]
    blocks: tuple[int, int]
    """How many learned, of how many."""
    refitted: bool
    """Trained again on all images, as long as was best with some held out."""

    def loss_of(self, logits: Floats, labels: Integers) -> float:
        """The loss of other logits (V, C) on the same rows of `labels` (N,)."""
        return held_out_loss(logits, labels[self.rows])


class FineTuning:
    """One adaptation; its state outlives a cancel."""

    def __init__(
        self,
        project: Project,
        recipe: Recipe,
        samples: Sequence[Sample],
        labels: Integers,
        n_classes: int,
        weights: Weights | None,
        engine: str,
    ) -> None:
        """Without `weights` the backbone begins with random ones and all of it learns."""
        self.stopped = ""
        self._project, self._recipe, self._samples = project, recipe, samples
        self._labels, self._n_classes, self._weights, self._engine = labels, n_classes, weights, engine
        self._backbone = backbone_named(recipe.backbone)
        self._first: Trainer | None = None
        self._second: Trainer | None = None
        self._held_out: Integers = np.zeros(0, np.int64)
        recorded = (s.session_id if s.session_kind == "recording" else -1 for s in samples)
        self._sessions: Integers = np.fromiter(recorded, np.int64, len(samples))
        self._blocks = (0, 0)
        self._folder = project.cache_dir / "unfinished" / self._digest()

    @property
    def epochs_done(self) -> int:
        """With some images held out."""
        return len(self._first.history) if self._first else 0

    def run(
        self,
        learned_from: Integers,
        held_out: Integers,
        head_on: Callable[[Integers], LinearHead | None],
        class_weights: Floats,
        *,
        refit: bool,
    ) -> Generator[EmbedProgress | BatchDone | EpochReport, None, None]:
        """Train on the rows `learned_from`, the best epoch chosen on `held_out`; `head_on` gives the head to begin
        with, fitted on rows. With `refit` and under 1,000 images it is trained again on all of them afterwards, for as
        many epochs: a fifth of few images is much. Raises DatasetError when too many pictures are gone."""
        from edge_transfer.backbones.classifier import activation_shape, blocks_of

        self._sweep()
        network = self._network()
        total = len(blocks_of(self._backbone, network))
        side = self._project.input.side
        boundary = total - self._unfrozen(network, total, side)
        self._blocks = (total - boundary, total)
        engine = None
        if boundary and self._weights is not None:
            graph = lower_graph(self._backbone, self._weights, side, boundary)
            engine = open_engine(graph, self._engine, threads=physical_cores(), throughput=True)
        again = refit and are_few(len(learned_from) + len(held_out)) and self._weights is not None
        learns = np.zeros(len(self._samples), bool)
        learns[learned_from] = True
        learns[held_out] = again
        shape = activation_shape(self._backbone, network, boundary, side)
        recipe = self._recipe
        activations = yield from compute_activations(
            self._project, self._samples, learns, engine, shape, views=recipe.views, seed=recipe.seed
        )
        engine = None  # its memory is needed for the epochs
        give_back()
        activations.release()
        if (gone := int((~activations.readable).sum())) > 0.05 * len(learns):
            raise DatasetError(f"{gone} of {len(learns)} pictures are gone or damaged")
        learned_from = learned_from[activations.readable[learned_from]]
        self._held_out = held_out[activations.readable[held_out]]
        head = head_on(learned_from) or self._random_head()
        first = self._first = self._tuning(
            network, boundary, head, activations, learned_from, self._held_out, class_weights, "held-out"
        )
        yield from first.run()
        self.stopped = first.stopped
        if again and first.best is not None and first.best.epoch:
            rows = np.sort(np.concatenate([learned_from, self._held_out]))
            second = self._tuning(
                self._network(), boundary, head_on(rows) or head, activations, rows, rows[:0], class_weights, "all"
            )
            second.last_epoch = first.best.epoch
            yield from second.run()
            if len(second.history) == first.best.epoch:
                self._second = second

    def result(self) -> FineTuned | None:
        """The best so far; None before the first epoch of a training from random weights."""
        first = self._first
        if first is None or first.best is None:
            return None
        source = self._second or first
        assert source.best is not None
        network, upper = source.network, source.upper
        upper.load_state_dict(source.best.weights)
        return FineTuned(
            _as_safetensors(network),
            upper.head(),
            self._held_out,
            first.best.logits,
            first.best.epoch,
            first.best.loss,
            first.best.top1,
            tuple(first.history),
            self._blocks,
            self._second is not None,
        )

    def forget(self) -> None:
        """Delete what a resumption would need."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _tuning(
        self,
        network: nn.Module,
        boundary: int,
        head: LinearHead,
        activations: Activations,
        learned_from: Integers,
        held_out: Integers,
        class_weights: Floats,
        name: str,
    ) -> Trainer:
        from edge_transfer.backbones.classifier import UpperPart

        pretrained = self._weights is not None
        upper = UpperPart(self._backbone, network, boundary, head, frozen_statistics=pretrained)
        epochs = self._recipe.epochs or _epochs_for(len(learned_from), self._recipe, from_scratch=not pretrained)
        return Trainer(
            network,
            upper,
            activations,
            self._labels,
            learned_from,
            held_out,
            self._recipe,
            epochs,
            self._folder / name,
            class_weights=class_weights,
            shares=rehearsal_shares(self._sessions[learned_from], self._labels[learned_from]),
        )

    def _network(self) -> nn.Module:
        if self._weights is not None:
            return load_network(self._backbone, self._weights)
        import torch

        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self._recipe.seed)
            return build_network(self._backbone)

    def _random_head(self) -> LinearHead:
        rng = np.random.default_rng([self._recipe.seed, 2])
        weight = rng.normal(0, 0.01, (self._n_classes, self._backbone.dimensions)).astype(np.float32)
        return LinearHead(weight, np.zeros(self._n_classes, np.float32), normalise=False)

    def _unfrozen(self, network: nn.Module, total: int, side: int) -> int:
        """How many blocks learn. `auto`: those whose input is at most a sixteenth of the side, eight at the most: they
        hold most of the parameters, what they see is small and cheap to keep, and what lies below serves any task."""
        from edge_transfer.backbones.classifier import map_shape

        wanted = self._recipe.unfreeze
        if self._weights is None or wanted == "all":
            return total
        if wanted != "auto":
            if int(wanted) > total:
                raise TrainingError(f"unfreeze is {wanted}, and {self._backbone.title} has {total} blocks: use all")
            return int(wanted)
        sides = [map_shape(self._backbone, network, k, side)[-1] for k in range(1, total)]
        return min(MOST_BLOCKS_BY_ITSELF, max(1, sum(s <= math.ceil(side / _SHRUNK) for s in sides)))

    def _digest(self) -> str:
        recipe = {k: v for k, v in self._recipe.to_json().items() if k != "minutes"}
        samples = [[s.sha256, s.class_id, s.session_id, s.split] for s in self._samples]
        weights = self._weights.sha256 if self._weights else ""
        values = [recipe, samples, weights, self._engine, self._project.input.to_json(), physical_cores()]
        return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:16]

    def _sweep(self) -> None:
        """Delete what trainings of other recipes left unfinished a week ago."""
        folder = self._folder.parent
        for path in folder.iterdir() if folder.is_dir() else ():
            if path != self._folder and time.time() - path.stat().st_mtime > _KEPT_S:
                shutil.rmtree(path, ignore_errors=True)


def _epochs_for(images: int, recipe: Recipe, *, from_scratch: bool) -> int:
    """Some 400 steps, in 8 to 20 epochs: with more, held-out accuracy did not rise any further."""
    from edge_transfer.training.batches import batch_size_for

    if from_scratch:
        return _EPOCHS_FROM_SCRATCH
    steps = max(1, images // batch_size_for(images, recipe.batch_size))
    return min(_MOST_EPOCHS, max(_FEWEST_EPOCHS, math.ceil(_STEPS / steps)))


def _as_safetensors(network: nn.Module) -> bytes:
    from safetensors.torch import save

    state: dict[str, Any] = network.state_dict()
    return save({name: tensor.contiguous() for name, tensor in state.items()})
