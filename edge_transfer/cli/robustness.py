"""The verb that measures how a run holds up under other light, blur, noise and a moved camera."""

from __future__ import annotations

from typing import Annotated

import typer

from edge_transfer.cli.application import AsJson, ProjectPath, RunId, WeightsFile, app, opened_project, share
from edge_transfer.console import Step, emit, follow, say, table

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
        from edge_transfer.robustness import keep_robustness
        from edge_transfer.robustness import robustness as measure
        from edge_transfer.run_engine import open_run
        from edge_transfer.runs import load_run

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
