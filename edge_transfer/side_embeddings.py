"""Embeddings of the same pictures at several input sides: each picture is decoded once, however many there are."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_transfer.embeddings import EmbeddingCache, EmbeddingKey, EmbedProgress, read_frame, refuse_gaps
from edge_transfer.errors import DatasetError, EdgeTransferError, EngineError
from edge_transfer.project import Project
from edge_transfer.rows import Sample
from export.runtime.engine import Engine, physical_cores
from export.runtime.preprocess import preprocess

_ROUND = 16
_CHUNK = 256

Floats = NDArray[np.float32]
Images = dict[EmbeddingKey, NDArray[np.uint8]]


@dataclass(frozen=True)
class SideEmbeddings:
    """What came of it, in the order of the samples."""

    samples: tuple[Sample, ...]
    """Those that could be read."""
    vectors: Mapping[EmbeddingKey, Floats]
    """(N, D) of each key."""


def embed_sides(
    project: Project,
    samples: Sequence[Sample],
    keys: Sequence[EmbeddingKey],
    open_backbone: Callable[[EmbeddingKey], Engine],
) -> Generator[EmbedProgress, None, SideEmbeddings]:
    """Embeddings for each of the `keys` from the same cache as `embeddings.embed`, the missing ones computed.

    Only engines with something to do are opened; progress counts samples. What was computed before a cancel is kept.
    Raises DatasetError when more than 5 % of the pictures are gone or damaged, or none is left.
    """
    caches = {key: EmbeddingCache(project.cache_dir / "embeddings" / key.folder_name) for key in keys}
    missing = {s.sha256: [key for key in keys if s.sha256 not in caches[key]] for s in samples}
    rest = [sample for sample in samples if missing[sample.sha256]]
    known = len(samples) - len(rest)
    yield EmbedProgress(known, len(samples))
    unreadable: dict[str, str] = {}
    pending: dict[EmbeddingKey, list[tuple[str, Floats]]] = {key: [] for key in keys}
    engines: dict[EmbeddingKey, Engine] = {}
    pool = ThreadPoolExecutor(max(2, physical_cores()))
    ahead: list[Future[Images]] = []

    def decode(sample: Sample) -> Images:
        frame = read_frame(project, sample)
        return {key: preprocess(frame, key.input) for key in missing[sample.sha256]}

    try:
        for start in range(0, len(rest), _ROUND):
            wanted = rest[start + len(ahead) : start + 2 * _ROUND]
            ahead += [pool.submit(decode, sample) for sample in wanted]
            part, futures, ahead = rest[start : start + _ROUND], ahead[:_ROUND], ahead[_ROUND:]
            images: dict[EmbeddingKey, list[tuple[str, NDArray[np.uint8]]]] = {}
            for sample, future in zip(part, futures, strict=True):
                try:
                    for key, image in future.result().items():
                        images.setdefault(key, []).append((sample.sha256, image))
                except EdgeTransferError as error:
                    unreadable[sample.sha256] = str(error)
            for key, rows in images.items():
                if key not in engines:
                    engines[key] = open_backbone(key)
                output = engines[key].run(np.stack([image for _, image in rows])).embedding
                if not np.isfinite(output).all():
                    raise EngineError(f"{key.backbone} answered with numbers that are not finite: its weights are bad")
                pending[key] += [(sha256, vector) for (sha256, _), vector in zip(rows, output, strict=True)]
                if len(pending[key]) >= _CHUNK:
                    _flush(caches[key], pending[key])
            yield EmbedProgress(known + start + len(part), len(samples))
    finally:
        pool.shutdown(cancel_futures=True)
        for key in keys:
            _flush(caches[key], pending[key])
    refuse_gaps(unreadable, len(samples))
    readable = tuple(sample for sample in samples if sample.sha256 not in unreadable)
    if not readable:
        raise DatasetError("there are no samples to embed: record or import some")
    return SideEmbeddings(
        readable, {key: np.stack([caches[key][sample.sha256] for sample in readable]) for key in keys}
    )


def _flush(cache: EmbeddingCache, pending: list[tuple[str, Floats]]) -> None:
    if pending:
        cache.add([sha256 for sha256, _ in pending], np.stack([vector for _, vector in pending]))
        pending.clear()
