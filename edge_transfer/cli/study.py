"""The verb that shows how accuracy grows with images."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edge_transfer.cli.application import AsJson, ProjectPath, WeightsFile, app, need_language, opened_project, share
from edge_transfer.console import Step, emit, follow, say, table
from edge_transfer.errors import DatasetError

if TYPE_CHECKING:
    from edge_transfer.advice.learning_curve import StudyPoint, StudyProgress

ALL = "all"


@app.command()
def study(
    project: ProjectPath,
    counts: Annotated[str, typer.Option(help="Images of each class, separated by commas.")] = "1,2,5,10,20,50,all",
    draws: Annotated[int, typer.Option(help="Draws of each number, by seed.")] = 3,
    strategies: Annotated[str, typer.Option(help="Of `probe`, `finetune`, `scratch`.")] = "probe,finetune,scratch",
    minutes: Annotated[float, typer.Option(help="Begin nothing that would end later; 0 for no limit.")] = 0.0,
    point_minutes: Annotated[float, typer.Option(help="Epochs of one training at the most.")] = 10.0,
    backbone: Annotated[str, typer.Option(help="A backbone's name; `auto` takes the first at hand.")] = "auto",
    weights: WeightsFile = None,
    seed: Annotated[int, typer.Option(help="Seed of the draws.")] = 0,
    out: Annotated[Path | None, typer.Option(help="Folder for study.html and study.csv; else the project's.")] = None,
    language: Annotated[str, typer.Option(help="`en` or `es`, of the page.")] = "en",
    as_json: AsJson = False,
) -> None:
    """Measure how accuracy grows with images of each class; stopped, it goes on where it was."""
    with opened_project(project) as (opened, catalog):
        from edge_transfer.advice.learning_curve import StudyPlan, StudyProgress
        from edge_transfer.advice.learning_curve import study as measure
        from edge_transfer.advice.learning_curve_report import summary, write_study
        from edge_transfer.backbones.registry import backbone_named
        from edge_transfer.backbones.weights import backbone_of, default_backbone

        need_language(language)
        if backbone == "auto":
            backbone = (backbone_of(weights) if weights else default_backbone()).name
        names = tuple(name.strip() for name in strategies.split(",") if name.strip())
        plan = StudyPlan(
            counts=_counts(counts),
            draws=draws,
            strategies=names,
            minutes=minutes,
            point_minutes=point_minutes,
            backbone=backbone_named(backbone).name,
            seed=seed,
        )

        def describe(event: StudyProgress | StudyPoint) -> Step | None:
            if isinstance(event, StudyProgress):
                left = "" if event.seconds_left is None else f" (about {event.seconds_left / 60:.0f} min left)"
                return Step("embed" if event.text == "embed" else f"study{left}", event.done, event.total)
            result = event.note if event.top1 is None else f"top-1 {event.top1:.3f}, {event.cpu_s:.0f} s of CPU"
            say(f"{event.strategy}, {event.per_class or ALL} a class, draw {event.draw + 1}: {result}")
            return None

        found = follow(measure(opened, catalog, plan, weights), describe)
        page, lines = write_study(out or opened.root, found, language=language)
    if as_json:
        emit({**asdict(found), "page": str(page), "csv": str(lines)})
        return
    rows = [
        [
            row.strategy,
            str(row.per_class or ALL),
            str(row.images),
            str(row.draws),
            share(row.top1),
            share(row.spread),
            f"{row.wall_s:.1f}" if row.draws else "–",
            f"{row.cpu_s:.1f}" if row.draws else "–",
        ]
        for row in summary(found.points)
    ]
    columns = ["strategy", "a class", "images", "draws", "top-1", "±", "wall s", "CPU s"]
    table(f"{found.project} on {found.split}", columns, rows)
    for reason in found.reasons:
        say(f"optimistic: {reason}")
    if found.stopped:
        say(f"not finished: {found.stopped}")
    say(f"page: {page}; table: {lines}")


def _counts(text: str) -> tuple[int, ...]:
    try:
        return tuple(0 if part.strip() == ALL else _positive(part) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise DatasetError(f"--counts are numbers from 1 or `all`, separated by commas; got {text!r}") from error


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number
