"""The calls of the Evaluate page as its worker makes them, here in this process."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from edge_transfer.dataset.project import Project
from edge_transfer.runs.run import Run, load_run
from export.runtime.events import exhaust, forward_events
from gui.pages.evaluate.worker_calls import AUTO, EvaluationStep, robustness_split, survey, use_threshold, write_report
from tests.gui.pages.evaluate.conftest import measured


def test_what_was_measured_gives_answers_and_how_sure_they_are() -> None:
    some = measured()
    assert some.answers.tolist() == [0, 1, 0, 1, 0, 1, 0, 1, 0, 0]
    assert np.allclose(some.stated, [0.99, 0.98, 0.97, 0.95, 0.93, 0.9, 0.85, 0.8, 0.7, 0.6])


def test_without_a_run_there_is_nothing_to_measure(project: Project) -> None:
    found = exhaust(survey(project, "", AUTO, True))
    assert (found.runs, found.run, found.measured) == ((), "", None)


def test_the_folds_are_measured_and_kept_only_when_asked(copied: tuple[Project, Run]) -> None:
    project, run = copied
    kept = project.runs_dir / run.id / "evaluation-validation.json"
    found = exhaust(survey(project, "", "validation", False))
    assert not kept.exists()
    assert (found.run, found.split) == (run.id, "validation")
    assert (found.counts["test"], found.counts["val"], found.counts["train"]) == (21, 0, 66)
    assert found.measured is not None
    assert len(found.measured.sample_ids) == found.counts["validation"] == found.measured.evaluation.n
    assert found.measured.fitted_threshold == run.confidence.threshold
    (project.runs_dir / "broken").mkdir()
    exhaust(survey(project, run.id, "validation", True))
    assert kept.is_file()


def test_a_split_without_pictures_is_counted_and_not_measured(copied: tuple[Project, Run]) -> None:
    found = exhaust(survey(copied[0], "", "val", False))
    assert (found.split, found.measured) == ("val", None)


def test_a_threshold_is_kept_and_the_fitted_one_comes_back(copied: tuple[Project, Run]) -> None:
    project, run = copied
    steps: list[EvaluationStep] = []
    events = use_threshold(project, run.id, 0.42, "validation")
    assert exhaust(forward_events(events, steps.append)) == 0.42
    assert steps == [EvaluationStep("write", 0, 1)]
    assert load_run(project).confidence.threshold == 0.42
    assert exhaust(use_threshold(project, run.id, None, "validation")) == run.confidence.threshold


def test_the_report_is_written_where_it_was_asked_for(copied: tuple[Project, Run], tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    written = exhaust(write_report(copied[0], measured().evaluation, str(path), "es"))
    assert written == str(path)
    page = path.read_text("utf-8")
    assert 'lang="es"' in page
    assert "&lt;b&gt;screw" in page


def test_robustness_of_the_folds_is_measured_on_the_training() -> None:
    assert [robustness_split(split) for split in ("test", "val", "train", "validation")] == [
        "test",
        "val",
        "train",
        "train",
    ]
