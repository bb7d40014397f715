"""The training loop: crops, teacher and student in every thread, gradients averaged, checkpoints, an end on demand."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from .augment import augment
from .blockwise import blockwise_loss, normalised_error
from .checkpoint import load_checkpoint, save_checkpoint
from .curve import append_report
from .endtoend import Weights, divergence, endtoend_loss
from .photographs import batches, centre_crops, load_photographs, normalised, random_crops, to_pixels
from .schedule import Schedule, SecondLeg
from .student import STAGE_ENDS, Norms, build_student, run_student, unfold_norms
from .teacher import OpenVinoTeacher, Taps, TorchTeacher, fit_projections, load_teacher

_PAUSE_S = 20.0
"""A step that took longer was paused from outside: only so much of it counts as time spent."""


@dataclass(frozen=True)
class Recipe:
    """Everything that decides the result; written beside the weights."""

    schedule: Schedule
    width: float
    batch: int
    """Crops of a step, over all threads."""
    threads: int
    seed: int
    minutes: float
    """Active minutes after which the decay has ended, as far as the speed so far tells; 0 for no limit."""
    weights: Weights
    photographs: int | None = None
    """Use only so many photographs; None for all."""
    weight_decay: float = 0.01
    average: float = 0.998
    report_every: int = 200
    checkpoint_every: int = 200
    precision: str = "bf16"
    """Of the teacher in OpenVINO."""
    held_out: int = 64
    """So many photographs, the last by name, are not trained on: they give the curve's agreement with the teacher."""
    mixup: float = 0.2
    cutmix: float = 0.2
    end_after: int | None = None
    """Begin the decay at this step; None to wait for the minutes or for being asked."""
    start: str = ""
    """SHA-256 of finished weights from which a further leg starts; empty for a training from its own checkpoint."""


@dataclass(frozen=True)
class Report:
    """Where a training stands."""

    step: int
    phase: str
    crops: int
    active_s: float
    side: int
    rate: float
    loss: float
    parts: dict[str, float]
    held_out: dict[str, float]


class Training:
    """A training in `folder`, begun or resumed. `run()` is a generator of reports; `features` then holds the result."""

    def __init__(
        self,
        recipe: Recipe,
        photographs: Path,
        teacher: Path,
        folder: Path,
        device: torch.device,
        start: nn.Module | None = None,
    ) -> None:
        torch.set_num_threads(1)
        folder.mkdir(parents=True, exist_ok=True)
        self.recipe, self.folder, self.device = recipe, folder, device
        self.step, self.active_s, self.crops = 0, 0.0, 0
        self.decay_start: int | None = None
        images = load_photographs(photographs, recipe.photographs)
        held = min(recipe.held_out, len(images) // 4)
        self._images, self._held = images[:-held], images[-held:]
        model = load_teacher(teacher)
        self._classifier: nn.Linear = model.classifier[1]  # type: ignore[index,assignment]
        self.features = build_student(recipe.seed, recipe.width)
        saved = load_checkpoint(folder)
        if saved is None:
            projections, means, self.kept = fit_projections(model, self._sample(), self._widths())
        else:
            count = len(STAGE_ENDS)
            projections = [saved[0][f"projection.{i}"] for i in range(count)]
            means = [saved[0][f"mean.{i}"] for i in range(count)]
            self.kept = saved[1]["kept"]
        self._fixed = {f"projection.{i}": p for i, p in enumerate(projections)}
        self._fixed |= {f"mean.{i}": m for i, m in enumerate(means)}
        taps = Taps(model, projections, means)
        threads = 1 if device.type == "cuda" else recipe.threads
        self._teachers: list[Callable[[torch.Tensor], list[torch.Tensor]]]
        if device.type == "cuda":
            self._teachers = [TorchTeacher(taps, device)]
        else:
            first = OpenVinoTeacher(taps, recipe.precision)
            self._teachers = [first, *(first.twin() for _ in range(threads - 1))]
        self._classifier.to(device)
        self.features.to(device)
        self.averaged = build_student(recipe.seed, recipe.width).to(device)
        self._parameters = [p for p in self.features.parameters() if p.requires_grad]
        self._optimizer = torch.optim.AdamW(self._parameters, lr=0.0, weight_decay=recipe.weight_decay)
        self._targets: dict[int, list[torch.Tensor]] = {}
        if saved is None and start is not None:
            for features in (self.features, self.averaged):
                features.load_state_dict(start.state_dict())
            self.step = self.decay_start = self._plan().block_steps
        self._resume(saved)

    def run(self, finish: Callable[[], bool]) -> Generator[Report, None, None]:
        """Train until the schedule ends; `finish()` turning true begins the decay. Closing keeps a checkpoint."""
        threads = len(self._teachers)
        began = time.perf_counter()
        recent: list[dict[str, float]] = []
        with ThreadPoolExecutor(threads) as pool:
            try:
                while (end := self._plan().last_step(self.decay_start)) is None or self.step < end:
                    if self.decay_start is None and (finish() or self._is_due()):
                        self.decay_start = max(self.step, self._plan().block_steps + 1)
                    recent.append(self._take_step(pool))
                    now = time.perf_counter()
                    self.active_s += min(_PAUSE_S, now - began)
                    began = now
                    if self.step % self.recipe.report_every == 0:
                        yield self._report(recent)
                        recent = []
                    if self.step % self.recipe.checkpoint_every == 0:
                        self.save()
                if recent:
                    yield self._report(recent)
            finally:
                self.save()

    def save(self) -> None:
        """Write the checkpoint. Raises StorageError when the disk refuses."""
        tensors = {f"student.{k}": v for k, v in self.features.state_dict().items()}
        tensors |= {f"averaged.{k}": v for k, v in self.averaged.state_dict().items()}
        for index, state in self._optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer.{index}.{k}": v for k, v in state.items()}
        state = {
            "step": self.step, "active_s": self.active_s, "crops": self.crops, "decay_start": self.decay_start,
            "kept": self.kept, "recipe": asdict(self.recipe), "leg": 2 if self._is_second_leg() else 1,
        }  # fmt: skip
        save_checkpoint(self.folder, tensors | self._fixed, state)

    def _resume(self, saved: tuple[dict[str, torch.Tensor], dict[str, Any]] | None) -> None:
        if saved is None:
            return
        tensors, state = saved
        self.step, self.active_s, self.crops = state["step"], state["active_s"], state["crops"]
        self.decay_start = state["decay_start"]
        for prefix, module in (("student.", self.features), ("averaged.", self.averaged)):
            module.load_state_dict({k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)})
        moments: dict[int, dict[str, torch.Tensor]] = {}
        for name, tensor in tensors.items():
            if name.startswith("optimizer."):
                _, index, key = name.split(".")
                moments.setdefault(int(index), {})[key] = tensor
        groups = self._optimizer.state_dict()["param_groups"]
        self._optimizer.load_state_dict({"state": moments, "param_groups": groups})
        if self._is_second_leg() and state.get("leg", 1) == 1:
            self.features.load_state_dict(self.averaged.state_dict())
            self.decay_start = self.step

    def _is_second_leg(self) -> bool:
        return isinstance(self._plan(), SecondLeg)

    def _plan(self) -> Schedule:
        return self.recipe.schedule

    def _is_due(self) -> bool:
        """Whether the decay must begin now for the whole run to end after the recipe's steps or minutes."""
        if self.recipe.end_after is not None and self.step >= self.recipe.end_after:
            return True
        steps = self.step - self._plan().block_steps
        if not self.recipe.minutes or steps < 1:
            return False
        # The decay's larger pictures cost more than the steps so far.
        growth = np.mean([(side / self._plan().sides[1]) ** 2 for side in self._plan().sides[2:]])
        ahead = self._plan().decay_share * float(growth) * self.active_s
        return self.active_s + ahead >= 60 * self.recipe.minutes

    def _take_step(self, pool: ThreadPoolExecutor) -> dict[str, float]:
        plan = self._plan()
        rate = plan.learning_rate(self.step, self.decay_start)
        side = plan.side(self.step, self.decay_start)
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        if self.step == 0:
            self._calibrate(side)
        norms = plan.norms(self.step, self.decay_start)
        if norms != plan.norms(self.step - 1, self.decay_start):
            self._change_norms(norms)
        threads = len(self._teachers)
        jobs = [pool.submit(self._gradients, part, side, self.recipe.batch // threads) for part in range(threads)]
        results = [job.result() for job in jobs]
        for index, parameter in enumerate(self._parameters):
            parameter.grad = sum((grads[index] for grads, _ in results[1:]), results[0][0][index]) / threads
        nn.utils.clip_grad_norm_(self._parameters, 1.0)
        self._optimizer.step()
        self._average()
        self.step += 1
        self.crops += self.recipe.batch
        return {name: float(np.mean([parts[name] for _, parts in results])) for name in results[0][1]}

    def _batch(self, part: int, side: int, count: int) -> tuple[torch.Tensor, list[torch.Tensor]]:
        rng = np.random.default_rng([self.recipe.seed, self.step, part])
        pixels = to_pixels(random_crops(self._images, count, side, rng), self.device)
        images = normalised(augment(pixels, rng, self.recipe.mixup, self.recipe.cutmix))
        return images, self._teachers[part](images)

    def _gradients(self, part: int, side: int, count: int) -> tuple[tuple[torch.Tensor, ...], dict[str, float]]:
        images, taps = self._batch(part, side, count)
        with torch.autocast("cuda", torch.bfloat16, enabled=self.device.type == "cuda"):
            if self.step < self._plan().block_steps:
                loss, parts = blockwise_loss(self.features, images, taps)
            else:
                norms = self._plan().norms(self.step, self.decay_start)
                loss, parts = endtoend_loss(self.features, images, taps, self._classifier, self.recipe.weights, norms)
        parts["loss"] = float(loss.detach())
        return torch.autograd.grad(loss, self._parameters), parts

    @torch.no_grad()
    def _calibrate(self, side: int) -> None:
        images, taps = self._batch(0, side, self.recipe.batch // len(self._teachers))
        blockwise_loss(self.features, images, taps, norms="calibrate")
        self.averaged.load_state_dict(self.features.state_dict())

    @torch.no_grad()
    def _change_norms(self, norms: Norms) -> None:
        """Carry the function over from one way of running the norms to the other."""
        if norms == "batch":
            # What was learned with folded norms, said again in terms of batch statistics.
            unfold_norms(self.features, self._batch(0, self._plan().sides[1], 4 * self.recipe.batch)[0])
            # The second moments of those steps belong to far smaller gradients: the first steps would be wild.
            self._optimizer.state.clear()
            self.averaged.load_state_dict(self.features.state_dict())
        else:
            self.features.load_state_dict(self.averaged.state_dict())
            for features in (self.features, self.averaged):
                run_student(features, self._plain_crops(self._plan().sides[-1]), norms="calibrate")

    def _plain_crops(self, side: int) -> torch.Tensor:
        crops = random_crops(
            self._images, 4 * self.recipe.batch, side, np.random.default_rng([self.recipe.seed, 1 << 41])
        )
        return normalised(to_pixels(crops, self.device))

    @torch.no_grad()
    def _average(self) -> None:
        share = min(self.recipe.average, (self.step + 1) / (self.step + 10))
        for mean, parameter in zip(self.averaged.parameters(), self._parameters, strict=True):
            mean.lerp_(parameter, 1 - share)

    @torch.no_grad()
    def _report(self, recent: list[dict[str, float]]) -> Report:
        parts = {name: float(np.mean([p[name] for p in recent if name in p])) for name in (recent or [{}])[-1]}
        loss = parts.pop("loss", float("nan"))
        plan, step = self._plan(), max(0, self.step - 1)
        phase = "blocks" if step < plan.block_steps else "end to end" if self.decay_start is None else "decay"
        report = Report(
            self.step, phase, self.crops, self.active_s, plan.side(step, self.decay_start),
            plan.learning_rate(step, self.decay_start), loss, parts, self._agreement(min(160, plan.sides[-1])),
        )  # fmt: skip
        append_report(self.folder, asdict(report))
        return report

    def _agreement(self, side: int) -> dict[str, float]:
        """Averaged student against teacher on the held-out photographs' central squares."""
        images = [normalised(to_pixels(c, self.device)) for c in batches(centre_crops(self._held, side), 16)]
        if side not in self._targets:
            self._targets[side] = [torch.cat(taps) for taps in zip(*map(self._teachers[0], images), strict=True)]
        taps = self._targets[side]
        if self._plan().norms(self.step, self.decay_start) == "batch":
            run_student(self.averaged, self._plain_crops(side), norms="calibrate")
        outputs = [run_student(self.averaged, batch) for batch in images]
        last = torch.cat([output[STAGE_ENDS[-1]] for output in outputs])
        embedding = torch.cat([output[max(output)].mean((2, 3)) for output in outputs])
        same = self._classifier(embedding).argmax(1) == self._classifier(taps[-1]).argmax(1)
        return {
            "stage_error": float(normalised_error(last, taps[STAGE_ENDS[-1] - 1])),
            "embedding_error": float(normalised_error(embedding, taps[-1])),
            "cosine": float(functional.cosine_similarity(embedding, taps[-1]).mean()),
            "divergence": float(divergence(embedding, taps[-1], self._classifier)),
            "same_class": float(same.float().mean()),
        }

    def _sample(self) -> list[torch.Tensor]:
        rng = np.random.default_rng([self.recipe.seed, 1 << 40])
        count = min(1024, 4 * len(self._images))
        side = self._plan().sides[0]
        cpu = torch.device("cpu")
        return [
            normalised(augment(to_pixels(random_crops(self._images, 32, side, rng), cpu), rng))
            for _ in range(max(1, count // 32))
        ]

    def _widths(self) -> list[int]:
        return [self.features[end].out_channels for end in STAGE_ENDS]  # type: ignore[misc]
