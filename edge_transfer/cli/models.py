"""Commands on models: train, evaluate and export."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edge_transfer.cli.application import (
    AsJson,
    EngineName,
    ProjectPath,
    RunId,
    WeightsFile,
    app,
    need_language,
    opened_project,
    share,
)
from edge_transfer.cli.console import Step, emit, follow, say, table
from edge_transfer.cli.runs import AllowedLoss, leave, promoted, say_if_newer, show_forgetting
from edge_transfer.errors import DatasetError
from edge_transfer.heads.kinds import AUTO, KINDS

if TYPE_CHECKING:
    from edge_transfer.dataset.catalog import Catalog
    from edge_transfer.dataset.project import Project
    from export.conversion.candidates import ExportCandidate
    from export.runtime.bundle.manifest import Manifest


_HEAD_HELP = f"`{AUTO}`, or one of {', '.join(f'`{name}`' for name in KINDS)}."
_KEPT_BY_UPDATE = (
    "strategy", "backbone", "head", "strengths", "class_weights", "folds", "accepted_error", "engine", "seed",
    "unfreeze", "epochs", "learning_rate", "mixup", "minutes",
)  # fmt: skip


def _refuse_choices(context: typer.Context, run_id: str) -> None:
    """Raise DatasetError where the command line says what an update keeps."""
    sources = {name: context.get_parameter_source(name) for name in _KEPT_BY_UPDATE}
    chosen = ["--" + name.replace("_", "-") for name, source in sources.items() if source and source.name != "DEFAULT"]
    if chosen:
        raise DatasetError(f"--update keeps what run {run_id} has chosen: leave out {', '.join(chosen)}")


def _numbers(text: str) -> tuple[float, ...]:
    """The values of `--strengths`. Raises DatasetError where one is no number."""
    try:
        return tuple(float(part) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise DatasetError(f"--strengths must be numbers separated by commas, got {text!r}") from error


@app.command()
def train(
    context: typer.Context,
    project: ProjectPath,
    strategy: Annotated[str, typer.Option(help="`auto`, `probe`, `finetune` or `scratch`.")] = "auto",
    backbone: Annotated[str, typer.Option(help="A backbone's name; `auto` takes the first at hand.")] = "auto",
    weights: WeightsFile = None,
    download: Annotated[bool, typer.Option(help="Fetch torchvision's weights if they are not at hand.")] = False,
    head: Annotated[str, typer.Option(help=_HEAD_HELP)] = "auto",
    strengths: Annotated[str, typer.Option(help="Values of C to try, separated by commas.")] = "",
    class_weights: Annotated[str, typer.Option(help="`auto`, `balanced` or `none`.")] = "auto",
    folds: Annotated[int, typer.Option(help="Folds of the cross-validation.")] = 5,
    accepted_error: Annotated[float, typer.Option(help="Wrong answers allowed among those not `unknown`.")] = 0.05,
    engine: EngineName = "auto",
    seed: Annotated[int, typer.Option(help="Seed of the folds and of the epochs.")] = 0,
    unfreeze: Annotated[str, typer.Option(help="Blocks that learn, from the top: `auto`, a number or `all`.")] = "auto",
    epochs: Annotated[int, typer.Option(help="Epochs at the most; 0 for the strategy's own number.")] = 0,
    learning_rate: Annotated[float, typer.Option(help="Highest learning rate; 0 by the number of images.")] = 0.0,
    mixup: Annotated[float, typer.Option(help="Beta parameter that mixes pairs of images; 0 for off.")] = 0.0,
    minutes: Annotated[float, typer.Option(help="Time for the epochs; then the best one is kept.")] = 30.0,
    allowed_loss: AllowedLoss = 2.0,
    promote: Annotated[bool, typer.Option("--promote", help="Use the new model whatever it has forgotten.")] = False,
    update: Annotated[bool, typer.Option("--update", help="Refit the latest run's head on the images of now.")] = False,
    as_json: AsJson = False,
) -> None:
    """Adapt a pretrained backbone to the project's images."""
    with opened_project(project) as (opened, catalog):
        from edge_transfer.backbones.registry import backbone_named
        from edge_transfer.backbones.weights import backbone_of, default_backbone, what_imagenet_adds
        from edge_transfer.runs.recipe import Recipe
        from edge_transfer.runs.run import load_run
        from edge_transfer.training.promotion import train_and_promote
        from edge_transfer.training.train import TrainProgress
        from edge_transfer.training.trainer import EpochReport

        previous = load_run(opened) if update else None
        if previous is not None:
            _refuse_choices(context, previous.id)
        if backbone == "auto" and previous is not None:
            backbone = previous.recipe.backbone
        elif backbone == "auto":
            backbone = (backbone_of(weights) if weights else default_backbone()).name
            if strategy == "auto" and not weights:
                backbone = _advised(opened, catalog) or backbone
        if download:
            _download(backbone)
        recipe = Recipe(
            strategy=strategy,
            backbone=backbone_named(backbone).name,
            head=head,
            strengths=_numbers(strengths),
            class_weights=class_weights,
            folds=folds,
            accepted_error=accepted_error,
            engine=engine,
            seed=seed,
            unfreeze=unfreeze,
            epochs=epochs,
            learning_rate=learning_rate,
            mixup=mixup,
            minutes=minutes,
        )

        if backbone_named(backbone).shipped and weights is None and not update and (measured := what_imagenet_adds()):
            say(
                "note: built-in backbone; with ImageNet weights (MobileNetV2) the same probe reached "
                f"{measured[1]:.2f} instead of {measured[0]:.2f} on TrashNet: see README, Weights"
            )

        def describe(event: TrainProgress | EpochReport) -> Step | None:
            if isinstance(event, TrainProgress):
                return Step(event.stage, event.done, event.total)
            held_out = f"held-out top-1 {event.val_top1:.3f}" if event.val_top1 == event.val_top1 else "all images"
            best = ", the best so far" if event.best and event.val_top1 == event.val_top1 else ""
            say(f"epoch {event.epoch} of {event.epochs}: loss {event.train_loss:.3f}, {held_out}{best}")
            return None

        events = train_and_promote(opened, catalog, recipe, weights, allowed_loss=allowed_loss, updated=previous)
        trained = promoted(opened, follow(events, describe), always=promote, ask=not as_json)
        run = trained.run
    if as_json:
        known = {"run": run.id, "recipe": run.recipe.to_json(), "input": run.input.to_json()}
        forgetting = trained.forgetting.to_json() if trained.forgetting else None
        emit({**asdict(run), **known, "in_use": trained.in_use, "forgetting": forgetting, "why": trained.why})
        leave(trained)
        return
    rows = [
        [trial["head"], f"{trial['strength']:g}", f"{trial['nll']:.3f}", f"{trial['top1']:.3f}", chosen]
        for trial in run.candidates
        for chosen in ["chosen" if (trial["head"], trial["strength"]) == (run.head, run.chosen_strength) else ""]
    ]
    if rows:
        table(f"Cross-validation, {run.folds} folds", ["head", "C", "nll", "top-1", ""], rows)
    if trained.forgetting is not None:
        show_forgetting(trained.forgetting)
    for note in [*run.validation["optimistic_reasons"], *run.notes]:
        say(f"note: {note}")
    if reason := run.validation.get("not_finetuned"):
        say(f"not fine-tuned: {reason}")
    how = f"{run.recipe.backbone} adapted" if run.adapted else f"{run.head} on {run.recipe.backbone}"
    say(
        f"run {run.id}: {how}, {run.samples} images, {len(run.classes)} classes, "
        f"{run.seconds:.1f} s; held-out top-1 {run.validation['top1']:.3f} ({run.validation['source']})"
    )
    leave(trained)


def _advised(project: Project, catalog: Catalog) -> str:
    """The backbone that `advise` has advised for these very images; empty where it has not."""
    from edge_transfer.advice.cache import current_advice

    advice = current_advice(project, catalog)
    if advice is None or advice.choice is None:
        return ""
    taken = advice.choice.candidate
    say(f"note: backbone {taken.backbone}, as `advise` has advised: expected top-1 {taken.top1:.3f} at {taken.side} px")
    if taken.side != project.input.side:
        say(f"note: the project works at {project.input.side} px; `set --side {taken.side}` takes the advised side")
    return taken.backbone


def _download(backbone: str) -> None:
    from edge_transfer.backbones.download import download_weights
    from edge_transfer.backbones.registry import backbone_named
    from edge_transfer.backbones.weights import find_weights
    from edge_transfer.errors import WeightsError

    try:
        find_weights(backbone_named(backbone))
    except WeightsError:
        follow(
            download_weights(backbone_named(backbone)),
            lambda event: Step(f"download {backbone}", event.done_bytes, event.total_bytes or 0),
        )


@app.command()
def evaluate(
    project: ProjectPath,
    run: RunId = "current",
    split: Annotated[str, typer.Option(help="`test`, `val`, `train` or `validation` (held-out folds).")] = "test",
    report: Annotated[Path | None, typer.Option(help="Where the HTML report goes; else into the run's folder.")] = None,
    language: Annotated[str, typer.Option(help="`en` or `es`, of the report.")] = "en",
    as_json: AsJson = False,
) -> None:
    """Measure a run on a split, and write an HTML report with pictures."""
    with opened_project(project) as (opened, catalog):
        from edge_transfer.evaluation.report import write_evaluation_report
        from edge_transfer.evaluation.run_evaluation import evaluate_run, thumbnails
        from edge_transfer.runs.run import load_run

        need_language(language)
        loaded = load_run(opened, run)
        say_if_newer(opened, run)
        events = evaluate_run(opened, catalog, loaded, split)
        evaluation = follow(events, lambda event: Step("evaluate", event.done, event.total))
        path = report or opened.runs_dir / loaded.id / f"evaluation-{split}.html"
        write_evaluation_report(path, evaluation, thumbnails(opened, catalog), language=language)
    if as_json:
        emit({**evaluation.to_json(), "report": str(path)})
        return
    rows = [
        [row.name, str(row.support), share(row.precision), share(row.recall), share(row.f1)]
        for row in evaluation.per_class
    ]
    table(f"{loaded.id} on {split}", ["class", "images", "precision", "recall", "F1"], rows)
    for reason in evaluation.optimistic_reasons:
        say(f"optimistic: {reason}")
    if evaluation.missing_classes:
        say(f"not evaluated, no image in this split: {', '.join(evaluation.missing_classes)}")
    low, high = evaluation.top1_interval
    say(
        f"top-1 {evaluation.top1:.3f} ({low:.3f} to {high:.3f}) on {evaluation.n} images, macro-F1 "
        f"{evaluation.macro_f1:.3f}, nll {evaluation.nll:.3f}, ECE {evaluation.ece:.3f}, "
        f"answered {evaluation.coverage:.1%}; report: {path}"
    )


@app.command()
def export(
    project: ProjectPath,
    run: RunId = "current",
    out: Annotated[Path | None, typer.Option(help="The bundle's folder or .zip; else in `bundles/`.")] = None,
    zipped: Annotated[bool, typer.Option("--zip", help="One .zip file instead of a folder.")] = False,
    layout: Annotated[str, typer.Option(help="`bundle`, or a model repository: `ovms` or `triton`.")] = "bundle",
    deploy: Annotated[str, typer.Option(help="Add files that start it: any of `docker,systemd,compose`.")] = "",
    weights: WeightsFile = None,
    half_weights: Annotated[bool, typer.Option(help="Store OpenVINO's weights in float16: half the size.")] = False,
    precision: Annotated[str, typer.Option(help="`auto`, `fp32`, or `int8` even where slower here.")] = "auto",
    allowed_loss: Annotated[float, typer.Option(help="Points that INT8 may lose on held-out samples.")] = 0.5,
    box: Annotated[Path | None, typer.Option(help="A box's `benchmark --json`: choose by its latencies.")] = None,
    language: Annotated[str, typer.Option(help="`en` or `es`, of the report.")] = "en",
    as_json: AsJson = False,
) -> None:
    """Convert a run, prove the result equal, measure it, and write the bundle for the box."""
    with opened_project(project) as (opened, catalog):
        from edge_transfer.runs.run import load_run
        from export.bundling.bundle import export_bundle
        from export.bundling.model_repository import LAYOUTS, export_repository

        need_language(language)
        loaded = load_run(opened, run)
        say_if_newer(opened, run)
        target = out or opened.bundles_dir / loaded.id
        if layout != "bundle" and (zipped or layout not in LAYOUTS):
            raise DatasetError(f"--layout is bundle, {' or '.join(LAYOUTS)}, the latter two without --zip")
        if layout != "bundle" and deploy:
            raise DatasetError("--deploy starts a bundle; a model server of its own starts a repository")
        if layout != "bundle":
            target = target if out else target.with_name(f"{target.name}-{layout}")
        if zipped and target.suffix.lower() != ".zip":
            target = target.with_name(f"{target.name}.zip")
        exporting = export_bundle if layout == "bundle" else partial(export_repository, layout=layout)
        events = exporting(
            *(opened, catalog, loaded, target),
            weights_file=weights,
            half_weights=half_weights,
            precision=precision,
            allowed_loss=allowed_loss,
            box=box,
            language=language,
            deploy=[kind.strip() for kind in deploy.split(",") if kind.strip()],
        )
        exported = follow(events, lambda event: Step(event.stage, event.done, event.total))
    if as_json:
        models = [asdict(model) for model in exported.manifest.models]
        tried = [asdict(row) for row in exported.candidates]
        emit({"bundle": str(exported.path), "models": models, "candidates": tried})
        return
    show_candidates(exported.manifest, exported.candidates)
    if layout != "bundle":
        say(f"model repository for {layout}: {exported.path}")
        return
    if exported.drift_problem:
        say(f"the bundle cannot watch for drift: {exported.drift_problem}")
    report = "inside, report.html" if exported.path.is_file() else exported.path / "report.html"
    say(f"bundle: {exported.path}; report: {report}")


def show_candidates(manifest: Manifest, candidates: Sequence[ExportCandidate]) -> None:
    """The table of everything that an export tried on stdout."""
    rows = [
        [
            row.engine,
            row.precision,
            f"{row.bytes / 1e6:.1f}" if row.bytes else "–",
            "–" if row.top1 is None else f"{row.top1:.3f}",
            "–" if row.top1 is None else f"{row.worst_class_loss:.1f}",
            "–" if row.top1 is None else f"{row.agreement:.3f}",
            f"{row.p50_ms:.2f}" if row.p50_ms else "–",
            f"{row.p95_ms:.2f}" if row.p95_ms else "–",
            f"{row.per_second:.0f}" if row.per_second else "–",
            "–" if row.memory_mb is None else f"{row.memory_mb:.0f}",
            ("chosen: " if row.chosen else "" if row.shipped else "left out: ") + row.reason,
        ]
        for row in candidates
    ]
    columns = ["engine", "precision", "MB", "top-1", "class loss", "agreement", "p50 ms", "p95 ms", "a second", "RAM"]
    table(f"{manifest.name} on {manifest.evaluated_on['split']}", [*columns, "decision"], rows)


def show_models(manifest: Manifest) -> None:
    """The table of a bundle's models on stdout."""
    rows = [
        [
            model.engine,
            model.precision,
            f"{model.bytes / 1e6:.1f}",
            f"{model.top1:.3f}",
            f"{model.parity['max_abs_logit_diff']:.1e}",
            f"{model.parity['top1_agreement']:.3f}",
            f"{model.latency_ms['p50']:.2f}",
            f"{model.latency_ms['p95']:.2f}",
            ("chosen: " if model.chosen else "") + model.reason,
        ]
        for model in manifest.models
    ]
    columns = ["engine", "precision", "MB", "top-1", "logit diff", "agreement", "p50 ms", "p95 ms", "decision"]
    table(f"{manifest.name} on {manifest.evaluated_on['split']}", columns, rows)
