"""The distance from photographs: near is near, shifted is far, and the shipped references fit the shipped weights."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from edge_transfer.advice import domain_gap
from edge_transfer.advice.domain_gap import Reference, comparable, fit_reference, reference_for
from edge_transfer.backbones.onnx_graph import backbone_graph
from edge_transfer.backbones.registry import REGISTRY, backbone_named
from edge_transfer.backbones.weights import find_weights
from edge_transfer.errors import WeightsError
from export.runtime.imaging.images import decode_image, read_image_file
from export.runtime.inference.engine import open_engine
from export.runtime.inference.preprocess import InputSpec, preprocess
from export.runtime.sources.frame import Frame
from export.runtime.sources.source import open_source


def cloud(n: int, seed: int, shift: float = 0.0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    scales = np.geomspace(1, 0.05, 40)
    return (1 + shift * (np.arange(40) % 2) + rng.normal(size=(n, 40)) * scales).astype(np.float32)


def test_the_same_kind_is_a_half_and_the_shifted_more(tmp_path: Path) -> None:
    reference = fit_reference(cloud(800, 0), "a" * 64)
    assert reference.gap(cloud(400, 1)) == pytest.approx(0.5, abs=0.06)
    gaps = [reference.gap(cloud(400, 1, shift)) for shift in (0.0, 0.3, 1.0, 4.0)]
    assert gaps == sorted(gaps)
    assert gaps[-1] > 0.99
    # The length of an embedding says nothing.
    assert reference.gap(cloud(400, 1) * 7) == pytest.approx(gaps[0], abs=1e-6)
    reference.save(tmp_path / "r.safetensors")
    again = Reference.load(tmp_path / "r.safetensors")
    assert again.gap(cloud(400, 1, 0.3)) == pytest.approx(gaps[1], abs=0.01)


def test_distances_are_those_of_the_whole_covariance_where_all_directions_are_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(domain_gap, "DIRECTIONS", 39)
    vectors = cloud(500, 3)
    reference = fit_reference(vectors, "")
    features = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float64)
    centred = features - features.mean(0)
    expected = np.einsum("nd,de,ne->n", centred, np.linalg.inv(np.cov(features.T)), centred)
    assert np.allclose(reference.distances(vectors), expected, rtol=0.02)


def test_few_photographs_and_damaged_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="needs 100 photographs, got 99"):
        fit_reference(cloud(99, 0), "")
    (tmp_path / "r.safetensors").write_bytes(b"no")
    with pytest.raises(WeightsError, match="damaged"):
        Reference.load(tmp_path / "r.safetensors")


def test_the_reference_is_of_the_built_in_weights() -> None:
    path = Path(domain_gap.__file__).parents[1] / "weights" / "builtin.safetensors"
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    assert reference_for(sha256) is not None, "the built-in weights are new: run python -m tools.reference"
    assert reference_for("0" * 64) is None
    files = list((path.parents[1] / "references").glob("*.safetensors"))
    assert sum(file.stat().st_size for file in files) < 600_000


@pytest.mark.slow
def test_the_conveyor_is_farther_from_photographs_than_photographs_are(shared: Path) -> None:
    backbone = backbone_named("mobilenet_v2")
    weights = find_weights(backbone, shared / "weights" / "mobilenet_v2.safetensors")
    reference = reference_for(weights.sha256)
    assert reference is not None
    spec = comparable(InputSpec(96))
    assert spec.side == 224
    photographs = sorted((shared / "data" / "hymenoptera" / "val" / "ants").glob("*.jpg"))[:30]
    images = [preprocess(decode_image(read_image_file(path)), spec) for path in photographs]
    frames = []
    for kind in ("hex_nut", "washer"):
        events = open_source(f"demo://conveyor?class={kind}&fps=240").events()
        found = (event for event in events if isinstance(event, Frame))
        frames += [preprocess(next(found).image, spec) for _ in range(15)]
        events.close()
    engine = open_engine(backbone_graph(REGISTRY["mobilenet_v2"], weights, spec.side))
    near, far = (reference.gap(engine.run(np.stack(each)).embedding) for each in (images, frames))
    assert near < 0.55
    assert far > 0.85
