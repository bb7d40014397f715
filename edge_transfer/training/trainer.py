"""The training loop of fine-tuning: runs on cached activations, resumable, keeps the best epoch."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from edge_transfer.environment import give_back
from edge_transfer.heads.confidence import held_out_loss
from edge_transfer.runs.recipe import Recipe
from edge_transfer.training.activations import Activations
from edge_transfer.training.batches import Batch, batch_size_for, epoch_batches
from export.runtime.inference.engine import physical_cores
from export.runtime.storage import atomic_write

if TYPE_CHECKING:
    from torch import Tensor, nn

    from edge_transfer.backbones.classifier import UpperPart

HEAD_FACTOR = 5.0
"""The head learns so much faster than the topmost block."""
PATIENCE = 4
"""Epochs without a better one after which the training stops."""
_AVERAGE = 0.98
_WARM_UP = 0.1
_EVALUATED_AT_ONCE = 32
_LEAST_IMAGES_IN_A_PART = 4
_TRIMMED_EVERY = 8
"""Batches; the arenas of two threads would grow to a gigabyte in an epoch."""

Integers = NDArray[np.int64]


@dataclass(frozen=True)
class EpochReport:
    """An epoch that is over."""

    epoch: int
    """From 1."""
    epochs: int
    train_loss: float
    val_loss: float
    """Negative log-likelihood of the held-out images at its best temperature; NaN where none are held out."""
    val_top1: float
    """Share of the held-out images, 0..1; NaN where none are held out."""
    best: bool
    """No epoch before it had a lower `val_loss`."""
    seconds_left: float
    """If all epochs are needed."""


@dataclass(frozen=True)
class BatchDone:
    """Batches that are done, of all epochs."""

    done: int
    total: int


@dataclass(frozen=True)
class Best:
    """The best epoch so far."""

    epoch: int
    """0 for the state before the first."""
    weights: dict[str, Tensor]
    """Of the `UpperPart`."""
    logits: NDArray[np.float32]
    """(V, C) of the held-out images."""
    loss: float
    top1: float


class Trainer:
    """A training of an `UpperPart`, whose state outlives a cancel.

    AdamW without decay towards zero, learning rates by blocks, warm-up and cosine (Loshchilov and Hutter, 2017 and
    2019), label smoothing (Szegedy et al., 2016), a pull towards the first weights (L2-SP: Li et al., Explicit
    Inductive Bias for Transfer Learning, 2018), and a running average of the weights, which is what is evaluated and
    kept (Polyak and Juditsky, 1992). Each batch is divided among as many threads as there are cores, and their
    gradients are added in a fixed order: the result does not depend on how busy the machine is, and no thread waits
    for another within an operation.
    """

    def __init__(
        self,
        network: nn.Module,
        upper: UpperPart,
        activations: Activations,
        labels: Integers,
        learned_from: Integers,
        held_out: Integers,
        recipe: Recipe,
        epochs: int,
        folder: Path,
        *,
        class_weights: NDArray[np.float32] | None = None,
        shares: NDArray[np.float64] | None = None,
    ) -> None:
        """`upper` shares the modules of `network`. `learned_from` and `held_out` are rows of `activations`, whose
        `labels` are (N,); `shares` of the former say how often each is drawn. `folder` keeps the state
        after each epoch; where it holds one already, `run()` goes on."""
        import torch

        self.network, self.upper = network, upper
        self.last_epoch = epochs
        """An earlier one ends the training in the middle of its schedule."""
        self.best: Best | None = None
        self.history: list[EpochReport] = []
        self.stopped = ""
        """Why it ended before its last epoch."""
        self._activations, self._labels = activations, labels
        self._learned_from, self._held_out = learned_from, held_out
        self._recipe, self._epochs, self._folder = recipe, epochs, folder
        self._weights = np.ones(len(upper.bias), np.float32) if class_weights is None else class_weights
        self._shares = shares
        self._size = batch_size_for(len(learned_from), recipe.batch_size)
        self._steps = epochs * max(1, len(learned_from) // self._size)
        self._average = deepcopy(upper).eval()
        self._parameters = [p for p in upper.parameters() if p.requires_grad]
        self._origin = [p.detach().clone() for p in self._parameters] if upper.frozen_statistics else []
        self._rate = learning_rate_for(len(learned_from), recipe)
        groups = upper.groups(self._rate, recipe.block_factor, HEAD_FACTOR)
        self._rates = [group["lr"] for group in groups]
        self._optimiser = torch.optim.AdamW(groups, weight_decay=0.0)
        # A batch norm that learns its statistics must see the whole batch.
        self._lanes = physical_cores() if upper.frozen_statistics else 1
        self._seconds = 0.0

    @property
    def checkpoint_path(self) -> Path:
        """The state after the last finished epoch."""
        return self._folder / "epoch.safetensors"

    def run(self) -> Generator[BatchDone | EpochReport, None, None]:
        """Train from the last finished epoch on. Ends early after `PATIENCE` epochs without a better one, when the
        time is used up, or at a loss that is not finite; `stopped` says so, and `best` is the best epoch."""
        first = self._resume()
        if first == 0 and self.upper.frozen_statistics:
            self._evaluate(0)
        with ThreadPoolExecutor(self._lanes, initializer=_use_one_thread if self._lanes > 1 else None) as pool:
            for epoch in range(first, self.last_epoch):
                if self._is_over():
                    return
                began = time.monotonic()
                losses: list[float] = []
                batches = self._batches(epoch)
                for number, batch in enumerate(batches):
                    with _threads(1 if self._lanes > 1 else physical_cores()):
                        loss = self._step(pool, batch, epoch * len(batches) + number)
                    if not math.isfinite(loss):
                        self.stopped = (
                            f"the loss was {loss} in epoch {epoch + 1} at a learning rate of "
                            f"{self._rate:g}: what was learned before it is kept; try a lower one"
                        )
                        return
                    losses.append(loss)
                    if number % _TRIMMED_EVERY == _TRIMMED_EVERY - 1:
                        give_back(collect=False)
                    if self._seconds + time.monotonic() - began > 60 * self._recipe.minutes:
                        self.stopped = f"the {self._recipe.minutes:g} minutes were over in epoch {epoch + 1}"
                        break
                    yield BatchDone(epoch * len(batches) + number + 1, self.last_epoch * len(batches))
                give_back(collect=False)
                is_best = self._evaluate(epoch + 1)
                self._seconds += time.monotonic() - began
                report = self._report(epoch + 1, float(np.mean(losses)), is_best)
                self.history.append(report)
                self._save()
                self._activations.release()
                give_back()
                yield report

    def _is_over(self) -> bool:
        if self.stopped:
            return True
        since = len(self.history) - (self.best.epoch if self.best else 0)
        if len(self._held_out) and since >= PATIENCE:
            self.stopped = f"no epoch was better than epoch {self.best.epoch if self.best else 0}"
        return bool(self.stopped)

    def _batches(self, epoch: int) -> list[Batch]:
        return epoch_batches(
            self._learned_from,
            epoch,
            seed=self._recipe.seed,
            batch_size=self._size,
            views=self._activations.views,
            mixup=self._recipe.mixup,
            shares=self._shares,
        )

    def _step(self, pool: ThreadPoolExecutor, batch: Batch, step: int) -> float:
        import torch

        warm_up = max(1, round(_WARM_UP * self._steps))
        rate = min(1.0, (step + 1) / warm_up) * 0.5 * (1 + math.cos(math.pi * min(1.0, step / self._steps)))
        for group, highest in zip(self._optimiser.param_groups, self._rates, strict=True):
            group["lr"] = highest * rate
        lanes = min(self._lanes, max(1, len(batch.rows) // _LEAST_IMAGES_IN_A_PART))
        results = list(pool.map(lambda part: self._gradients(batch, part), batch.parts(lanes)))
        loss = sum(each[0] for each in results)
        if not math.isfinite(loss):
            return loss
        with torch.no_grad():
            for index, parameter in enumerate(self._parameters):
                parameter.grad = sum((each[1][index] for each in results[1:]), start=results[0][1][index])
            self._optimiser.step()
            pull = self._rate * rate * self._recipe.anchor
            for parameter, origin in zip(self._parameters, self._origin, strict=bool(self._origin)):
                parameter.lerp_(origin, pull)
            keep = min(_AVERAGE, (step + 1) / (step + 10))
            for mean, now in zip(_tensors(self._average), _tensors(self.upper), strict=True):
                mean.lerp_(now, 1 - keep)
        return loss

    def _gradients(self, batch: Batch, part: Integers) -> tuple[float, tuple[Tensor, ...]]:
        import torch
        from torch.nn import functional

        values, targets = self._inputs(batch, part)
        logits = self.upper(values)
        losses = functional.cross_entropy(
            logits, targets, reduction="none", label_smoothing=self._recipe.label_smoothing
        )
        weights = torch.from_numpy(self._weights[self._labels[batch.rows[part]]])
        loss = (losses * weights).sum() / len(batch.rows)
        return float(loss.detach()), torch.autograd.grad(loss, self._parameters)

    def _inputs(self, batch: Batch, part: Integers) -> tuple[Tensor, Tensor]:
        """Activations and target probabilities of a part of a batch, mixed where the recipe says so."""
        import torch

        identity = np.eye(len(self._weights), dtype=np.float32)
        values = self._activations.values[batch.views[part], batch.rows[part]]
        targets = identity[self._labels[batch.rows[part]]]
        if batch.share < 1:
            other = batch.partners[part]
            share = np.float32(batch.share)
            mixed = self._activations.values[batch.views[other], batch.rows[other]].astype(np.float32)
            values = share * values.astype(np.float32) + (1 - share) * mixed
            targets = share * targets + (1 - share) * identity[self._labels[batch.rows[other]]]
        return torch.from_numpy(np.ascontiguousarray(values)), torch.from_numpy(targets)

    def _evaluate(self, epoch: int) -> bool:
        """Measure the average on the held-out images; where nothing is held out, the newest epoch is the best."""
        logits = predict(self._average, self._activations.values[0], self._held_out)
        loss = top1 = math.nan
        if len(self._held_out):
            labels = self._labels[self._held_out]
            loss, top1 = held_out_loss(logits, labels), float((logits.argmax(1) == labels).mean())
        self._last = (loss, top1)
        if self.best is not None and not math.isnan(loss) and not loss < self.best.loss:
            return False
        state = {name: tensor.detach().clone() for name, tensor in self._average.state_dict().items()}
        self.best = Best(epoch, state, logits, loss, top1)
        return True

    def _report(self, epoch: int, train_loss: float, is_best: bool) -> EpochReport:
        left = self._seconds / epoch * (self.last_epoch - epoch)
        return EpochReport(epoch, self.last_epoch, train_loss, *self._last, is_best, left)

    # The state after each epoch

    def _save(self) -> None:
        from safetensors.torch import save

        assert self.best is not None
        tensors = {f"now.{name}": tensor for name, tensor in self.upper.state_dict().items()}
        tensors |= {f"average.{name}": tensor for name, tensor in self._average.state_dict().items()}
        tensors |= {f"best.{name}": tensor for name, tensor in self.best.weights.items()}
        for index, parameter in enumerate(self._parameters):
            state = self._optimiser.state[parameter]
            tensors |= {f"optimiser.{index}.{name}": value for name, value in state.items()}
        values: dict[str, Any] = {
            "history": [asdict(report) for report in self.history],
            "best": [self.best.epoch, self.best.loss, self.best.top1],
            "logits": self.best.logits.tolist(),
            "seconds": self._seconds,
            "stopped": self.stopped,
        }
        data = save({name: tensor.contiguous() for name, tensor in tensors.items()}, {"state": json.dumps(values)})
        self._folder.mkdir(parents=True, exist_ok=True)
        atomic_write(self.checkpoint_path, data)

    def _resume(self) -> int:
        """Go back to the last finished epoch and return the number of the next, from 0. What cannot be read counts as
        nothing: the training begins anew."""
        import torch
        from safetensors import SafetensorError, safe_open

        try:
            with safe_open(self.checkpoint_path, "pt") as file:
                values = json.loads(file.metadata()["state"])
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no mapping)
        except (SafetensorError, OSError, ValueError, KeyError, TypeError):
            return 0

        def part(prefix: str) -> dict[str, Tensor]:
            return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}

        self.upper.load_state_dict(part("now."))
        self._average.load_state_dict(part("average."))
        for index, parameter in enumerate(self._parameters):
            self._optimiser.state[parameter] = {
                name: value.to(memory_format=torch.channels_last) if value.dim() == 4 else value
                for name, value in part(f"optimiser.{index}.").items()
            }
        epoch, loss, top1 = values["best"]
        logits = np.array(values["logits"], np.float32).reshape(len(self._held_out), len(self._weights))
        self.best = Best(epoch, part("best."), logits, loss, top1)
        self.history = [EpochReport(**report) for report in values["history"]]
        self._seconds, self.stopped = values["seconds"], values["stopped"]
        return len(self.history)


def learning_rate_for(images: int, recipe: Recipe) -> float:
    """The recipe's. By itself 1e-3, and less below 1,000 images, down to 3e-4: on 20 images a class that was better."""
    return recipe.learning_rate or 1e-3 * min(1.0, max(0.3, math.sqrt(images / 1000)))


def predict(upper: UpperPart, activations: NDArray[Any], rows: Integers) -> NDArray[np.float32]:
    """Logits (N, C) of unaltered activations, in evaluation mode."""
    import torch

    def logits(part: Integers) -> NDArray[np.float32]:
        with torch.no_grad():
            values: NDArray[np.float32] = upper(torch.from_numpy(np.array(activations[part]))).numpy()
        return values

    upper.eval()
    parts = [rows[start : start + _EVALUATED_AT_ONCE] for start in range(0, len(rows), _EVALUATED_AT_ONCE)]
    with _threads(1), ThreadPoolExecutor(physical_cores(), initializer=_use_one_thread) as pool:
        found = list(pool.map(logits, parts))
    return np.concatenate(found) if found else np.zeros((0, len(upper.bias)), np.float32)


def _tensors(upper: UpperPart) -> list[Tensor]:
    """Everything that a training changes: parameters, and the statistics of batch norms."""
    return [tensor for tensor in upper.state_dict().values() if tensor.is_floating_point()]


def _use_one_thread() -> None:
    import torch

    torch.set_num_threads(1)


@contextmanager
def _threads(number: int) -> Iterator[None]:
    """Torch's threads while the generator has the turn; afterwards those of its consumer."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(number)
    try:
        yield
    finally:
        torch.set_num_threads(before)
