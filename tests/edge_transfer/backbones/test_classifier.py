"""The torch side: bytes in, logits and embedding out, the same at every call and whatever stands beside a picture."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from edge_transfer.backbones.classifier import Classifier, TorchEngine, blocks_of
from edge_transfer.backbones.network import build_network, load_network
from edge_transfer.backbones.registry import REGISTRY
from edge_transfer.backbones.weights import Weights, find_weights
from edge_transfer.errors import EngineError
from edge_transfer.heads import LinearHead

NAME = "mobilenet_v3_small"
SIDE = 64


@pytest.fixture(scope="module")
def weights(random_weights: Callable[[str], Path]) -> Weights:
    return find_weights(REGISTRY[NAME], random_weights(NAME))


@pytest.fixture(scope="module")
def head() -> LinearHead:
    rng = np.random.default_rng(0)
    return LinearHead(rng.normal(0, 1, (3, 576)).astype(np.float32), np.array([0.1, -0.2, 0.3], np.float32))


@pytest.fixture(scope="module")
def engine(weights: Weights, head: LinearHead) -> TorchEngine:
    return TorchEngine(REGISTRY[NAME], weights, head, SIDE)


def pictures(number: int, seed: int = 0) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (number, SIDE, SIDE, 3), np.uint8)


def test_pixels_are_scaled_as_torchvision_does_it(weights: Weights) -> None:
    """(byte / 255 - mean) / std on channels R, G, B, against torchvision's own functions."""
    from torchvision.transforms import functional

    backbone = REGISTRY[NAME]
    images = pictures(2)
    network = load_network(backbone, weights)
    seen: list[torch.Tensor] = []

    class Watched(torch.nn.Module):
        def forward(self, pixels: torch.Tensor) -> torch.Tensor:
            seen.append(pixels)
            out: torch.Tensor = network(pixels)
            return out

    with torch.no_grad():
        Classifier(backbone, Watched()).eval()(torch.from_numpy(images))
    expected = [
        functional.normalize(functional.to_tensor(image), list(backbone.mean), list(backbone.std)) for image in images
    ]
    assert torch.allclose(seen[0], torch.stack(expected), atol=1e-5)


def test_without_a_head_the_embedding_is_all(weights: Weights) -> None:
    with torch.no_grad():
        found = Classifier(REGISTRY[NAME], load_network(REGISTRY[NAME], weights)).eval()(torch.from_numpy(pictures(2)))
    assert isinstance(found, torch.Tensor)
    assert found.shape == (2, 576)


@pytest.mark.parametrize("normalise", [True, False])
def test_logits_are_those_of_the_head_on_the_embedding(weights: Weights, head: LinearHead, normalise: bool) -> None:
    head = LinearHead(head.weight, head.bias, normalise)
    output = TorchEngine(REGISTRY[NAME], weights, head, SIDE).run(pictures(5))
    assert output.logits.shape == (5, 3)
    assert output.embedding.shape == (5, 576)
    assert output.logits.dtype == output.embedding.dtype == np.float32
    scale = float(np.abs(output.logits).max())
    assert scale > 0.1
    assert head.logits(output.embedding) == pytest.approx(output.logits, abs=1e-4 * scale)


def test_a_result_does_not_depend_on_the_neighbours(engine: TorchEngine) -> None:
    images = pictures(6)
    whole = engine.run(images)
    for k in range(6):
        single = engine.run(images[k : k + 1])
        assert np.array_equal(single.logits[0], whole.logits[k])
    assert np.array_equal(engine.run(images[::-1]).logits, whole.logits[::-1])


def test_pictures_that_differ_give_embeddings_that_differ(engine: TorchEngine) -> None:
    output = engine.run(np.concatenate([pictures(1), pictures(1)[..., ::-1], 255 - pictures(1)]))
    assert np.abs(output.embedding[0] - output.embedding[1]).max() > 1e-3
    assert np.abs(output.embedding[0] - output.embedding[2]).max() > 1e-3


@pytest.mark.parametrize(
    "images",
    [
        np.zeros((1, SIDE, SIDE, 3), np.float32),
        np.zeros((SIDE, SIDE, 3), np.uint8),
        np.zeros((1, 3, SIDE, SIDE), np.uint8),
        np.zeros((1, 32, 32, 3), np.uint8),
        np.zeros((0, SIDE, SIDE, 3), np.uint8),
        [[1]],
    ],
)
def test_other_shapes_and_types_are_refused(engine: TorchEngine, images: NDArray[np.uint8]) -> None:
    with pytest.raises(EngineError, match=r"takes uint8 pictures of shape \(N, 64, 64, 3\), got"):
        engine.run(images)


def test_running_changes_neither_the_network_nor_torchs_settings(weights: Weights, head: LinearHead) -> None:
    """T8: batch norms of a frozen backbone keep their statistics."""
    engine = TorchEngine(REGISTRY[NAME], weights, head, SIDE)
    network = engine._classifier
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    threads = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        engine.run(pictures(3))
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(threads)
    assert all(torch.equal(tensor, before[name]) for name, tensor in network.state_dict().items())
    assert not any(module.training for module in network.modules())


def test_threads_may_share_an_engine(engine: TorchEngine) -> None:
    images = pictures(4)
    expected = engine.run(images).logits
    found: list[NDArray[np.float32]] = []
    workers = [threading.Thread(target=lambda: found.append(engine.run(images).logits)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(found) == 4
    assert all(np.array_equal(logits, expected) for logits in found)


@pytest.mark.parametrize("name", REGISTRY)
def test_every_backbone_divides_into_blocks_that_hold_all_its_parameters(name: str) -> None:
    network = build_network(REGISTRY[name])
    blocks = blocks_of(REGISTRY[name], network)
    assert len(blocks) >= 5
    parameters = [parameter for block in blocks for parameter in block.parameters()]
    assert [id(parameter) for parameter in parameters] == [id(parameter) for parameter in network.parameters()]
    assert all(list(block.parameters()) for block in blocks)
