"""Precomputed activations of the frozen blocks, for each image and its augmented views.

Only the blocks above the boundary learn, so that an epoch neither decodes a picture nor runs the lower part.
"""

from __future__ import annotations

import math
import mmap
import os
import tempfile
from collections import deque
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge_transfer.backbones.embeddings import EmbedProgress, prepare
from edge_transfer.dataset.project import Project
from edge_transfer.dataset.records import Sample
from edge_transfer.errors import EdgeTransferError, EngineError, StorageError
from edge_transfer.training.batches import altered
from export.runtime.inference.engine import Engine, physical_cores
from export.runtime.storage import storage_error

MOST_BYTES = 1 << 30
"""Size of the cache at the most: more pictures get fewer views."""
_LARGEST_HALF = 65504.0
_AHEAD = 16


@dataclass(frozen=True)
class Activations:
    """The cache."""

    values: NDArray[Any]
    """(1 + views, N, …): float16, or uint8 (S, S, 3) where the boundary lies below the first block. View 0 is the
    unaltered picture."""
    views: int
    readable: NDArray[np.bool_]
    """(N,)."""

    def release(self) -> None:
        """Give back the memory of what was read; the file keeps it, and reading it again works."""
        mapped = getattr(self.values, "_mmap", None)
        if mapped is not None and hasattr(mmap, "MADV_DONTNEED"):
            mapped.madvise(mmap.MADV_DONTNEED)


def views_that_fit(images: int, shape: Sequence[int], wanted: int) -> int:
    """How many views of `images` pictures, each of `shape` in half precision, fit into the cache; at least 1."""
    return max(1, min(wanted, MOST_BYTES // max(1, 2 * images * math.prod(shape)) - 1))


def compute_activations(
    project: Project,
    samples: Sequence[Sample],
    learned_from: NDArray[np.bool_],
    engine: Engine | None,
    shape: tuple[int, ...],
    *,
    views: int,
    seed: int,
) -> Generator[EmbedProgress, None, Activations]:
    """The activations (…) of `shape` of samples (N,) in the order given; altered views where `learned_from` (N,) holds.

    Without an engine the activations are the preprocessed pictures. They lie in a file without a name in the project's
    cache, so a kill leaves none behind. Raises StorageError when the disk is too small for it, EngineError when the
    lower part answers with numbers that are not finite.
    """
    views = views_that_fit(len(samples), shape, views)
    values = _room(project.cache_dir, (1 + views, len(samples), *shape), np.uint8 if engine is None else np.float16)
    readable = np.ones(len(samples), bool)
    pool = ThreadPoolExecutor(max(2, physical_cores()))
    ahead: deque[Future[NDArray[np.uint8]]] = deque()
    try:
        for row in range(len(samples)):
            while len(ahead) < _AHEAD and row + len(ahead) < len(samples):
                coming = row + len(ahead)
                number = views if learned_from[coming] else 0
                ahead.append(pool.submit(_views, project, samples[coming], number, seed))
            try:
                pictures = ahead.popleft().result()
            except EdgeTransferError:
                readable[row] = False
                continue
            values[: len(pictures), row] = pictures if engine is None else _run(engine, pictures, shape)
            yield EmbedProgress(row + 1, len(samples))
    finally:
        pool.shutdown(cancel_futures=True)
    return Activations(values, views, readable)


def _views(project: Project, sample: Sample, views: int, seed: int) -> NDArray[np.uint8]:
    """The picture of a sample and its altered views: (1 + views, S, S, 3)."""
    picture = prepare(project, sample, project.input)
    # By the picture, not by its row: another sample more or less changes no view of the others.
    number = int(sample.sha256[:12], 16)
    return np.stack([picture, *(altered(picture, [seed, number, view]) for view in range(views))])


def _run(engine: Engine, pictures: NDArray[np.uint8], shape: tuple[int, ...]) -> NDArray[np.float16]:
    flat = engine.run(pictures).embedding
    if not np.isfinite(flat).all():
        raise EngineError("the backbone answered with numbers that are not finite: its weights are damaged")
    return flat.clip(-_LARGEST_HALF, _LARGEST_HALF).astype(np.float16).reshape(len(pictures), *shape)


def _room(folder: Path, shape: tuple[int, ...], dtype: type[np.generic]) -> NDArray[Any]:
    """An array in a file that has no name."""
    size = math.prod(shape) * np.dtype(dtype).itemsize
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            if hasattr(os, "posix_fallocate"):
                # Without room of its own a write to the array would end the process on a full disk.
                os.posix_fallocate(file.fileno(), 0, max(1, size))
            else:
                file.truncate(max(1, size))
            return np.memmap(file, dtype, "r+", shape=shape)
    except OSError as error:
        raise storage_error(error, folder) from error
    except ValueError as error:
        raise StorageError(f"cannot map {size} bytes in {folder}: {error}") from error
