"""First phase: every block learns by itself what the teacher's block does, all of them in parallel.

A block is given the teacher's projected input and must return the teacher's projected output, so that no block waits
for an earlier one to become good.
"""

from __future__ import annotations

import torch
from torch import nn

from .student import LAST, Norms, run_block


def blockwise_loss(
    features: nn.Sequential, images: torch.Tensor, taps: list[torch.Tensor], *, norms: Norms = "folded"
) -> tuple[torch.Tensor, dict[str, float]]:
    """Mean over the blocks of the squared error, each divided by the variance of what the teacher's block adds.

    `taps` is what the teacher's `Taps` return for `images` (N, 3, S, S). Returns the loss and its parts by name.
    """
    losses = []
    source = run_block(features[0], images, norms=norms)
    for index in range(1, LAST + 1):
        target = taps[index - 1]
        block = features[index]
        output = run_block(block, source, norms=norms)
        residual = getattr(block, "use_res_connect", False)
        losses.append(normalised_error(output, target, target - source if residual else target))
        source = target
    total = torch.stack(losses)
    parts = {f"block_{index + 1}": float(loss.detach()) for index, loss in enumerate(losses)}
    return total.mean(), parts


def normalised_error(output: torch.Tensor, target: torch.Tensor, added: torch.Tensor | None = None) -> torch.Tensor:
    """Mean squared error over the variance of `added` (of `target` where none is given): 1 means nothing learned.

    Each channel's error is divided by the sum of its own variance and the channels' mean one, so that neither a few
    strong channels nor the noise of many weak ones decide.
    """
    reference = target if added is None else added
    axes = [axis for axis in range(reference.dim()) if axis != 1]
    variance = reference.var(axes)
    weight = 1 / (variance + variance.mean()).clamp_min(1e-6)
    error = (output.float() - target).square().mean(axes)
    return (weight * error).sum() / (weight * variance).sum().clamp_min(1e-6)
