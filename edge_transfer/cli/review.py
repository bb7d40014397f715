"""The `review` command: suspected label errors, and what to record next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from edge_transfer.cli.application import AsJson, ProjectPath, WeightsFile, app, opened_project
from edge_transfer.cli.console import Step, emit, follow, say, table

if TYPE_CHECKING:
    from edge_transfer.dataset.records import Sample


@app.command()
def review(
    project: ProjectPath,
    limit: Annotated[int, typer.Option(help="Rows of each table.", min=1)] = 20,
    weights: WeightsFile = None,
    as_json: AsJson = False,
) -> None:
    """Find suspected label errors, repeated pictures and outliers, and say what to record next."""
    with opened_project(project) as (opened, catalog):
        from edge_transfer.curation.label_review import review as look
        from edge_transfer.curation.recording_hints import advise_first
        from edge_transfer.curation.recording_hints import say as words

        found = follow(look(opened, weights), lambda event: Step(event.stage, event.done, event.total))
        samples = {sample.id: sample for sample in catalog.samples()}
        names = {row.id: row.name for row in catalog.classes()}
        hints = advise_first(catalog.counts())
        unlabelled = sum(session.unlabelled for session in catalog.sessions())
    row_of = {int(identity): row for row, identity in enumerate(found.sample_ids)}

    def file_of(sample: Sample) -> str:
        return str(opened.image_path(sample.sha256, sample.suffix).relative_to(opened.root))

    def describe(identity: int) -> dict[str, object]:
        sample, row = samples[identity], row_of[identity]
        own = float(found.own[row])
        return {
            "id": identity,
            "class": sample.class_name,
            "suggested": names[int(found.suggested[row])],
            "own": own if own == own else None,  # noqa: PLR0124  (NaN)
            "outlier": float(found.outlier[row]),
            "group": int(found.group[row]),
            "file": file_of(sample),
            "note": sample.note,
        }

    kept = {
        kind: [describe(identity) for identity in identities[:limit] if identity in samples]
        for kind, identities in (
            ("suspects", found.suspects),
            ("duplicates", found.duplicates),
            ("outliers", found.outliers),
        )
    }
    totals = {kind: len(getattr(found, kind)) for kind in kept}
    if as_json:
        emit(
            {
                **kept,
                "totals": totals,
                "samples": len(found.sample_ids),
                "unlabelled": unlabelled,
                "backbone": found.backbone,
                "notes": list(found.notes),
                "hints": [words(hint) for hint in hints],
            }
        )
        return
    _show(
        "Suspected label errors",
        totals["suspects"],
        ("class", "suggested", "own", "id", "file", "note"),
        kept["suspects"],
    )
    _show("Repeated pictures", totals["duplicates"], ("class", "group", "id", "file", "note"), kept["duplicates"])
    _show("Outliers", totals["outliers"], ("class", "outlier", "id", "file", "note"), kept["outliers"])
    for note in found.notes:
        say(f"note: {note}")
    if unlabelled:
        say(f"label these first: {unlabelled} frames from the field, in the window under Review, “To label”")
    for hint in hints:
        say(f"next: {words(hint)}")
    say(
        f"{len(found.sample_ids)} images reviewed with {found.backbone}: {totals['suspects']} suspected labels, "
        f"{totals['duplicates']} repeated, {totals['outliers']} outliers"
    )


def _show(title: str, total: int, columns: Sequence[str], rows: Sequence[dict[str, object]]) -> None:
    if rows:
        cells = [
            [f"{row[name]:.2f}" if isinstance(row[name], float) else str(row[name]) for name in columns] for row in rows
        ]
        table(f"{title} ({len(rows)} of {total})", columns, cells)
