"""The student: torchvision's MobileNetV2 at half width, with three ways to run its batch norms.

Folded into the convolutions a step costs two thirds of one with batch statistics on a CPU, and what is trained is what
is deployed; but the stitched network learns several times faster from the same crops with batch statistics.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional
from torchvision.models import mobilenet_v2

from edge_transfer.backbones.depths import Depths, fit_scales
from edge_transfer.backbones.registry import REGISTRY

from .photographs import normalised, to_pixels

WIDTH = 0.5
DEPTHS = REGISTRY["builtin"].depths
SHARE = 0.02
"""Energy of a part of the embedding from below the last block against one of its mean. Chosen among 0.02 to 1 on
train splits: more is better for textures and many pictures, worse for things and few (the model card)."""
STAGE_ENDS = (1, 3, 6, 10, 13, 16, 17)
"""Indices in `features` of the last block of every residual stage: within a stage the channels keep their meaning."""
Norms = Literal["folded", "calibrate", "batch"]
"""Running statistics, folded; the same after setting them to this batch's; this batch's, leaving the running ones."""
LAST = 18
"""Index in `features` of the last convolution, after which comes the pooled embedding."""


def build_student(seed: int, width: float = WIDTH) -> nn.Sequential:
    """`mobilenet_v2(width_mult=width).features`, randomly initialised from `seed`, in channels-last order."""
    state = torch.random.get_rng_state()
    torch.manual_seed(seed)
    features = cast(nn.Sequential, mobilenet_v2(width_mult=width).features)
    torch.random.set_rng_state(state)
    return features.to(memory_format=torch.channels_last)


def with_embedding(features: nn.Sequential, images: NDArray[np.uint8]) -> Depths:
    """`features` with the embedding of the built-in backbone, its scales found on images (N, S, S, 3) RGB."""
    network = Depths(features, DEPTHS).eval()
    fit_scales(network, [normalised(to_pixels(image[None], torch.device("cpu"))) for image in images], SHARE)
    return network


def run_block(block: nn.Module, x: torch.Tensor, *, norms: Norms = "folded") -> torch.Tensor:
    """Run one entry of `features` on (N, C, H, W), with its norms run as `norms` says."""
    if not hasattr(block, "conv"):
        return _convolve(block[0], block[1], x, True, norms)  # type: ignore[index]
    layers = list(block.conv)  # type: ignore[arg-type]
    y = x
    for layer in layers[:-2]:
        y = _convolve(layer[0], layer[1], y, True, norms)
    y = _convolve(layers[-2], layers[-1], y, False, norms)
    return x + y if block.use_res_connect else y


def _convolve(conv: nn.Conv2d, norm: nn.BatchNorm2d, x: torch.Tensor, active: bool, norms: Norms) -> torch.Tensor:
    mean, variance = norm.running_mean, norm.running_var
    assert mean is not None
    assert variance is not None
    if norms == "batch":
        y = functional.conv2d(x, conv.weight, None, conv.stride, conv.padding, 1, conv.groups)
        y = functional.batch_norm(y, None, None, norm.weight, norm.bias, True, eps=norm.eps)
        return functional.relu6(y) if active else y
    if norms == "calibrate":
        with torch.no_grad():
            raw = functional.conv2d(x, conv.weight, None, conv.stride, conv.padding, 1, conv.groups)
            mean.copy_(raw.mean((0, 2, 3)))
            variance.copy_(raw.var((0, 2, 3)).clamp_min(1e-4))
    scale = norm.weight / (variance + norm.eps).sqrt()
    weight = conv.weight * scale[:, None, None, None]
    bias = norm.bias - mean * scale
    if x.dtype == torch.bfloat16:
        weight, bias = weight.bfloat16(), bias.bfloat16()
    y = functional.conv2d(x, weight, bias, conv.stride, conv.padding, 1, conv.groups)
    return functional.relu6(y) if active else y


def run_student(features: nn.Sequential, x: torch.Tensor, *, norms: Norms = "folded") -> dict[int, torch.Tensor]:
    """Run images (N, 3, S, S) through the whole student: every stage's last output and the last convolution's."""
    outputs: dict[int, torch.Tensor] = {}
    for index, block in enumerate(features):
        x = run_block(block, x, norms=norms)
        if index in STAGE_ENDS or index == LAST:
            outputs[index] = x
    return outputs


def convolutions(features: nn.Sequential) -> Iterator[tuple[nn.Conv2d, nn.BatchNorm2d]]:
    """Every convolution with its batch norm, in order."""
    modules = [m for m in features.modules() if isinstance(m, nn.Conv2d | nn.BatchNorm2d)]
    for conv, norm in zip(modules[::2], modules[1::2], strict=True):
        yield cast(nn.Conv2d, conv), cast(nn.BatchNorm2d, norm)


@torch.no_grad()
def unfold_norms(features: nn.Sequential, images: torch.Tensor) -> None:
    """Set the running statistics to those of `images` (N, 3, S, S) without changing what the network computes.

    Training mode then starts from the same function as evaluation, so a later fine-tuning may unfreeze the norms.
    """
    inputs: dict[nn.Conv2d, torch.Tensor] = {}
    hooks = [c.register_forward_hook(lambda m, _, y: inputs.__setitem__(m, y)) for c, _ in convolutions(features)]
    features.eval()(images)
    for hook in hooks:
        hook.remove()
    for conv, norm in convolutions(features):
        assert norm.running_mean is not None
        assert norm.running_var is not None
        mean, variance = inputs[conv].mean((0, 2, 3)), inputs[conv].var((0, 2, 3)).clamp_min(1e-6)
        scale = norm.weight / (norm.running_var + norm.eps).sqrt()
        shift = norm.bias - norm.running_mean * scale
        norm.weight.copy_(scale * (variance + norm.eps).sqrt())
        norm.bias.copy_(shift + mean * scale)
        norm.running_mean.copy_(mean)
        norm.running_var.copy_(variance)
