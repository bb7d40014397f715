"""Run an engine over samples, with a cache, so that a second training needs no picture at all."""

from __future__ import annotations

import hashlib
import json
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge_transfer.errors import DatasetError, EdgeTransferError, EngineError, StorageError
from edge_transfer.project import Project
from edge_transfer.rows import Sample
from export.runtime.engine import Engine, EngineOutput, physical_cores
from export.runtime.files import atomic_write, storage_error
from export.runtime.images import decode_image, read_image_file
from export.runtime.preprocess import InputSpec, preprocess

Floats = NDArray[np.float32]

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
class Inferred:
    """What an engine said about samples, in their order."""

    samples: tuple[Sample, ...]
    output: EngineOutput
    unreadable: tuple[tuple[str, str], ...]


class EmbeddingCache:
    """Embeddings by SHA-256 of the picture, in files that are written once and never changed.

    A file is named by its SHA-256. Several processes may use one cache: each writes files of its own. A damaged file
    is left out, and its pictures are embedded anew.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._vectors: dict[str, Floats] = {}
        for path in sorted(folder.glob("*.safetensors")):
            self._vectors.update(_read_chunk(path))

    def __contains__(self, sha256: str) -> bool:
        return sha256 in self._vectors

    def __getitem__(self, sha256: str) -> Floats:
        return self._vectors[sha256]

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
        self._vectors.update(zip(sha256s, vectors, strict=True))


def _read_chunk(path: Path) -> dict[str, Floats]:
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        data = path.read_bytes()
        if hashlib.sha256(data).hexdigest() != path.stem:
            return {}
        tensors = load(data)
        digests, vectors = tensors["sha256"], tensors["embedding"]
    except (SafetensorError, OSError, KeyError):
        return {}
    return {digest.tobytes().hex(): vector for digest, vector in zip(digests, vectors, strict=True)}


def labels_of(samples: Sequence[Sample], class_ids: Sequence[int]) -> NDArray[np.int64]:
    """The class of each sample as a position in `class_ids`, the order of the logits: (N,)."""
    positions = {class_id: position for position, class_id in enumerate(class_ids)}
    return np.array([positions[sample.class_id] for sample in samples], np.int64)


def embed(
    project: Project, samples: Sequence[Sample], key: EmbeddingKey, open_backbone: Callable[[], Engine]
) -> Generator[EmbedProgress, None, Embedded]:
    """Embeddings of samples from the cache, the rest computed; `open_backbone` is called only if there is a rest.

    What was computed before a cancel or a kill is kept. Raises DatasetError when more than 5 % of the pictures are
    gone or damaged.
    """
    cache = EmbeddingCache(project.cache_dir / "embeddings" / key.folder_name)
    rest = [sample for sample in samples if sample.sha256 not in cache]
    known = len(samples) - len(rest)
    yield EmbedProgress(known, len(samples))
    unreadable: dict[str, str] = {}
    if rest:
        pending: list[tuple[str, Floats]] = []
        results = _run(project, rest, open_backbone(), key.input)
        try:
            for done, (batch, output, bad) in enumerate(results, start=1):
                pending += [(sample.sha256, vector) for sample, vector in zip(batch, output.embedding, strict=True)]
                unreadable.update(bad)
                if len(pending) >= _CHUNK:
                    _flush(cache, pending)
                yield EmbedProgress(min(len(samples), known + done * _ROUND), len(samples))
        finally:
            results.close()
            _flush(cache, pending)
    refuse_gaps(unreadable, len(samples))
    readable = tuple(sample for sample in samples if sample.sha256 not in unreadable)
    if not readable:
        raise DatasetError("there are no samples to embed: record or import some")
    vectors = np.stack([cache[sample.sha256] for sample in readable])
    return Embedded(readable, vectors, tuple(unreadable.items()), known)


def infer(
    project: Project, samples: Sequence[Sample], engine: Engine, spec: InputSpec
) -> Generator[EmbedProgress, None, Inferred]:
    """Run an engine over samples, without a cache. Raises DatasetError as `embed` does."""
    kept: list[Sample] = []
    outputs: list[EngineOutput] = []
    unreadable: dict[str, str] = {}
    for done, (batch, output, bad) in enumerate(_run(project, samples, engine, spec), start=1):
        unreadable.update(bad)
        if batch:
            kept += batch
            outputs.append(output)
        yield EmbedProgress(min(len(samples), done * _ROUND), len(samples))
    refuse_gaps(unreadable, len(samples))
    if not kept:
        raise DatasetError("there are no samples to run on: record or import some")
    logits = np.concatenate([output.logits for output in outputs])
    embedding = np.concatenate([output.embedding for output in outputs])
    return Inferred(tuple(kept), EngineOutput(logits, embedding), tuple(unreadable.items()))


def _run(
    project: Project, samples: Sequence[Sample], engine: Engine, spec: InputSpec
) -> Generator[tuple[list[Sample], EngineOutput, dict[str, str]], None, None]:
    """Run an engine over samples in rounds, while threads decode the pictures of the next two rounds."""
    pool = ThreadPoolExecutor(max(2, physical_cores()))
    ahead: deque[tuple[Sample, Future[NDArray[np.uint8]]]] = deque()
    waiting: Iterator[Sample] = iter(samples)
    try:
        for start in range(0, len(samples), _ROUND):
            while len(ahead) < 3 * _ROUND and (sample := next(waiting, None)) is not None:
                ahead.append((sample, pool.submit(prepare, project, sample, spec)))
            batch: list[Sample] = []
            images: list[NDArray[np.uint8]] = []
            bad: dict[str, str] = {}
            for _ in range(min(_ROUND, len(samples) - start)):
                sample, future = ahead.popleft()
                try:
                    images.append(future.result())
                    batch.append(sample)
                except EdgeTransferError as error:
                    bad[sample.sha256] = str(error)
            output = engine.run(np.stack(images)) if images else EngineOutput(*([np.zeros((0, 0), np.float32)] * 2))
            if not np.isfinite(output.embedding).all():
                raise EngineError("the backbone answered with numbers that are not finite: its weights are damaged")
            yield batch, output, bad
    finally:
        pool.shutdown(cancel_futures=True)


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
