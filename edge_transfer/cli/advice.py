"""Verbs that help to plan a training: advise, study (the learning curve) and set (project-wide settings)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edge_transfer.cli.application import AsJson, ProjectPath, WeightsFile, app, need_language, opened_project, share
from edge_transfer.cli.console import Step, emit, follow, say, table
from edge_transfer.errors import DatasetError, ProjectError

if TYPE_CHECKING:
    from edge_transfer.advice.learning_curve import StudyPoint, StudyProgress
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
