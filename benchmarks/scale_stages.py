"""One stage of a project of so many samples, in a process of its own: what it takes is told as JSON lines.

    python -m benchmarks.scale_stages STAGE FOLDER COUNT

The rows are real, ten classes in sessions of 50; their embeddings are drawn around a centre for each class. `embed`
alone has pictures, 64 px and each another, in a project of its own.
"""

from __future__ import annotations

import hashlib
import os
import resource
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

import cv2
import numpy as np

from benchmarks.competitors.stopwatch import Stopwatch, peak_bytes
from edge_transfer.backbones.embeddings import EmbeddingCache, EmbeddingKey, embed
from edge_transfer.backbones.onnx_graph import open_backbone
from edge_transfer.backbones.registry import backbone_named
from edge_transfer.backbones.weights import CACHE_DIR_VARIABLE, find_weights
from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from edge_transfer.dataset.records import NewSample
from edge_transfer.runs.recipe import Recipe
from edge_transfer.training.train import MOST_BYTES, train
from export.runtime.events import exhaust
from export.runtime.imaging.images import encode_jpeg
from export.runtime.inference.engine import default_engine
from export.runtime.inference.preprocess import InputSpec

CLASSES, SESSION, CHUNK, SIDE = 10, 50, 500, 64
SHARE_OF_MEMORY = 0.75
BACKBONE = "builtin"
MOST = MOST_BYTES // (4 * backbone_named(BACKBONE).dimensions)
"""Samples that a training learns from."""


def name_of(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()


def sessions(count: int) -> Iterator[tuple[int, range]]:
    """The class of each session, and the numbers of its samples."""
    for place, start in enumerate(range(0, count, SESSION)):
        yield place % CLASSES, range(start, min(count, start + SESSION))


def samples_of(numbers: range, class_id: int) -> list[NewSample]:
    """The rows of a session; there is no picture behind them."""
    return [
        NewSample(name_of(n), ".jpg", class_id, 640, 480, 9000, k, k / 10, 1.0, 99.0, n) for k, n in enumerate(numbers)
    ]


def load_libraries() -> None:
    """Import what a training imports when it needs it, so that its first one does not wait for that."""
    for name in ("linear_model", "model_selection", "neural_network", "svm", "utils.extmath"):
        import_module(f"sklearn.{name}")
    for name in ("safetensors.numpy", "scipy.linalg", "scipy.optimize"):
        import_module(name)


def key_of(project: Project, spec: InputSpec | None = None) -> EmbeddingKey:
    weights = find_weights(backbone_named(BACKBONE))
    return EmbeddingKey(BACKBONE, weights.sha256, default_engine(), "fp32", spec or project.input)


def add(folder: Path, count: int, watch: Stopwatch) -> None:
    """The rows into the catalogue, a session in a transaction."""
    with watch.paused():
        project = Project.create(folder / "p")
    with Catalog.open(project) as catalog:
        classes = [catalog.add_class(f"part {number}").id for number in range(CLASSES)]
        for label, numbers in sessions(count):
            session = catalog.begin_session("recording", f"camera {numbers.start}", "train", classes[label])
            catalog.add_samples(session.id, samples_of(numbers, classes[label]))


def read(folder: Path, count: int, watch: Stopwatch) -> None:
    """All rows and their numbers by class, as every training and every page asks for them."""
    with Catalog.open(Project.open(folder / "p")) as catalog:
        assert len(catalog.samples(split="train")) == count
        catalog.counts()


def fill(folder: Path, count: int, watch: Stopwatch) -> None:
    """The embeddings of all rows into the cache, 500 in a file."""
    project = Project.open(folder / "p")
    cache = EmbeddingCache(project.cache_dir / "embeddings" / key_of(project).folder_name, ())
    centres = np.random.default_rng(0).normal(0, 1, (CLASSES, backbone_named(BACKBONE).dimensions))
    rng = np.random.default_rng(1)
    for start in range(0, count, CHUNK):
        numbers = np.arange(start, min(count, start + CHUNK))
        noise = rng.normal(0, 2.5, (len(numbers), centres.shape[1]))
        vectors = np.abs(centres[numbers // SESSION % CLASSES] + noise).astype(np.float32)
        cache.add([name_of(int(n)) for n in numbers], vectors)


def cached(folder: Path, count: int, watch: Stopwatch) -> None:
    """All embeddings from the cache."""
    project = Project.open(folder / "p")
    with Catalog.open(project) as catalog:
        samples = catalog.samples()

    def never() -> None:
        raise AssertionError("every embedding is in the cache")

    found = exhaust(embed(project, samples, key_of(project), never))  # type: ignore[arg-type]
    assert found.vectors.shape[0] == count


def fit(folder: Path, count: int, watch: Stopwatch) -> None:
    """A probe, a logistic regression whose strength is cross-validated, on cached embeddings."""
    project = Project.open(folder / "p")
    with Catalog.open(project) as catalog:
        run = exhaust(train(project, catalog, Recipe("probe", BACKBONE, head="logistic")))
    assert min(count, MOST) - CLASSES <= run.samples <= min(count, MOST)


def embed_pictures(folder: Path, count: int, watch: Stopwatch) -> int:
    """Files of pictures, decoded and embedded at 64 px; returns the memory before that, with the engine open."""
    rng = np.random.default_rng(0)
    with watch.paused():
        project = Project.create(folder / "pictures")
        weights, backbone = find_weights(backbone_named(BACKBONE)), backbone_named(BACKBONE)
        with Catalog.open(project) as catalog:
            classes = [catalog.add_class(f"part {number}").id for number in range(CLASSES)]
            for label, numbers in sessions(count):
                session = catalog.begin_session("recording", f"camera {numbers.start}", "train", classes[label])
                rows = []
                for k, _ in enumerate(numbers):
                    grain = rng.integers(0, 256, (6, 6, 3), np.uint8)
                    data = encode_jpeg(np.asarray(cv2.resize(grain, (SIDE, SIDE)), np.uint8))
                    name = hashlib.sha256(data).hexdigest()
                    path = project.image_path(name, ".jpg")
                    path.parent.mkdir(exist_ok=True, parents=True)
                    path.write_bytes(data)
                    size = (SIDE, SIDE, len(data))
                    rows.append(NewSample(name, ".jpg", classes[label], *size, k, k / 10, 1.0, 99.0, k))
                catalog.add_samples(session.id, rows)
            samples = catalog.samples()
        key = key_of(project, InputSpec(SIDE))
        engine = open_backbone(backbone, weights, SIDE, key.engine)
        engine.run(np.zeros((1, SIDE, SIDE, 3), np.uint8))
    before = peak_bytes()
    found = exhaust(embed(project, samples, key, lambda: engine))
    assert found.from_cache == 0
    return before


STAGES: dict[str, Callable[[Path, int, Stopwatch], int | None]] = {
    "add": add,
    "read": read,
    "fill": fill,
    "cached": cached,
    "fit": fit,
    "embed": embed_pictures,
}


def main() -> None:
    stage, folder, count = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    os.environ[CACHE_DIR_VARIABLE] = str(folder.parent / "cache")
    # Too much ends here as a MemoryError, and not in the machine looking for somebody to kill.
    most = int(SHARE_OF_MEMORY * os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    load_libraries()
    watch = Stopwatch()
    before = watch.read()
    base = STAGES[stage](folder, count, watch) or before["peak_bytes"]
    after = watch.read()
    watch.report(
        stage=stage,
        count=count,
        took_s=after["wall_s"] - before["wall_s"],
        took_cpu_s=after["cpu_s"] - before["cpu_s"],
        before_bytes=base,
    )


if __name__ == "__main__":
    main()
