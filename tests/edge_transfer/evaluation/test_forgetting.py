"""What a newer run has forgotten: who is asked, what counts as lost, and how far a backbone has moved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save

from edge_transfer.backbones.weights import find_weights
from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from edge_transfer.dataset.splits import ENOUGH_IN_VAL
from edge_transfer.errors import ProjectError
from edge_transfer.evaluation.forgetting import (
    FORGETTING,
    ClassChange,
    Forgetting,
    audit_samples,
    compare_runs,
    drift_of,
    keep_forgetting,
    linear_cka,
    load_forgetting,
)
from edge_transfer.heads import LinearHead
from edge_transfer.runs.run import HELD_OUT, Run, Validation, load_head, save_run
from export.runtime.events import exhaust

Record = Callable[..., Any]
NOTHING = Validation(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros((0, 3), np.float32))
REPORT = Forgetting("a", "b", "test", (ClassChange("nut", 50, 50, 48),), ("bolt",), 2.0, 0.9, 256)


def another(project: Project, run: Run, head: LinearHead, name: str = "20990101-000000-probe", **of: Any) -> Run:
    """A run like this one with another head."""
    with Catalog.open(project, read_only=True) as catalog:
        training, test = catalog.samples(split="train"), catalog.samples(split="test")
    return save_run(project, replace(run, id=name, sha256={}, **of), head, NOTHING, training, held_out=test)


# Numbers


@pytest.mark.parametrize(
    ("change", "points", "step", "lost"),
    [
        (ClassChange("many", 100, 90, 88), 2.0, 1.0, False),
        (ClassChange("many", 100, 90, 87), 3.0, 1.0, True),
        (ClassChange("few", 10, 10, 9), 10.0, 10.0, False),
        (ClassChange("few", 10, 10, 8), 20.0, 10.0, True),
        (ClassChange("better", 10, 5, 9), -40.0, 10.0, False),
        (ClassChange("not asked", 0, 0, 0), 0.0, 100.0, False),
    ],
)
def test_a_class_is_lost_beyond_what_is_allowed_and_beyond_one_image(
    change: ClassChange, points: float, step: float, lost: bool
) -> None:
    assert (change.lost_points, change.step_points, change.is_lost(2.0)) == (points, step, lost)


def test_cka_is_one_for_a_rotation_and_nothing_for_what_is_unrelated() -> None:
    rng = np.random.default_rng(0)
    one = rng.normal(0, 1, (200, 400)).astype(np.float32)
    turn = np.linalg.qr(rng.normal(0, 1, (400, 400)))[0].astype(np.float32)
    assert linear_cka(one, one) == pytest.approx(1.0)
    assert linear_cka(one, 3 * one @ turn + 5) == pytest.approx(1.0, abs=1e-3)
    unrelated = rng.normal(0, 1, (200, 300)).astype(np.float32)
    assert abs(linear_cka(one, unrelated)) < 0.05, "the plain estimate says 0.6 here"
    half = one + rng.normal(0, 1, one.shape).astype(np.float32)
    assert 0.3 < linear_cka(one, half) < 0.7
    assert np.isnan(linear_cka(one, np.ones((200, 3), np.float32)))


# Who is asked


def test_nothing_is_asked_that_either_run_has_learned_from(copied: tuple[Project, Run], record: Record) -> None:
    project, run = copied
    head = load_head(project, run)
    with Catalog.open(project) as catalog:
        tests = catalog.samples(split="test")
        later = another(project, run, head)
        assert audit_samples(project, catalog, run, later) == tests
        record(project, catalog, "empty", 4, "test", number=77)
        assert audit_samples(project, catalog, run, later) == tests, "only what was held out when it was trained"
        # A session that goes over to train is learned from by the next run.
        moved = tests[0].session_id
        catalog.set_split(moved, "train")
        third = another(project, run, head, "20990102-000000-probe")
        catalog.set_split(moved, "test")
        rest = [sample.id for sample in tests if sample.session_id != moved]
        assert [sample.id for sample in audit_samples(project, catalog, run, third)] == rest


def test_the_split_val_is_asked_alone_where_it_holds_enough(copied: tuple[Project, Run], record: Record) -> None:
    project, run = copied
    with Catalog.open(project) as catalog:
        for name in ("hex nut", "Schraube <b>", "empty"):
            record(project, catalog, name, ENOUGH_IN_VAL, "val", number=5)
        held_out = [*catalog.samples(split="val"), *catalog.samples(split="test")]
        head, training = load_head(project, run), catalog.samples(split="train")
        earlier = save_run(project, replace(run, id="20300101-000000"), head, NOTHING, training, held_out=held_out)
        assert {sample.split for sample in audit_samples(project, catalog, earlier, run)} == {"val"}
        catalog.trash([held_out[0].id])
        assert {sample.split for sample in audit_samples(project, catalog, earlier, run)} == {"val", "test"}


def test_a_run_that_did_not_write_down_what_was_held_out_has_the_sessions_before_it(
    copied: tuple[Project, Run], record: Record
) -> None:
    project, run = copied
    old = replace(
        run, sha256={k: v for k, v in run.sha256.items() if k != HELD_OUT}, created="2999-01-01T00:00:00+00:00"
    )
    with Catalog.open(project) as catalog:
        assert audit_samples(project, catalog, old, run) == catalog.samples(split="test")
        assert audit_samples(project, catalog, replace(old, created="2000-01-01T00:00:00+00:00"), run) == []


# A comparison


def test_each_class_is_counted_before_and_after(copied: tuple[Project, Run]) -> None:
    project, run = copied
    head = load_head(project, run)
    # The first class can never be answered any more.
    worse = another(project, run, replace(head, bias=head.bias - np.array([1e6, 0, 0], np.float32)))
    with Catalog.open(project) as catalog:
        report = exhaust(compare_runs(project, catalog, run, worse))
        assert exhaust(compare_runs(project, catalog, run, run)).lost == ()
    first = report.classes[0]
    assert (first.name, first.n, first.after) == ("hex nut", 7, 0)
    assert first.before >= 5
    assert report.lost == (first,)
    assert (report.split, report.audited, report.new_classes, report.cka) == ("test", 21, (), None)
    assert not (project.runs_dir / worse.id / FORGETTING).exists(), "comparing writes nothing"


def test_a_class_that_the_later_run_does_not_know_is_lost(copied: tuple[Project, Run]) -> None:
    project, run = copied
    head = load_head(project, run)
    two = LinearHead(head.weight[1:], head.bias[1:], head.normalise)
    smaller = another(project, run, two, classes=run.classes[1:], class_ids=run.class_ids[1:])
    with Catalog.open(project) as catalog:
        report = exhaust(compare_runs(project, catalog, run, smaller))
        back = exhaust(compare_runs(project, catalog, smaller, run))
    assert report.classes[0].after == 0
    assert report.lost[0].name == "hex nut"
    assert back.new_classes == ("hex nut",)
    assert [each.name for each in back.classes] == list(run.classes[1:])


def test_an_adapted_backbone_is_compared_with_the_one_it_began_as(
    copied: tuple[Project, Run], random_weights: Callable[[str], Path]
) -> None:
    project, run = copied
    path = random_weights(run.recipe.backbone)
    tensors = load_file(path)
    rng = np.random.default_rng(0)
    moved = {k: v + rng.normal(0, 0.5 * v.std(), v.shape).astype(v.dtype) for k, v in tensors.items()}
    with Catalog.open(project) as catalog:
        training, test = catalog.samples(split="train"), catalog.samples(split="test")
        changed = replace(run, id="20990101-000000-finetune")
        adapted = save_run(project, changed, load_head(project, run), NOTHING, training, (save(moved), "none"), test)
        report = exhaust(compare_runs(project, catalog, run, adapted))
        pretrained = find_weights(run.backbone(), path)
        assert exhaust(drift_of(project, catalog, adapted, pretrained)) == (report.cka, 87)
        assert exhaust(drift_of(project, catalog, run, pretrained)) == (None, 0)
    assert report.cka is not None
    assert 0.0 < report.cka < 0.999, "it has moved"
    assert report.cka_images == 87


# On disk


def test_a_report_is_read_as_it_was_written(copied: tuple[Project, Run]) -> None:
    project, run = copied
    report = replace(REPORT, later=run.id)
    assert load_forgetting(project, run.id) is None
    keep_forgetting(project, report)
    assert load_forgetting(project, run.id) == report
    assert report.to_json()["lost"] == ["nut"]
    (project.runs_dir / run.id / FORGETTING).write_text('{"classes": 3}')
    assert load_forgetting(project, run.id) is None
    with pytest.raises(ProjectError, match="not a stored comparison"):
        Forgetting.from_json({"classes": [{"name": "x"}]})
