"""Commands on images: new, sources, capture, import, info and undo."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from edge_transfer.cli.application import AsJson, ProjectPath, app, opened_project
from edge_transfer.cli.console import Step, emit, follow, say, table
from edge_transfer.errors import DatasetError
from edge_transfer.ingest.layouts import LAYOUTS

_VIDEO = "video"
_LAYOUT_HELP = "; ".join(
    f"{name}: {description}"
    for name, description in (
        *((layout.name, layout.description) for layout in LAYOUTS.values()),
        (_VIDEO, "a video of one class"),
    )
)


@app.command()
def new(
    project: ProjectPath,
    classes: Annotated[str, typer.Option(help="Class names, separated by commas.")] = "",
    side: Annotated[int, typer.Option(help="Side of the network's input in pixels.")] = 224,
    crop: Annotated[str, typer.Option(help="`squash`, `letterbox` or `crop`.")] = "squash",
    roi: Annotated[str, typer.Option(help="Region of interest x,y,width,height, as fractions of the frame.")] = "",
    as_json: AsJson = False,
) -> None:
    """Make a project folder."""
    from edge_transfer.environment import import_cv2

    import_cv2()
    from edge_transfer.dataset.catalog import Catalog
    from edge_transfer.dataset.project import Project
    from export.runtime.inference.preprocess import InputSpec

    try:
        corners = [float(part) for part in roi.split(",")] if roi else None
        region = None if corners is None else (corners[0], corners[1], corners[2], corners[3])
        spec = InputSpec(side, crop, region)
    except (ValueError, IndexError) as error:
        raise DatasetError(f"unusable input: {error}") from error
    names = [name for name in classes.split(",") if name.strip()]
    made = Project.create(project, input=spec)
    with Catalog.open(made) as catalog:
        rows = [catalog.add_class(name) for name in names]
    if as_json:
        emit({"project": str(made.root), "name": made.name, "classes": [row.name for row in rows]})
    else:
        say(f"made {made.root} with {len(rows)} classes")


@app.command()
def sources(as_json: AsJson = False) -> None:
    """List the cameras by name, and the forms a source can have."""
    from edge_transfer.environment import import_cv2

    import_cv2()
    from export.runtime.sources.source import CAMERA_NOTE, SOURCE_FORMS, list_cameras

    cameras = list_cameras()
    if as_json:
        emit({"cameras": [asdict(camera) for camera in cameras], "forms": [list(form) for form in SOURCE_FORMS]})
        return
    table("Cameras", ["number", "name"], [[str(camera.index), camera.name] for camera in cameras])
    if not cameras:
        say(f"no camera found{': ' + CAMERA_NOTE if CAMERA_NOTE else ''}")
    table("Forms of a source", ["--source", "what"], SOURCE_FORMS)


@app.command()
def capture(
    project: ProjectPath,
    source: Annotated[str, typer.Option(help="A camera, stream, video, folder or demo; see `sources`.")],
    class_name: Annotated[str, typer.Option("--class", help="The class that is shown.")],
    seconds: Annotated[float | None, typer.Option(help="How long; without it until the source ends or Ctrl-C.")] = None,
    fps: Annotated[float, typer.Option(help="Frames a second to keep.")] = 5.0,
    start: Annotated[float, typer.Option(help="Seconds of the source to pass over first.")] = 0.0,
    split: Annotated[str | None, typer.Option(help="`train`, `val` or `test`; chosen by itself otherwise.")] = None,
    as_json: AsJson = False,
) -> None:
    """Record one capture session of one class."""
    with opened_project(project) as (opened, catalog):
        from edge_transfer.ingest.capture import CaptureProgress
        from edge_transfer.ingest.capture import capture as record
        from export.runtime.sources.source import open_source

        if not 0 < fps <= 1000 or start < 0 or (seconds is not None and seconds <= 0):
            raise DatasetError(f"--fps {fps:g}, --seconds {seconds} and --start {start:g} must be positive")

        def describe(event: CaptureProgress) -> Step:
            skipped = sum(event.skipped.values())
            text = event.message or f"{class_name}: {event.kept} kept, {skipped} skipped"
            return Step(text if event.message else class_name, event.elapsed_s, seconds or 0)

        events = record(
            opened, catalog, open_source(source), class_name, seconds=seconds, fps=fps, start_s=start, split=split
        )
        result = follow(events, describe)
    if as_json:
        emit(asdict(result))
        return
    skipped = ", ".join(f"{count} {reason}" for reason, count in result.skipped.items()) or "none"
    say(
        f"{result.kept} images of {class_name!r} in session {result.session_id} ({result.split}), "
        f"{result.seconds:.1f} s, ended by {result.ended}; skipped: {skipped}"
    )


@app.command("import")
def import_(
    project: ProjectPath,
    path: Annotated[Path, typer.Argument(metavar="PATH", help="The data set: a folder or a file.")],
    layout: Annotated[str, typer.Option(help=_LAYOUT_HELP)],
    class_name: Annotated[str, typer.Option("--class", help="The class that a video shows.")] = "",
    fps: Annotated[float, typer.Option(help="Frames a second to take from a video.")] = 5.0,
    split: Annotated[str | None, typer.Option(help="Split of a video: `train`, `val` or `test`.")] = None,
    as_json: AsJson = False,
) -> None:
    """Import a data set of one of the layouts, or a video of one class."""
    with opened_project(project) as (opened, catalog):
        from edge_transfer.ingest import importer as interchange

        if layout == _VIDEO:
            if not class_name:
                raise DatasetError("a video shows one class: name it with --class")
            events = interchange.import_video(opened, catalog, path, class_name, fps=fps, split=split)
        elif layout not in LAYOUTS:
            raise DatasetError(f"unknown layout {layout!r}: use {', '.join(LAYOUTS)} or {_VIDEO}")
        else:
            events = interchange.import_listing(LAYOUTS[layout], opened, catalog, path)
        result = follow(events, lambda event: Step("import", event.done, event.total))
    if as_json:
        emit(asdict(result))
        return
    for name, reason in result.rejected[:20]:
        say(f"rejected {name}: {reason}")
    if len(result.rejected) > 20:
        say(f"… and {len(result.rejected) - 20} more rejected (all of them with --json)")
    for conflict in result.conflicts[:20]:
        say(f"kept as {conflict.existing_class}: {conflict.note} is given as {conflict.new_class} as well")
    for note in result.notes:
        say(f"note: {note}")
    say(
        f"{result.added} added, {result.duplicates} there already, {len(result.rejected)} rejected, "
        f"{len(result.conflicts)} in conflict; classes: {', '.join(result.classes)}"
    )


@app.command()
def info(project: ProjectPath, as_json: AsJson = False) -> None:
    """Show a project's classes, capture sessions and runs."""
    with opened_project(project) as (opened, catalog):
        from edge_transfer.runs.current_run import list_runs
        from edge_transfer.runs.run import load_run

        counts, sessions = catalog.counts(), catalog.sessions()
        runs = [load_run(opened, run_id) for run_id in list_runs(opened)]
    if as_json:
        emit(
            {
                "project": str(opened.root),
                "name": opened.name,
                "input": opened.input.to_json(),
                "classes": counts,
                "sessions": [asdict(session) for session in sessions],
                "runs": [{"run": run.id, "top1": run.validation["top1"]} for run in runs],
            }
        )
        return
    splits = ("train", "val", "test")
    table(
        "Images", ["class", *splits], [[name, *(str(row[split]) for split in splits)] for name, row in counts.items()]
    )
    columns = ["id", "kind", "split", "images", "to label", "started", "source"]
    rows = [
        [str(s.id), s.kind, s.split, str(s.samples), str(s.unlabelled or ""), s.started, s.source] for s in sessions
    ]
    table("Capture sessions", columns, rows)
    rows = [[run.id, run.recipe.backbone, run.head, f"{run.validation['top1']:.3f}"] for run in runs]
    table("Runs", ["run", "backbone", "head", "held-out top-1"], rows)


@app.command()
def undo(
    project: ProjectPath,
    redo: Annotated[bool, typer.Option(help="Take the last undo back.")] = False,
    as_json: AsJson = False,
) -> None:
    """Undo the last change of the project's labels: a capture, an import, a move, a deletion."""
    with opened_project(project) as (_, catalog):
        done = catalog.redo() if redo else catalog.undo()
    verb = "redo" if redo else "undo"
    if done is None:
        raise DatasetError(f"there is nothing to {verb}")
    if as_json:
        emit({verb: done})
    else:
        say(f"{verb}: {done}")


@app.command()
def clean(project: ProjectPath, as_json: AsJson = False) -> None:
    """Delete for good what is in the trash, and what killed processes left behind."""
    with opened_project(project) as (opened, catalog):
        from export.runtime.storage import remove_leftovers

        deleted = catalog.empty_trash()
        leftovers = remove_leftovers(opened.root)
    if as_json:
        emit({"deleted": deleted, "leftovers": leftovers})
    else:
        say(f"{deleted} images deleted for good, {leftovers} leftovers of killed processes removed")
