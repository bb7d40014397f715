"""Randomly initialised networks, the baseline that a pretrained backbone must beat."""

from __future__ import annotations

import numpy as np

from edge_transfer.backbones.network import build_network
from edge_transfer.backbones.registry import SHIPPED, Backbone
from edge_transfer.backbones.weights import Weights, cache_dir
from export.runtime.errors import StorageError
from export.runtime.storage import atomic_write, sha256_of, storage_error

RANDOM_OF: Backbone = SHIPPED
"""The architecture of the random network: the cheapest of the registry that has the width of the others."""
_VERSION = 1
_SIDE, _PICTURES = 128, 32


def random_weights() -> Weights:
    """Weights from a fixed seed, from the user's cache or made now, which imports torch and takes some seconds.

    The norms hold the statistics of made-up pictures with the spectrum of natural ones: without statistics the signals
    of a deep random network fade before they reach its end. Raises StorageError when they cannot be written.
    """
    path = cache_dir() / "random" / f"{RANDOM_OF.name}-v{_VERSION}.safetensors"
    sum_path = path.with_suffix(".sha256")
    try:
        if not (path.is_file() and sum_path.is_file() and sum_path.read_bytes() == sha256_of(path).encode()):
            path.parent.mkdir(parents=True, exist_ok=True)
            atomic_write(path, untrained(RANDOM_OF))
            atomic_write(sum_path, sha256_of(path).encode())
        return Weights(path, sha256_of(path), "")
    except StorageError:
        raise
    except OSError as error:
        raise storage_error(error, path) from error


def untrained(backbone: Backbone) -> bytes:
    """Random weights of a backbone as safetensors, the same every time; its norms know pictures."""
    import torch
    from safetensors.torch import save

    mean, std = (np.array(values, np.float32)[:, None, None] for values in (backbone.mean, backbone.std))
    pictures = torch.from_numpy((natural_noise(_PICTURES, _SIDE) - mean) / std)
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(0)
        network = build_network(backbone).train()
        for module in network.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.momentum = None  # the mean of all batches, here of one
        network(pictures)
    return save({name: tensor.contiguous() for name, tensor in network.state_dict().items()})


def natural_noise(count: int, side: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Pictures (N, 3, S, S), 0 to 1, whose amplitudes fall with the frequency as those of photographs do (Field, 1987).

    The colours of neighbouring places go together, as they do in photographs.
    """
    rng = np.random.default_rng(0)
    across = np.fft.rfftfreq(side)[None]
    down = np.fft.fftfreq(side)[:, None]
    fall = 1 / np.maximum(np.hypot(across, down), 1 / side)
    spectra = np.fft.rfft2(rng.normal(size=(count, 4, side, side)), axes=(-2, -1)) * fall
    noise = np.fft.irfft2(spectra, (side, side), axes=(-2, -1))
    noise /= noise.std(axis=(-2, -1), keepdims=True)
    grey, colours = noise[:, :1], noise[:, 1:]
    pictures = 0.5 + 0.22 * rng.uniform(0.4, 1.3, (count, 1, 1, 1)) * (grey + 0.3 * colours)
    return np.clip(pictures, 0, 1).astype(np.float32)
