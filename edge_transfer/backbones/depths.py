"""Torch modules that pool an embedding from feature maps at several depths of a network (docs/adr/0031)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn

_LEAST_VARIANCE = 1e-5
"""Keeps the gradient of a deviation finite where a map is flat."""


class Depths(nn.Module):
    """The blocks `features`, and an embedding of the maps above some of them: mean and deviation of each channel.

    Normalised pictures (N, 3, S, S) to embeddings (N, D); D is twice the channels of all those maps. The mean and the
    deviation of a depth have a scale each, which belongs to the weights: `fit_scales` finds it.
    """

    scales: Tensor
    """(depths, 2)."""

    def __init__(self, features: nn.Sequential, depths: Sequence[int]) -> None:
        """`depths` are positions in `features`, ascending; the last block is always among them."""
        super().__init__()
        self.features = features
        self.depths = (*depths, len(features) - 1)
        self.register_buffer("scales", torch.ones(len(self.depths), 2))

    def forward(self, pictures: Tensor) -> Tensor:
        """See the class."""
        return torch.cat(climb(self.features, pictures, 0, self.depths, self.scales)[1], 1)


def climb(
    blocks: Iterable[nn.Module], values: Tensor, first: int, depths: Sequence[int], scales: Tensor
) -> tuple[Tensor, list[Tensor]]:
    """Run blocks, of which the lowest has the number `first`, on its input (N, C, H, W).

    Returns the map above them, and of each of the `depths` on the way mean and deviation (N, C), times its `scales`.
    """
    moments = []
    for number, block in enumerate(blocks, start=first):
        values = block(values)
        if number in depths:
            mean_scale, deviation_scale = scales[depths.index(number)]
            mean, deviation = mean_and_deviation(values)
            moments += [mean * mean_scale, deviation * deviation_scale]
    return values, moments


def mean_and_deviation(maps: Tensor) -> tuple[Tensor, Tensor]:
    """Of each channel of maps (N, C, H, W): (N, C) each."""
    mean = maps.mean((2, 3), keepdim=True)
    variance = (maps - mean).square().mean((2, 3))
    return mean.flatten(1), (variance + _LEAST_VARIANCE).sqrt()


class LowerDepths(nn.Module):
    """The lowest `blocks` blocks: normalised pictures (N, 3, S, S) to (N, M + A), the moments of the depths on the way
    and the flattened map."""

    def __init__(self, network: Depths, blocks: int) -> None:
        super().__init__()
        self.network, self.blocks = network, blocks

    def forward(self, pictures: Tensor) -> Tensor:
        """See the class."""
        lower = self.network.features[: self.blocks]
        values, moments = climb(lower, pictures, 0, self.network.depths, self.network.scales)
        return torch.cat([*moments, values.flatten(1)], 1)


@torch.no_grad()
def fit_scales(network: Depths, pictures: Sequence[Tensor], share: float) -> None:
    """Set the scales by normalised pictures (1, 3, S, S): the parts of a depth then have the same energy, whatever its
    width and the size of its values; those of the last 1 each, those below `share` of it."""
    network.scales.fill_(1)
    energies = torch.zeros(len(network.depths), 2)
    for picture in pictures:
        _, moments = climb(network.features, picture, 0, network.depths, network.scales)
        energies += torch.stack([part.square().sum() for part in moments]).view_as(energies)
    shares = torch.full_like(energies, share)
    shares[-1] = 1
    network.scales.copy_((shares * energies[-1, 0] / energies).sqrt())
