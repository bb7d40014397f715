"""Dataclasses of catalogue rows, their columns, and the rules for class names."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from sys import intern
from typing import Any

from edge_transfer.errors import DatasetError, ProjectError

KINDS = ("recording", "collection")
SPLITS = ("train", "val", "test")
UNLABELLED = "unlabelled"
"""In place of a split: the sample's class is a model's suggestion, and nothing learns from it or is measured on it."""
PLACES = (*SPLITS, UNLABELLED)
"""Where a sample may stand."""
RANDOM_SPLIT = " (random split)"
"""Ends the `source` of a collection whose images were put into splits at random: its numbers are optimistic."""
MAX_NAME_LENGTH = 100


@dataclass(frozen=True)
class ClassRow:
    """A class; `position` orders the classes, the number is for good."""

    id: int
    name: str
    position: int


@dataclass(frozen=True)
class SessionRow:
    """A capture session, the unit of a split; `samples` counts the live ones."""

    id: int
    kind: str
    """`recording`: frames of one uninterrupted capture; `collection`: independent pictures."""
    source: str
    split: str
    started: str
    """UTC, ISO 8601."""
    samples: int
    unlabelled: int = 0
    """Those of them whose class is only suggested."""


@dataclass(frozen=True, slots=True)
class NewSample:
    """An image whose file is written already, at `project.image_path(sha256, suffix)`."""

    sha256: str
    suffix: str
    class_id: int
    width: int
    height: int
    bytes: int
    position: int
    """Order in its session."""
    time_s: float | None
    """Media time, or seconds since the capture began; None for a single picture."""
    sharpness: float
    brightness: float
    dhash: int
    """64-bit difference hash, 0 to 2**64 - 1."""
    note: str = ""
    """For example the original relative path of an import."""
    labelled: bool = True
    """Whether a person gave it its class; False: a model suggests it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sample(NewSample):
    """An image of the catalogue."""

    id: int
    class_name: str
    session_id: int
    split: str
    """That of its session, or UNLABELLED."""
    session_kind: str


@dataclass(frozen=True)
class Conflict:
    """A picture that is in the catalogue already, under another class."""

    sha256: str
    note: str
    existing_class: str
    new_class: str


@dataclass(frozen=True)
class InsertResult:
    """What became of the samples of one `add_samples`."""

    added: int
    duplicates: int
    conflicts: tuple[Conflict, ...]
    in_trash: int = 0
    """Pictures without a label that a person has thrown away before; they stay in the trash."""


COLUMNS = (
    *("sha256", "suffix", "class_id", "width", "height", "bytes", "position", "time_s"),
    *("sharpness", "brightness", "dhash", "note", "labelled", "session_id"),
)
"""Columns of a sample as `values_of` gives them; `trashed_at` follows in the table."""

SELECT_SAMPLES = (
    f"SELECT {', '.join('sample.' + column for column in COLUMNS)}, sample.id, class.name,"  # noqa: S608
    f" CASE labelled WHEN 1 THEN split ELSE '{UNLABELLED}' END, kind FROM sample"
    " JOIN class ON class.id = class_id JOIN session ON session.id = session_id WHERE trashed_at IS NULL"
)
"""The query whose rows `sample_of` reads."""

_HASH_BITS = 1 << 64
_LINE_BREAKING = {"Cc", "Cs", "Zl", "Zp"}
# These turn the writing direction of whatever stands around the name; right-to-left letters need none of them.
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def values_of(sample: NewSample, session_id: int) -> tuple[str | int | float | None, ...]:
    """The values of COLUMNS; plain numbers, because SQLite takes no numpy scalar."""
    dhash = int(sample.dhash)
    return (
        *(sample.sha256, sample.suffix, int(sample.class_id), int(sample.width), int(sample.height), int(sample.bytes)),
        *(int(sample.position), None if sample.time_s is None else float(sample.time_s)),
        *(float(sample.sharpness), float(sample.brightness)),
        # SQLite's integers are signed.
        *(dhash - _HASH_BITS if dhash >= _HASH_BITS >> 1 else dhash, plain_text(sample.note), int(sample.labelled)),
        session_id,
    )


def sample_of(row: tuple[Any, ...]) -> Sample:
    """A row of SELECT_SAMPLES. Raises ProjectError when it holds a value of another type."""
    (sha256, suffix, *plain, dhash, note, labelled, session_id, row_id, class_name, split, kind) = row
    try:
        # A million rows have a handful of these words: each of them lies in memory once.
        return Sample(
            *(sha256, intern(suffix), *plain, dhash % _HASH_BITS, note, bool(labelled)),
            id=row_id,
            class_name=intern(class_name),
            session_id=session_id,
            split=intern(split),
            session_kind=intern(kind),
        )
    except TypeError as error:
        raise ProjectError(f"the row of image number {row_id} is damaged: restore the catalogue from a copy") from error


def plain_text(text: str) -> str:
    """`text` with an escape for what is not Unicode: a file name on Linux may hold any bytes."""
    return text.encode("utf-8", "backslashreplace").decode()


def check_split(split: str) -> str:
    """Return `split`, or raise DatasetError unless it is one of SPLITS."""
    if split not in SPLITS:
        raise DatasetError(f"unknown split {split!r}: use one of {', '.join(SPLITS)}")
    return split


def class_key(name: str) -> str:
    """Names with the same key are the same class: they differ in case or white space only."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).strip().casefold())


def check_class_name(name: str) -> str:
    """The name as it is stored: Unicode NFC, without white space around it.

    Raises DatasetError when it is empty, longer than 100 characters, or holds characters that break or turn a line.
    """
    name = unicodedata.normalize("NFC", name).strip()
    for character in name:
        if unicodedata.category(character) in _LINE_BREAKING or character in _TURNING:
            raise DatasetError(f"the class name {name[:MAX_NAME_LENGTH]!r} holds the control character {character!r}")
    if all(unicodedata.category(character)[0] in "CMZ" for character in name):
        raise DatasetError(f"the class name {name!r} shows nothing: use letters, digits or signs")
    if len(name) > MAX_NAME_LENGTH:
        raise DatasetError(f"the class name {name[:20]!r}… has {len(name)} characters: use at most {MAX_NAME_LENGTH}")
    return name
