"""Import images into a project; originals are stored byte for byte."""

from __future__ import annotations

import hashlib
import itertools
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from edge_transfer.dataset.catalog import Catalog, Conflict, SessionRow
from edge_transfer.dataset.image_formats import SUFFIX_OF_FORMAT, read_image
from edge_transfer.dataset.image_store import counted, ensure_class, picture, store, why_stopped
from edge_transfer.dataset.project import Project
from edge_transfer.dataset.quality import Quality, measure
from edge_transfer.dataset.records import RANDOM_SPLIT, SPLITS, check_class_name, class_key, plain_text
from edge_transfer.dataset.splits import random_splits
from edge_transfer.errors import DatasetError, ImageError, SourceError, StorageError
from edge_transfer.ingest.capture import capture
from edge_transfer.ingest.layouts import LAYOUTS, Layout
from edge_transfer.ingest.listing import Listed, Listing
from export.runtime.events import forward_events
from export.runtime.imaging.images import read_image_file
from export.runtime.sources.source import open_source

BATCH_ROWS = 256
BATCH_BYTES = 64_000_000

_THREADS = 2
_LOOK_AHEAD = 16
_RANDOM_SPLIT = (
    "no split was given: a fifth of the images of each class was put aside for testing at random, near-duplicates on "
    "one side; accuracy on a random split is optimistic, separate capture sessions give an honest one"
)

_TO_LABEL = "the class is what the model guessed; nothing learns from it until you confirm or correct it under Review"


@dataclass(frozen=True)
class ImportProgress:
    """How far an import is; `total` is 0 while it is not known."""

    done: int
    total: int
    path: str
    """The file that was just looked at, as the list names it."""


@dataclass(frozen=True)
class ImportResult:
    """What an import has done."""

    added: int
    duplicates: int
    """Images that were in the project already, under the same class."""
    rejected: list[tuple[str, str]]
    """Path and reason of what could not be imported; reasons of a CSV begin with the line."""
    conflicts: list[Conflict]
    """Images that are in the project under another class, and were left there."""
    sessions: list[int]
    classes: list[str]
    notes: list[str]
    """Plain sentences the user should read."""
    in_trash: int = 0
    """Frames of a ring that a person has thrown away before: they stay in the trash."""


def import_listing(
    layout: Layout, project: Project, catalog: Catalog, path: Path
) -> Generator[ImportProgress, None, ImportResult]:
    """Import the data set at `path`, which has this layout.

    Raises DatasetError when it is unusable or nothing of it could be imported and StorageError when the disk refuses;
    what was recorded before stays, and importing again goes on.
    """
    classes = [row.name for row in catalog.classes()]
    return (yield from _import(project, catalog, layout.list_items(path, classes)))


def import_imagefolder(
    project: Project, catalog: Catalog, folder: Path
) -> Generator[ImportProgress, None, ImportResult]:
    """Import `folder/class/…/picture` or `folder/{train,val,test}/class/…/picture`; a class is named by its folder.

    Each split becomes one collection; without splits a fifth of each class goes to test at random. Hidden files and
    files that are no pictures by their names are counted and left out. Raises DatasetError when nothing could be
    imported and StorageError when the disk refuses; what was recorded before stays, and importing again goes on.
    """
    return (yield from import_listing(LAYOUTS["imagefolder"], project, catalog, folder))


def import_csv(project: Project, catalog: Catalog, csv_path: Path) -> Generator[ImportProgress, None, ImportResult]:
    """Import the pictures that a CSV file lists: columns path, label and, if wanted, split and session.

    Header in any case, UTF-8, comma or semicolon; paths relative to the file, with either slash. Every value of
    `session` becomes a recording, the unit of a split; rows without one become one collection for each split, and
    without a split a fifth of each class goes to test at random. A row that cannot be used is rejected, with its line.
    Raises DatasetError when the file is unusable or nothing could be imported and StorageError when the disk refuses;
    what was recorded before stays, and importing again goes on.
    """
    return (yield from import_listing(LAYOUTS["csv"], project, catalog, csv_path))


def import_field(project: Project, catalog: Catalog, folder: Path) -> Generator[ImportProgress, None, ImportResult]:
    """Import the ring of frames that `watch --ring` has kept, as one session in train whose frames have no label yet.

    The class of each is the likeliest one that the model named, a suggestion: `Catalog.samples` gives it out with the
    split UNLABELLED alone, until a person labels it. A frame that is in the project already, under whatever class or
    in its trash, is left as it is. Raises DatasetError when `folder` is no ring or nothing of it could be imported and
    StorageError when the disk refuses; what was recorded before stays, and importing again goes on.
    """
    return (yield from import_listing(LAYOUTS["field"], project, catalog, folder))


def import_video(
    project: Project, catalog: Catalog, path: Path, class_name: str, *, fps: float, split: str | None = None
) -> Generator[ImportProgress, None, ImportResult]:
    """Record `fps` frames a second of a video file as one session of a class, with the gates of a capture.

    Raises SourceError when `path` is no readable video, and what `capture` raises.
    """
    path = Path(path).absolute()
    if path.is_dir():
        raise SourceError(f"{path} is a folder, not a video: import it as a folder of class folders")
    shown = plain_text(path.name)
    result = yield from forward_events(
        capture(project, catalog, open_source(str(path)), class_name, seconds=None, fps=fps, split=split),
        lambda progress: ImportProgress(progress.kept + sum(progress.skipped.values()), 0, shown),
    )
    notes = [f"{counted(count, 'frame')} skipped: {reason}" for reason, count in sorted(result.skipped.items())]
    if result.ended != "source ended":
        notes.append(f"the video ended early: {result.ended}")
    name = catalog.class_named(class_name).name
    return ImportResult(result.kept, 0, [], [], [result.session_id], [name], notes)


@dataclass(frozen=True)
class _Examined:
    """A whole, decodable picture; `data` is empty where only the rest is wanted."""

    data: bytes
    sha256: str
    suffix: str
    size: tuple[int, int]
    quality: Quality
    notes: tuple[str, ...]


def _examine(path: Path) -> _Examined | str:
    """Read, check, decode and measure a file; the reason when it is no usable picture."""
    try:
        data = read_image_file(path)
        info, image = read_image(data)
        quality = measure(image)
    except (ImageError, StorageError) as error:
        return str(error)
    except MemoryError:
        return "too large for the memory of this machine"
    sha256, suffix = hashlib.sha256(data).hexdigest(), SUFFIX_OF_FORMAT[info.format]
    return _Examined(data, sha256, suffix, (info.width, info.height), quality, info.notes)


def _read_again(path: Path, before: _Examined) -> _Examined | str:
    """The bytes of a file that was examined; examined again if they are no longer the same."""
    try:
        data = read_image_file(path)
    except (ImageError, StorageError) as error:
        return str(error)
    return replace(before, data=data) if hashlib.sha256(data).hexdigest() == before.sha256 else _examine(path)


def _import(project: Project, catalog: Catalog, listing: Listing) -> Generator[ImportProgress, None, ImportResult]:
    importing = _Importing(project, catalog, listing)
    items = importing.with_usable_labels(listing.items)
    undecided = [item for item in items if item.split is None and item.session is None]
    known: dict[int, _Examined] = {}
    done = 0
    if undecided:
        total = len(items) + len(undecided)
        with closing(_in_threads(lambda item: _examine(item.path), undecided)) as results:
            for item, found in results:
                done += 1
                if isinstance(found, str):
                    importing.reject(item, found)
                else:
                    known[item.order] = replace(found, data=b"")
                yield ImportProgress(done, total, item.shown)
        items = [item for item in items if item.split or item.session is not None]
        items += importing.with_random_splits([item for item in undecided if item.order in known], known)
    items = importing.by_session(items)
    total = done + len(items)

    def look(item: Listed) -> _Examined | str:
        before = known.get(item.order)
        return _examine(item.path) if before is None else _read_again(item.path, before)

    with closing(_in_threads(look, items)) as results:
        for item, found in results:
            done += 1
            if isinstance(found, str):
                importing.reject(item, found)
            else:
                importing.take(item, found)
            yield ImportProgress(done, total, item.shown)
    importing.record()
    return importing.result()


def _in_threads(
    look: Callable[[Listed], _Examined | str], items: Sequence[Listed]
) -> Generator[tuple[Listed, _Examined | str], None, None]:
    """Look at items in the background, a few ahead; results come in the order of the items."""
    waiting: deque[tuple[Listed, Future[_Examined | str]]] = deque()
    pool = ThreadPoolExecutor(_THREADS, "examine")
    try:
        for item in items:
            waiting.append((item, pool.submit(look, item)))
            if len(waiting) > _LOOK_AHEAD:
                first, future = waiting.popleft()
                yield first, future.result()
        while waiting:
            first, future = waiting.popleft()
            yield first, future.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _session_key(item: Listed) -> tuple[str | None, str | None]:
    return item.session, item.split if item.session is None else None


class _Importing:
    """An import under way: what it has recorded, and the batch that is not recorded yet."""

    def __init__(self, project: Project, catalog: Catalog, listing: Listing) -> None:
        self._project, self._catalog, self._source = project, catalog, listing.source
        self._existing = catalog.sessions()
        self._sessions: dict[tuple[str | None, str | None], SessionRow] = {}
        self._labels: dict[str, str] = {class_key(row.name): row.name for row in catalog.classes()}
        self._wanted: set[str] = set()
        self._class_ids: dict[str, int] = {}
        self._pending: list[tuple[Listed, _Examined]] = []
        self._pending_bytes = 0
        self._added, self._duplicates, self._in_trash, self._unlabelled = 0, 0, 0, 0
        self._conflicts: list[Conflict] = []
        self._rejected = list(listing.rejected)
        self._notes = list(listing.notes)
        self._found: Counter[str] = Counter()
        self._used: dict[int, None] = {}

    def reject(self, item: Listed, reason: str) -> None:
        self._rejected.append((item.order, item.shown, f"{item.where}{reason}"))

    def with_usable_labels(self, items: Sequence[Listed]) -> list[Listed]:
        """The items whose label can be a class; labels that differ in case only become one."""
        usable: list[Listed] = []
        merged: set[tuple[str, str]] = set()
        for item in items:
            try:
                label = check_class_name(item.label)
            except DatasetError as error:
                self.reject(item, str(error))
                continue
            name = self._labels.setdefault(class_key(label), label)
            self._wanted.add(name)
            if name != label:
                merged.add((label, name))
            usable.append(replace(item, label=name))
        self._notes += [f"the label {label!r} was taken as the class {name!r}" for label, name in sorted(merged)]
        return usable

    def with_random_splits(self, items: Sequence[Listed], known: Mapping[int, _Examined]) -> list[Listed]:
        """Give each item a split, class by class."""
        decided: list[Listed] = []
        classes = {row.name: row.id for row in self._catalog.classes()}
        by_label: defaultdict[str, list[Listed]] = defaultdict(list)
        for item in items:
            by_label[item.label].append(item)
        for label, mine in by_label.items():
            samples = self._catalog.samples(class_id=classes[label]) if label in classes else []
            splits = random_splits(
                [(known[item.order].sha256, known[item.order].quality.dhash) for item in mine],
                [(sample.dhash, sample.split) for sample in samples],
            )
            decided += [replace(item, split=split, drawn=True) for item, split in zip(mine, splits, strict=True)]
        if decided:
            self._notes.append(_RANDOM_SPLIT)
        return decided

    def by_session(self, items: Sequence[Listed]) -> list[Listed]:
        """The items session by session, so that what belongs together is recorded together and is one step of undo."""
        first: dict[str | None, int] = {}
        for item in items:
            first[item.session] = min(item.order, first.get(item.session, item.order))

        def place(item: Listed) -> tuple[int, int, int]:
            if item.session is None:
                return -1, SPLITS.index(item.split or "train"), item.order
            return first[item.session], 0, item.order

        return sorted(items, key=place)

    def take(self, item: Listed, found: _Examined) -> None:
        """Add a picture to the batch, and record the batch when it is large enough."""
        self._pending.append((item, found))
        self._pending_bytes += len(found.data)
        self._found.update(found.notes)
        if len(self._pending) >= BATCH_ROWS or self._pending_bytes >= BATCH_BYTES:
            self.record()

    def record(self) -> None:
        """Store the batch. Raises StorageError that says how much was imported before."""
        pending, self._pending, self._pending_bytes = self._pending, [], 0
        if not pending:
            return
        try:
            if not self._class_ids:
                self._class_ids = {name: ensure_class(self._catalog, name).id for name in sorted(self._wanted)}
            for _, group in itertools.groupby(pending, key=lambda entry: _session_key(entry[0])):
                self._record(list(group))
        except StorageError as error:
            done = counted(self._added, "image")
            raise StorageError(
                f"{why_stopped(error)}: {done} imported, import stopped; import again to go on"
            ) from error

    def _record(self, group: Sequence[tuple[Listed, _Examined]]) -> None:
        # Only now: which split a new session gets depends on the images recorded before.
        session = self._session(group[0][0])
        pictures = [
            picture(
                found.data,
                found.suffix,
                found.size,
                found.quality,
                class_id=self._class_ids[item.label],
                position=item.order,
                note=item.note or item.shown,
                sha256=found.sha256,
                labelled=item.labelled,
            )
            for item, found in group
        ]
        added = store(self._project, self._catalog, session.id, pictures)
        self._added += added.added
        self._duplicates += added.duplicates
        self._conflicts += added.conflicts
        self._in_trash += added.in_trash
        self._unlabelled += 0 if group[0][0].labelled else added.added
        if added.added:
            self._used[session.id] = None

    def _session(self, item: Listed) -> SessionRow:
        """The session of an item: one that an earlier import of the same list began, or a new one."""
        key, recorded = _session_key(item), item.session is not None
        if key not in self._sessions:
            kind = "recording" if recorded else "collection"
            source = f"{self._source}: {plain_text(item.session)}" if item.session is not None else self._source
            source += RANDOM_SPLIT if item.drawn else ""
            same = [
                row
                for row in self._existing
                if (row.kind, row.source) == (kind, source) and (recorded or row.split == item.split)
            ]
            row = same[-1] if same else None
            if row is None:
                row = self._catalog.begin_session(kind, source, item.split, self._class_ids[item.label])
            elif item.split not in (None, row.split):
                self._notes.append(
                    f"session {item.session!r} is in the project as {row.split}: its new images follow it there"
                )
            self._sessions[key] = row
        return self._sessions[key]

    def result(self) -> ImportResult:
        """What was done. Raises DatasetError when no picture could be imported."""
        rejected = [(shown, reason) for _, shown, reason in sorted(self._rejected)]
        if not (self._added or self._duplicates or self._conflicts or self._in_trash):
            first = "; ".join(f"{shown}: {reason}" for shown, reason in rejected[:3])
            reasons = f"{len(rejected)} rejected, the first: {first}" if rejected else "it lists no pictures"
            raise DatasetError(f"nothing could be imported from {self._source}: {reasons}")
        notes = self._notes + [f"{counted(count, 'image')}: {note}" for note, count in sorted(self._found.items())]
        if self._unlabelled:
            notes.append(f"frames to label: {self._unlabelled}; {_TO_LABEL}")
        if self._in_trash:
            notes.append(f"frames left in the trash, where they were put before: {self._in_trash}")
        return ImportResult(
            self._added,
            self._duplicates,
            rejected,
            self._conflicts,
            list(self._used),
            sorted(self._class_ids),
            notes,
            self._in_trash,
        )
