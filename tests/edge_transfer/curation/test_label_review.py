"""The review: planted label errors come first, repeats and outliers are found, and large collections fit in memory."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_transfer.curation.label_review import (
    Review,
    ReviewProgress,
    clear_outliers,
    label_errors,
    picture_map,
    principal_components,
    review,
)
from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.image_store import picture, store
from edge_transfer.dataset.project import Project
from edge_transfer.dataset.quality import measure
from edge_transfer.errors import DatasetError
from edge_transfer.heads import normalised
from edge_transfer.ingest.importer import import_csv
from export.runtime.events import exhaust
from export.runtime.imaging.images import encode_png
from export.runtime.inference.preprocess import InputSpec

Scene = Callable[[int, int], NDArray[np.uint8]]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project.create(tmp_path / "nuts", input=InputSpec(64))


@pytest.fixture(scope="session")
def weights(random_weights: Callable[[str], Path]) -> Path:
    return random_weights("squeezenet")


def put(
    project: Project, catalog: Catalog, name: str, images: list[NDArray[np.uint8]], kind: str = "recording"
) -> None:
    """A session of pictures of a class, whatever they show."""
    label = next((row for row in catalog.classes() if row.name == name), None) or catalog.add_class(name)
    session = catalog.begin_session(kind, "test", "train")
    pictures = [
        picture(encode_png(image), ".png", (64, 48), measure(image), class_id=label.id, position=position)
        for position, image in enumerate(images)
    ]
    assert store(project, catalog, session.id, pictures).added == len(images)


def test_planted_label_errors_come_first(project: Project, scene: Scene, weights: Path) -> None:
    with Catalog.open(project) as catalog:
        for name, position in (("nut", 0), ("bolt", 1), ("washer", 2)):
            for start in (0, 100):
                put(project, catalog, name, [scene(position, start + k) for k in range(10)])
        put(project, catalog, "nut", [scene(1, 900), scene(2, 901)], "collection")
        by_id = {sample.id: sample for sample in catalog.samples()}
        names = {row.id: row.name for row in catalog.classes()}
    events = review(project, weights)
    stages = []
    try:
        while True:
            event = next(events)
            assert isinstance(event, ReviewProgress)
            assert 0 <= event.done <= event.total
            stages.append(event.stage)
    except StopIteration as stop:
        found: Review = stop.value
    assert list(dict.fromkeys(stages)) == ["embed", "cross-validate", "neighbours", "map"]
    assert list(found.sample_ids) == sorted(by_id)
    planted = [number for number, sample in by_id.items() if sample.session_kind == "collection"]
    assert sorted(found.suspects[:2]) == planted
    suggested = {number: names[int(found.suggested[row])] for row, number in enumerate(found.sample_ids)}
    assert [suggested[number] for number in planted] == ["bolt", "washer"]
    own = dict(zip(found.sample_ids.tolist(), found.own.tolist(), strict=True))
    assert max(own[number] for number in planted) < 0.5 < np.median(found.own)
    assert (found.position.min(), found.position.max()) == (0, 1)
    assert found.position.shape == (62, 2)


def test_repeats_count_between_recordings_and_among_pictures_only(
    project: Project, scene: Scene, weights: Path
) -> None:
    frame = scene(0, 1)
    nearly = [np.clip(frame.astype(int) + shift, 0, 255).astype(np.uint8) for shift in (1, 2, 3, 4)]
    with Catalog.open(project) as catalog:
        put(project, catalog, "nut", [frame, nearly[0], scene(0, 2)])
        put(project, catalog, "nut", [nearly[1], scene(0, 3)])
        put(project, catalog, "bolt", [nearly[2], nearly[3], scene(1, 4)], "collection")
        ids = [sample.id for sample in catalog.samples()]
    found = exhaust(review(project, weights))
    assert list(found.duplicates) == [ids[3], ids[6]]
    assert found.group[[0, 1, 3, 5, 6]].tolist() == [0] * 5
    assert found.group[[2, 4, 7]].tolist() == [-1] * 3


def test_what_cannot_be_held_out_is_said(project: Project, scene: Scene, weights: Path) -> None:
    with Catalog.open(project) as catalog:
        put(project, catalog, "nut", [scene(0, k) for k in range(3)])
    found = exhaust(review(project, weights))
    assert np.isnan(found.own).all()
    assert found.suspects == ()
    assert set(found.suggested.tolist()) == {1}
    assert "3 images could not be held out" in found.notes[0]


def test_an_empty_project_is_refused(project: Project) -> None:
    Catalog.open(project).close()
    with pytest.raises(DatasetError, match="no image to review"):
        exhaust(review(project))


def test_confident_learning_by_hand() -> None:
    # Class 0 gives its own 0.9, 0.8, 0.1 (mean 0.6), class 1 gives 0.7, 0.9, 0.5 (mean 0.7).
    first = np.array([0.9, 0.8, 0.1, 0.3, 0.1, 0.5, np.nan], np.float32)
    probabilities = np.stack([first, 1 - first], 1)
    labels = np.array([0, 0, 0, 1, 1, 1, 1])
    # Row 5 is undecided and below the threshold of class 0; row 2 reaches that of class 1.
    assert label_errors(probabilities, labels).tolist() == [2]


def test_only_what_is_far_from_its_class_is_an_outlier() -> None:
    rng = np.random.default_rng(0)
    distances = rng.uniform(0.8, 1.2, 40).astype(np.float32)
    distances[[7, 33]] = 5, 9
    labels = np.array([0] * 20 + [1] * 20)
    assert clear_outliers(distances, labels).tolist() == [33, 7]
    assert clear_outliers(distances[:7], labels[:7]).tolist() == []


def test_the_map_is_the_same_every_time_and_keeps_classes_apart() -> None:
    rng = np.random.default_rng(1)
    labels = np.arange(90) % 3
    features = normalised(rng.normal(0, 0.2, (90, 60)).astype(np.float32) + 2 * np.eye(3, 60, dtype=np.float32)[labels])
    points = picture_map(features)
    assert (points == picture_map(features)).all()
    assert (points.min(0).tolist(), points.max(0).tolist()) == ([0, 0], [1, 1])
    distance = np.linalg.norm(points[:, None] - points[None], axis=2) + 9 * np.eye(90)
    assert (labels[distance.argmin(1)] == labels).mean() > 0.95
    for few in (1, 2, 3, 6):
        assert np.isfinite(picture_map(features[:few])).all()


def test_principal_components_keep_the_distances_of_flat_data() -> None:
    rng = np.random.default_rng(2)
    flat = (rng.normal(size=(50, 3)) @ rng.normal(size=(3, 40))).astype(np.float32)
    short = principal_components(flat, 3)
    assert short.shape == (50, 3)
    assert np.linalg.norm(short[3] - short[9]) == pytest.approx(np.linalg.norm(flat[3] - flat[9]), rel=1e-3)


@pytest.mark.slow
def test_wrong_labels_of_real_pictures_come_before_right_ones(shared: Path, tmp_path: Path) -> None:
    project = Project.create(tmp_path / "waste")
    rows = [
        row
        for row in csv.DictReader((shared / "data/trashnet.csv").read_text().splitlines())
        if row["label"] in ("cardboard", "glass")
    ]
    chosen = [row for label in ("cardboard", "glass") for row in [r for r in rows if r["label"] == label][:40]]
    flipped = {chosen[3]["path"], chosen[20]["path"], chosen[50]["path"], chosen[70]["path"]}
    with (tmp_path / "list.csv").open("w") as file:
        writer = csv.writer(file)
        writer.writerow(["path", "label", "split"])
        for row in chosen:
            other = {"cardboard": "glass", "glass": "cardboard"}[row["label"]]
            writer.writerow([shared / "data" / row["path"], other if row["path"] in flipped else row["label"], "train"])
    with Catalog.open(project) as catalog:
        exhaust(import_csv(project, catalog, tmp_path / "list.csv"))
        notes = {sample.id: sample.note for sample in catalog.samples()}
    found = exhaust(review(project, shared / "weights/mobilenet_v2.safetensors"))
    first = [notes[number].removeprefix(f"{shared}/data/") for number in found.suspects[:4]]
    assert len(flipped & set(first)) >= 3
