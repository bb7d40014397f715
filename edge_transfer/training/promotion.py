"""Train, and promote the new run only if it has not forgotten what the current run knows."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace
from pathlib import Path

from edge_transfer.backbones.weights import find_weights
from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from edge_transfer.errors import EdgeTransferError
from edge_transfer.evaluation.forgetting import ALLOWED_LOSS, Forgetting, compare_runs, drift_of, keep_forgetting
from edge_transfer.runs.current_run import choose_run, current_run, list_runs, pin_run, was_chosen
from edge_transfer.runs.recipe import Recipe
from edge_transfer.runs.run import Run, load_run
from edge_transfer.training.train import TrainProgress, train, update
from edge_transfer.training.trainer import EpochReport
from export.runtime.events import forward_events


@dataclass(frozen=True)
class Trained:
    """A training that is over."""

    run: Run
    in_use: str
    """Id of the run in use from now on."""
    forgetting: Forgetting | None
    """Against the run that was in use before, and the backbone's drift from its pretraining; None where neither can be
    said."""
    why: str
    """Why `run` is not in use, or why it could not be compared; empty where there is nothing to tell."""
    asked: bool = False
    """A person has seen the comparison and left the earlier run in use."""


def train_and_promote(
    project: Project,
    catalog: Catalog,
    recipe: Recipe,
    weights_file: Path | None = None,
    *,
    allowed_loss: float = ALLOWED_LOSS,
    updated: Run | None = None,
) -> Generator[TrainProgress | EpochReport, None, Trained]:
    """Train as `train` does, or `update` the run `updated` where there is one, whose recipe it is; compare the result
    with the run in use, and let it replace that one.

    It does not where a class that the run in use knows has lost more than `allowed_loss` points and more than one image
    of the audit set, nor where somebody has chosen the run in use. Nothing is lost: `choose_run` takes any run. The
    comparison is kept in `runs/<id>/forgetting.json`.

    From the beginning the run in use is held: a training that is killed or cancelled leaves it in use, and what was
    kept of it has to be chosen by hand, for nobody has compared it. Raises as `train`.
    """
    before = current_run(project)
    chosen = was_chosen(project)
    if before is not None and not chosen:
        pin_run(project, before)
    try:
        if updated is None:
            run = yield from train(project, catalog, recipe, weights_file)
        else:
            run = yield from update(project, catalog, updated, weights_file)
    except BaseException:
        if before is not None and not chosen and list_runs(project)[-1:] == [before]:
            choose_run(project, before)
        raise
    report, why = None, ""
    try:
        report = yield from _report(project, catalog, before, run, weights_file, allowed_loss)
    except EdgeTransferError as error:
        why = f"it could not be compared with run {before}: {error}"
    if report is not None:
        keep_forgetting(project, report)
    if before is None:
        return Trained(run, run.id, report, why)
    if was_chosen(project):  # perhaps only now, while it was trained
        used = current_run(project) or before
        return Trained(run, used, report, f"run {used} was chosen by hand and stays in use")
    if report is not None and report.lost:
        names = ", ".join(f"{each.name} ({-each.lost_points:+.1f} points)" for each in report.lost)
        return Trained(run, before, report, f"it has lost more than {allowed_loss:g} points on {names}")
    choose_run(project, run.id)
    return Trained(run, run.id, report, why)


def _report(
    project: Project, catalog: Catalog, before: str | None, run: Run, weights_file: Path | None, allowed_loss: float
) -> Generator[TrainProgress, None, Forgetting | None]:
    report: Forgetting | None = None
    if before is not None:
        earlier = load_run(project, before)
        comparison = compare_runs(project, catalog, earlier, run, allowed_loss=allowed_loss)
        report = yield from forward_events(comparison, lambda event: TrainProgress("compare", event.done, event.total))
    if run.adapted and run.recipe.strategy != "scratch":
        pretrained = find_weights(run.backbone(), weights_file)
        drifting = drift_of(project, catalog, run, pretrained)
        cka, number = yield from forward_events(
            drifting, lambda event: TrainProgress("compare", event.done, event.total)
        )
        report = report or Forgetting("", run.id, "", (), (), allowed_loss)
        report = replace(report, cka=cka, cka_images=number)
    elif report is not None:
        # What is kept is the drift from the pretraining, not that between two runs.
        report = replace(report, cka=None, cka_images=0)
    return report
