"""Compute embeddings of samples with an engine, cached on disk per sample."""

from __future__ import annotations

import hashlib
import json
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from edge_transfer.dataset.image_formats import decode_image
from edge_transfer.dataset.project import Project
from edge_transfer.dataset.records import Sample
from edge_transfer.errors import DatasetError, EdgeTransferError, EngineError, StorageError
from export.runtime.imaging.images import read_image_file
from export.runtime.inference.engine import Engine, EngineOutput, physical_cores
from export.runtime.inference.preprocess import InputSpec, preprocess
from export.runtime.storage import atomic_write, storage_error

Floats = NDArray[np.float32]
Decoded = TypeVar("Decoded")

_ROUND = 32
_CHUNK = 512
_ALLOWED_MISSING = 0.05


@dataclass(frozen=True)
class EmbeddingKey:
    """Everything that an embedding depends on besides the picture."""

    backbone: str
    weights_sha256: str
    engine: str
    precision: str
    input: InputSpec

    @property
    def folder_name(self) -> str:
        """A name for it on disk."""
        values = {**asdict(self), "input": self.input.to_json()}
        digest = hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:16]
        return f"{self.backbone}-{self.engine}-{self.precision}-{digest}"


@dataclass(frozen=True)
class EmbedProgress:
    """Samples embedded so far, those from the cache counted."""

    done: int
    total: int


@dataclass(frozen=True)
class Embedded:
    """Embeddings of samples, in their order."""

    samples: tuple[Sample, ...]
    """Those that could be read."""
    vectors: Floats
    """(N, D)."""
    unreadable: tuple[tuple[str, str], ...]
    """SHA-256 and reason of samples whose picture is gone or damaged."""
    from_cache: int


@dataclass(frozen=True)
class SideEmbeddings:
    """Embeddings of the same samples under several keys, in the order of the samples."""

    samples: tuple[Sample, ...]
    """Those that could be read."""
    vectors: Mapping[EmbeddingKey, Floats]
    """(N, D) of each key."""
    unreadable: tuple[tuple[str, str], ...]
    """SHA-256 and reason of samples whose picture is gone or damaged."""
    from_cache: int
    """Samples that every cache had."""


@dataclass(frozen=True)
class Inferred:
    """What an engine said about samples, in their order."""

    samples: tuple[Sample, ...]
    output: EngineOutput
    unreadable: tuple[tuple[str, str], ...]


class EmbeddingCache:
    """Embeddings of some pictures, by their SHA-256, in files that are written once and never changed.

    A file is named by its SHA-256. Several processes may use one cache: each writes files of its own. A damaged file
    is left out, and its pictures are embedded anew. Vectors lie in memory once, in the order of the pictures.
    """

    def __init__(self, folder: Path, sha256s: Iterable[str]) -> None:
        self._folder = folder
        self._rows = {sha256: row for row, sha256 in enumerate(dict.fromkeys(sha256s))}
        self._known = bytearray(len(self._rows))
        self._vectors: Floats = np.empty((len(self._rows), 0), np.float32)
        for path in sorted(folder.glob("*.safetensors")):
            self._take(*_read_chunk(path))

    def __contains__(self, sha256: str) -> bool:
        row = self._rows.get(sha256)
        return row is not None and bool(self._known[row])

    def vectors(self, sha256s: Sequence[str]) -> Floats:
        """Vectors (N, D) of pictures that it has, not to be written to. Raises KeyError for a picture it has not."""
        rows = np.fromiter((self._rows[sha256] for sha256 in sha256s), np.int64, len(sha256s))
        if not all(map(self._known.__getitem__, rows)):
            raise KeyError("a picture without an embedding")
        if len(rows) == len(self._vectors) and (rows == np.arange(len(rows))).all():
            return self._vectors
        return self._vectors[rows]

    def add(self, sha256s: Sequence[str], vectors: Floats) -> None:
        """Keep vectors (N, D) and write them to a new file. Raises StorageError when the disk is full."""
        from safetensors.numpy import save

        if not sha256s:
            return
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise storage_error(error, self._folder) from error
        digests = np.frombuffer(bytes.fromhex("".join(sha256s)), np.uint8).reshape(len(sha256s), 32)
        data = save({"sha256": digests, "embedding": vectors})
        atomic_write(self._folder / f"{hashlib.sha256(data).hexdigest()}.safetensors", data)
        self._take(sha256s, vectors)

    def _take(self, sha256s: Sequence[str], vectors: Floats) -> None:
        """The vectors of the pictures that were asked for."""
        pairs = [(row, k) for k, sha256 in enumerate(sha256s) if (row := self._rows.get(sha256)) is not None]
        if not pairs:
            return
        if not self._vectors.shape[1]:
            self._vectors = np.empty((len(self._rows), vectors.shape[1]), np.float32)
        rows, places = map(list, zip(*pairs, strict=True))
        self._vectors[rows] = vectors[places]
        for row in rows:
            self._known[row] = 1


def _read_chunk(path: Path) -> tuple[list[str], Floats]:
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        data = path.read_bytes()
        if hashlib.sha256(data).hexdigest() != path.stem:
            raise KeyError(path.name)
        tensors = load(data)
        digests, vectors = tensors["sha256"], tensors["embedding"]
    except (SafetensorError, OSError, KeyError):
        return [], np.empty((0, 0), np.float32)
    return [digest.tobytes().hex() for digest in digests], vectors


def labels_of(samples: Sequence[Sample], class_ids: Sequence[int]) -> NDArray[np.int64]:
    """The class of each sample as a position in `class_ids`, the order of the logits: (N,)."""
    positions = {class_id: position for position, class_id in enumerate(class_ids)}
    return np.array([positions[sample.class_id] for sample in samples], np.int64)


def embed(
    project: Project, samples: Sequence[Sample], key: EmbeddingKey, open_backbone: Callable[[], Engine]
) -> Generator[EmbedProgress, None, Embedded]:
    """Embeddings of samples from the cache, the rest computed; `open_backbone` is called only if there is a rest.

    What was computed before a cancel or a kill is kept. Raises DatasetError when more than 5 % of the pictures are
    gone or damaged, or none is left.
    """
    found = yield from embed_sides(project, samples, [key], lambda _: open_backbone())
    return Embedded(found.samples, found.vectors[key], found.unreadable, found.from_cache)


def embed_sides(
    project: Project,
    samples: Sequence[Sample],
    keys: Sequence[EmbeddingKey],
    open_backbone: Callable[[EmbeddingKey], Engine],
) -> Generator[EmbedProgress, None, SideEmbeddings]:
    """Embeddings for each of the `keys`, as `embed` does for one; a picture is decoded once for all of them.

    Only engines with something to do are opened; progress counts samples.
    """
    names = [sample.sha256 for sample in samples]
    caches = {key: EmbeddingCache(project.cache_dir / "embeddings" / key.folder_name, names) for key in keys}
    rest = [sample for sample in samples if not all(sample.sha256 in cache for cache in caches.values())]
    missing = {s.sha256: [key for key in keys if s.sha256 not in caches[key]] for s in rest}
    known = len(samples) - len(rest)
    yield EmbedProgress(known, len(samples))

    def decode(sample: Sample) -> dict[EmbeddingKey, NDArray[np.uint8]]:
        frame = read_frame(project, sample)
        return {key: preprocess(frame, key.input) for key in missing[sample.sha256]}

    unreadable: dict[str, str] = {}
    pending: dict[EmbeddingKey, list[tuple[str, Floats]]] = {key: [] for key in keys}
    engines: dict[EmbeddingKey, Engine] = {}
    rounds = _rounds(rest, decode)
    try:
        for done, (decoded, bad) in enumerate(rounds, start=1):
            unreadable.update(bad)
            for key in keys:
                rows = [(sample.sha256, images[key]) for sample, images in decoded if key in images]
                if not rows:
                    continue
                if key not in engines:
                    engines[key] = open_backbone(key)
                output = _answers(engines[key], [image for _, image in rows])
                pending[key] += [(sha256, vector) for (sha256, _), vector in zip(rows, output.embedding, strict=True)]
                if len(pending[key]) >= _CHUNK:
                    _flush(caches[key], pending[key])
            yield EmbedProgress(min(len(samples), known + done * _ROUND), len(samples))
    finally:
        rounds.close()
        for key in keys:
            _flush(caches[key], pending[key])
    refuse_gaps(unreadable, len(samples))
    readable = tuple(sample for sample in samples if sample.sha256 not in unreadable)
    if not readable:
        raise DatasetError("there are no samples to embed: record or import some")
    readable_names = [sample.sha256 for sample in readable]
    vectors = {key: cache.vectors(readable_names) for key, cache in caches.items()}
    return SideEmbeddings(readable, vectors, tuple(unreadable.items()), known)


def infer(
    project: Project, samples: Sequence[Sample], engine: Engine, spec: InputSpec
) -> Generator[EmbedProgress, None, Inferred]:
    """Run an engine over samples, without a cache. Raises DatasetError as `embed` does."""
    kept: list[Sample] = []
    outputs: list[EngineOutput] = []
    unreadable: dict[str, str] = {}
    for done, (decoded, bad) in enumerate(_rounds(samples, lambda one: prepare(project, one, spec)), start=1):
        unreadable.update(bad)
        if decoded:
            kept += [sample for sample, _ in decoded]
            outputs.append(_answers(engine, [image for _, image in decoded]))
        yield EmbedProgress(min(len(samples), done * _ROUND), len(samples))
    refuse_gaps(unreadable, len(samples))
    if not kept:
        raise DatasetError("there are no samples to run on: record or import some")
    logits = np.concatenate([output.logits for output in outputs])
    embedding = np.concatenate([output.embedding for output in outputs])
    return Inferred(tuple(kept), EngineOutput(logits, embedding), tuple(unreadable.items()))


def _rounds(
    samples: Sequence[Sample], decode: Callable[[Sample], Decoded]
) -> Generator[tuple[list[tuple[Sample, Decoded]], dict[str, str]], None, None]:
    """Rounds of decoded samples, and the reasons of those that cannot be read; threads decode the next two rounds."""
    pool = ThreadPoolExecutor(max(2, physical_cores()))
    ahead: deque[tuple[Sample, Future[Decoded]]] = deque()
    waiting: Iterator[Sample] = iter(samples)
    try:
        for start in range(0, len(samples), _ROUND):
            while len(ahead) < 3 * _ROUND and (sample := next(waiting, None)) is not None:
                ahead.append((sample, pool.submit(decode, sample)))
            decoded: list[tuple[Sample, Decoded]] = []
            bad: dict[str, str] = {}
            for _ in range(min(_ROUND, len(samples) - start)):
                sample, future = ahead.popleft()
                try:
                    decoded.append((sample, future.result()))
                except EdgeTransferError as error:
                    bad[sample.sha256] = str(error)
            yield decoded, bad
    finally:
        pool.shutdown(cancel_futures=True)


def _answers(engine: Engine, images: Sequence[NDArray[np.uint8]]) -> EngineOutput:
    output = engine.run(np.stack(images))
    if not np.isfinite(output.embedding).all():
        raise EngineError("the backbone answered with numbers that are not finite: its weights are damaged")
    return output


def prepare(project: Project, sample: Sample, spec: InputSpec) -> NDArray[np.uint8]:
    """The network's input (S, S, 3) uint8 RGB of a sample. Raises StorageError or ImageError if it cannot be read."""
    return preprocess(read_frame(project, sample), spec)


def read_frame(project: Project, sample: Sample) -> NDArray[np.uint8]:
    """The picture (H, W, 3) uint8 BGR of a sample. Raises StorageError or ImageError if it cannot be read."""
    data = read_image_file(project.image_path(sample.sha256, sample.suffix))
    if hashlib.sha256(data).hexdigest() != sample.sha256:
        raise StorageError(f"the picture {sample.sha256[:12]} was changed after it was recorded")
    return decode_image(data)


def _flush(cache: EmbeddingCache, pending: list[tuple[str, Floats]]) -> None:
    if pending:
        cache.add([sha256 for sha256, _ in pending], np.stack([vector for _, vector in pending]))
        pending.clear()


def refuse_gaps(unreadable: dict[str, str], total: int) -> None:
    """Raise DatasetError when more than 5 % of `total` pictures are in `unreadable`, SHA-256 to reason."""
    if len(unreadable) > _ALLOWED_MISSING * total:
        example = next(iter(unreadable.values()))
        raise DatasetError(
            f"{len(unreadable)} of {total} pictures are gone or damaged, which is more than "
            f"{_ALLOWED_MISSING:.0%}: for example, {example}"
        )
