"""Embedding samples: the cache answers where it can, gaps are counted, and nothing that was computed is lost."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_transfer.backbones import embeddings
from edge_transfer.backbones.embeddings import (
    Embedded,
    EmbeddingCache,
    EmbeddingKey,
    EmbedProgress,
    embed,
    embed_sides,
    infer,
)
from edge_transfer.backbones.onnx_graph import open_backbone
from edge_transfer.backbones.registry import REGISTRY
from edge_transfer.backbones.weights import find_weights
from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from edge_transfer.dataset.records import Sample
from edge_transfer.errors import DatasetError, EngineError, StorageError
from edge_transfer.runs.run import Run
from export.runtime.events import exhaust, forward_events
from export.runtime.imaging.images import decode_image, read_image_file
from export.runtime.inference.engine import Engine, EngineOutput, check_images
from export.runtime.inference.preprocess import InputSpec, preprocess

KEY = EmbeddingKey("colours", "0" * 64, "fake", "fp32", InputSpec(32))


class MeanColour:
    """An engine whose embedding is the mean and the deviation of the colours, and its first two are the logits."""

    name = "fake"
    side = 32

    def __init__(self) -> None:
        self.pictures = 0

    def run(self, images: NDArray[np.uint8]) -> EngineOutput:
        check_images(images, self.side)
        self.pictures += len(images)
        values = np.concatenate([images.mean((1, 2)), images.std((1, 2))], 1).astype(np.float32)
        return EngineOutput(values[:, :2], values)


def never() -> MeanColour:
    raise AssertionError("everything is in the cache, so no engine is needed")


@pytest.fixture
def samples(project: Project, catalog: Catalog, record: Callable[..., Any]) -> list[Sample]:
    """70 samples: two full rounds and a part of one."""
    record(project, catalog, "nut", 40)
    record(project, catalog, "bolt", 30)
    return catalog.samples()


def image_of(project: Project, sample: Sample) -> Path:
    return project.image_path(sample.sha256, sample.suffix)


def embedded(project: Project, samples: list[Sample], engine: MeanColour | None = None) -> Embedded:
    return exhaust(embed(project, samples, KEY, lambda: engine or MeanColour()))


def chunks(project: Project) -> list[Path]:
    return sorted((project.cache_dir / "embeddings" / KEY.folder_name).iterdir())


def test_embeddings_are_those_of_each_picture_in_order(project: Project, samples: list[Sample]) -> None:
    events: list[EmbedProgress] = []
    found = exhaust(forward_events(embed(project, samples, KEY, MeanColour), events.append))
    assert found.samples == tuple(samples)
    assert (found.unreadable, found.from_cache) == ((), 0)
    assert found.vectors.shape == (70, 6)
    for sample, vector in zip(samples, found.vectors, strict=True):
        image = preprocess(decode_image(read_image_file(image_of(project, sample))), KEY.input)
        assert np.array_equal(vector, MeanColour().run(image[None]).embedding[0])
    assert events == [EmbedProgress(done, 70) for done in (0, 32, 64, 70)]


def test_a_second_time_no_picture_is_decoded(
    project: Project, samples: list[Sample], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = embedded(project, samples)

    def fail(*_: object) -> None:
        raise AssertionError("a picture was looked at")

    monkeypatch.setattr(embeddings, "decode_image", fail)
    monkeypatch.setattr(embeddings, "read_image_file", fail)
    again = exhaust(embed(project, samples[::-1], KEY, never))
    assert np.array_equal(again.vectors, first.vectors[::-1])
    assert again.from_cache == 70


def test_the_cache_gives_the_pictures_that_were_asked_for(project: Project, samples: list[Sample]) -> None:
    all_vectors = embedded(project, samples).vectors
    folder, names = project.cache_dir / "embeddings" / KEY.folder_name, [sample.sha256 for sample in samples]
    cache = EmbeddingCache(folder, [*names[10:20], "f" * 64, names[10]])
    assert [name in cache for name in names] == [10 <= k < 20 for k in range(70)]
    assert "f" * 64 not in cache
    assert np.array_equal(cache.vectors([names[12], names[10], names[12]]), all_vectors[[12, 10, 12]])
    for name in ("f" * 64, names[0]):
        with pytest.raises(KeyError):
            cache.vectors([name])
    assert EmbeddingCache(folder, ()).vectors([]).shape[0] == 0


def test_only_new_pictures_are_embedded(
    project: Project, catalog: Catalog, samples: list[Sample], record: Callable[..., Any]
) -> None:
    embedded(project, samples)
    record(project, catalog, "washer", 5)
    engine = MeanColour()
    found = embedded(project, catalog.samples(), engine)
    assert (engine.pictures, found.from_cache, len(found.vectors)) == (5, 70, 75)


def test_every_part_of_the_key_has_a_cache_of_its_own() -> None:
    others = [
        replace(KEY, backbone="other"),
        replace(KEY, weights_sha256="1" * 64),
        replace(KEY, engine="other"),
        replace(KEY, precision="int8"),
        replace(KEY, input=InputSpec(48)),
        replace(KEY, input=InputSpec(32, "crop")),
        replace(KEY, input=InputSpec(32, roi=(0, 0, 0.5, 0.5))),
    ]
    names = {key.folder_name for key in (KEY, *others)}
    assert len(names) == 8
    assert all("/" not in name and ".." not in name for name in names)


@pytest.mark.parametrize("damage", ["bit", "cut", "empty", "text", "renamed"])
def test_a_damaged_chunk_is_embedded_anew(project: Project, samples: list[Sample], damage: str) -> None:
    first = embedded(project, samples)
    (chunk,) = chunks(project)
    data = bytearray(chunk.read_bytes())
    if damage == "bit":
        data[-3] ^= 4
    chunk.write_bytes({"bit": data, "cut": data[:-9], "empty": b"", "text": b"text", "renamed": data}[damage])
    if damage == "renamed":
        chunk.rename(chunk.with_stem("0" * 64))
    again = embedded(project, samples)
    assert again.from_cache == 0
    assert np.array_equal(again.vectors, first.vectors)
    assert exhaust(embed(project, samples, KEY, never)).from_cache == 70


def test_foreign_files_in_the_cache_are_passed_over(project: Project, samples: list[Sample]) -> None:
    embedded(project, samples)
    folder = chunks(project)[0].parent
    (folder / "note.txt").write_text("hello")
    (folder / "folder.safetensors").mkdir()
    assert exhaust(embed(project, samples, KEY, never)).from_cache == 70


def test_a_changed_and_a_vanished_picture_are_left_out_and_counted(project: Project, samples: list[Sample]) -> None:
    """I16."""
    image_of(project, samples[3]).write_bytes(image_of(project, samples[4]).read_bytes())
    image_of(project, samples[-1]).unlink()
    found = embedded(project, samples)
    assert found.samples == tuple(samples[:3] + samples[4:-1])
    assert len(found.vectors) == 68
    reasons = dict(found.unreadable)
    assert set(reasons) == {samples[3].sha256, samples[-1].sha256}
    assert "was changed after it was recorded" in reasons[samples[3].sha256]
    assert str(image_of(project, samples[-1])) in reasons[samples[-1].sha256]


def test_a_picture_that_vanishes_on_the_way_is_left_out(project: Project, samples: list[Sample]) -> None:
    running = embed(project, samples, KEY, MeanColour)
    assert next(running).done == 0
    for path in (image_of(project, sample) for sample in samples[-3:]):
        path.unlink()
    found = exhaust(running)
    assert len(found.vectors) == 67
    assert len(found.unreadable) == 3


def test_more_than_one_in_twenty_missing_stops(project: Project, samples: list[Sample]) -> None:
    for sample in samples[:4]:
        image_of(project, sample).unlink()
    with pytest.raises(DatasetError, match=r"4 of 70 pictures are gone or damaged, which is more than 5%: for example"):
        embedded(project, samples)
    names = [sample.sha256 for sample in samples]
    cached = EmbeddingCache(project.cache_dir / "embeddings" / KEY.folder_name, names)
    assert sum(name in cached for name in names) == 66


def test_inference_takes_every_picture_and_counts_the_missing(project: Project, samples: list[Sample]) -> None:
    found = exhaust(infer(project, samples, MeanColour(), KEY.input))
    assert found.samples == tuple(samples)
    assert (found.output.logits.shape, found.output.embedding.shape) == ((70, 2), (70, 6))
    assert np.array_equal(found.output.embedding, embedded(project, samples).vectors)


def test_a_round_without_any_readable_picture_is_no_obstacle(project: Project, samples: list[Sample]) -> None:
    """The last round may be a single picture, and that one may be gone."""
    image_of(project, samples[32]).unlink()
    found = exhaust(infer(project, samples[:33], MeanColour(), KEY.input))
    assert found.samples == tuple(samples[:32])
    assert found.output.logits.shape == (32, 2)
    assert len(embedded(project, samples[:33]).vectors) == 32
    with pytest.raises(DatasetError, match="more than 5%"):
        exhaust(infer(project, samples[32:33], MeanColour(), KEY.input))


def test_nothing_to_embed_is_said(project: Project) -> None:
    with pytest.raises(DatasetError, match="no samples to embed: record or import"):
        embedded(project, [])
    with pytest.raises(DatasetError, match="no samples to run on"):
        exhaust(infer(project, [], MeanColour(), KEY.input))


def test_numbers_that_are_not_finite_are_refused_and_not_cached(project: Project, samples: list[Sample]) -> None:
    class Broken(MeanColour):
        def run(self, images: NDArray[np.uint8]) -> EngineOutput:
            output = super().run(images)
            output.embedding[0, 0] = np.inf
            return output

    with pytest.raises(EngineError, match="not finite: its weights are damaged"):
        embedded(project, samples, Broken())
    with pytest.raises(EngineError, match="not finite"):
        exhaust(infer(project, samples, Broken(), KEY.input))
    assert embedded(project, samples).from_cache == 0


def test_cancelling_keeps_what_was_embedded(project: Project, samples: list[Sample]) -> None:
    threads = threading.active_count()
    running = embed(project, samples, KEY, MeanColour)
    while next(running).done < 32:
        pass
    running.close()
    assert threading.active_count() == threads
    assert not list(project.root.rglob(".tmp-*"))
    engine = MeanColour()
    assert embedded(project, samples, engine).from_cache == 32
    assert engine.pictures == 38


def test_an_engine_that_fails_keeps_what_was_embedded(project: Project, samples: list[Sample]) -> None:
    class Failing(MeanColour):
        def run(self, images: NDArray[np.uint8]) -> EngineOutput:
            if self.pictures:
                raise EngineError("out of memory")
            return super().run(images)

    with pytest.raises(EngineError, match="out of memory"):
        embedded(project, samples, Failing())
    assert embedded(project, samples).from_cache == 32


def test_large_data_sets_are_written_in_chunks(
    project: Project, samples: list[Sample], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embeddings, "_CHUNK", 32)
    running = embed(project, samples, KEY, MeanColour)
    while next(running).done < 64:
        pass
    assert len(chunks(project)) == 2, "written before the end, so a kill loses one chunk at most"
    exhaust(running)
    assert len(chunks(project)) == 3
    assert exhaust(embed(project, samples, KEY, never)).from_cache == 70


def test_a_full_disk_is_said_and_leaves_nothing_half_written(
    small_disk: Callable[[str], Path], record: Callable[..., Any]
) -> None:
    project = Project.create(small_disk("2m") / "project")
    with Catalog.open(project) as catalog:
        record(project, catalog, "nut", 34)
        samples = catalog.samples()
    filler = project.root / "filler"
    filler.write_bytes(bytes(shutil.disk_usage(project.root).free))
    with pytest.raises(StorageError, match="disk is full"):
        embedded(project, samples)
    assert not list(project.root.rglob(".tmp-*"))
    filler.unlink()
    assert len(embedded(project, samples).vectors) == 34


EMBED = """
import json, sys
from pathlib import Path
from edge_transfer.backbones.registry import backbone_named
from edge_transfer.backbones.weights import find_weights
from edge_transfer.dataset.catalog import Catalog
from edge_transfer.backbones.embeddings import embed
from edge_transfer.dataset.project import Project
from edge_transfer.runs.run import load_run
from edge_transfer.backbones.onnx_graph import open_backbone
from export.runtime.events import exhaust

project = Project.open(Path(sys.argv[1]))
run = load_run(project)
with Catalog.open(project, read_only=True) as catalog:
    samples = catalog.samples()
print("ready", flush=True)
sys.stdin.readline()
opened = lambda: open_backbone(run.backbone(), run.weights(), 64, run.engine)
found = exhaust(embed(project, samples, run.key(), opened))
print(json.dumps([found.from_cache, found.vectors.tolist()]))
assert "torch" not in sys.modules
"""


def test_two_processes_at_once_agree_and_leave_a_sound_cache(
    trained: tuple[Project, Run], tmp_path: Path, user_cache: Path
) -> None:
    shutil.copytree(trained[0].root, tmp_path / "copy")
    project = Project.open(tmp_path / "copy")
    shutil.rmtree(project.cache_dir)
    children = [
        subprocess.Popen(
            [sys.executable, "-W", "error", "-c", EMBED, str(project.root)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for child in children:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
    answers = []
    for child in children:
        assert child.stdin is not None
        child.stdin.write("\n")
        child.stdin.flush()
    for child in children:
        output, _ = child.communicate(timeout=100)
        assert child.returncode == 0
        answers.append(json.loads(output))
    assert answers[0][1] == answers[1][1]
    assert not list(project.root.rglob(".tmp-*"))
    with Catalog.open(project) as catalog:
        again = exhaust(embed(project, catalog.samples(), trained[1].key(), never))
    assert again.from_cache == 87
    assert np.array_equal(again.vectors, np.array(answers[0][1], np.float32))


def test_a_real_backbone_gives_what_its_engine_gives(trained: tuple[Project, Run]) -> None:
    project, run = trained
    with Catalog.open(project, read_only=True) as catalog:
        chosen = catalog.samples(split="test")[:5]
    engine = open_backbone(run.backbone(), find_weights(run.backbone(), Path(run.weights_path)), 64, run.engine)
    found = exhaust(infer(project, chosen, engine, run.input))
    cached = exhaust(embed(project, chosen, run.key(), lambda: engine))
    assert found.output.logits.shape == (5, 0)
    assert found.output.embedding.shape == (5, run.backbone().dimensions)
    assert found.output.embedding == pytest.approx(cached.vectors, abs=1e-4)


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
    both = exhaust(embed_sides(project, samples, keys, open_one))
    assert both.samples == tuple(samples)
    opened.clear()
    again = exhaust(embed_sides(project, samples, keys, open_one))
    assert opened == []
    for key in keys:
        assert np.array_equal(again.vectors[key], both.vectors[key])
        alone = exhaust(embed(project, samples, key, lambda: pytest.fail("it is in the cache")))
        assert np.array_equal(alone.vectors, both.vectors[key])
        for path in (project.cache_dir / "embeddings" / key.folder_name).iterdir():
            path.unlink()
        fresh = exhaust(embed(project, samples, key, lambda key=key: open_one(key)))
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
    both = exhaust(embed_sides(project, samples, keys, open_one))
    assert both.samples == tuple(samples[2:])
    assert {len(rows) for rows in both.vectors.values()} == {len(samples) - 2}
    with pytest.raises(DatasetError, match="2 of 10 pictures are gone or damaged"):
        exhaust(embed_sides(project, samples[:10], keys, open_one))
