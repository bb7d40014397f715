"""Several sides at once give what one side gives, from and into the same cache."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edge_transfer.backbones import REGISTRY, find_weights
from edge_transfer.catalog import Catalog
from edge_transfer.embeddings import EmbeddingKey, embed
from edge_transfer.errors import DatasetError
from edge_transfer.project import Project
from edge_transfer.runs import Run, open_backbone
from edge_transfer.side_embeddings import embed_sides
from export.runtime.engine import Engine
from export.runtime.spine import run_to_end

SIDES = (48, 64)


@pytest.fixture
def keys(copied: tuple[Project, Run]) -> list[EmbeddingKey]:
    project, run = copied
    spec = project.input
    return [
        EmbeddingKey("squeezenet", run.weights_sha256, "openvino", "fp32", replace(spec, side=side)) for side in SIDES
    ]


def opener(run: Run, opened: list[int]):
    weights = find_weights(REGISTRY["squeezenet"], Path(run.weights_path))

    def open_one(key: EmbeddingKey) -> Engine:
        opened.append(key.input.side)
        return open_backbone(REGISTRY["squeezenet"], weights, key.input.side, key.engine)

    return open_one


def test_several_sides_are_what_each_alone_is(copied: tuple[Project, Run], keys: list[EmbeddingKey]) -> None:
    project, run = copied
    opened: list[int] = []
    open_one = opener(run, opened)
    with Catalog.open(project) as catalog:
        samples = catalog.samples(split="train")
    events = embed_sides(project, samples, keys, open_one)
    # What was done before a cancel is kept.
    for event in events:
        if event.done > 0:
            break
    events.close()
    both = run_to_end(embed_sides(project, samples, keys, open_one))
    assert both.samples == tuple(samples)
    opened.clear()
    again = run_to_end(embed_sides(project, samples, keys, open_one))
    assert opened == []
    for key in keys:
        assert np.array_equal(again.vectors[key], both.vectors[key])
        alone = run_to_end(embed(project, samples, key, lambda: pytest.fail("it is in the cache")))
        assert np.array_equal(alone.vectors, both.vectors[key])
        for path in (project.cache_dir / "embeddings" / key.folder_name).iterdir():
            path.unlink()
        fresh = run_to_end(embed(project, samples, key, lambda key=key: open_one(key)))
        assert np.abs(fresh.vectors - both.vectors[key]).max() < 1e-3 * np.abs(fresh.vectors).max()


def test_what_cannot_be_read_is_left_out_and_too_much_of_it_refused(
    copied: tuple[Project, Run], keys: list[EmbeddingKey]
) -> None:
    project, run = copied
    open_one = opener(run, [])
    for path in (project.cache_dir / "embeddings").rglob("*.safetensors"):
        path.unlink()
    with Catalog.open(project) as catalog:
        samples = catalog.samples(split="train")
    gone = samples[:2]
    for sample in gone:
        project.image_path(sample.sha256, sample.suffix).write_bytes(b"no picture")
    both = run_to_end(embed_sides(project, samples, keys, open_one))
    assert both.samples == tuple(samples[2:])
    assert {len(rows) for rows in both.vectors.values()} == {len(samples) - 2}
    with pytest.raises(DatasetError, match="2 of 10 pictures are gone or damaged"):
        run_to_end(embed_sides(project, samples[:10], keys, open_one))
