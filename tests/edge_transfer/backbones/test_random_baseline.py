"""The random baseline: noise with the spectrum of photographs, and a network that is the same at every call."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge_transfer.backbones import random_baseline as random_network
from edge_transfer.backbones.random_baseline import natural_noise


def test_made_up_pictures_have_the_spectrum_of_photographs() -> None:
    pictures = natural_noise(8, 64)
    assert pictures.shape == (8, 3, 64, 64)
    assert pictures.min() >= 0
    assert pictures.max() <= 1
    power = (np.abs(np.fft.fft2(pictures - pictures.mean((-2, -1), keepdims=True))) ** 2).mean((0, 1))
    # Amplitude falls with the frequency, so power falls with its square.
    slope = np.log(power[0, 16] + power[16, 0]) - np.log(power[0, 4] + power[4, 0])
    assert slope / np.log(4) == pytest.approx(-2, abs=0.5)


@pytest.mark.slow
def test_the_random_network_is_the_same_again_and_does_not_fade(user_cache: Path) -> None:
    from edge_transfer.backbones.network import load_network

    weights = random_network.random_weights()
    assert random_network.random_weights() == weights
    assert random_network.untrained(random_network.RANDOM_OF) == weights.path.read_bytes()
    import torch

    network = load_network(random_network.RANDOM_OF, weights)
    with torch.no_grad():
        embedding = network(torch.from_numpy(natural_noise(4, 96) - 0.5) / 0.25)
    assert embedding.shape == (4, random_network.RANDOM_OF.dimensions)
    assert 0.05 < float(embedding.std()) < 20
    weights.path.write_bytes(b"damaged")
    assert random_network.random_weights() == weights
