"""Frames from the box: they come in once, teach and measure nothing before they have a label, and then do."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from edge_transfer.dataset import image_store as storing
from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from edge_transfer.dataset.reader import CatalogReader
from edge_transfer.dataset.records import PLACES, SPLITS, UNLABELLED
from edge_transfer.errors import DatasetError
from edge_transfer.evaluation.run_evaluation import evaluate_run, samples_of
from edge_transfer.ingest.frame_ring import list_ring
from edge_transfer.ingest.importer import ImportResult, import_csv, import_field
from edge_transfer.runs.recipe import Recipe
from edge_transfer.runs.run import Run
from edge_transfer.training.train import train
from edge_transfer.training.training_set import classes_with_samples
from export.runtime.events import exhaust
from export.runtime.sinks.frame_ring import FrameToKeep, Ring

DAY = 86_400.0
NOW = 1_800_000_000.0
Answer = tuple[str, float]


@pytest.fixture
def parts(catalog: Catalog) -> Catalog:
    """A catalogue with the classes nut and washer."""
    for name in ("nut", "washer"):
        catalog.add_class(name)
    return catalog


@pytest.fixture
def box(tmp_path: Path, textured: Any) -> Callable[..., Path]:
    """Lets a box keep frames, as `watch --ring` does; returns the ring's folder."""

    def keep(numbers: Sequence[int], top: Sequence[Answer] = (("nut", 0.5), ("washer", 0.4))) -> Path:
        folder = tmp_path / "ring"
        ring = Ring(folder, 10_000_000, 14 * DAY, now=lambda: NOW)
        for number in numbers:
            values = {"reasons": ["unknown", "uncertain"], "label": top[0][0], "top": [list(each) for each in top]}
            ring.deliver(FrameToKeep(textured(number), NOW + number, values))
        ring.close()
        return folder

    return keep


def imported(project: Project, catalog: Catalog, folder: Path) -> ImportResult:
    return exhaust(import_field(project, catalog, folder))


def frames(folder: Path) -> list[Path]:
    return sorted(folder.glob("*/*.jpg"))


def test_a_ring_is_one_session_of_frames_without_a_label(
    project: Project, parts: Catalog, box: Callable[..., Path]
) -> None:
    folder = box(range(3))
    box([7, 8], top=(("Washer", 0.45), ("nut", 0.4)))  # the box was started again
    result = imported(project, parts, folder)
    assert (result.added, result.duplicates, result.in_trash, result.rejected) == (5, 0, 0, [])
    assert any(note.startswith("frames to label: 5; ") for note in result.notes)
    (session,) = parts.sessions()
    assert (session.kind, session.split, session.samples, session.unlabelled) == ("recording", "train", 5, 5)
    assert session.source == "ring: field, 2027-01-15 08:00:00 to 2027-01-15 08:00:08"
    waiting = parts.samples(split=UNLABELLED)
    assert [sample.class_name for sample in waiting] == ["nut", "nut", "nut", "washer", "washer"]
    assert {(sample.split, sample.labelled) for sample in waiting} == {(UNLABELLED, False)}
    assert [sample.position for sample in waiting] == list(range(5))
    assert waiting[-1].note.endswith(".jpg: unknown, uncertain; washer 0.45")
    assert [project.image_path(s.sha256, s.suffix).read_bytes() for s in waiting] == [
        path.read_bytes() for path in sorted(frames(folder), key=lambda path: path.name)
    ]
    parts.check()
    assert parts.undo() == f"adding from {session.source} (5 images)"
    assert parts.samples(split=UNLABELLED) == []


def test_nothing_counts_before_a_person_has_labelled_it(
    project: Project, parts: Catalog, box: Callable[..., Path]
) -> None:
    folder = box(range(4))
    imported(project, parts, folder)
    (session,) = parts.sessions()
    nut, washer = parts.classes()
    waiting = parts.samples(split=UNLABELLED)
    for split in (None, "train", "val", "test"):
        assert parts.samples(split=split) == []
    parts.set_split(session.id, "test")
    assert parts.samples() == parts.samples(split="test") == parts.samples(session_id=session.id) == []
    assert not any(sum(counts.values()) for counts in parts.counts().values())
    with pytest.raises(DatasetError):
        classes_with_samples(parts, parts.samples(split="train"))
    with CatalogReader.open(project) as browser:
        columns, tally = browser.columns(), browser.tally()
        assert browser.newest(nut.id, 3) == []
    assert [PLACES[place] for place in columns.splits] == [UNLABELLED] * 4
    assert columns.unlabelled.all()
    assert (tally.live, tally.sessions) == ({}, tuple(parts.sessions()))
    assert tally.by_split() == {nut.id: {}, washer.id: {}}
    # The first one is confirmed, the second one corrected: both count now, where their session stands.
    parts.relabel([waiting[0].id], nut.id)
    parts.relabel([waiting[1].id], washer.id)
    assert [(s.class_name, s.split, s.labelled) for s in parts.samples()] == [
        ("nut", "test", True),
        ("washer", "test", True),
    ]
    assert parts.counts() == {"nut": {"test": 1}, "washer": {"test": 1}}
    assert [row.unlabelled for row in parts.sessions()] == [2]
    with CatalogReader.open(project) as browser:
        assert browser.columns().unlabelled.tolist() == [False, False, True, True]
        assert browser.tally().live == {(session.id, nut.id): 1, (session.id, washer.id): 1}
        assert len(browser.newest(nut.id, 3)) == 1
    # Undo gives the guess back, redo the label.
    assert parts.undo() == "moving to class 'washer' (1 image)"
    assert parts.undo() == "moving to class 'nut' (1 image)"
    assert [(s.class_name, s.labelled) for s in parts.samples(split=UNLABELLED)] == [("nut", False)] * 4
    parts.redo()
    assert [s.id for s in parts.samples()] == [waiting[0].id]


def test_training_and_evaluation_are_the_same_until_a_frame_has_a_label(
    copied: tuple[Project, Run], small_recipe: Recipe, random_weights: Callable[[str], Path], scene: Any, tmp_path: Path
) -> None:
    project, run = copied
    ring = Ring(tmp_path / "ring", 10_000_000, 14 * DAY, now=lambda: NOW)
    for number in range(6):
        # What the model guesses is wrong: were it believed, every number would change.
        values = {"reasons": ["unknown"], "top": [["empty", 0.4], ["hex nut", 0.3]]}
        ring.deliver(FrameToKeep(scene(0, 500 + number), NOW + number, values))

    def trained_on(catalog: Catalog) -> list[str]:
        made = exhaust(train(project, catalog, small_recipe, random_weights(small_recipe.backbone)))
        return sorted(json.loads((project.runs_dir / made.id / "samples.json").read_text("utf-8")))

    with Catalog.open(project) as catalog:
        before = exhaust(evaluate_run(project, catalog, run))
        learned = trained_on(catalog)
        known = catalog.samples()
        session_id = imported(project, catalog, tmp_path / "ring").sessions[0]
        assert trained_on(catalog) == learned
        catalog.set_split(session_id, "test")
        for split in SPLITS:
            assert samples_of(catalog, run, split) == [sample for sample in known if sample.split == split]
        assert exhaust(evaluate_run(project, catalog, run)) == before
        waiting = catalog.samples(split=UNLABELLED)
        catalog.relabel([sample.id for sample in waiting], catalog.class_named("hex nut").id)
        assert exhaust(evaluate_run(project, catalog, run)).n == before.n + 6
        catalog.set_split(session_id, "train")
        assert len(trained_on(catalog)) == len(learned) + 6
        assert exhaust(evaluate_run(project, catalog, run)).n == before.n


def test_a_guess_is_no_recording_of_its_class(project: Project, parts: Catalog, box: Callable[..., Path]) -> None:
    imported(project, parts, box(range(2)))
    nut = parts.class_named("nut")
    assert parts.begin_session("recording", "camera", None, nut.id).split == "train"
    parts.relabel([sample.id for sample in parts.samples(split=UNLABELLED)], nut.id)
    assert parts.begin_session("recording", "camera", None, nut.id).split == "test"


def test_a_frame_comes_in_once(project: Project, parts: Catalog, box: Callable[..., Path], tmp_path: Path) -> None:
    folder = box(range(5))
    imported(project, parts, folder)
    _, washer = parts.classes()
    first, second, *_ = parts.samples(split=UNLABELLED)
    parts.relabel([first.id], washer.id)
    parts.trash([second.id])
    again = frames(folder)[2]
    box([5])
    # A copy under another name, as two boxes with one ring would have it, and the frame itself once more.
    for suffix in (".jpg", ".json"):
        shutil.copy(again.with_suffix(suffix), again.with_name(f"1800000999000-000000{suffix}"))
    result = imported(project, parts, folder)
    assert (result.added, result.duplicates, result.in_trash, result.conflicts) == (1, 5, 1, [])
    assert "frames left in the trash, where they were put before: 1" in result.notes
    assert [row.samples for row in parts.sessions()] == [4, 1]
    assert {s.id: s.class_name for s in parts.samples()} == {first.id: "washer"}
    assert second.id not in {s.id for s in parts.samples(split=UNLABELLED)}
    shutil.rmtree(tmp_path / "ring")
    foreign = box([11], top=(("bolt", 0.9),))
    with pytest.raises(DatasetError, match="nothing could be imported"):
        imported(project, parts, foreign)
    # Nothing is new any more: no error, and no session.
    shutil.rmtree(tmp_path / "ring")
    result = imported(project, parts, box([1]))
    assert (result.added, result.in_trash, result.sessions) == (0, 1, [])


def test_a_label_from_elsewhere_is_taken_over(
    project: Project, parts: Catalog, box: Callable[..., Path], tmp_path: Path
) -> None:
    folder = box(range(2))
    imported(project, parts, folder)
    shutil.copy(frames(folder)[0], tmp_path / "a.jpg")
    (tmp_path / "list.csv").write_text("path,label,split\na.jpg,washer,test\n")
    result = exhaust(import_csv(project, parts, tmp_path / "list.csv"))
    assert (result.added, result.duplicates, result.conflicts) == (0, 1, [])
    assert [(s.class_name, s.split) for s in parts.samples()] == [("washer", "train")], "a split cuts no session"
    parts.undo()
    assert parts.samples() == []


def test_what_is_no_usable_frame_is_named(project: Project, parts: Catalog, box: Callable[..., Path]) -> None:
    folder = box(range(9))
    ok, no_words, no_picture, cut, no_json, no_answer, odd_answer, other, linked = frames(folder)
    no_words.with_suffix(".json").unlink()
    no_picture.unlink()
    cut.write_bytes(cut.read_bytes()[: cut.stat().st_size // 2])
    no_json.with_suffix(".json").write_bytes(b'{"reasons": [')
    no_answer.with_suffix(".json").write_text('{"reasons": ["unknown"]}')
    odd_answer.with_suffix(".json").write_text('{"reasons": ["unknown"], "top": [["nut", NaN]]}')
    words = json.loads(other.with_suffix(".json").read_text("utf-8"))
    other.with_suffix(".json").write_text(json.dumps({**words, "top": [["../../etc", 0.9], ["/bolt", 0.1]]}))
    secret = folder.parent / "secret.jpg"
    linked.rename(secret)
    linked.symlink_to(secret)
    linked.with_suffix(".json").unlink()
    (folder / "away").symlink_to(folder.parent)
    (ok.parent / "notes.txt").write_text("mine")
    result = imported(project, parts, folder)
    assert (result.added, [sample.note.split(":")[0] for sample in parts.samples(split=UNLABELLED)]) == (
        1,
        [f"{ok.parent.name}/{ok.name}"],
    )
    reasons = {Path(name).name: reason for name, reason in result.rejected}
    assert reasons.keys() == {path.name for path in (no_words, no_picture, cut, no_json, no_answer, odd_answer, other)}
    for path, words in (
        (no_words, "the .json beside it is missing"),
        (no_picture, "the picture is missing"),
        (cut, "damaged|truncated|cut"),
        (no_json, "is no JSON: damaged or cut off"),
        (no_answer, "does not say what the model answered"),
        (odd_answer, "does not say what the model answered"),
        (other, "the project has none of the classes ../../etc, /bolt"),
    ):
        assert re.search(words, reasons[path.name]), reasons[path.name]
    assert any(note.startswith("3 files ignored: ") for note in result.notes)


@pytest.mark.parametrize("mark", [b"{", b"[]", b"[" * 100_000, b'{"format": "other", "version": 1}', b'{"format": 1}'])
def test_a_folder_that_is_no_ring(tmp_path: Path, mark: bytes) -> None:
    with pytest.raises(DatasetError, match="is no folder"):
        list_ring(tmp_path / "none", ["nut"])
    with pytest.raises(DatasetError, match=r"is no ring of frames, it has no ring\.json"):
        list_ring(tmp_path, ["nut"])
    (tmp_path / "ring.json").write_bytes(mark)
    with pytest.raises(DatasetError, match=r"copy the ring from the box again|is of another program"):
        list_ring(tmp_path, ["nut"])


def test_a_newer_ring_and_an_empty_one(tmp_path: Path, box: Callable[..., Path]) -> None:
    folder = box([])
    with pytest.raises(DatasetError, match="holds no frame yet"):
        list_ring(folder, ["nut"])
    (folder / "ring.json").write_text('{"format": "edge-transfer-ring", "version": 2}')
    with pytest.raises(DatasetError, match="is a ring of version 2; this one reads 1: upgrade"):
        list_ring(folder, ["nut"])


def test_a_full_disk_takes_no_recorded_frame_away(project: Project, parts: Catalog, box: Callable[..., Path]) -> None:
    """What is removed after a failure is only what nobody has recorded, with or without a label."""
    imported(project, parts, box(range(2)))
    before = {path: path.read_bytes() for path in project.images_dir.rglob("*.jpg")}
    waiting = parts.samples(split=UNLABELLED)
    storing._remove_unrecorded(parts, list(before))
    assert {path: path.read_bytes() for path in project.images_dir.rglob("*.jpg")} == before
    assert parts.samples(split=UNLABELLED) == waiting
    parts.check()
