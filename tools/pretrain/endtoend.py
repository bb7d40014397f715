"""Second phase: the stitched student learns from the image on: stages, last map, embedding and the teacher's logits."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional

from .blockwise import normalised_error
from .student import LAST, STAGE_ENDS, Norms, run_student


@dataclass(frozen=True)
class Weights:
    """How much each part of the end-to-end loss counts."""

    stages: float = 1.0
    last_map: float = 1.0
    embedding: float = 2.0
    logits: float = 0.5


def endtoend_loss(
    features: nn.Sequential,
    images: torch.Tensor,
    taps: list[torch.Tensor],
    classifier: nn.Linear,
    weights: Weights,
    norms: Norms = "folded",
) -> tuple[torch.Tensor, dict[str, float]]:
    """The weighted loss of the student against `taps` on `images` (N, 3, S, S), and its parts by name.

    The student's embedding lies in the teacher's own basis, so the teacher's `classifier` reads it: the logits' part
    is the Kullback-Leibler divergence of what it makes of the student's embedding and of the teacher's.
    """
    outputs = run_student(features, images, norms=norms)
    parts = {f"stage_{i}": normalised_error(outputs[i], taps[i - 1]) for i in STAGE_ENDS}
    stages = torch.stack(list(parts.values())).mean()
    parts["last_map"] = normalised_error(outputs[LAST], taps[-2])
    embedding = outputs[LAST].float().mean((2, 3))
    parts["embedding"] = normalised_error(embedding, taps[-1])
    parts["logits"] = divergence(embedding, taps[-1], classifier)
    loss = weights.stages * stages + weights.last_map * parts["last_map"]
    loss = loss + weights.embedding * parts["embedding"] + weights.logits * parts["logits"]
    return loss, {name: float(part.detach()) for name, part in parts.items()}


def divergence(embedding: torch.Tensor, target: torch.Tensor, classifier: nn.Linear) -> torch.Tensor:
    """KL(teacher | student) of the classifier's distributions over embeddings (N, D), mean over the batch."""
    wanted = functional.log_softmax(classifier(target), 1)
    got = functional.log_softmax(classifier(embedding), 1)
    return functional.kl_div(got, wanted, reduction="batchmean", log_target=True)
