"""Read a project's runs with their evaluations, and which one is in use."""

from __future__ import annotations

import json
from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from export.runtime.errors import EdgeTransferError

if TYPE_CHECKING:
    from edge_transfer.dataset.project import Project
    from edge_transfer.evaluation.evaluate import Evaluation
    from edge_transfer.evaluation.forgetting import Forgetting
    from edge_transfer.runs.run import Run

SPLITS = ("test", "validation")
"""Evaluations worth comparing; on what was learned from, every run is good."""


@dataclass(frozen=True)
class RunRecord:
    """A run with its evaluations by split."""

    run: Run
    evaluations: dict[str, Evaluation]
    in_use: bool
    forgetting: Forgetting | None = None
    """Against the run that was in use when it was trained; None where that was not asked."""

    @property
    def strategy(self) -> str:
        """What became of the recipe's strategy: `auto` ends as a probe or as a fine-tuning."""
        wanted = self.run.recipe.strategy
        return wanted if wanted != "auto" else "finetune" if self.run.history else "probe"

    @property
    def top1(self) -> float:
        """On the held-out samples of the training, 0 to 1."""
        return float(self.run.validation["top1"])

    @property
    def source(self) -> str:
        """Which samples these were, as the core writes it."""
        return str(self.run.validation["source"])

    @property
    def reasons(self) -> list[str]:
        """Why that number may be better than the truth."""
        return [str(reason) for reason in self.run.validation["optimistic_reasons"]]


@dataclass(frozen=True)
class RunRecords:
    """All runs, newest first."""

    records: tuple[RunRecord, ...] = ()
    damaged: tuple[str, ...] = ()
    """A sentence for each run that cannot be read."""

    @property
    def ids(self) -> frozenset[str]:
        return frozenset(record.run.id for record in self.records)

    @property
    def in_use(self) -> RunRecord | None:
        return next((record for record in self.records if record.in_use), None)

    def forgotten(self, run_id: str) -> Forgetting | None:
        """What this run has lost against the one in use; None where that is nothing, or not known."""
        record, used = self.record(run_id), self.in_use
        report = record.forgetting if record is not None else None
        return report if report is not None and report.lost and used and report.earlier == used.run.id else None

    def record(self, run_id: str) -> RunRecord | None:
        return next((record for record in self.records if record.run.id == run_id), None)


def read_runs(project: Project) -> Generator[None, None, RunRecords]:
    """Read all runs; closing it between two of them cancels."""
    from edge_transfer.evaluation.forgetting import load_forgetting
    from edge_transfer.runs.current_run import current_run, list_runs
    from edge_transfer.runs.run import load_run

    used = current_run(project)
    records, damaged = [], []
    for run_id in reversed(list_runs(project)):
        try:
            run = load_run(project, run_id)
        except EdgeTransferError as error:
            damaged.append(str(error))
        else:
            forgotten = load_forgetting(project, run_id)
            records.append(RunRecord(run, _evaluations(project, run_id), run_id == used, forgotten))
        yield None
    return RunRecords(tuple(records), tuple(damaged))


def _evaluations(project: Project, run_id: str) -> dict[str, Evaluation]:
    from edge_transfer.evaluation.evaluate import Evaluation

    found = {}
    for split in SPLITS:
        path = project.runs_dir / run_id / f"evaluation-{split}.json"
        try:
            found[split] = Evaluation.from_json(json.loads(path.read_text("utf-8")))
        except (OSError, ValueError, EdgeTransferError):
            continue  # not evaluated on this split, or by another version: comparing says so with a dash
    return found
