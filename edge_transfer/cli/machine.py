"""Commands that need no project: demo, gui and doctor."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from edge_transfer.cli.application import AsJson, app, share
from edge_transfer.cli.console import Step, emit, follow, say, table
from edge_transfer.cli.models import show_models


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Folder for everything the demo makes.")] = Path("demo-out"),
    backbone: Annotated[str, typer.Option(help="A backbone's name; `auto` takes the first at hand.")] = "auto",
    as_json: AsJson = False,
) -> None:
    """Do the whole job on a simulated conveyor, from capture to a prediction without torch."""
    from edge_transfer.environment import import_cv2

    import_cv2()
    from edge_transfer.cli.demo import run_demo

    events = run_demo(out, backbone=None if backbone == "auto" else backbone)
    made = follow(events, lambda event: Step(event.stage, event.done, event.total))
    evaluation, manifest = made.evaluation, made.exported.manifest
    if as_json:
        emit(
            {
                "project": str(made.project),
                "run": made.run.id,
                "bundle": str(made.exported.path),
                "report": str(made.report),
                "evaluation": evaluation.to_json(),
                "models": [asdict(model) for model in manifest.models],
                "predicted_without_torch": made.predicted,
                "predicted_right": made.predicted_right,
            }
        )
        return
    rows = [[row.name, str(row.support), share(row.precision), share(row.recall)] for row in evaluation.per_class]
    table("Held-out capture session", ["class", "images", "precision", "recall"], rows)
    show_models(manifest)
    say(
        f"top-1 {evaluation.top1:.3f} on a held-out capture session of {evaluation.n} images\n"
        f"{made.predicted_right} of {made.predicted} frames of an unseen session right, predicted by the bundle "
        f"in a process without torch\nreport: {made.report}\nbundle: {made.exported.path}"
    )


@app.command()
def gui(
    project: Annotated[Path | None, typer.Argument(metavar="[PROJECT]", help="The project's folder.")] = None,
) -> None:
    """Open the window."""
    from gui.app import run_app

    raise typer.Exit(run_app(project))


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """Say what works on this machine, and how to mend what does not."""
    from edge_transfer.cli.doctor import diagnose

    findings = []
    for finding in diagnose():
        findings.append(finding)
        if not as_json:
            mark = {True: "ok", False: "FAULT", None: "–"}[finding.ok]
            typer.echo(f"{mark:6} {finding.topic}: {finding.value}")
            if finding.remedy:
                typer.echo(f"       {finding.remedy}")
    if as_json:
        emit([asdict(finding) for finding in findings])
    if any(finding.ok is False for finding in findings):
        raise typer.Exit(3)
