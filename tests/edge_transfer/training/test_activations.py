"""Activations below a boundary: as many views as fit, and the images themselves below the first block."""

from __future__ import annotations

import numpy as np

from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from edge_transfer.training.activations import compute_activations, views_that_fit
from export.runtime.events import exhaust


def test_views_are_fewer_where_there_are_many_pictures() -> None:
    assert views_that_fit(2018, (64, 14, 14), 6) == 6
    assert views_that_fit(20_000, (64, 14, 14), 6) == 1
    assert views_that_fit(10**9, (64, 14, 14), 6) == 1


def test_activations_are_the_pictures_themselves_below_the_first_block(collected: Project) -> None:
    with Catalog.open(collected) as catalog:
        samples = catalog.samples(split="train")[:4]
    (collected.image_path(samples[2].sha256, samples[2].suffix)).unlink()
    learns = np.array([True, False, True, True])
    events = compute_activations(collected, samples, learns, None, (64, 64, 3), views=2, seed=0)
    found = exhaust(events)
    assert (found.values.shape, found.values.dtype, found.views) == ((3, 4, 64, 64, 3), np.uint8, 2)
    assert found.readable.tolist() == [True, True, False, True]
    assert found.values[0, 1].any()
    assert not found.values[1:, 1].any()
    assert not np.array_equal(found.values[0, 0], found.values[1, 0])
    assert not list(collected.cache_dir.rglob("tmp*"))
    before = np.array(found.values)
    found.release()
    assert np.array_equal(found.values, before), "the file keeps what the memory has given back"
