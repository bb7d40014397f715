"""Verbs on finished runs: compare, use and robustness, and the forgetting that `train` shows for a new run."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from edge_transfer.cli.application import AsJson, ProjectPath, RunId, WeightsFile, app, opened_project, share
from edge_transfer.cli.console import Step, emit, follow, say, table

if TYPE_CHECKING:
    from edge_transfer.dataset.project import Project
    from edge_transfer.evaluation.forgetting import Forgetting
    from edge_transfer.training.promotion import Trained

AllowedLoss = Annotated[
    float, typer.Option(min=0.0, help="Points that a class of the model in use may lose before a new one replaces it.")
]

_Earlier = Annotated[str, typer.Argument(metavar="RUN", help="The earlier run: an id, `current` or `latest`.")]
_Later = Annotated[str, typer.Argument(metavar="RUN", help="The later run.")]
_CHECK_FAILED = 3


@app.command()
def compare(
    project: ProjectPath, earlier: _Earlier, later: _Later, allowed_loss: AllowedLoss = 2.0, as_json: AsJson = False
) -> None:
    """Say what a run has forgotten of what an earlier one knew, class by class."""
    with opened_project(project) as (opened, catalog):
        from edge_transfer.evaluation.forgetting import compare_runs
        from edge_transfer.runs.run import load_run

        runs = [load_run(opened, name) for name in (earlier, later)]
        events = compare_runs(opened, catalog, *runs, allowed_loss=allowed_loss)
        report = follow(events, lambda event: Step("compare", event.done, event.total))
    if as_json:
        emit(report.to_json())
        return
    show_forgetting(report)


@app.command()
def use(project: ProjectPath, run: _Later, as_json: AsJson = False) -> None:
    """Bring a run into use: what `evaluate` and `export` take when no other is named."""
    with opened_project(project) as (opened, _):
        from edge_transfer.evaluation.forgetting import load_forgetting
        from edge_transfer.runs.current_run import choose_run, current_run
        from edge_transfer.runs.run import load_run

        before, loaded = current_run(opened), load_run(opened, run)
        choose_run(opened, loaded.id)
        report = load_forgetting(opened, loaded.id)
    if as_json:
        emit({"in_use": loaded.id, "before": before})
        return
    if report is not None and report.lost:
        say(f"note: against run {report.earlier} it has lost more than allowed on {_names(report)}")
    say(f"in use: run {loaded.id}" + (f"; before it was {before}" if before != loaded.id else ", as before"))


def promoted(project: Project, trained: Trained, *, always: bool, ask: bool) -> Trained:
    """What is in use after `train`: the new run where `--promote` or the person at the terminal says so."""
    from edge_transfer.runs.current_run import choose_run

    if trained.in_use == trained.run.id:
        return trained
    if not always:
        if not (ask and sys.stdin.isatty() and sys.stderr.isatty()):
            return trained
        if trained.forgetting is not None:
            show_forgetting(trained.forgetting)
        if not typer.confirm(f"{trained.why}. Use run {trained.run.id} all the same?", default=False, err=True):
            return replace(trained, asked=True)
    choose_run(project, trained.run.id)
    return replace(trained, in_use=trained.run.id)


def leave(trained: Trained) -> None:
    """The last word of `train`; exit code 3 where a class has lost too much and nobody was asked."""
    if trained.in_use == trained.run.id:
        if trained.why:
            say(f"note: {trained.why}")
        return
    say(f"not in use: {trained.why}; run {trained.in_use} stays in use (`edge-transfer use PROJECT {trained.run.id}`)")
    if trained.forgetting is not None and trained.forgetting.lost and not trained.asked:
        raise typer.Exit(_CHECK_FAILED)


def say_if_newer(project: Project, name: str) -> None:
    """A line where `current` is not the newest run."""
    from edge_transfer.runs.current_run import CURRENT, current_run, list_runs

    if name == CURRENT and (known := list_runs(project)) and current_run(project) != known[-1]:
        say(f"note: run {current_run(project)} is in use; {known[-1]} is newer (--run latest)")


def show_forgetting(report: Forgetting) -> None:
    """The table of a comparison on stdout, and how to read it."""
    if report.earlier:
        lost = {each.name for each in report.lost}
        rows = [
            [
                row.name,
                str(row.n) if row.n else "–",
                *(f"{100 * right / row.n:.1f}" if row.n else "–" for right in (row.before, row.after)),
                f"{0.0 - row.lost_points:+.1f}" if row.n else "–",
                f"{row.step_points:.1f}" if row.n else "–",
                "lost" if row.name in lost else "" if row.n else "not asked: no held-out image",
            ]
            for row in report.classes
        ]
        columns = ["class", "images", "before %", "after %", "points", "an image is", ""]
        where = f"held-out images of {report.split}" if report.split else "there is no held-out image"
        table(f"Against {report.earlier}", columns, rows)
        say(where + " that neither run has learned from")
        say(
            f"a class counts as lost with more than {report.allowed_loss:g} points and more than one image: "
            "one image is noise"
        )
        if report.new_classes:
            say(f"new: {', '.join(report.new_classes)}")
    if report.cka is not None:
        say(
            f"drift of the backbone: its embeddings before and after are alike by {report.cka:.3f} (linear CKA, "
            f"1 is the same, {report.cka_images} pictures)"
        )


def _names(report: Forgetting) -> str:
    return ", ".join(f"{each.name} ({-each.lost_points:+.1f} points)" for each in report.lost)


_MOST_PICTURES = 200


@app.command()
def robustness(
    project: ProjectPath,
    run: RunId = "current",
    split: Annotated[str, typer.Option(help="`test`, `val` or `train`.")] = "test",
    pictures: Annotated[int, typer.Option(help="At most so many pictures, spread over classes and time.")] = (
        _MOST_PICTURES
    ),
    weights: WeightsFile = None,
    as_json: AsJson = False,
) -> None:
    """Measure a run under other light, blur, noise, compression and a moved camera."""
    with opened_project(project) as (opened, catalog):
        from edge_transfer.evaluation.robustness import keep_robustness
        from edge_transfer.evaluation.robustness import robustness as measure
        from edge_transfer.runs.run import load_run, open_run

        loaded = load_run(opened, run)
        events = measure(opened, catalog, loaded, open_run(opened, loaded, weights), split, pictures=pictures)
        result = follow(events, lambda event: Step("robustness", event.done, event.total))
        path = keep_robustness(opened, result)
    if as_json:
        emit({**result.to_json(), "file": str(path)})
        return
    rows = [
        [
            row.disturbance,
            f"{row.amount:g} {row.unit}".strip() if row.severity else "–",
            share(row.top1),
            share(row.coverage),
            share(row.accuracy_covered),
            f"{row.worst_class} {share(row.worst_recall)}",
        ]
        for row in result.rows
    ]
    columns = ["disturbance", "amount", "top-1", "answered", "right of those", "worst class, its recall"]
    table(f"{result.run} on {result.split}, {result.n} of {result.of} images", columns, rows)
    for reason in result.optimistic_reasons:
        say(f"optimistic: {reason}")
    clean, worst = result.rows[0], min(result.rows, key=lambda row: row.top1)
    say(
        f"top-1 {clean.top1:.3f} as recorded; the worst is {worst.disturbance} at {worst.amount:g} {worst.unit}: "
        f"{worst.top1:.3f}"
    )
