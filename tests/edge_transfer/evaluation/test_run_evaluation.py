"""The evaluation of a run: which samples count, and the reasons why a number is optimistic."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from edge_transfer.dataset.records import RANDOM_SPLIT
from edge_transfer.errors import DatasetError
from edge_transfer.evaluation.evaluate import CHOSEN_ON, LEARNED_FROM, Evaluation
from edge_transfer.evaluation.run_evaluation import (
    evaluate_run,
    evaluation_of,
    optimistic_reasons,
    predict_split,
    samples_of,
    thumbnails,
)
from edge_transfer.runs.run import (
    Run,
)
from export.runtime.events import exhaust


def evaluated(project: Project, run: Run, split: str = "test") -> Evaluation:
    with Catalog.open(project) as catalog:
        return exhaust(evaluate_run(project, catalog, run, split))


@pytest.mark.parametrize(
    ("split", "n", "reasons"),
    [("test", 21, []), ("train", 66, [LEARNED_FROM]), ("validation", 66, [CHOSEN_ON])],
)
def test_every_split_is_evaluated_and_kept(copied: tuple[Project, Run], split: str, n: int, reasons: list[str]) -> None:
    project, run = copied
    found = evaluated(project, run, split)
    assert (found.n, found.split, found.run) == (n, split, run.id)
    assert found.optimistic_reasons == reasons
    assert found.optimistic is bool(reasons)
    stored = json.loads((project.runs_dir / run.id / f"evaluation-{split}.json").read_text())
    assert Evaluation.from_json(stored) == found
    assert (found.temperature, found.threshold) == (run.confidence.temperature, run.confidence.threshold)


def test_a_split_without_images_and_an_unknown_one_are_refused(copied: tuple[Project, Run]) -> None:
    project, run = copied
    with pytest.raises(DatasetError, match=r"no image in the split 'val': record a second session"):
        evaluated(project, run, "val")
    with pytest.raises(DatasetError, match=r"unknown split '.*': use one of test, val"):
        evaluated(project, run, "../x")


def test_pictures_learned_from_are_found_in_another_split(copied: tuple[Project, Run]) -> None:
    """A session that is moved to test after the training proves nothing."""
    project, run = copied
    with Catalog.open(project) as catalog:
        session = next(row for row in catalog.sessions() if row.split == "train")
        catalog.set_split(session.id, "test")
        (reason,) = exhaust(evaluate_run(project, catalog, run)).optimistic_reasons
        assert (
            reason == f"the model learned from {session.samples} of these {21 + session.samples} pictures: train again"
        )


def test_a_random_split_is_optimistic(copied: tuple[Project, Run], record: Callable[..., Any]) -> None:
    project, run = copied
    with Catalog.open(project) as catalog:
        session = catalog.begin_session("collection", f"pictures{RANDOM_SPLIT}", "test")
        record(project, catalog, "hex nut", 2, session=session, number=77)
        found = optimistic_reasons(project, catalog, run, "test", samples_of(catalog, run, "test"))
    assert found == ["the images came without capture sessions and were split at random"]


def test_samples_of_classes_that_came_later_are_left_out(
    copied: tuple[Project, Run], record: Callable[..., Any]
) -> None:
    """D6."""
    project, run = copied
    with Catalog.open(project) as catalog:
        record(project, catalog, "washer", 4, "test")
        assert len(samples_of(catalog, run, "test")) == 21
        catalog.rename_class(run.class_ids[0], "renamed")
        assert len(samples_of(catalog, run, "test")) == 21
    assert evaluated(project, run).classes == ["hex nut", "Schraube <b>", "empty"]


def test_held_out_folds_are_evaluated_with_the_labels_of_the_training(copied: tuple[Project, Run]) -> None:
    project, run = copied
    before = evaluated(project, run, "validation")
    with Catalog.open(project) as catalog:
        first = catalog.samples(split="train")
        catalog.relabel([first[0].id], run.class_ids[-1])
        catalog.trash([first[1].id])
    after = evaluated(project, run, "validation")
    assert (before.n, after.n) == (66, 65)
    assert np.sum(before.confusion, axis=1).tolist() == [22, 22, 22]
    assert np.sum(after.confusion, axis=1).tolist() == [21, 22, 22]


def test_an_evaluation_can_be_cancelled(copied: tuple[Project, Run]) -> None:
    project, run = copied
    shutil.rmtree(project.cache_dir)
    with Catalog.open(project) as catalog:
        running = evaluate_run(project, catalog, run)
        assert next(running).total == 21
        running.close()
    assert not (project.runs_dir / run.id / "evaluation-test.json").exists()


def test_thumbnails_are_small_jpegs_of_what_is_there(copied: tuple[Project, Run]) -> None:
    from export.runtime.imaging.images import decode_image

    project, _ = copied
    with Catalog.open(project) as catalog:
        first, second = catalog.samples()[:2]
        project.image_path(second.sha256, ".png").unlink()
        thumbnail = thumbnails(project, catalog, 40)
    data = thumbnail(first.sha256)
    assert data is not None
    image = decode_image(data)
    assert image.shape == (40, 40, 3)
    original = decode_image(project.image_path(first.sha256, ".png").read_bytes())
    assert image[5:-5].mean((0, 1)) == pytest.approx(original.mean((0, 1)), abs=12), "colours in the right order"
    assert thumbnail(second.sha256) is None
    assert thumbnail("0" * 64) is None


def test_what_a_run_answers_sample_by_sample(copied: tuple[Project, Run]) -> None:
    project, run = copied
    with Catalog.open(project) as catalog:
        answered = exhaust(predict_split(project, catalog, run, "test"))
        found = evaluation_of(project, catalog, run, "test", answered)
    assert not (project.runs_dir / run.id / "evaluation-test.json").exists(), "nothing was written"
    assert found == evaluated(project, run)
    right = answered.logits.argmax(1) == answered.labels
    assert found.top1 == right.mean()
    assert [sample.class_name for sample in answered.samples] == [run.classes[label] for label in answered.labels]
