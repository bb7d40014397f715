"""Filter and order the gallery's samples as arrays, in milliseconds for 100,000 samples."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from edge_transfer.dataset.reader import (
    BLURRED_BELOW,
    BRIGHT_ABOVE,
    DARK_BELOW,
    CatalogCounts,
    CatalogReader,
    SampleColumns,
    Trash,
)
from edge_transfer.dataset.records import PLACES, SPLITS

if TYPE_CHECKING:
    from edge_transfer.curation.label_review import Review
    from edge_transfer.dataset.project import Project

LISTS = ("all", "unlabelled", "suspects", "disagreement", "duplicates", "outliers", "blurred", "dark", "bright")
NEED_REVIEW = ("suspects", "disagreement", "duplicates", "outliers")
ORDERS = ("suspicion", "newest", "recorded", "blur")


@dataclass(frozen=True)
class Filter:
    """What the user wants to see; None for no condition."""

    listed: str = "all"
    """One of LISTS."""
    class_id: int | None = None
    session_id: int | None = None
    split: str | None = None
    order: str = "suspicion"
    """One of ORDERS; with "suspicion" those to label come first, the others without a review as recorded."""


@dataclass(frozen=True)
class Judged:
    """A review together with the labels that it judged."""

    review: Review
    ids: NDArray[np.int64]
    class_ids: NDArray[np.int64]


@dataclass(frozen=True)
class Findings:
    """A review in the order of some SampleColumns; every array has one entry for each sample."""

    own: NDArray[np.float32]
    """Held-out probability of the label, 0 to 1; NaN where it is not known."""
    suggested: NDArray[np.int64]
    """Class id; -1 where it is not known."""
    suspect: NDArray[np.int64]
    """Place in the list of suspects; -1 for none, and for a sample whose label was changed since."""
    repeat: NDArray[np.bool_]
    """Whether it repeats an earlier one."""
    group: NDArray[np.int64]
    outlier: NDArray[np.int64]
    """Place in the list of outliers; -1 for none."""
    position: NDArray[np.float32]
    """(N, 2) place on the map, 0 to 1; NaN where it is not known."""
    by_suspicion: NDArray[np.int64]
    """Rows, most suspicious first."""


@dataclass(frozen=True)
class Contents:
    """Everything the page needs of a project at one moment."""

    columns: SampleColumns
    tally: CatalogCounts
    trash: Trash
    findings: Findings | None
    by_blur: NDArray[np.int64]
    """Rows, blurriest first."""


def read_contents(project: Project, judged: Judged | None) -> Contents:
    """Read a project's light columns and bring the review into their order. Raises as `CatalogReader.open` does."""
    with CatalogReader.open(project) as browser:
        columns, tally, trash = browser.columns(), browser.tally(), browser.trash()
    findings = align(columns, judged) if judged is not None else None
    return Contents(columns, tally, trash, findings, np.argsort(columns.sharpness, kind="stable"))


def align(columns: SampleColumns, judged: Judged) -> Findings:
    """Bring a review into the order of `columns`; what it says of a label that was changed since is dropped."""
    review, count = judged.review, len(columns)
    known = np.isin(review.sample_ids, columns.ids)
    rows = columns.rows_of(review.sample_ids[known])
    own, suggested = np.full(count, np.nan, np.float32), np.full(count, -1, np.int64)
    group, position = np.full(count, -1, np.int64), np.full((count, 2), np.nan, np.float32)
    own[rows], suggested[rows] = review.own[known], review.suggested[known]
    group[rows], position[rows] = review.group[known], review.position[known]
    old = np.full(count, -1, np.int64)
    was_there = np.isin(judged.ids, columns.ids)
    old[columns.rows_of(judged.ids[was_there])] = judged.class_ids[was_there]
    changed = old != columns.class_ids
    own[changed], suggested[changed] = np.nan, -1
    suspect = _places(columns, review.suspects)
    suspect[changed] = -1
    repeat = _places(columns, review.duplicates) >= 0
    # Suspects in their own order, then the others, the least likely label first; what is not known comes last.
    key = np.where(suspect >= 0, suspect - float(count), np.nan_to_num(own, nan=2.0))
    return Findings(
        own,
        suggested,
        suspect,
        repeat,
        group,
        _places(columns, review.outliers),
        position,
        np.argsort(key, kind="stable"),
    )


def suggestions(contents: Contents, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """The class id (M,) that accepting gives each row: where it has no label its own, else another one; -1 for none."""
    columns, found = contents.columns, np.full(len(rows), -1, np.int64)
    if contents.findings is not None:
        found = contents.findings.suggested[rows].copy()
        found[found == columns.class_ids[rows]] = -1
    waiting = columns.unlabelled[rows]
    found[waiting] = columns.class_ids[rows[waiting]]
    return found


def labelled(contents: Contents, wanted: Mapping[int, Sequence[int]]) -> Contents:
    """The contents after a person has given samples, ids by class id, a label."""
    columns = contents.columns
    class_ids, splits = columns.class_ids.copy(), columns.splits.copy()
    of_session = {session.id: PLACES.index(session.split) for session in contents.tally.sessions}
    for class_id, ids in wanted.items():
        rows = columns.rows_of(np.sort(np.array(ids, np.int64)))
        class_ids[rows] = class_id
        splits[rows] = [of_session[number] for number in columns.session_ids[rows].tolist()]
    return replace(contents, columns=replace(columns, class_ids=class_ids, splits=splits))


def select_rows(contents: Contents, wanted: Filter) -> NDArray[np.int64]:
    """The rows of `contents.columns` that pass the filter, in its order. (M,) int64."""
    columns, findings = contents.columns, contents.findings
    mask = _listed(contents, wanted.listed)
    for column, value in (
        (columns.class_ids, wanted.class_id),
        (columns.session_ids, wanted.session_id),
        (columns.splits, SPLITS.index(wanted.split) if wanted.split is not None else None),
    ):
        if value is not None:
            mask &= column == value
    # Some lists have an order of their own: without it they would say nothing.
    if findings is not None and wanted.listed == "duplicates":
        rows = np.flatnonzero(mask)
        return rows[np.argsort(findings.group[rows], kind="stable")]
    if findings is not None and wanted.listed == "outliers" and wanted.order == "suspicion":
        rows = np.flatnonzero(mask)
        return rows[np.argsort(findings.outlier[rows], kind="stable")]
    if wanted.order == "suspicion":
        rows = np.flatnonzero(mask) if findings is None else findings.by_suspicion[mask[findings.by_suspicion]]
        return rows[np.argsort(~columns.unlabelled[rows], kind="stable")]
    if wanted.order == "blur":
        return contents.by_blur[mask[contents.by_blur]]
    rows = np.flatnonzero(mask)
    return rows[::-1] if wanted.order == "newest" else rows


def _listed(contents: Contents, listed: str) -> NDArray[np.bool_]:
    columns, findings = contents.columns, contents.findings
    if listed == "all":
        return np.ones(len(columns), np.bool_)
    if findings is None and listed in NEED_REVIEW:
        return np.zeros(len(columns), np.bool_)
    tests: dict[str, Callable[[], NDArray[np.bool_]]] = {
        "unlabelled": lambda: columns.unlabelled,
        "blurred": lambda: columns.sharpness < BLURRED_BELOW,
        "dark": lambda: columns.brightness < DARK_BELOW,
        "bright": lambda: columns.brightness > BRIGHT_ABOVE,
    }
    if findings is not None:
        tests |= {
            "suspects": lambda: findings.suspect >= 0,
            "disagreement": lambda: (findings.suggested >= 0) & (findings.suggested != columns.class_ids),
            "duplicates": lambda: findings.group >= 0,
            "outliers": lambda: findings.outlier >= 0,
        }
    return tests[listed]()


def _places(columns: SampleColumns, ids: tuple[int, ...]) -> NDArray[np.int64]:
    places = np.full(len(columns), -1, np.int64)
    listed = np.array(ids, np.int64)
    there = np.isin(listed, columns.ids)
    places[columns.rows_of(listed[there])] = np.flatnonzero(there)
    return places
