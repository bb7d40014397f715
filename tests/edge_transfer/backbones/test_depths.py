"""One embedding of several depths: what is in it, and how its parts are weighed."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from torch import nn

from edge_transfer.backbones.depths import Depths, LowerDepths, climb, fit_scales, mean_and_deviation


@pytest.fixture
def network() -> Depths:
    """Four blocks of 4, 6, 5 and 8 channels, the first of them a depth."""
    torch.manual_seed(0)
    channels = (3, 4, 6, 5, 8)
    blocks = [nn.Conv2d(a, b, 3, 2, 1) for a, b in pairwise(channels)]
    return Depths(nn.Sequential(*blocks), (0, 2)).eval()


@pytest.fixture
def pictures() -> torch.Tensor:
    return torch.randn(6, 3, 32, 32, generator=torch.Generator().manual_seed(1))


def test_mean_and_deviation_are_those_of_each_channel() -> None:
    maps = torch.randn(3, 5, 7, 4, generator=torch.Generator().manual_seed(2))
    mean, deviation = mean_and_deviation(maps)
    torch.testing.assert_close(mean, maps.flatten(2).mean(2))
    torch.testing.assert_close(deviation, maps.flatten(2).std(2, correction=0), atol=1e-4, rtol=1e-4)


def test_a_flat_map_has_a_gradient() -> None:
    maps = torch.ones(1, 2, 4, 4, requires_grad=True)
    _, deviation = mean_and_deviation(maps)
    deviation.sum().backward()
    assert maps.grad is not None
    assert torch.isfinite(maps.grad).all()
    assert float(deviation.detach().max()) < 0.01


def test_the_embedding_is_the_moments_of_each_depth_from_below(network: Depths, pictures: torch.Tensor) -> None:
    network.scales.copy_(torch.arange(1.0, 7).view(3, 2))
    with torch.no_grad():
        embedding = network(pictures)
        first = network.features[0](pictures)
        third = network.features[2](network.features[1](first))
        last = network.features[3](third)
    parts = [moments for maps in (first, third, last) for moments in mean_and_deviation(maps)]
    expected = torch.cat([part * scale for scale, part in enumerate(parts, start=1)], 1)
    assert embedding.shape == (6, 2 * (4 + 5 + 8))
    torch.testing.assert_close(embedding, expected)


@pytest.mark.parametrize("blocks", [1, 2, 3, 4])
def test_what_lies_below_a_boundary_and_above_it_is_the_whole(
    blocks: int, network: Depths, pictures: torch.Tensor
) -> None:
    with torch.no_grad():
        values, below = climb(network.features[:blocks], pictures, 0, network.depths, network.scales)
        _, above = climb(network.features[blocks:], values, blocks, network.depths, network.scales)
        torch.testing.assert_close(torch.cat([*below, *above], 1), network(pictures))
        stored = LowerDepths(network, blocks)(pictures)
    torch.testing.assert_close(stored, torch.cat([*below, values.flatten(1)], 1))


def test_fitted_scales_give_every_part_its_share_of_the_energy(network: Depths, pictures: torch.Tensor) -> None:
    fit_scales(network, pictures.split(1), 0.25)
    with torch.no_grad():
        parts = network(pictures).split([4, 4, 5, 5, 8, 8], 1)
    energies = torch.stack([part.square().sum() for part in parts])
    torch.testing.assert_close(energies / energies[-1], torch.tensor([0.25, 0.25, 0.25, 0.25, 1.0, 1.0]))
    assert float(network.scales[-1, 0]) == 1
