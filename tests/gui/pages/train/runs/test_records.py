"""The records of a project's runs: newest first, with their evaluations, and what is damaged by name."""

from __future__ import annotations

from edge_transfer.dataset.project import Project
from edge_transfer.evaluation.forgetting import ClassChange, Forgetting, keep_forgetting
from edge_transfer.runs.current_run import choose_run
from export.runtime.events import exhaust
from gui.pages.train.runs.records import read_runs


def test_runs_come_newest_first_with_the_one_in_use(three: tuple[Project, list[str]]) -> None:
    project, ids = three
    book = exhaust(read_runs(project))
    assert [record.run.id for record in book.records] == ids[::-1]
    assert [record.in_use for record in book.records] == [True, False, False]
    assert [record.top1 for record in book.records[:2]] == [0.53, 0.52]
    assert book.in_use is book.record(ids[2])
    assert book.record("gone") is None
    assert {record.strategy for record in book.records} == {"probe"}
    choose_run(project, ids[0])
    used = exhaust(read_runs(project)).in_use
    assert used is not None
    assert used.run.id == ids[0]


def test_a_damaged_run_and_a_damaged_evaluation_stop_nothing(three: tuple[Project, list[str]]) -> None:
    project, ids = three
    (project.runs_dir / ids[1] / "run.json").write_text("{", "utf-8")
    (project.runs_dir / ids[2] / "evaluation-test.json").write_text("{", "utf-8")
    book = exhaust(read_runs(project))
    assert [record.run.id for record in book.records] == [ids[2], ids[0]]
    assert book.records[0].evaluations == {}
    (damaged,) = book.damaged
    assert ids[1] in damaged


def test_what_was_forgotten_counts_against_the_run_in_use(three: tuple[Project, list[str]]) -> None:
    project, ids = three
    choose_run(project, ids[0])
    lost = ClassChange("hex nut", 20, 20, 10)
    for later, earlier in ((ids[1], ids[0]), (ids[2], ids[1])):
        keep_forgetting(project, Forgetting(earlier, later, "val", (lost,), (), 2.0))
    book = exhaust(read_runs(project))
    found = book.forgotten(ids[1])
    assert found is not None
    assert [each.name for each in found.lost] == ["hex nut"]
    assert book.forgotten(ids[2]) is None, "compared with another run than the one in use"
    assert book.forgotten(ids[0]) is None
