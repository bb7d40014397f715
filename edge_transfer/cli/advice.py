"""Verbs before a training: advise, and set what holds for the whole project."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edge_transfer.cli.application import AsJson, ProjectPath, app, need_language, opened_project
from edge_transfer.console import Step, emit, follow, say, table
from edge_transfer.errors import ProjectError

if TYPE_CHECKING:
    from edge_transfer.advice.result import Candidate


@app.command()
def advise(
    project: ProjectPath,
    fps: Annotated[float, typer.Option(help="Frames a second that must be reached; 0 for any.")] = 0.0,
    points: Annotated[float, typer.Option(help="Points of accuracy that may be lost against the best.")] = 1.0,
    box: Annotated[Path | None, typer.Option(help="A box's `benchmark --json`: scale the times to it.")] = None,
    images: Annotated[int, typer.Option(help="Images that are looked at, at most.", min=50)] = 1000,
    report: Annotated[Path | None, typer.Option(help="Where the HTML report goes; else into `cache/`.")] = None,
    language: Annotated[str, typer.Option(help="`en` or `es`.")] = "en",
    as_json: AsJson = False,
) -> None:
    """Compare backbones and input sides on the project's images, and say how to train."""
    with opened_project(project) as (opened, catalog):
        from edge_transfer.advice.advise import advise as compare
        from edge_transfer.advice.cache import save_advice
        from edge_transfer.advice.report import write_advice_report
        from edge_transfer.advice.result import Budget
        from edge_transfer.advice.wording import paragraph

        need_language(language)
        events = compare(opened, catalog, Budget(fps, points), box, most_images=images)
        advice = follow(events, lambda event: Step(event.stage, event.done, event.total))
        save_advice(opened, advice)
        path = report or opened.cache_dir / "advice.html"
        write_advice_report(path, advice, opened.name, language=language)
        words = paragraph(advice, language)
    if as_json:
        emit({**advice.to_json(), "paragraph": words, "report": str(path)})
        return
    chosen = advice.choice.candidate if advice.choice else None
    if advice.candidates:
        _show(advice.candidates, chosen)
    say(words)
    if chosen is not None and chosen.side != opened.input.side:
        say(f"to take this side: edge-transfer set {project} --side {chosen.side}")
    say(f"report: {path}")


def _show(candidates: Sequence[Candidate], chosen: Candidate | None) -> None:
    rows = [
        [
            row.title if row.pretrained else f"{row.title}, nothing learned",
            str(row.side),
            f"{100 * row.top1:.1f}",
            f"{100 * row.error:.1f}",
            f"{100 * row.behind:.1f}",
            f"{100 * row.neighbours_top1:.1f}",
            f"{row.logme:.3f}",
            f"{row.p50_ms:.2f}",
            f"{1000 / row.p50_ms:.0f}",
            f"{row.bytes / 1e6:.1f}",
            "advised" if row == chosen else "",
        ]
        for row in candidates
    ]
    columns = ["backbone", "side", "expected %", "±", "behind", "neighbours %", "LogME", "ms", "a second", "MB", ""]
    table("Backbones and input sides", columns, rows)


@app.command("set")
def set_(
    project: ProjectPath,
    side: Annotated[int, typer.Option(help="Side of the network's input in pixels, 32 to 1024.")],
    as_json: AsJson = False,
) -> None:
    """Change what holds for the whole project: the input side. Runs and bundles keep the side they were made with."""
    with opened_project(project) as (opened, _):
        before = opened.input.side
        try:
            changed = opened.save_input(replace(opened.input, side=side))
        except ValueError as error:
            raise ProjectError(str(error)) from error
    if as_json:
        emit({"project": str(changed.root), "input": changed.input.to_json()})
        return
    say(f"input side: {before} px before, {changed.input.side} px from the next training on; runs keep their own")
